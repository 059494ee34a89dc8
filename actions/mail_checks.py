"""Mail checks: whether mail leaves at this moment, asked whenever somebody waits for a code, known to us or not.

What is told of it follows from these checks alone and never from anybody's mail, so that the page says the same whether
or not there is a login for the address that was typed.
"""

from datetime import datetime, timedelta

from sqlalchemy import select

from actions.installation import settings
from models.db import session
from models.jobs import Job, enqueue
from models.types import now
from models.words import Words

KIND = "mail_check"
EVERY = 30  # seconds: at most one check is begun in each
LONG = timedelta(minutes=10)  # as long as a code is good
LATE = timedelta(seconds=10)  # what waits longer than this is not there in seconds

TROUBLES = {
    "off": Words("No mail leaves from here: no mail server is set up. Ask whoever runs this portal for a way in."),
    "down": Words(
        "Our mail server takes no mail at the moment, so the code comes late. We try again every few seconds."
    ),
    "slow": Words("Mails leave more slowly than usual at the moment, so the code comes late. It is in the queue."),
}


def ask() -> None:
    """Ask for a check, unless one is under way."""
    if settings().mail_url and not any(one.state == "pending" for one in _recent()):
        enqueue(session(), KIND, unique_key=_key(now()))


def trouble() -> str:
    """What of TROUBLES to tell somebody who waits for a code; empty when mail leaves as it should, as far as we know."""
    if not settings().mail_url:
        return "" if settings().demo else "off"
    waiting = [one for one in _recent() if one.state == "pending"]
    if any(one.arguments.get("failed") for one in waiting):
        return "down"
    return "slow" if any(one.created_at < now() - LATE for one in waiting) else ""


def _key(at: datetime) -> str:
    return f"{KIND}:{int(at.timestamp()) // EVERY}"


def _recent() -> list[Job]:
    """The checks of the last minutes, found by their names."""
    at = now()
    names = [_key(at - timedelta(seconds=back)) for back in range(0, int(LONG.total_seconds()) + EVERY, EVERY)]
    return list(session.scalars(select(Job).where(Job.unique_key.in_(names))))
