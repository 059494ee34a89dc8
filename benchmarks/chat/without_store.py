"""The product without its memory, to see what the memory costs: a message gets its number and is told, and is kept nowhere."""

from benchmarks.chat.without_limits import *  # noqa: F403
from benchmarks.chat.without_limits import post_worker_init as with_store


def post_worker_init(worker):
    """Put a writer in place that only counts, and that asks no database what was revoked."""
    from models import db, writer
    from models.messages import Stored
    from realtime import revoking

    heads = {}

    def count(new):
        heads[new.conversation_id] = last = heads.get(new.conversation_id, 1) + 1
        return Stored(new, last, {"staff": last - 1, "customer": last - 1}, epoch="none")

    def together(news):
        stored = [count(new) for new in news]
        for listener in db._listeners["stored"]:
            listener(stored)
        return stored

    writer._together = together
    revoking.apply = lambda: None
    with_store(worker)
