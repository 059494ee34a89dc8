"""Telling: what customers are told of their orders when a supplier's answer has moved them, each by one decision."""

import uuid
from collections.abc import Sequence
from typing import Any

from sqlalchemy import select

from actions import conversations
from actions.affected import Affected, applied
from models.conversations import Conversation
from models.db import session
from models.messages import CUSTOMER
from models.orders import OrderChange
from models.organisations import Organisation
from models.people import Membership
from policy import Actor, Invalid, Refused, require
from policy.seen import unwrap

LIVE_STATUSES = ("new", "open", "waiting_on_customer", "waiting_on_partner")
WAYS = ("send", "fold", "leave")


def tell_affected(
    actor: Actor, order: Any, change: OrderChange, numbers: Sequence[str], words: str | None = None
) -> list[Conversation]:
    """Tell the customers of some affected sales orders what moved: in their open conversation about it, or a new one.

    `words` replaces the usual sentence. Telling twice says it once. Raises Forbidden, Invalid, Refused.
    """
    require(actor, "order:apply", order)
    told: dict[str, list[Affected]] = {}
    for one in applied(change, unwrap(order).number):
        told.setdefault(one.order, []).append(one)
    if not told:
        raise Refused("conflict", "Apply the answer first, then tell those whom it moves.")
    if strange := [number for number in numbers if number not in told]:
        raise Invalid("orders", f"not affected by this answer: {', '.join(strange)}")
    return [_tell(actor, change, number, told[number], words) for number in dict.fromkeys(numbers)]


def _tell(actor: Actor, change: OrderChange, number: str, moved: list[Affected], words: str | None) -> Conversation:
    body = words or "\n".join(sentence(one) for one in moved)
    once = str(uuid.uuid5(uuid.NAMESPACE_URL, f"loggia:{change.public_id}:{number}:{actor.person_id}"))
    abouts = [number, *(f"{number}/{one.line}" for one in moved)]
    found = select(Conversation).where(
        Conversation.organisation_id == moved[0].organisation_id, Conversation.about_id.in_(abouts),
        Conversation.about_type.in_(("order", "order_line")), Conversation.status.in_(LIVE_STATUSES),
    )  # fmt: skip
    row = session.execute(found.order_by(Conversation.updated_at.desc()).limit(1)).unique().scalars().first()
    if row is not None:
        conversations.reply(actor, row, body, audience=CUSTOMER, message_client_id=once)
        return row
    started, _ = conversations.start(
        actor, f"{moved[0].product}: new date for order {number}", body, about=("order", number), audience=CUSTOMER,
        organisation=session.get_one(Organisation, moved[0].organisation_id), message_client_id=once,
        person_id=_contact(moved[0].organisation_id),
    )  # fmt: skip
    return started


def sentence(one: Affected) -> str:
    """Say in one sentence to a customer what became of a line; who supplies it is not said."""
    if one.after is None:
        return f"{one.product} on your order {one.order}: we cannot give you a date at the moment."
    before = f" (before: {_day(one.before)})" if one.before and one.moved else ""
    return f"{one.product} on your order {one.order}: we now expect it on {_day(one.after)}{before}."


def _day(at: Any) -> str:
    return f"{at.day} {at:%B %Y}"


def _contact(organisation_id: int) -> int | None:
    """Whom to write to at a customer: who wrote last, else a manager, else anybody."""
    last = select(Conversation.person_id).where(
        Conversation.organisation_id == organisation_id, Conversation.person_id.is_not(None)
    )
    found = session.scalar(last.order_by(Conversation.updated_at.desc()).limit(1))
    members = select(Membership.person_id).where(
        Membership.organisation_id == organisation_id, Membership.side == "customer", Membership.ended_at.is_(None)
    )
    return found or session.scalar(members.order_by(Membership.role != "manager", Membership.id).limit(1))
