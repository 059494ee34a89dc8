"""Heartbeats: each line is asked every few seconds whether it still lives, by one for all of them.

Engine.IO keeps a greenlet for each line that sleeps between two pings, and with it the line for as long after it ended.
"""

import time
from collections import deque
from typing import Any

import structlog
from engineio.packet import PING, Packet
from engineio.socket import Socket
from gevent import sleep

log = structlog.get_logger(__name__)
_due: deque[tuple[float, str]] = deque()  # when, and which line; every line waits as long, so the first is due first


class Line(Socket):  # type: ignore[misc]
    """A client's line as Engine.IO knows it, without a greenlet for its pings."""

    last_ping: float | None  # when it was asked and has not answered

    def schedule_ping(self) -> None:
        """Ping this line when the interval has gone by; again only after its last ping was answered."""
        if self.last_ping:
            self.last_ping = None
            _due.append((time.monotonic() + self.server.ping_interval, self.sid))


def beat(lines: dict[str, Any]) -> None:
    """Ping whoever is due, until the process ends."""
    while True:
        sleep(1)
        now = time.monotonic()
        while _due and _due[0][0] <= now:
            line = lines.get(_due.popleft()[1])
            if line is not None and not line.closing and not line.closed:
                ping(line)


def ping(line: Line) -> None:
    """Ask one line whether it lives; what ends it later is Engine.IO's own look at who has not answered."""
    line.last_ping = time.time()
    try:
        line.send(Packet(PING))
    except Exception:
        log.exception("a line could not be pinged")
