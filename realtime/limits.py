"""How often one person may send what, over all their sockets of this process."""

import time

from limits import RateLimitItem, parse
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from policy import Actor

LIMITS: dict[str, RateLimitItem] = {
    "message:send": parse("300/10second"),
    "conversation:start": parse("20/minute"),
    "conversation:open": parse("120/10second"),
    "conversation:sync": parse("200/10second"),
    "decision:ask": parse("20/minute"),
    "decision:answer": parse("60/10second"),
    "decision:withdraw": parse("60/10second"),
    "message:read": parse("200/10second"),
    "typing": parse("40/10second"),
    "presence": parse("30/10second"),
    "connect": parse("120/minute"),
}

_limiter = MovingWindowRateLimiter(MemoryStorage())


def too_fast(actor: Actor, event: str) -> int:
    """Return how many seconds to wait, 0 when it may go on."""
    return _check(event, str(actor.person_id or actor.key))


def address_too_fast(address: str) -> int:
    """The same for connecting from one address."""
    return _check("connect", address)


def _check(event: str, who: str) -> int:
    item = LIMITS[event]
    if _limiter.hit(item, event, who):
        return 0
    reset = _limiter.get_window_stats(item, event, who).reset_time
    return max(1, int(reset - time.time()) + 1)
