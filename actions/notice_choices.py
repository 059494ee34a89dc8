"""Notice choices: whether and when somebody is told by mail, in the hours of where they are."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from actions.log import record_privately
from models.db import session
from models.notices import PACES, NoticeChoice
from models.types import now
from policy import Actor, Invalid, Refused, require

DAY = 24 * 60
MORNING = 8 * 60
STALE = "This was changed meanwhile, perhaps in another window. Look again, then save."


@dataclass(frozen=True, slots=True)
class Choice:
    """How somebody is told by mail.

    `pace` is one of PACES; `quiet_from` and `quiet_until` (both or neither) and `digest_at` are minutes of their day.
    """

    pace: str = "at_once"
    quiet_from: int | None = None
    quiet_until: int | None = None
    digest_at: int = MORNING
    version: int = 0

    def awake(self, zone: str, at: datetime) -> datetime:
        """The first moment, from `at` on, at which they may be written to."""
        if self.quiet_from is None or self.quiet_until is None or self.quiet_from == self.quiet_until:
            return at
        here = at.astimezone(ZoneInfo(zone))
        minute = here.hour * 60 + here.minute
        asleep = (minute - self.quiet_from) % DAY < (self.quiet_until - self.quiet_from) % DAY
        return _next(self.quiet_until, here) if asleep else at

    def digest(self, zone: str, at: datetime) -> datetime:
        """When their next digest is due after `at`, moved out of their quiet hours."""
        return self.awake(zone, _next(self.digest_at, at.astimezone(ZoneInfo(zone))))


def _next(minute: int, here: datetime) -> datetime:
    """The next time that clocks show this minute of the day; on the day they are put forward, the minute after."""
    wanted = here.replace(hour=minute // 60, minute=minute % 60, second=0, microsecond=0, fold=0)
    if wanted.timestamp() <= here.timestamp():
        wanted = (wanted + timedelta(days=1)).replace(hour=minute // 60, minute=minute % 60)
    return datetime.fromtimestamp(wanted.timestamp(), now().tzinfo)


def of(actor: Actor) -> Choice:
    """What somebody chose; else at once for people outside, and once a day for us, who have the queue."""
    row = session.scalar(select(NoticeChoice).where(NoticeChoice.person_id == actor.person_id))
    if row is None:
        return usual(actor)
    return Choice(row.pace, row.quiet_from, row.quiet_until, row.digest_at, row.version)


def usual(actor: Actor) -> Choice:
    """What holds for somebody who chose nothing."""
    return Choice() if actor.outside else Choice(pace="daily")


def choose(
    actor: Actor, pace: str, quiet: tuple[int, int] | None, digest_at: int = MORNING, version: int = 0, how: str = ""
) -> None:  # fmt: skip
    """Say how one wants to be told by mail; sign-in codes and orders come all the same.

    `quiet` is (from, until) and `digest_at` a minute of the day, 0 to 1439. `how` it was
    chosen, for the log. Raises Forbidden, Invalid, and Refused with `conflict` for a stale `version`.
    """
    require(actor, "notices:choose")
    if pace not in PACES:
        raise Invalid("pace", "must be one of %(names)s", names=", ".join(PACES))
    if any(not 0 <= minute < DAY for minute in (*(quiet or ()), digest_at)):
        raise Invalid("quiet", "must be times of the day")
    before = of(actor)
    if version != before.version:
        raise Refused("conflict", STALE)
    start, end = quiet or (None, None)
    values = {"pace": pace, "quiet_from": start, "quiet_until": end, "digest_at": digest_at}
    if all(getattr(before, name) == value for name, value in values.items()):
        return
    _store(actor, values)
    words = f"{actor.name} chose how to be told by mail {how}".rstrip()
    record_privately(actor, "notices_chosen", words, values)


def _store(actor: Actor, values: dict[str, str | int | None]) -> None:
    row = session.scalar(select(NoticeChoice).where(NoticeChoice.person_id == actor.person_id))
    try:
        if row is None:
            with session.begin_nested():
                session.add(NoticeChoice(person_id=actor.person_id, **values))
            return
    except IntegrityError as error:
        raise Refused("conflict", STALE) from error
    for name, value in values.items():
        setattr(row, name, value)
    session.flush()
