"""Decisions: a question put into a conversation with a few fixed answers, of which exactly one counts."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, relationship

from models.messages import STAFF
from models.types import Base, Id, Key, PublicId, mapped_column, now


class Decision(Base):
    """A question for one audience; the message with its seq asks it, and who reads that message reads the decision."""

    __tablename__ = "decisions"
    id: Mapped[Id]
    public_id: Mapped[PublicId]
    conversation_id: Mapped[int] = mapped_column(ForeignKey("conversations.id"))
    seq: Mapped[int]
    asker: Mapped[Key]  # the reader (staff, partner:ID) that asked
    audience: Mapped[Key]
    question: Mapped[str]
    answers: Mapped[list]
    about_id: Mapped[Key | None]  # an order line, NUMBER/LINE: known to us and whoever asked
    asked_by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    state: Mapped[Key] = mapped_column(default="open")
    answer: Mapped[str | None]
    by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))  # who answered it, or took it back
    signed_as: Mapped[str | None]  # the name that somebody gave who uses a shared mailbox
    created_at: Mapped[datetime] = mapped_column(default=now)
    settled_at: Mapped[datetime | None]
    by = relationship("Person", foreign_keys=[by_id], lazy="joined")
    conversation = relationship("Conversation", lazy="select")
    __table_args__ = (
        UniqueConstraint("conversation_id", "seq"),
        CheckConstraint("state IN ('open', 'answered', 'withdrawn')", name="state"),
        CheckConstraint("(state = 'answered') = (answer IS NOT NULL)", name="answer"),
        Index("ix_decisions_about", "about_id"),
    )

    @property
    def settled_by(self) -> str | None:
        """Who answered it or took it back, by name."""
        return self.signed_as or (self.by.name if self.by else None)

    @property
    def asked(self) -> str:
        """The reader that is to answer: whom we asked, or us when a partner asks."""
        return self.audience if self.asker == STAFF else STAFF
