"""Invitation waves: many people invited by mail at a pace, and what became of each of them."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, relationship

from models.types import Base, Id, Key, PublicId, Sentence, mapped_column, now

STATES = ("draft", "running", "paused", "halted", "stopped", "done")
ENDED = ("stopped", "done")


class Wave(Base):
    """One wave: whom it is for, how fast it goes, and how far it is; `halted` is a pause that it took by itself."""

    __tablename__ = "waves"
    id: Mapped[Id]
    public_id: Mapped[PublicId]
    name: Mapped[str]
    side: Mapped[Key]
    country: Mapped[Key | None]
    state: Mapped[Key] = mapped_column(default="draft")
    reason: Mapped[str | None] = mapped_column(Sentence)  # why it halted
    per_minute: Mapped[int]
    rest_days: Mapped[int]  # nobody is invited who was within so many days
    most_contacts: Mapped[int]  # nor who heard from us so often within a week
    round: Mapped[int] = mapped_column(default=0)  # of several jobs of a wave only the newest goes on
    due_at: Mapped[datetime | None]  # when its next mails may be written
    looked_sent: Mapped[int] = mapped_column(default=0)  # what somebody had looked at when it went on
    looked_bounced: Mapped[int] = mapped_column(default=0)
    again_of_id: Mapped[int | None] = mapped_column(ForeignKey("waves.id"))
    by_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    created_at: Mapped[datetime] = mapped_column(default=now)
    started_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    by = relationship("Person", lazy="joined", innerjoin=True)
    again_of = relationship("Wave", remote_side="Wave.id", lazy="select")
    __table_args__ = (
        CheckConstraint("state IN ('draft', 'running', 'paused', 'halted', 'stopped', 'done')", name="state"),
        CheckConstraint("side IN ('customer', 'partner')", name="side"),
    )

    @property
    def waits(self) -> bool:
        """Whether it has begun and goes on when somebody says so."""
        return self.state in ("paused", "halted")


class Invitee(Base):
    """One person of a wave, or one line of a list that named nobody: written to, waiting, left out or withdrawn."""

    __tablename__ = "invitees"
    id: Mapped[Id]
    public_id: Mapped[PublicId]
    wave_id: Mapped[int] = mapped_column(ForeignKey("waves.id"))
    line: Mapped[int | None]  # of the list that was given
    person_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    membership_id: Mapped[int | None] = mapped_column(ForeignKey("memberships.id"))
    address: Mapped[str]
    language: Mapped[Key | None]
    state: Mapped[Key]
    reason: Mapped[Key | None]  # why somebody was left out
    count: Mapped[int | None]  # the number in that reason
    login_id: Mapped[int | None] = mapped_column(ForeignKey("logins.id"))
    token_id: Mapped[int | None] = mapped_column(ForeignKey("tokens.id"))
    delivery_id: Mapped[int | None] = mapped_column(ForeignKey("deliveries.id"))
    sent_at: Mapped[datetime | None]  # when it was put into the outbox
    opened_at: Mapped[datetime | None]
    person = relationship("Person", lazy="joined")
    membership = relationship("Membership", lazy="joined")
    delivery = relationship("Delivery", lazy="joined")
    token = relationship("Token", lazy="joined")
    __table_args__ = (
        CheckConstraint("state IN ('waiting', 'left_out', 'sent', 'withdrawn')", name="state"),
        UniqueConstraint("wave_id", "person_id"),
        Index("ix_invitees_list", "wave_id", "state", "id"),
        Index("ix_invitees_login", "login_id", "state"),
        Index("ix_invitees_token", "token_id", sqlite_where=text("token_id IS NOT NULL"),
              postgresql_where=text("token_id IS NOT NULL")),
    )  # fmt: skip
