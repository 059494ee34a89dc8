"""Small facts about the installation, and the counters that numbers come from."""

from typing import cast

from sqlalchemy import Table, bindparam, update
from sqlalchemy.orm import Mapped, Session

from models.db import INLINE
from models.types import Base, Key, KeyText, mapped_column, opaque


class Setting(Base):
    """One named fact: the epoch of the sequence history, the demo's shift in weeks."""

    __tablename__ = "settings"
    name: Mapped[Key] = mapped_column(primary_key=True)
    value: Mapped[str]


class Counter(Base):
    """The last number given out of one series: short, never reused, gaps allowed."""

    __tablename__ = "counters"
    name: Mapped[Key] = mapped_column(primary_key=True)
    value: Mapped[int]


_COUNTERS = cast(Table, Counter.__table__)
_NEXT = (  # built once: every new record takes one
    update(_COUNTERS)
    .where(_COUNTERS.c.name == bindparam("series", type_=KeyText))
    .values(value=_COUNTERS.c.value + 1)
    .returning(_COUNTERS.c.value)
)


def next_number(session: Session, series: str, start: int = 1000) -> int:
    """Take the next number of a series in the caller's transaction."""
    session.flush()
    value = session.execute(_NEXT, {"series": series}).scalar_one_or_none()
    if value is None:
        value = start + 1
        session.add(Counter(name=series, value=value))
        session.flush()
    return value


def keep_above(session: Session, series: str, number: int) -> None:
    """Make sure that the series never gives out a number at or below an imported one."""
    session.flush()
    counter = session.get(Counter, series, populate_existing=True)
    if counter is None:
        session.add(Counter(name=series, value=number))
    elif counter.value < number:
        counter.value = number


def setting(session: Session, name: str) -> str | None:
    """Read one fact about the installation."""
    found = session.get(Setting, name, execution_options=INLINE)
    return found.value if found else None


def put(session: Session, name: str, value: str) -> None:
    """Write one fact about the installation."""
    session.merge(Setting(name=name, value=value))


def epoch(session: Session) -> str:
    """The epoch of the sequence history: it changes when a backup is restored, and every client reloads."""
    found = setting(session, "epoch")
    if found is None:
        raise LookupError("the installation has no epoch: run `flask upgrade`")
    return found


def new_epoch(session: Session) -> None:
    """Begin another sequence history."""
    put(session, "epoch", opaque())
