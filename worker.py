"""The one table of all jobs and their times: embedded as threads of the web process, or a process of its own."""

import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import takewhile
from typing import Any

import structlog
from sqlalchemy import ColumnElement, or_, select, true, update

from actions import files, matters, previews
from channels import (
    digests,
    housekeeping,
    imap_watch,
    mail_checks,
    mail_in,
    mail_out,
    notices,
    order_mails,
    order_notices,
    push,
    share_endings,
    waves,
)
from models import db, leases, storage
from models.jobs import LEASE, Hopeless, Job, Later, enqueue
from models.types import now
from web.product import Product

log = structlog.get_logger(__name__)


def draw_preview(arguments: dict[str, Any]) -> None:
    """Draw the small picture of a file; one that cannot be drawn is parked and shown without."""
    with db.unit(write=False):
        row = previews.wanted(arguments["file"])
    if row is None:
        return
    try:
        storage.put(files.preview_key(row.key), previews.draw(row.content_type, storage.read(row.key)))
    except (Hopeless, storage.Gone) as error:
        with db.unit(write=True):
            previews.settle(row.id, "failed")
        raise Hopeless(f"no preview of file {row.public_id}: {error}") from error
    with db.unit(write=True):
        previews.settle(row.id, "made")


def clear_unused(arguments: dict[str, Any]) -> None:
    """Let go of a file that nobody attached to anything within a day."""
    with db.unit(write=True):
        files.let_go(arguments["file"])


def forget_bytes(arguments: dict[str, Any]) -> None:
    """Take the bytes of a file that is gone out of the storage, and its picture."""
    storage.delete(arguments["key"])
    storage.delete(files.preview_key(arguments["key"]))


def plan_promises(arguments: dict[str, Any]) -> None:
    """Let the owners of promises that fall due be told, also of those that were there before anybody was."""
    with db.unit(write=True):
        for row in matters.open_promises():
            matters.plan(row, known=True)


JOBS: dict[str, Callable[[dict[str, Any]], None]] = {
    "mail": mail_out.deliver,
    "mail_check": mail_checks.look,
    "mail_in": mail_in.file_mail,
    "notice": notices.tell_readers,
    "push": push.deliver,
    "matter": notices.tell_concerned,
    "promise_plans": plan_promises,
    "digest": digests.tell,
    "share_ending": share_endings.tell_sharer,
    "order_mail": order_mails.mail_order,
    "order_notices": order_notices.tell_supplier,
    "order_reminders": order_notices.remind,
    "read_log_retention": housekeeping.forget_looks,
    "wave": waves.go_on,
    "preview": draw_preview,
    "unused_file": clear_unused,
    "forget_bytes": forget_bytes,
}

Claimed = tuple[int, str, dict[str, Any], int]  # id, kind, arguments, attempts

DAILY = ("order_reminders", "promise_plans", "read_log_retention")
SLOW = ("preview", "mail_in", "push")  # work in a lane of its own, so that no mail waits for it
SWEEP = 5.0  # seconds: picks up what lost its wake-up call
PAUSES = [timedelta(seconds=s) for s in (5, 30, 120, 600, 3600, 14400)]
URGENT = [timedelta(seconds=5)] * 120  # a code, for the ten minutes in which it is good
AT_ONCE = 20
END = 4.0  # seconds for all to end in order
# What else is written down when work of a kind is parked.
GIVEN_UP: dict[str, Callable[[dict[str, Any]], None]] = {
    "mail": mail_out.give_up,
    "push": push.give_up,
    "wave": waves.give_up,
}

_ended, _begun = threading.Event(), list[threading.Thread]()
_awake = {False: threading.Event(), True: threading.Event()}
_planned: dict[str, str] = {}


def listen() -> None:
    """Listen for new jobs, so that an embedded worker need not wait for the sweep."""
    db.listen("job", wake)
    imap_watch.listen()


def wake(news: list[Any]) -> None:
    """Let both lanes look."""
    for awake in _awake.values():
        awake.set()


def start(app: Product) -> threading.Thread:
    """Run the worker beside the web server in one process."""
    _ended.clear()
    thread = threading.Thread(target=run, args=(app, _ended), name="worker", daemon=True)
    thread.start()
    _begun.append(thread)
    return thread


def end() -> None:
    """Let the worker beside the web server end in order, for a few seconds at most."""
    _ended.set()
    wake([])
    while _begun:
        _begun.pop().join(END)


def run(app: Product, stop: threading.Event | None = None) -> None:
    """Work until told to stop, in two lanes: a slow piece of work holds up only its like. Mail is fetched beside them."""
    stop = stop or threading.Event()
    watch = threading.Thread(target=imap_watch.Watch().keep, args=(stop,), name="mail-sources", daemon=True)
    watch.start()
    threading.Thread(target=leases.keep, args=(stop,), name="leases", daemon=True).start()
    threading.Thread(target=lane, args=(app, True, stop), name="worker-slow", daemon=True).start()
    try:
        lane(app, False, stop)
    finally:
        stop.set()
        imap_watch.call([])
        watch.join(END)


def lane(app: Product, slow: bool, stop: threading.Event | None = None) -> None:
    """Do the work of one lane."""
    while not (stop and stop.is_set()):
        try:
            with app.app_context():
                if not slow:
                    plan_day()
                busy = work_once(slow)
        except db.Unavailable as error:
            log.warning("the database is busy", error=str(error))
            busy = False
        except Exception:
            log.exception("the worker stumbled")
            busy = False
        if not busy:
            _awake[slow].wait(_pause(slow))
            _awake[slow].clear()


