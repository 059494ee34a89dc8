"""Ratings: what customers say about how a request was handled."""

from typing import Any

from actions.log import record
from models import db
from models.conversations import Conversation
from models.messages import CUSTOMER
from policy import Actor, Invalid, require
from policy.seen import unwrap


def rate(actor: Actor, conversation: Any, rating: int) -> None:
    """Say how well a request was handled, 1 to 5. Raises Forbidden, Invalid."""
    require(actor, "conversation:rate", conversation)
    row: Conversation = unwrap(conversation)
    if rating not in range(1, 6):
        raise Invalid("rating", "must be 1 to 5")
    row.rating = rating
    record(
        actor, "rated", f"{rating} of 5", {row.organisation_id: CUSTOMER}, conversation_id=row.id, direction="inbound",
        subject=("conversation", row.number), person_id=row.person_id, detail={"rating": rating},
    )  # fmt: skip
    db.tell("conversation", row.id)
