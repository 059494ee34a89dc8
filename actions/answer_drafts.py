"""Drafts of answers: what somebody has begun to answer to an order, kept until it is sent or thrown away."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import delete

from actions.checks import checked
from models import text
from models.db import session
from models.orders import Order
from models.purchasing import AnswerDraft
from models.types import now
from policy import Actor, require
from policy.seen import unwrap


def keep(actor: Actor, order: Any, typed: Mapping[str, str], version: int) -> AnswerDraft:
    """Keep what an answer says so far; `version` is the newest change that its author knew. Raises Forbidden, Invalid."""
    require(actor, "order:confirm", order)
    row: Order = unwrap(order)
    found = session.get(AnswerDraft, (row.id, actor.person_id))
    if found is None:
        found = AnswerDraft(order_id=row.id, person_id=actor.person_id)
        session.add(found)
    found.typed = {name: checked(name, text.clean, words) if words else "" for name, words in typed.items()}
    found.version, found.at = version, now()
    session.flush()
    return found


def drop(actor: Actor, order: Any) -> None:
    """Throw a draft away. Raises Forbidden."""
    require(actor, "order:confirm", order)
    row: Order = unwrap(order)
    own = (AnswerDraft.order_id == row.id, AnswerDraft.person_id == actor.person_id)
    session.execute(delete(AnswerDraft).where(*own))


def of(actor: Actor, order: Any) -> AnswerDraft | None:
    """One's own draft of an answer to an order."""
    return session.get(AnswerDraft, (order.id, actor.person_id)) if actor.person_id else None
