"""Deliveries: the mails that went out, how each went, and sending one again that failed."""

from typing import Any, Literal

from actions import deliveries as verbs
from api.lists import Paged, listed
from api.operations import operation
from models.db import session
from models.jobs import Delivery
from policy import Actor, find, mailed, visible

KEPT = {"waiting": "pending", "sent": "sent", "failed": "failed"}


class DeliveryQuery(Paged):
    state: Literal["waiting", "sent", "failed"] | None = None


@operation("GET", "/deliveries", "delivery", query=DeliveryQuery)
def deliveries(actor: Actor, query: DeliveryQuery) -> dict[str, Any]:
    """List mails about what you see, the newest first; staff only."""
    seen = visible(actor, Delivery)
    if query.state:
        seen = seen.where(Delivery.state == KEPT[query.state])
    return listed(actor, seen, [Delivery.id], query, lambda row: mailed.shape(actor, row))


@operation("GET", "/deliveries/<public_id>", "delivery")
def delivery(actor: Actor, public_id: str) -> dict[str, Any]:
    """Read how one mail went."""
    return mailed.shape(actor, find(actor, Delivery, public_id=public_id))


@operation("POST", "/deliveries/<public_id>/retries", "delivery")
def retry_delivery(actor: Actor, public_id: str) -> dict[str, Any]:
    """Send a mail again that failed; 409 when it is on its way already."""
    row = find(actor, Delivery, public_id=public_id)
    verbs.retry(actor, row)
    session.flush()
    return mailed.shape(actor, row)
