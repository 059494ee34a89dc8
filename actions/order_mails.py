"""Order mails: orders that go to their supplier by mail as they are sent, where that is agreed."""

from actions import enrolling, suppliers
from actions.order_state import log
from models.db import session
from models.jobs import enqueue
from models.orders import ASKED, Order
from policy import Actor, Invalid


def address(row: Order) -> str | None:
    """Where a supplier's orders go; None where it has no address that a mail can be sent to."""
    try:
        return enrolling.address(row.organisation.email or "")
    except Invalid:
        return None


def unmailed(row: Order) -> bool:
    """Whether an order that waits should have been mailed, but its supplier has no address."""
    due = row.kind == "purchase" and row.status in ASKED and row.answered_version == 0 and row.asked_at is not None
    return due and suppliers.policy_of(row.organisation_id).mail_orders and address(row) is None


def ask(actor: Actor, row: Order) -> None:
    """Let an order that is being sent go by mail as well, once, where that is agreed; without an address we are told."""
    if not suppliers.policy_of(row.organisation_id).mail_orders:
        return
    if address(row) is None:
        say_unmailed(actor, row)
        return
    enqueue(
        session(), "order_mail", unique_key=f"order_mail:{row.id}:{row.asked_at}", order=row.id, staff=actor.staff_id
    )


def say_unmailed(actor: Actor, row: Order) -> None:
    """Write down that an order was not mailed, for us."""
    words = f"{row.number} was not mailed: {row.organisation.name} has no e-mail address"
    log(actor, "order_not_mailed", row, words, outside=False)
