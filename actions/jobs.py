"""Jobs that were parked: trying them once more."""

from actions.log import record_privately
from models import db
from models.jobs import Job
from models.types import now
from policy import Actor, Refused, require


def retry(actor: Actor, job: Job) -> None:
    """Let a parked job run again now. Raises Forbidden, and Refused with `conflict`."""
    require(actor, "job:retry", job)
    if job.state != "parked":
        raise Refused("conflict", "This is not parked any more.")
    job.state, job.attempts, job.due_at, job.lease_until = "pending", 0, now(), None
    record_privately(actor, "job_retried", f"job {job.kind} tried again", {"job": job.public_id})
    db.tell("job", job.due_at)
