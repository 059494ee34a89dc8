"""Slow native work (hashes, files, stores elsewhere) away from the loop that all sockets share."""

from collections.abc import Callable
from typing import TypeVar

from gevent import get_hub, monkey

Answer = TypeVar("Answer")


def offload(work: Callable[[], Answer]) -> Answer:
    """Run slow work in the hub's thread pool where the process is made of greenlets; never inside a unit of work."""
    if monkey.is_module_patched("threading"):
        return get_hub().threadpool.apply(work)  # type: ignore[no-any-return]
    return work()
