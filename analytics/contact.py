"""Contact: how often an organisation was reached, on which channel it answers, and what to advise."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import case, func, select

from models.db import session
from models.interactions import Interaction
from models.people import Person
from models.types import now

ENOUGH = 5  # touchpoints from them before advice means anything


@dataclass(slots=True)
class Frequency:
    """Outbound touchpoints within 24 hours, 7 days and 30 days; by whom, on which channel; and the last one."""

    day: int = 0
    week: int = 0
    month: int = 0
    last_at: datetime | None = None
    last_by: str | None = None
    people: Counter[str] = field(default_factory=Counter)  # within 30 days; the empty name is the system
    channels: Counter[str] = field(default_factory=Counter)  # within 30 days

    def add(self, row: Any) -> None:
        """Count one group of touchpoints: the same author, channel and reader."""
        name = row.signed_as or row.name or ""
        self.day += row.day
        self.week += row.week
        self.month += row.month
        self.people[name] += row.month
        self.channels[row.channel] += row.month
        if self.last_at is None or row.last_at > self.last_at:
            self.last_at, self.last_by = row.last_at, name or None


def frequency(organisation_id: int) -> Frequency:
    """Count what we sent or said to an organisation, over all channels and departments."""
    return frequencies([organisation_id])[organisation_id]


def frequencies(organisations: Iterable[int]) -> dict[int, Frequency]:
    """Count what we sent or said to several organisations, in one statement."""
    found = {one: Frequency() for one in organisations}
    for row in session.execute(_counted(Interaction.organisation_id.in_(found), Interaction.timeline)):
        found[row.organisation_id].add(row)
    return found


def of_conversation(organisations: Iterable[int], person_id: int | None) -> tuple[dict[int, Frequency], Frequency]:
    """Count for all organisations that may be written to, and within the same statement for one person of theirs."""
    found, own = {one: Frequency() for one in organisations}, Frequency()
    for row in session.execute(_counted(Interaction.organisation_id.in_(found), Interaction.timeline)):
        found[row.organisation_id].add(row)
        if person_id is not None and row.person_id == person_id:
            own.add(row)
    return found, own


def _counted(*which: Any) -> Any:
    """Outbound touchpoints of 30 days, grouped by whom they reached, who made them and how."""
    at = now()
    since = lambda days: func.sum(case((Interaction.at > at - timedelta(days=days), 1), else_=0))  # noqa: E731
    groups = (
        Interaction.organisation_id,
        Interaction.person_id,
        Interaction.channel,
        Interaction.signed_as,
        Person.name,
    )
    query: Any = (
        select(*groups, since(1).label("day"), since(7).label("week"), func.count().label("month"),
               func.max(Interaction.at).label("last_at"))
        .outerjoin(Person, Person.id == Interaction.actor_id)
        .where(Interaction.touchpoint, Interaction.direction == "outbound", Interaction.at > at - timedelta(days=30), *which)
        .group_by(*groups, Interaction.actor_id)
    )  # fmt: skip
    return query


@dataclass(frozen=True, slots=True)
class Advice:
    """The channel to use, and how many of their touchpoints of a year came over it."""

    channel: str | None
    share: int
    of: int


def advice(organisation_id: int) -> Advice:
    """Advise the channel that an organisation itself uses most within 12 months; None while there is too little."""
    query = (
        select(Interaction.channel, func.count())
        .where(Interaction.organisation_id == organisation_id, Interaction.timeline, Interaction.touchpoint,
               Interaction.direction == "inbound", Interaction.at > now() - timedelta(days=365))
        .group_by(Interaction.channel).order_by(func.count().desc())
    )  # fmt: skip
    counted = session.execute(query).all()
    total = sum(number for _, number in counted)
    if total < ENOUGH:
        return Advice(None, 0, total)
    return Advice(counted[0][0], counted[0][1], total)


def months(organisation_id: int) -> list[int]:
    """Touchpoints in each of the last 12 periods of 30 days, the oldest first."""
    at = now()
    query = select(Interaction.at).where(
        Interaction.organisation_id == organisation_id, Interaction.timeline, Interaction.touchpoint,
        Interaction.at > at - timedelta(days=360),
    ).limit(5000)  # fmt: skip
    counts = [0] * 12
    for moment in session.scalars(query):
        counts[11 - min(11, (at - moment).days // 30)] += 1
    return counts
