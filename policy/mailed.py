"""Mailed: how the mails that told of messages and orders went, for us who may see them; nobody outside learns of them."""

from collections.abc import Sequence
from typing import Any

from models.db import session
from models.jobs import Delivery
from models.messages import Message
from models.words import spoken
from policy.actor import Actor
from policy.doing import allowed
from policy.seeing import visible

STATES = {"pending": "waiting", "sent": "sent", "failed": "failed"}
Shape = dict[str, Any]


def of_messages(actor: Actor, conversation_id: int, found: Sequence[Message]) -> dict[int, list[Shape]]:
    """The mails whose newest news was one of these messages, by its seq."""
    if actor.side != "staff" or not found:
        return {}
    seqs = [one.seq for one in found]
    query = visible(actor, Delivery).where(Delivery.conversation_id == conversation_id, Delivery.seq.in_(seqs))
    told: dict[int, list[Shape]] = {}
    for row in session.scalars(query.order_by(Delivery.id)).unique():
        told.setdefault(row.seq or 0, []).append(shape(actor, row))
    return told


def shape(actor: Actor, row: Delivery) -> Shape:
    """One mail: to whom, whether it waits, was sent or failed and why, and whether the actor may send it again."""
    return {
        "id": row.public_id, "kind": row.kind,
        "to": {"id": row.person.public_id, "name": row.person.name} if row.person else None, "address": row.to_address,
        "state": STATES[row.state], "reason": spoken(row.error, actor.language) if row.error else None,
        "at": (row.sent_at or row.created_at).isoformat(),
        "again": row.repeatable and allowed(actor, "delivery:retry", row),
    }  # fmt: skip
