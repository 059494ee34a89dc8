"""How often one person may send what, over all their sockets of this process.

A bucket of our own, because the moving window of `limits` starts a thread for each message; what protects accounts and
is shared between processes stays with `limits` (actions/limits.py).
"""

import time
from typing import NamedTuple

from policy import Actor


class Limit(NamedTuple):
    """So many at once, and as many again in so many seconds."""

    times: int
    seconds: float


LIMITS: dict[str, Limit] = {
    "message:send": Limit(300, 10),
    "conversation:start": Limit(20, 60),
    "conversation:open": Limit(120, 10),
    "conversation:sync": Limit(200, 10),
    "decision:ask": Limit(20, 60),
    "decision:answer": Limit(60, 10),
    "decision:withdraw": Limit(60, 10),
    "message:read": Limit(200, 10),
    "draft:keep": Limit(60, 10),
    "typing": Limit(40, 10),
    "presence": Limit(30, 10),
    "queue:watch": Limit(30, 10),
    "connect": Limit(600, 60),  # of one address: behind it may be a whole office
}
MOST = 50_000  # counted at the same time; beyond it those that are full again are let go

_left: dict[tuple[str, str], tuple[float, float]] = {}  # (event, who) -> how many are left, and when that was so


def too_fast(actor: Actor, event: str) -> int:
    """Return how many seconds to wait, 0 when it may go on."""
    return _take(event, str(actor.person_id or actor.key))


def address_too_fast(address: str) -> int:
    """The same for connecting from one address, or from one browser that is signed in."""
    return _take("connect", address)


def forget() -> None:
    """Start counting afresh, for tests."""
    _left.clear()


def _take(event: str, who: str) -> int:
    limit, moment = LIMITS[event], time.monotonic()
    left, at = _left.get((event, who), (limit.times, moment))
    left = min(limit.times, left + (moment - at) * limit.times / limit.seconds)
    if left < 1:
        return max(1, round((1 - left) * limit.seconds / limit.times))
    if len(_left) >= MOST and not len(_left) % 1000:
        _let_go(moment)
    _left[event, who] = (left - 1, moment)
    return 0


def _let_go(moment: float) -> None:
    for key, (_, at) in list(_left.items()):
        if moment - at > LIMITS[key[0]].seconds:
            del _left[key]
