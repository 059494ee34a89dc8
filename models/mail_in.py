"""Mail that comes in: our own addresses, and every mail they were ever sent, kept as it came."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, relationship

from models.types import Base, Id, Key, PublicId, Sentence, mapped_column, now

OPEN = "state IN ('stored', 'held', 'failed')"


class Mailbox(Base):
    """An address of ours that people write to, and the team that gets what comes."""

    __tablename__ = "mailboxes"
    id: Mapped[Id]
    public_id: Mapped[PublicId]
    address: Mapped[str]
    address_key: Mapped[Key] = mapped_column(unique=True)
    team_id: Mapped[int | None] = mapped_column(ForeignKey("teams.id"))
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime] = mapped_column(default=now)
    team = relationship("Team", lazy="joined")
    __mapper_args__ = {"version_id_col": version}


class InboundMail(Base):
    """One mail as it came: kept before anything else, then filed by a job, held for us to look at, or failed."""

    __tablename__ = "inbound_mails"
    id: Mapped[Id]
    public_id: Mapped[PublicId]
    mailbox_id: Mapped[int] = mapped_column(ForeignKey("mailboxes.id"))
    sha256: Mapped[Key]  # of all its bytes: the same mail fetched again is this one
    size: Mapped[int]
    storage_key: Mapped[Key]
    received_at: Mapped[datetime] = mapped_column(default=now)
    message_id: Mapped[Key | None]  # as its sender says: carriers use one twice
    sender: Mapped[str | None]
    sender_key: Mapped[Key | None]
    subject: Mapped[str | None]
    dmarc: Mapped[Key | None]  # what our own mail server says of its sender
    words: Mapped[str | None]  # all its words, with what is quoted and signed
    state: Mapped[Key] = mapped_column(default="stored")
    reason: Mapped[str | None] = mapped_column(Sentence)
    released: Mapped[int] = mapped_column(default=0)  # how often somebody said that it is to be filed all the same
    linked_to_id: Mapped[int | None] = mapped_column(ForeignKey("conversations.id"))
    conversation_id: Mapped[int | None] = mapped_column(ForeignKey("conversations.id"), index=True)
    message_key: Mapped[Key | None] = mapped_column(unique=True)  # the public id of the message it became
    mailbox = relationship("Mailbox", lazy="joined", innerjoin=True)
    conversation = relationship("Conversation", foreign_keys=[conversation_id], lazy="select")
    __table_args__ = (
        UniqueConstraint("mailbox_id", "sha256"),
        CheckConstraint("state IN ('stored', 'filed', 'held', 'failed', 'discarded')", name="state"),
        Index("ix_inbound_mails_open", text("id DESC"), sqlite_where=text(OPEN), postgresql_where=text(OPEN)),
        Index("ix_inbound_mails_message_id", "message_id"),
    )


class LoggedMail(Base):
    """A mail that is filed on the record of a customer, for us alone: sent to somebody's own address for it, or put there."""

    __tablename__ = "logged_mails"
    mail_id: Mapped[int] = mapped_column(ForeignKey("inbound_mails.id"), primary_key=True)
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"), index=True)  # whose address it came to
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisations.id"))
    by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))  # who put it there by hand
    interaction_id: Mapped[int | None] = mapped_column(ForeignKey("interactions.id"))
