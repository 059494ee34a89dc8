"""Leases: whoever does a job keeps it for as long as that takes, and leaves it alone once somebody else has taken it over."""

import threading

from sqlalchemy import and_, or_, update

from models import db
from models.jobs import LEASE, Job
from models.types import now

Held = dict[int, int]  # the key of a job -> which of its tries this is: nobody else has the same
RENEWED = LEASE.total_seconds() / 4

_held: Held = {}


def hold(jobs: Held) -> None:
    """Keep leases of this process alive from now on."""
    _held.update(jobs)


def release(keys: list[int]) -> None:
    """Let leases run out: what they were for is done or given up."""
    for key in keys:
        _held.pop(key, None)


def renew(jobs: Held) -> set[int]:
    """Prolong leases; returns the keys of those that are still ours."""
    if not jobs:
        return set()
    tries = or_(*(and_(Job.id == key, Job.attempts == attempts) for key, attempts in jobs.items()))
    step = update(Job).where(Job.state == "pending", Job.lease_until.is_not(None), tries)
    with db.unit(write=True):
        return set(db.session.scalars(step.values(lease_until=now() + LEASE).returning(Job.id)))


def keep(stop: threading.Event) -> None:
    """Prolong what is held until told to stop."""
    while not stop.wait(RENEWED):
        try:
            renew(dict(_held))
        except db.Unavailable:
            continue  # whoever does the job asks whether it is still its own


def done(keys: list[int]) -> None:
    """Mark jobs as done, in the transaction of what they did."""
    values = {"state": "done", "done_at": now(), "lease_until": None, "error": None}
    db.session.execute(update(Job).where(Job.id.in_(keys)).values(values))


def give_back(keys: list[int]) -> None:
    """Let others do what there was no time for; it does not count as a try."""
    with db.unit(write=True):
        mine = update(Job).where(Job.id.in_(keys))
        db.session.execute(mine.values(lease_until=None, attempts=Job.attempts - 1))
