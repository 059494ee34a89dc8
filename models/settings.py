"""Small facts about the installation, and the counters that numbers come from."""

from sqlalchemy import update
from sqlalchemy.orm import Mapped, Session

from models.types import Base, Key, mapped_column, opaque


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


def next_number(session: Session, series: str, start: int = 1000) -> int:
    """Take the next number of a series in the caller's transaction."""
    step = update(Counter).where(Counter.name == series).values(value=Counter.value + 1).returning(Counter.value)
    value = session.execute(step).scalar_one_or_none()
    if value is None:
        value = start + 1
        session.add(Counter(name=series, value=value))
        session.flush()
    return value


def keep_above(session: Session, series: str, number: int) -> None:
    """Make sure that the series never gives out a number at or below an imported one."""
    counter = session.get(Counter, series)
    if counter is None:
        session.add(Counter(name=series, value=number))
    elif counter.value < number:
        counter.value = number


def setting(session: Session, name: str) -> str | None:
    """Read one fact about the installation."""
    found = session.get(Setting, name)
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
