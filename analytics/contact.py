"""Contact: how often an organisation was reached, on which channel it answers, and what to advise."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select

from models.db import session
from models.interactions import Interaction
from models.types import now

ENOUGH = 5  # touchpoints from them before advice means anything


@dataclass(frozen=True, slots=True)
class Frequency:
    """Outbound touchpoints within 24 hours, 7 days and 30 days, and the last one."""

    day: int
    week: int
    month: int
    last_at: datetime | None
    last_by: str | None


def frequency(organisation_id: int) -> Frequency:
    """Count what we sent or said to an organisation, over all channels and departments."""
    at = now()
    query = (
        select(Interaction)
        .where(Interaction.organisation_id == organisation_id, Interaction.timeline, Interaction.touchpoint,
               Interaction.direction == "outbound", Interaction.at > at - timedelta(days=30))
        .order_by(Interaction.at.desc(), Interaction.id.desc()).limit(200)
    )  # fmt: skip
    found = session.scalars(query).unique().all()
    within = lambda days: sum(one.at > at - timedelta(days=days) for one in found)  # noqa: E731
    last = found[0] if found else None
    return Frequency(within(1), within(7), len(found), last.at if last else None,
                     last.actor_name if last else None)  # fmt: skip


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
