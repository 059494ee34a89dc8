"""Telling: what customers are told of their orders when a supplier's answer has moved them, each by one decision."""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import select

from actions import conversations
from actions.affected import Affected, applied, later
from actions.log import record
from actions.order_state import claim
from models.conversations import Conversation, live
from models.db import session
from models.interactions import Interaction
from models.messages import CUSTOMER, STAFF
from models.orders import Order, OrderChange
from models.organisations import Organisation
from models.people import Membership
from policy import Actor, Invalid, Refused, require, visible
from policy.readers import addressed
from policy.seen import unwrap

WAYS = ("send", "fold", "leave")


@dataclass(frozen=True, slots=True)
class Notice:
    """What a customer would be told of one of its orders, and what was decided about that."""

    order: str
    customer: str
    lines: list[Affected]
    words: str
    way: str | None  # how it was settled: send, fold, leave
    into: str | None  # the number of the customer's open conversation that it can be folded into
    over: bool = False  # a later answer or change has moved the order again: this is no longer true

    @property
    def settled(self) -> bool:
        """Whether it cannot be sent any more."""
        return self.over or self.way in ("send", "fold")

    @property
    def usual(self) -> str:
        """What is offered first: to tell whoever is moved."""
        return "send" if any(one.moved for one in self.lines) else "leave"


def notices(actor: Actor, change: OrderChange, number: str) -> list[Notice]:
    """Prepare what each customer whose lines an applied answer moved is told, one notice for each of its orders.

    A line that is applied after its order's notice went out is a notice of its own. It is folded only into what the
    actor sees and the customer has heard of.
    """
    done, over = settled(change, number), later(change, number)
    talks: dict[int, Conversation | None] = {}
    found = []
    for order, lines in _by_order(applied(change, number)).items():
        customer, ways = lines[0].organisation_id, done.get(order, {})
        if customer not in talks:
            talks[customer] = _live(actor, customer)
        into = talks[customer]
        shown = [one for one in lines if ways.get(str(one.line)) not in ("send", "fold")] or lines
        said = {ways.get(str(one.line)) for one in shown}
        found.append(
            Notice(order, lines[0].customer, shown, "\n".join(sentence(one) for one in shown),
                   said.pop() if len(said) == 1 else None, into.number if into else None, order in over)
        )  # fmt: skip
    return found


def tell_affected(
    actor: Actor, order: Any, change: OrderChange, ways: Mapping[str, str], words: Mapping[str, str] | None = None
) -> list[Conversation]:
    """Settle the notices of some affected sales orders, each by its number: send, fold or leave it.

    One that is sent goes into the customer's open conversation about the order, or a new one; those that are folded go as
    one message into whatever the customer is talking to us about; one that is left can be sent later. `words` replaces
    the prepared ones. Nobody is told twice. Returns the conversations written to. Raises Forbidden, Invalid, Refused.
    """
    require(actor, "order:apply", order)
    row: Order = unwrap(order)
    prepared = {one.order: one for one in notices(actor, change, row.number)}
    if not prepared:
        raise Refused("conflict", "Apply the answer first, then tell those whom it moves.")
    if strange := [number for number in ways if number not in prepared]:
        raise Invalid("orders", "not affected by this answer: %(names)s", names=", ".join(strange))
    if wrong := [way for way in ways.values() if way not in WAYS]:
        raise Invalid("way", "must be one of %(names)s, not %(state)s", names=", ".join(WAYS), state=wrong[0])
    claim(row)
    due = [one for one in prepared.values() if one.order in ways and not one.settled]
    said = {one.order: ((words or {}).get(one.order) or "").strip() or one.words for one in due}
    told = [_send(actor, change, one, said[one.order]) for one in due if ways[one.order] == "send"]
    folded: dict[int, list[Notice]] = {}
    for one in due:
        if ways[one.order] == "fold":
            folded.setdefault(one.lines[0].organisation_id, []).append(one)
    told += [_fold(actor, change, group, "\n\n".join(said[one.order] for one in group)) for group in folded.values()]
    if due:
        _settle(actor, row, change, due, {one.order: ways[one.order] for one in due})
    return told


