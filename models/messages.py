"""Messages: what is said in conversations, before and after it is stored."""

from dataclasses import dataclass, field
from datetime import datetime
from hashlib import blake2b
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    Index,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, relationship

from models.files import Attached
from models.types import Base, Id, Key, PublicId, mapped_column, now, opaque

EVERYONE, CUSTOMER, STAFF = "everyone", "customer", "staff"


class Message(Base):
    """One utterance (or change) in a conversation, with an audience; never deleted."""

    __tablename__ = "messages"
    id: Mapped[Id]
    public_id: Mapped[PublicId]
    conversation_id: Mapped[int] = mapped_column(ForeignKey("conversations.id"))
    seq: Mapped[int]
    kind: Mapped[Key] = mapped_column(default="message")
    author_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    author_side: Mapped[Key]
    author_organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisations.id"))
    signed_as: Mapped[str | None]  # the name that somebody gave who uses a shared mailbox
    client_id: Mapped[Key | None]
    audience: Mapped[Key]
    channel: Mapped[Key]
    direction: Mapped[Key]
    body: Mapped[str]
    body_hash: Mapped[int]
    attachments: Mapped[list] = mapped_column(
        default=list
    )  # public ids: who reads a thread asks only where there are any
    change: Mapped[dict | None]
    at: Mapped[datetime] = mapped_column(default=now)
    author = relationship("Person", lazy="joined")
    author_organisation = relationship("Organisation", lazy="joined")
    __table_args__ = (
        UniqueConstraint("conversation_id", "seq"),
        UniqueConstraint("author_id", "client_id"),
        CheckConstraint("kind IN ('message', 'change')", name="kind"),
        CheckConstraint("author_side IN ('customer', 'staff', 'partner', 'system')", name="author_side"),
        Index("ix_messages_author", "author_organisation_id", text("at DESC")),
    )


@dataclass(slots=True)
class NewMessage:
    """A message somebody was allowed to send, not yet stored. `audience` is everyone, customer, staff or partner:ID."""

    conversation_id: int
    access_version: int
    author_id: int | None
    author_side: str
    audience: str
    body: str
    author_name: str = ""
    author_organisation_id: int | None = None
    author_organisation: str = ""
    author_public_id: str = ""
    signed_as: str | None = None
    client_id: str | None = None
    channel: str = "portal"
    kind: str = "message"
    change: dict[str, Any] | None = None
    seen: int | None = None
    attachments: tuple[Attached, ...] = ()
    at: datetime = field(default_factory=now)
    public_id: str = field(default_factory=opaque)

    @property
    def direction(self) -> str:
        if self.author_side in ("customer", "partner"):
            return "inbound"
        return "internal" if self.audience == STAFF else "outbound"

    @property
    def words(self) -> str:
        """What lists and the log show of it: its words, else the names of what it carries."""
        return self.body.strip() or ", ".join(one.name for one in self.attachments)

    @property
    def body_hash(self) -> int:
        """64 signed bits: enough to tell a resend from another message under the same client id."""
        words = f"{self.conversation_id}\0{self.audience}\0{self.body}"
        if self.attachments:
            words += "".join(f"\0{one.public_id}" for one in self.attachments)
        if self.kind == "message" and self.change:
            words += "".join(f"\0{one}" for one in self.change.get("decision", {}).get("answers", ()))
        return int.from_bytes(blake2b(words.encode(), digest_size=8).digest(), "big", signed=True)


@dataclass(slots=True)
class Stored:
    """A message that is stored: its seq, and for each reader the previous seq that reader may see."""

    new: NewMessage
    seq: int
    prev: dict[str, int]
    duplicate: bool = False
    epoch: str = ""

    @property
    def at(self) -> datetime:
        return self.new.at

    @property
    def public_id(self) -> str:
        return self.new.public_id


def reader_of(new: NewMessage) -> str:
    """The reader (staff, customer, partner:ID) that the author is."""
    if new.author_side == "partner":
        return f"partner:{new.author_organisation_id}"
    return CUSTOMER if new.author_side == "customer" else STAFF
