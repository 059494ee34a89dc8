"""A build that breaks its promise on purpose: it acknowledges at once and stores a little later."""

from deploy.gunicorn import *  # noqa: F403
from deploy.gunicorn import post_worker_init as really_start


def post_worker_init(worker):
    """Put a writer in place that answers before it commits."""
    import gevent

    from models import writer

    really_store = writer.store
    counters = {}

    def acknowledge_first(new):
        from models.messages import Stored

        def later():
            gevent.sleep(0.3)
            really_store(new)

        gevent.spawn(later)
        counters[new.conversation_id] = counters.get(new.conversation_id, 2) + 1
        return Stored(new, counters[new.conversation_id], {})

    writer.store = acknowledge_first
    really_start(worker)