def settled(change: OrderChange, number: str) -> dict[str, dict[str, str]]:
    """Say how the notices of an answer were settled: by sales order and line, which way."""
    query = select(Interaction.detail).where(
        Interaction.subject_type == "order", Interaction.subject_id == number, Interaction.kind == "notices_settled"
    )
    done: dict[str, dict[str, str]] = {}
    for detail in session.scalars(query.order_by(Interaction.id)):
        if detail.get("version") == change.version:
            for order, ways in detail["ways"].items():
                done.setdefault(order, {}).update(ways)
    return done


def _by_order(moved: Iterable[Affected]) -> dict[str, list[Affected]]:
    """The lines of each sales order; one that was moved twice stands where it came from and where it went in the end."""
    found: dict[str, dict[int, Affected]] = {}
    for one in moved:
        lines = found.setdefault(one.order, {})
        lines[one.line] = replace(one, before=lines[one.line].before) if one.line in lines else one
    return {order: list(lines.values()) for order, lines in found.items()}


def _settle(actor: Actor, row: Order, change: OrderChange, due: list[Notice], ways: dict[str, str]) -> None:
    words = {"send": "told", "fold": "told with something else", "leave": "not told"}
    summary = ", ".join(f"{one.customer} {words[ways[one.order]]} about {one.order}" for one in due)
    record(
        actor, "notices_settled", summary, {one.lines[0].organisation_id: STAFF for one in due},
        subject=("order", row.number), department="purchasing", detail={"version": change.version,
                "ways": {one.order: {str(line.line): ways[one.order] for line in one.lines} for one in due}},
    )  # fmt: skip


def _send(actor: Actor, change: OrderChange, notice: Notice, body: str) -> Conversation:
    """Tell of one order where the customer is talking to us about it, or in a conversation of its own."""
    abouts = [notice.order, *(f"{notice.order}/{one.line}" for one in notice.lines)]
    row = _live(actor, notice.lines[0].organisation_id, abouts)
    return _reply(actor, change, row, notice, body) if row else _start(actor, change, [notice], body)


def _fold(actor: Actor, change: OrderChange, group: list[Notice], body: str) -> Conversation:
    row = _live(actor, group[0].lines[0].organisation_id)
    return _reply(actor, change, row, group[0], body) if row else _start(actor, change, group, body)


def _live(actor: Actor, customer: int, abouts: Sequence[str] | None = None) -> Conversation | None:
    """The newest open conversation with a customer that the actor sees, about anything or about some orders and lines."""
    found = visible(actor, Conversation).where(Conversation.organisation_id == customer, live(), addressed(CUSTOMER))
    if abouts is not None:
        found = found.where(Conversation.about_id.in_(abouts), Conversation.about_type.in_(("order", "order_line")))
    row: Conversation | None = (
        session.execute(found.order_by(Conversation.updated_at.desc()).limit(1)).unique().scalars().first()
    )
    return row


def _reply(actor: Actor, change: OrderChange, row: Conversation, notice: Notice, body: str) -> Conversation:
    conversations.reply(actor, row, body, audience=CUSTOMER, message_client_id=_once(actor, change, notice))
    return row


def _start(actor: Actor, change: OrderChange, group: list[Notice], body: str) -> Conversation:
    first = group[0].lines[0]
    orders = ", ".join(one.order for one in group)
    started, _ = conversations.start(
        actor, f"{first.product}: new date for order {orders}"[:200], body, about=("order", group[0].order),
        audience=CUSTOMER, organisation=session.get_one(Organisation, first.organisation_id),
        message_client_id=_once(actor, change, group[0]), person_id=_contact(first.organisation_id),
    )  # fmt: skip
    return started


def _once(actor: Actor, change: OrderChange, notice: Notice) -> str:
    lines = ",".join(str(one.line) for one in notice.lines)
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"loggia:{change.public_id}:{notice.order}:{lines}:{actor.person_id}"))


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
