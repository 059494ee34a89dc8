"""Calls as the telephone system tells of them: who rang, who answered, for how long, and who is to be called back."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, relationship

from models.types import Base, Id, Key, PublicId, mapped_column, now

STATES = ("ringing", "answered", "ended", "missed")
WAITING = "state = 'missed' AND direction = 'inbound' AND returned_at IS NULL"


class Call(Base):
    """One call. `number` is the line outside; it is filed once we know whose it is."""

    __tablename__ = "calls"
    id: Mapped[Id]
    public_id: Mapped[PublicId]
    call_key: Mapped[Key] = mapped_column(unique=True)  # the telephone system's own name for it
    direction: Mapped[Key]
    number: Mapped[Key]
    state: Mapped[Key] = mapped_column(default="ringing")
    rang: Mapped[list] = mapped_column(default=list)  # at whose telephones it rang: ids of staff
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisations.id"))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    event_id: Mapped[Key | None]  # under which it stands in the log
    rang_at: Mapped[datetime] = mapped_column(default=now)
    answered_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    duration_s: Mapped[int | None]
    returned_at: Mapped[datetime | None]
    staff = relationship("Staff", lazy="joined")
    organisation = relationship("Organisation", lazy="joined")
    person = relationship("Person", lazy="joined")
    __table_args__ = (
        CheckConstraint("direction IN ('inbound', 'outbound')", name="direction"),
        CheckConstraint("state IN ('ringing', 'answered', 'ended', 'missed')", name="state"),
        Index("ix_calls_waiting", "rang_at", "id", sqlite_where=text(WAITING), postgresql_where=text(WAITING)),
        Index("ix_calls_list", "rang_at", "id"),
        Index("ix_calls_organisation", "organisation_id", "rang_at"),
    )

    @property
    def waiting(self) -> bool:
        """Missed by us, and nobody has called back."""
        return self.state == "missed" and self.direction == "inbound" and self.returned_at is None

    @property
    def over(self) -> bool:
        return self.state in ("ended", "missed")