def of_lane(slow: bool | None) -> ColumnElement[bool]:
    """The jobs of a lane; None is both."""
    return true() if slow is None else Job.kind.in_(SLOW) if slow else Job.kind.not_in(SLOW)


def _pause(slow: bool) -> float:
    """Seconds until the next job is due, at most one sweep."""
    try:
        with db.unit(write=False):
            waiting = select(Job.due_at).where(Job.state == "pending", of_lane(slow))
            due = db.session.scalar(waiting.order_by(Job.due_at).limit(1))
    except db.Unavailable:
        return SWEEP
    return SWEEP if due is None else min(SWEEP, max(0.05, (due - now()).total_seconds()))


def plan_day() -> None:
    """Ask for what is done daily, once per day whichever process asks first."""
    today = now().date().isoformat()
    if _planned.get("day") == today:
        return
    with db.unit(write=True):
        for kind in DAILY:
            enqueue(db.session(), kind, unique_key=f"{kind}:{today}")
    _planned["day"] = today


def work_once(slow: bool | None = None) -> bool:
    """Claim what is due and do it; returns whether there was anything."""
    claimed = claim(slow=slow)
    held, begun = {job[0]: job[3] for job in claimed}, time.monotonic()
    leases.hold(held)
    try:
        if slow and claimed and claimed[0][1] == "mail_in":
            file_pile(claimed)
            return True
        for job in claimed:
            # What waited for its turn may have been taken over, if this process could not keep it.
            if time.monotonic() - begun < leases.RENEWED or leases.renew({job[0]: job[3]}):
                perform(job)
            leases.release([job[0]])
    finally:
        leases.release(list(held))
    return bool(claimed)


def claim(at: datetime | None = None, slow: bool | None = None) -> list[Claimed]:
    """Lease due jobs to this worker; slow ones singly, except that mails come in piles."""
    with db.unit(write=True):
        at = at or now()
        free = or_(Job.lease_until.is_(None), Job.lease_until < at)
        due = (
            select(Job)
            .where(Job.state == "pending", Job.due_at <= at, free, of_lane(slow))
            .order_by(Job.due_at, Job.id)
        )
        found = db.session.scalars(due.limit(AT_ONCE).with_for_update(skip_locked=True)).all()
        jobs = list(takewhile(lambda one: one.kind == "mail_in", found)) or found[:1] if slow else found
        for job in jobs:
            job.lease_until = at + LEASE
            job.attempts += 1
        return [(job.id, job.kind, dict(job.arguments), job.attempts) for job in jobs]


def file_pile(jobs: list[Claimed]) -> None:
    """File mails in their order: together where they go smoothly, else each alone, and what takes too long later."""
    pile, begun = mail_in.Pile(), time.monotonic()
    while jobs:
        if time.monotonic() - begun > LEASE.total_seconds() / 3:
            leases.give_back([job[0] for job in jobs])
            return
        try:
            filed = pile.file(jobs, leases.done)
        except Exception as error:
            log.warning("mails are filed singly", error=repr(error), exc_info=not isinstance(error, db.Unavailable))
            filed = 0
        if not filed:
            perform(jobs[0], pile.alone)
        jobs = jobs[filed or 1 :]


def perform(job: Claimed, how: Callable[[dict[str, Any]], None] | None = None) -> None:
    """Run one job and mark it done; a failure is retried with growing pauses, then parked where staff see it."""
    key, kind, arguments, attempts = job
    try:
        (how or JOBS[kind])(arguments)
    except Later as error:
        known = {"arguments": arguments | error.known}
        tries = 0 if error.afresh else Job.attempts - 1
        _settle(key, {"due_at": error.at, "lease_until": None, "attempts": tries} | known)
    except Hopeless as error:
        log.warning("job parked", kind=kind, job=key, error=str(error))
        _settle(key, {"state": "parked", "lease_until": None, "error": str(error)[:500]}, kind, arguments)
    except Exception as error:
        log.warning("job failed", kind=kind, job=key, attempts=attempts, error=repr(error), exc_info=True)
        pauses = URGENT if arguments.get("urgent") else PAUSES
        _settle(key, failed(attempts, f"{type(error).__name__}: {error}", pauses), kind, arguments)
    else:
        _settle(key, {"state": "done", "done_at": now(), "lease_until": None, "error": None})


def failed(attempts: int, words: str, pauses: list[timedelta] = PAUSES) -> dict[str, Any]:
    """What becomes of a job that failed for the nth time."""
    if attempts > len(pauses):
        return {"state": "parked", "lease_until": None, "error": words[:500]}
    return {"due_at": now() + pauses[attempts - 1], "lease_until": None, "error": words[:500]}


def _settle(key: int, values: dict[str, Any], kind: str = "", arguments: dict[str, Any] | None = None) -> None:
    while True:
        try:
            with db.unit(write=True):
                if values.get("state") == "parked" and kind in GIVEN_UP:
                    GIVEN_UP[kind](arguments or {})
                db.session.execute(update(Job).where(Job.id == key).values(values))
            return
        except db.Unavailable:
            time.sleep(1)
