"""Mailboxes: addresses such as orders@ without a person; whoever uses one gives a name, once on each device."""

from datetime import datetime

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped

from models.types import Base, Id, Key, PublicId, mapped_column, now


class MailboxDevice(Base):
    """One device on which somebody uses a shared mailbox, and what they are called; known by its cookie's hash."""

    __tablename__ = "mailbox_devices"
    id: Mapped[Id]
    public_id: Mapped[PublicId]
    membership_id: Mapped[int] = mapped_column(ForeignKey("memberships.id"))
    secret_hash: Mapped[Key]
    name: Mapped[str]
    device: Mapped[str] = mapped_column(default="")
    created_at: Mapped[datetime] = mapped_column(default=now)
    changed_at: Mapped[datetime] = mapped_column(default=now)
    ended_at: Mapped[datetime | None]
    __table_args__ = (UniqueConstraint("membership_id", "secret_hash"),)
