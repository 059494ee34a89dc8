"""Carriers: who brings a sales order to its customer, and so sees where it goes."""

from typing import Any

from actions import share_rules
from actions.log import record
from models.db import session
from models.messages import STAFF
from models.orders import Order
from policy import Actor, Invalid, require
from policy.seen import unwrap


def assign(actor: Actor, order: Any, organisation: Any) -> None:
    """Let a partner carry an order, or nobody (None): it sees the shipment from now on, another one no longer.

    Raises Forbidden, Invalid.
    """
    require(actor, "order:assign_carrier", order)
    row: Order = unwrap(order)
    carrier = unwrap(organisation)
    if carrier is not None and not set(carrier.roles) - {"customer"}:
        raise Invalid("organisation", "is a customer only: it carries nothing for us")
    if row.carrier_id == (carrier.id if carrier else None):
        return
    row.carrier_id, row.carrier = (carrier.id, carrier.name) if carrier else (None, None)
    session.flush()
    words = f"{row.number} is carried by {carrier.name}" if carrier else f"{row.number} has no carrier"
    concerned = {key: STAFF for key in (row.organisation_id, row.carrier_id) if key}
    record(actor, "carrier_assigned", words, concerned, subject=("order", row.number))
    share_rules.follow_order(actor, row)
