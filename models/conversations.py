"""Conversations and who takes part in them."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ColumnElement, ForeignKey, Index, UniqueConstraint, bindparam, text
from sqlalchemy.orm import Mapped, relationship

from models.types import Base, Id, Key, mapped_column, now

STATUSES = ("new", "open", "waiting_on_customer", "waiting_on_partner", "solved", "closed")
PRIORITIES = ("low", "normal", "high", "urgent")
LIVE = STATUSES[:4]  # not settled yet
_LIVE_ROWS = text("status IN ('new', 'open', 'waiting_on_customer', 'waiting_on_partner')")


class Conversation(Base):
    """One exchange about one matter, however it began: customers read "request", staff read "ticket" or "chat"."""

    __tablename__ = "conversations"
    id: Mapped[Id]
    number: Mapped[Key] = mapped_column(unique=True)
    subject: Mapped[str]
    status: Mapped[Key] = mapped_column(default="new")
    priority: Mapped[Key] = mapped_column(default="normal")
    channel: Mapped[Key] = mapped_column(default="portal")
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisations.id"))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    assignee_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    team_id: Mapped[int | None] = mapped_column(ForeignKey("teams.id"))
    about_type: Mapped[Key | None]
    about_id: Mapped[Key | None]  # the public id: an order's number, a line's NUMBER/LINE
    last_seq: Mapped[int] = mapped_column(default=0)
    heads: Mapped[dict] = mapped_column(default=lambda: {"everyone": 0, "customer": 0})
    access_version: Mapped[int] = mapped_column(default=1)
    snippet: Mapped[str] = mapped_column(default="")
    snippet_outside: Mapped[dict] = mapped_column(default=dict)
    waiting_since: Mapped[datetime | None]
    first_reply_at: Mapped[datetime | None]
    rating: Mapped[int | None]
    created_at: Mapped[datetime] = mapped_column(default=now)
    updated_at: Mapped[datetime] = mapped_column(default=now)
    solved_at: Mapped[datetime | None]
    unverified: Mapped[bool] = mapped_column(default=False)  # began with a mail of which nobody proved who sent it
    merged_into_id: Mapped[int | None] = mapped_column(ForeignKey("conversations.id"), index=True)  # where it goes on
    version: Mapped[int] = mapped_column(default=1)
    source: Mapped[Key | None]
    external_reference: Mapped[Key | None]
    organisation = relationship("Organisation", lazy="joined")
    person = relationship("Person", lazy="joined")
    assignee = relationship("Staff", lazy="joined")
    team = relationship("Team", lazy="joined")
    parties = relationship("Party", back_populates="conversation", lazy="selectin", order_by="Party.id")
    __table_args__ = (
        UniqueConstraint("source", "external_reference"),
        CheckConstraint(
            "status IN ('new','open','waiting_on_customer','waiting_on_partner','solved','closed')", name="status"
        ),
        CheckConstraint("priority IN ('low','normal','high','urgent')", name="priority"),
        CheckConstraint("rating BETWEEN 1 AND 5", name="rating"),
        Index("ix_conversations_recent", text("updated_at DESC"), text("number DESC")),
        Index("ix_conversations_organisation", "organisation_id", text("updated_at DESC"), text("number DESC")),
        Index("ix_conversations_person", "person_id", text("updated_at DESC"), text("number DESC")),
        Index("ix_conversations_live", text("updated_at DESC"), text("number DESC"),
              sqlite_where=_LIVE_ROWS, postgresql_where=_LIVE_ROWS),
        Index("ix_conversations_assignee_live", "assignee_id", text("updated_at DESC"), text("number DESC"),
              sqlite_where=_LIVE_ROWS, postgresql_where=_LIVE_ROWS),
        Index("ix_conversations_team_live", "team_id", text("updated_at DESC"), text("number DESC"),
              sqlite_where=_LIVE_ROWS, postgresql_where=_LIVE_ROWS),
        Index("ix_conversations_about", "about_type", "about_id"),
        Index("ix_conversations_organisation_live", "organisation_id", text("updated_at DESC"), text("number DESC"),
              sqlite_where=_LIVE_ROWS, postgresql_where=_LIVE_ROWS),
        # Only of those that have one: else SQLite takes it for a key that all share, and looks through the table.
        Index("ix_conversations_external_reference", "external_reference",
              sqlite_where=text("external_reference IS NOT NULL"), postgresql_where=text("external_reference IS NOT NULL")),
    )  # fmt: skip

    @property
    def internal(self) -> bool:
        """A matter of ours on a customer's record, of which the customer has heard nothing."""
        return "customer" not in self.snippet_outside


def live() -> ColumnElement[bool]:
    """Not settled yet; its words are written out, since SQLite uses the indexes of live rows only where it reads them."""
    words: Any = bindparam("live", LIVE, expanding=True, literal_execute=True, unique=True)
    return Conversation.status.in_(words)


class Party(Base):
    """An organisation taking part: the share is its right, this row the routing; it sees what follows `from_seq`."""

    __tablename__ = "parties"
    id: Mapped[Id]
    conversation_id: Mapped[int] = mapped_column(ForeignKey("conversations.id"))
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"), index=True)
    side: Mapped[Key]
    share_id: Mapped[int | None] = mapped_column(ForeignKey("shares.id"))
    from_seq: Mapped[int] = mapped_column(default=0)
    subject: Mapped[str | None]  # what this party reads as the subject, when the customer's own words are not for it
    introduced_seq: Mapped[int | None]  # messages after it show real names; none: customer and partner stay masked
    left_at: Mapped[datetime | None]
    conversation = relationship("Conversation", back_populates="parties")
    organisation = relationship("Organisation", lazy="joined")
    share = relationship("Share", lazy="joined")
    __table_args__ = (
        CheckConstraint("side IN ('customer', 'partner')", name="side"),
        UniqueConstraint("conversation_id", "organisation_id", "side"),
    )

    @property
    def takes_part(self) -> bool:
        """Whether it hears what is said now: it has not left, and a partner's share still holds."""
        return self.left_at is None and (self.side == "customer" or (self.share is not None and self.share.holds))


class Read(Base):
    """How far one person has read one conversation."""

    __tablename__ = "reads"
    conversation_id: Mapped[int] = mapped_column(ForeignKey("conversations.id"), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), primary_key=True)
    reader: Mapped[Key]
    seq: Mapped[int]
    at: Mapped[datetime] = mapped_column(default=now)


class Draft(Base):
    """What one person has begun to write to one audience of a conversation; under its `client_id` it will be sent."""

    __tablename__ = "drafts"
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), primary_key=True)
    conversation_id: Mapped[int] = mapped_column(ForeignKey("conversations.id"), primary_key=True, index=True)
    audience: Mapped[Key] = mapped_column(primary_key=True)
    body: Mapped[str]
    client_id: Mapped[Key | None]
    at: Mapped[datetime] = mapped_column(default=now)
