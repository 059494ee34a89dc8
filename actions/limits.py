"""Limits on trying: per address and per account, in memory or in Redis, and never so that a victim is locked out."""

import time
from typing import Any

import structlog
from limits import RateLimitItem, parse, storage, strategies
from redis.exceptions import RedisError

from actions.installation import settings
from actions.secrets import keyed
from policy import Refused

log = structlog.get_logger(__name__)
PAUSE = 10.0  # seconds without asking a Redis that did not answer


class Counters:
    """Counts tries; Redis when there is one and it answers, else this process alone."""

    def __init__(self, redis_url: str) -> None:
        self.memory = strategies.MovingWindowRateLimiter(storage.MemoryStorage())
        self.shared = self._connect(redis_url) if redis_url else None
        self.silent_until = 0.0

    @staticmethod
    def _connect(url: str) -> strategies.RateLimiter:
        options: dict[str, Any] = {"socket_connect_timeout": 0.3, "socket_timeout": 0.3}
        return strategies.MovingWindowRateLimiter(storage.RedisStorage(url, **options))

    def hit(self, rule: RateLimitItem, *keys: str) -> bool:
        """Count one try; False when there were too many."""
        if self.shared and time.monotonic() >= self.silent_until:
            try:
                return self.shared.hit(rule, *keys)
            except (RedisError, OSError) as error:
                self.silent_until = time.monotonic() + PAUSE
                log.warning("redis is gone: limits hold in this process only", error=str(error))
        return self.memory.hit(rule, *keys)


_counters: dict[str, Counters] = {}


def counters() -> Counters:
    """The counters of this process."""
    url = settings().redis_url
    if url not in _counters:
        _counters[url] = Counters(url)
    return _counters[url]


def forget() -> None:
    """Start counting afresh, for tests."""
    _counters.clear()


def within(rule: str, *keys: str) -> bool:
    """Count one try under a rule such as `20 per 10 minutes`; False when there were too many."""
    return counters().hit(parse(rule), *(keyed("limit", key)[:32] for key in keys))


def demand(rule: str, *keys: str) -> None:
    """Count one try; raise Refused with `rate_limited` when there were too many."""
    if not within(rule, *keys):
        raise Refused("rate_limited", "That was tried too often. Wait a few minutes, then try again.")
