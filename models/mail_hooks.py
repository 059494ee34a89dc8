"""Mail services that bring us mail: under which secret address each may, and which of their signatures were used."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, relationship

from models.types import Base, Id, Key, mapped_column, now

SERVICES = ("mailgun", "sendgrid", "postmark")


class MailHook(Base):
    """The address on the web at which a mail service brings the mail of one of our addresses; kept as a hash."""

    __tablename__ = "mail_hooks"
    id: Mapped[Id]
    mailbox_id: Mapped[int] = mapped_column(ForeignKey("mailboxes.id"), unique=True)
    service: Mapped[Key]
    secret_hash: Mapped[Key] = mapped_column(unique=True)
    signing_key: Mapped[str | None]  # sealed (actions/sealing.py)
    created_at: Mapped[datetime] = mapped_column(default=now)
    used_at: Mapped[datetime | None]
    mailbox = relationship("Mailbox", lazy="joined", innerjoin=True)
    __table_args__ = (CheckConstraint("service IN ('mailgun', 'sendgrid', 'postmark')", name="service"),)


class SignedMail(Base):
    """The one mail that a signature of a mail service was used for: what is signed is a time and a number, not the mail."""

    __tablename__ = "signed_mails"
    token_hash: Mapped[Key] = mapped_column(primary_key=True)
    sha256: Mapped[Key]
    at: Mapped[datetime] = mapped_column(default=now, index=True)
