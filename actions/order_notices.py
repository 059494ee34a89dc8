"""Order notices: what suppliers are to be told of their orders, put down with the thing itself and mailed together."""

from datetime import timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite

from actions import matters, suppliers
from actions.order_state import log
from models import db
from models.db import session
from models.jobs import enqueue
from models.orders import ASKED, Order, OrderLine
from models.organisations import Organisation
from models.people import Membership
from models.purchasing import OrderNotice, SupplierPolicy
from models.types import now
from policy import Actor, Refused, require
from policy.seen import unwrap

GATHER = timedelta(minutes=10)  # what comes together within it goes into one mail
OLD = timedelta(days=90)  # what waits for longer is no matter for a reminder


def ask(row: Order, matter: str, key: str, wait: timedelta = GATHER) -> bool:
    """Ask for a supplier to be told of one matter of an order; the same once more is not asked twice."""
    insert = sqlite.insert if db.is_sqlite() else postgresql.insert
    values = {"organisation_id": row.organisation_id, "order_id": row.id, "matter": matter, "key": key, "at": now()}
    step = insert(OrderNotice).values(values).on_conflict_do_nothing().returning(OrderNotice.id)
    newest = session.scalar(step)
    if newest is None:
        return False
    if matter == "asked":
        clerks = select(Membership.person_id).where(
            Membership.organisation_id == row.organisation_id,
            Membership.side == "partner",
            Membership.ended_at.is_(None),
        )
        matters.stir(session.scalars(clerks))
    enqueue(session(), "order_notices", due_at=now() + wait, unique_key=f"order_notices:{row.organisation_id}:{newest}",
            organisation=row.organisation_id)  # fmt: skip
    return True


def chase(actor: Actor, order: Any) -> None:
    """Remind a supplier of an order that it has not answered or not delivered in time, once a day.

    Raises Forbidden, and Refused with `conflict` where nothing is due or it was chased today.
    """
    require(actor, "order:chase", order)
    row: Order = unwrap(order)
    if not (row.status in ASKED or overdue(row)):
        raise Refused("conflict", "%(number)s is answered, and nothing of it is overdue.", number=row.number)
    if not ask(row, "chased", f"{now():%Y-%m-%d}", timedelta(0)):
        raise Refused(
            "conflict",
            "%(name)s was chased about %(number)s today already.",
            name=row.organisation.name,
            number=row.number,
        )
    log(actor, "order_chased", row, f"{row.organisation.name} reminded of {row.number}", "outbound", channel="email")


def overdue(row: Order) -> bool:
    """Whether something that was to be here by yesterday is not."""
    today = now().date()
    dates = [one.expected_at or one.promised_at or row.required_at for one in row.lines if one.quantity_open]
    return any(at is not None and at.date() < today for at in dates)


def remind() -> int:
    """Ask for every reminder that is due by what is agreed with each supplier; returns how many."""
    return sum(ask(row, matter, key) for row, matter, key in [*_unanswered(), *_promised()])


def _with_policy(*columns: Any) -> Any:
    return (
        select(*columns, SupplierPolicy)
        .select_from(Order)
        .join(Organisation, Organisation.id == Order.organisation_id)
        .outerjoin(SupplierPolicy, SupplierPolicy.organisation_id == Order.organisation_id)
        .where(Order.kind == "purchase")
    )


def _unanswered() -> list[tuple[Order, str, str]]:
    """Orders that we asked about some days ago, and that are not answered; each time so many days pass, again.

    What was only imported was never asked about from here: nobody is reminded of that by itself.
    """
    query = _with_policy(Order, Order.asked_at).where(
        Order.status.in_(ASKED), Order.asked_at < now() - timedelta(days=1), Order.asked_at > now() - OLD
    )
    found = []
    for row, since, policy in session.execute(query.order_by(Order.id.desc())).unique():
        days = (policy or suppliers.DEFAULTS).answer_days
        times = (now() - since).days // days if days else 0
        if times:
            found.append((row, "unanswered", f"{row.answered_version}:{times}"))
    return found


def _promised() -> list[tuple[Order, str, str]]:
    """Orders answered here of which something is promised within the next days: once for each day promised."""
    latest = now() + timedelta(days=suppliers.MOST)
    query = (
        _with_policy(Order, OrderLine.expected_at)
        .join(OrderLine, OrderLine.order_id == Order.id)
        .where(
            Order.status.in_(("confirmed", "confirmed_with_changes", "partly_received")), Order.answered_version > 0,
            OrderLine.status == "open", OrderLine.quantity > OrderLine.quantity_shipped,
            OrderLine.expected_at > now(), OrderLine.expected_at < latest,
        )
        .order_by(OrderLine.expected_at)
    )  # fmt: skip
    found = []
    for row, at, policy in session.execute(query).unique():
        days = (policy or suppliers.DEFAULTS).reminder_days
        if days and (at.date() - now().date()).days <= days:
            found.append((row, "promised", f"{at:%Y-%m-%d}"))
    return found
