"""Slow native work (hashes, files, stores elsewhere) away from the loop that all sockets share."""

from collections.abc import Callable
from typing import Any, TypeVar

from gevent import get_hub, monkey

Answer = TypeVar("Answer")


def offload(work: Callable[[], Answer]) -> Answer:
    """Run slow work in the hub's thread pool where the process is made of greenlets; never inside a unit of work."""
    if monkey.is_module_patched("threading"):
        return in_pool(work)
    return work()


def in_pool(work: Callable[..., Answer], *arguments: Any) -> Answer:
    """Run work in the thread pool; what it raises is raised here, and not written out by the pool as well."""
    answers, failures = get_hub().threadpool.apply(_outcome, (work, arguments))
    for failure in failures:
        raise failure
    return answers[0]  # type: ignore[no-any-return]


def _outcome(work: Callable[..., Answer], arguments: Any) -> tuple[list[Answer], list[BaseException]]:
    try:
        return [work(*arguments)], []
    except BaseException as failure:
        return [], [failure]
