"""The state of a purchase order: changing it only if nobody did meanwhile, and writing that down where it belongs."""

from typing import Any

from actions import claiming
from actions.affected import customers_waiting
from actions.log import record
from models.db import session
from models.messages import STAFF
from models.orders import Order
from models.words import Words
from policy import Actor


def claim(row: Order, **values: Any) -> None:
    """Change an order only if nobody did meanwhile. Raises Refused with `conflict`."""
    claiming.claim(row, Words("%(number)s was changed a moment ago. Look at it again.", number=row.number), **values)


def log(
    actor: Actor, kind: str, row: Order, words: str, direction: str = "internal", detail: dict[str, Any] | None = None,
    channel: str = "portal", outside: bool = True, customers: bool = True,
) -> None:  # fmt: skip
    """Write it on the record of the supplier (who may read it) and of each customer who waits (only we read it)."""
    waiting = session.scalars(customers_waiting(row.number)).all() if customers else []
    concerned = dict.fromkeys(waiting, STAFF) | {
        row.organisation_id: f"partner:{row.organisation_id}" if outside else STAFF
    }
    record(
        actor, kind, words, concerned, subject=("order", row.number), direction=direction, detail=detail, channel=channel,
        person_id=actor.person_id if actor.side == "partner" else None, department="purchasing",
    )  # fmt: skip
