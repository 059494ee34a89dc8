"""People of the business: staff, their teams and their locations."""

from datetime import datetime

from sqlalchemy import CheckConstraint, Column, ForeignKey, Table, UniqueConstraint
from sqlalchemy.orm import Mapped, relationship

from models.types import NEEDED, Base, Id, Key, PublicId, mapped_column, now

team_members = Table(
    "team_members",
    Base.metadata,
    Column("staff_id", ForeignKey("staff.id"), primary_key=True),
    Column("team_id", ForeignKey("teams.id"), primary_key=True),
)


class Location(Base):
    """A place of the business, with its time zone."""

    __tablename__ = "locations"
    id: Mapped[Id]
    name: Mapped[str]
    name_key: Mapped[Key] = mapped_column(unique=True)
    zone: Mapped[str] = mapped_column(default="Europe/London")


class Team(Base):
    """A department: support, sales, billing, purchasing."""

    __tablename__ = "teams"
    id: Mapped[Id]
    public_id: Mapped[PublicId]
    name: Mapped[str]
    name_key: Mapped[Key] = mapped_column(unique=True)
    archived_at: Mapped[datetime | None]


class Staff(Base):
    """A staff member: agents see their teams' work, or all of it where `reach` says so."""

    __tablename__ = "staff"
    id: Mapped[Id]
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), unique=True)
    source: Mapped[Key | None]
    external_reference: Mapped[Key | None]
    role: Mapped[Key] = mapped_column(default="agent")
    reach: Mapped[Key] = mapped_column(default="teams")
    location_id: Mapped[int | None] = mapped_column(ForeignKey("locations.id"))
    extension: Mapped[Key | None] = mapped_column(unique=True)  # the telephone at which calls are for them
    started_at: Mapped[datetime] = mapped_column(default=now)
    ended_at: Mapped[datetime | None]
    notices_seen_at: Mapped[datetime | None]  # up to when they have looked at what concerns them
    person = relationship("Person", **NEEDED)
    location = relationship("Location")
    teams = relationship("Team", secondary=team_members, order_by="Team.name_key")
    __table_args__ = (
        CheckConstraint("role IN ('agent', 'lead', 'admin')", name="role"),
        CheckConstraint("reach IN ('teams', 'all')", name="reach"),
        UniqueConstraint("source", "external_reference"),
    )

    @property
    def name(self) -> str:
        return self.person.name
