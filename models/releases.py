"""Releases: which message from before it came a partner was shown after all, by whom and when."""

from datetime import datetime

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped

from models.types import Base, Id, mapped_column, now


class Release(Base):
    """One earlier message shown to one partner; it reads the words at `shown_seq`, the first telling stays hidden."""

    __tablename__ = "releases"
    id: Mapped[Id]
    conversation_id: Mapped[int] = mapped_column(ForeignKey("conversations.id"))
    seq: Mapped[int]
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"))
    shown_seq: Mapped[int]
    by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    at: Mapped[datetime] = mapped_column(default=now)
    __table_args__ = (UniqueConstraint("conversation_id", "shown_seq"),)
