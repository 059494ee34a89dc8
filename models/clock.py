"""The clock: every process goes by that of PostgreSQL, so that one whose own is wrong spoils nobody's leases and codes."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
from sqlalchemy import Engine, event
from sqlalchemy.exc import DisconnectionError

OFTEN = 1.0  # seconds between two looks at the clock of the database
TOLERATED = timedelta(seconds=2)  # clocks that are kept by NTP are left alone
SLOW = 1.0  # seconds: an answer that took longer tells nothing


class Clock:
    """What this machine's clock is ahead of the one that all go by."""

    def __init__(self) -> None:
        self.ahead = timedelta()
        self.compared: float | None = None

    def now(self) -> datetime:
        """This instant, in UTC."""
        return datetime.now(UTC) - self.ahead

    def due(self) -> bool:
        """Whether it is time to look at the other clock again."""
        return self.compared is None or time.monotonic() - self.compared >= OFTEN

    def compare(self, ask: Callable[[], datetime]) -> None:
        """Look at the other clock, whose time `ask` returns."""
        begun = self.compared = time.monotonic()
        theirs = ask()
        took = time.monotonic() - begun
        if took < SLOW:
            ahead = datetime.now(UTC) - theirs - timedelta(seconds=took / 2)
            self.ahead = ahead if abs(ahead) > TOLERATED else timedelta()

    def forget(self) -> None:
        """Go by the clock of this machine, as with SQLite, which has no other."""
        self.ahead, self.compared = timedelta(), None


CLOCK = Clock()


def follow(engine: Engine) -> None:
    """Go by the clock of a PostgreSQL: looked at when a connection is taken for work, at most once a second."""

    @event.listens_for(engine, "checkout")
    def look(driver: Any, *_: Any) -> None:
        if not CLOCK.due():
            return
        try:
            CLOCK.compare(lambda: driver.execute("SELECT clock_timestamp()").fetchone()[0])
            driver.rollback()
        except psycopg.Error as error:
            raise DisconnectionError from error
