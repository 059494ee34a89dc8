"""Mail paces: when a mail may leave, so that no domain gets more of them in a minute than it likes."""

from datetime import datetime, timedelta

from sqlalchemy.dialects import postgresql, sqlite

from actions.installation import settings
from models import db
from models.db import session
from models.jobs import Delivery
from models.mail_paces import MailPace
from models.types import now

MINUTE = timedelta(minutes=1)
AT_ONCE = ("code",)  # somebody waits for them in front of a page


def take(delivery: Delivery) -> datetime:
    """Give a mail its time to leave: now, or in a later minute when this one is full; the caller keeps to it.

    A minute begins with the first mail after a pause. What does not fit goes into the following ones, spread over them.
    """
    at, most = now(), settings().mail_per_minute
    if delivery.kind in AT_ONCE or most <= 0:
        return at
    row = _row(delivery.to_key.rpartition("@")[2], at)
    if row.minute + MINUTE <= at:
        row.minute, row.taken = at, 0
    if row.taken >= most:
        row.minute, row.taken = row.minute + MINUTE, 0
    found = at if row.minute <= at else row.minute + MINUTE * row.taken / most
    row.taken += 1
    return found


def _row(domain: str, at: datetime) -> MailPace:
    insert = sqlite.insert if db.is_sqlite() else postgresql.insert
    step = insert(MailPace).values(domain=domain, minute=at, taken=0)
    session.execute(step.on_conflict_do_nothing(index_elements=["domain"]))
    return session.get_one(MailPace, domain, with_for_update=True, populate_existing=True)
