"""Leaving: a process that is asked to end tells those who are connected to it when to come back, spread over some time."""

import random
import signal
from collections.abc import Callable
from typing import Any

import gevent

from realtime.server import socketio
from realtime.sockets import SOCKETS

EACH = 10  # milliseconds that another process needs to let one socket in
AT_MOST = 30_000


def announce() -> None:
    """Tell everybody to come back: few of them at once, many of them over half a minute."""
    spread = min(AT_MOST, EACH * len(SOCKETS))
    for sid in list(SOCKETS):
        socketio.server.emit("going_away", {"in_ms": random.randint(0, spread)}, room=sid)  # noqa: S311


def before_the_end(end: Callable[[int, Any], None]) -> None:
    """Announce it when this process is asked to end in an orderly way, then let it end."""

    def leave(number: int, frame: Any) -> None:
        gevent.spawn(announce)
        end(number, frame)

    signal.signal(signal.SIGTERM, leave)
