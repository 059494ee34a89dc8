"""The product's own gunicorn settings, with room for one address and person to send as much as a benchmark does."""

from deploy.gunicorn import *  # noqa: F403
from deploy.gunicorn import post_worker_init as as_users_start_it


def post_worker_init(worker):
    """Lift the limits of this process, then start as users do."""
    from realtime.limits import LIMITS, Limit

    LIMITS.update(dict.fromkeys(LIMITS, Limit(1_000_000, 1)))
    as_users_start_it(worker)
