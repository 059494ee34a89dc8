"""Where mail is fetched from: a folder on a mail server for an address of ours, and how far it was read."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, relationship

from models.types import Base, Id, Key, Sentence, mapped_column, now

SECURITY = ("tls", "starttls", "none")
AUTH = ("password", "oauth2")


class MailSource(Base):
    """The folder of a mail server whose mails come to one of our addresses.

    What opens it is sealed (actions/sealing.py). The state is written by whoever holds the lease, without a new `version`:
    that one counts what people change.
    """

    __tablename__ = "mail_sources"
    id: Mapped[Id]
    mailbox_id: Mapped[int] = mapped_column(ForeignKey("mailboxes.id"), unique=True)
    host: Mapped[str]
    port: Mapped[int]
    security: Mapped[Key]
    username: Mapped[str]
    folder: Mapped[str]
    auth: Mapped[Key]
    password: Mapped[str | None]
    token_url: Mapped[str | None]
    client_id: Mapped[str | None]
    client_secret: Mapped[str | None]
    refresh_token: Mapped[str | None]
    since: Mapped[datetime | None]  # what came to the server before is left there; None takes everything
    uid_validity: Mapped[int | None]
    last_uid: Mapped[int] = mapped_column(default=0)
    waiting: Mapped[int | None]
    looked_at: Mapped[datetime | None]
    error: Mapped[str | None] = mapped_column(Sentence)  # of the last look
    failures: Mapped[int] = mapped_column(default=0)
    due_at: Mapped[datetime | None]  # not tried before
    lease_by: Mapped[Key | None]
    lease_until: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime] = mapped_column(default=now)
    mailbox = relationship("Mailbox", lazy="joined", innerjoin=True)
    __table_args__ = (
        CheckConstraint("security IN ('tls', 'starttls', 'none')", name="security"),
        CheckConstraint("auth IN ('password', 'oauth2')", name="auth"),
    )
    __mapper_args__ = {"version_id_col": version}
