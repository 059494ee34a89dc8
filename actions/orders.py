"""Orders: sending, receiving and answering purchase orders, and letting the answer reach the customers behind them."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select

from actions import answers, conversations, order_mails, order_notices, share_rules, shares, suppliers
from actions.applying import apply_answer
from actions.checks import checked
from actions.order_state import claim, log
from actions.telling import tell_affected
from models import text
from models.conversations import Conversation, Party, live
from models.db import session
from models.interactions import CHANNELS
from models.orders import Order, OrderChange, OrderLine, SupplyLink
from models.shares import Share
from models.types import now
from policy import Actor, Invalid, Refused, require, system
from policy.seeing import active
from policy.seen import unwrap

__all__ = [
    "abouts", "acknowledge", "apply_answer", "confirm", "record_answer", "send", "share_with_supplier", "tell_affected",
]  # fmt: skip

STATUS = {"accepted": "confirmed", "accepted_with_changes": "confirmed_with_changes", "rejected": "rejected"}
WORDS = {"accepted": "confirmed as ordered", "accepted_with_changes": "confirmed with changes", "rejected": "rejected"}


def send(actor: Actor, order: Any) -> None:
    """Send a draft to its supplier, and share with it what it needs to answer; by mail as well where that is agreed.

    Raises Forbidden, and Refused with `conflict` when it was sent already.
    """
    require(actor, "order:send", order)
    row: Order = unwrap(order)
    if row.status != "draft":
        raise Refused("conflict", "%(number)s was sent already.", number=row.number)
    claim(row, status="sent", asked_at=now())
    log(actor, "order_sent", row, f"{row.number} sent to {row.organisation.name}", "outbound")
    derived = share_rules.follow_order(actor, row)
    if not any(one.organisation_id == row.organisation_id and one.level in ("respond", "edit") for one in derived):
        share_with_supplier(actor, row)
    order_mails.ask(actor, row)
    order_notices.ask(row, "asked", "0")


def share_with_supplier(actor: Actor, order: Any, **how: Any) -> Share:
    """Share a purchase order with its supplier as usual: enough to confirm, prices only where that is agreed."""
    row: Order = unwrap(order)
    names = suppliers.fields(suppliers.policy_of(row.organisation_id))
    return shares.share(actor, order, row.organisation, "respond", names, **how)


def acknowledge(actor: Actor, order: Any) -> None:
    """Say that an order was received, once. Raises Forbidden, and Refused with `conflict` the second time."""
    require(actor, "order:acknowledge", order)
    row: Order = unwrap(order)
    if row.acknowledged_at is not None:
        raise Refused("conflict", "%(number)s was acknowledged already.", number=row.number)
    claim(row, acknowledged_at=now())
    log(actor, "order_acknowledged", row, f"{row.number} received by {row.organisation.name}", "inbound")


def confirm(
    actor: Actor,
    order: Any,
    response: str,
    lines: Sequence[Mapping[str, Any]] = (),
    note: str | None = None,
    version: int | None = None,
    reference: str | None = None,
) -> OrderChange:
    """Answer a purchase order as its supplier; it counts once it is applied, by the buyer or as agreed beforehand.

    `lines` as in `actions.answers.read`; those not named are as ordered. `version` is the newest change that the
    author knew (0: none): with a newer one there, it is refused with `conflict`. `reference` is the supplier's own
    number for the order. Raises Forbidden, Invalid, Refused.
    """
    require(actor, "order:confirm", order)
    row = _as_known(order, version)
    limit = suppliers.policy_of(row.organisation_id).price_limit
    change = OrderChange(
        person_id=actor.person_id,
        signed_as=actor.signed_as,
        note=_note(note),
        channel="api" if actor.token_id else "portal",
    )
    return _answer(actor, order, change, answers.read(order, response, lines, limit), response, reference)


def record_answer(
    actor: Actor,
    order: Any,
    response: str,
    lines: Sequence[Mapping[str, Any]] = (),
    note: str | None = None,
    version: int | None = None,
    reference: str | None = None,
    channel: str = "email",
) -> OrderChange:
    """Write down the answer that a supplier gave by mail, on paper or by telephone; otherwise like `confirm`.

    Whoever keys it in may write any price: it stands in the supplier's own words. Raises Forbidden, Invalid, Refused.
    """
    require(actor, "order:record_answer", order)
    if channel not in CHANNELS:
        raise Invalid("channel", "must be one of %(names)s", names=", ".join(CHANNELS))
    _as_known(order, version)
    change = OrderChange(recorded_by_id=actor.staff_id, note=_note(note), channel=channel)
    return _answer(actor, order, change, answers.read(order, response, lines), response, reference)


def _as_known(order: Any, version: int | None) -> Order:
    """Take the order, if its newest change is the one that the author knew."""
    row: Order = unwrap(order)
    if version is not None and version != row.answered_version:
        raise Refused("conflict", "This order was answered or changed meanwhile. Look at that first.")
    claim(row)  # whoever comes second hears that, before anything is read that the first has changed
    return row


def _note(words: str | None) -> str | None:
    return checked("note", text.clean, words) if words else None


def _answer(
    actor: Actor, order: Any, change: OrderChange, given: list[answers.LineAnswer], response: str, reference: str | None,
) -> OrderChange:  # fmt: skip
    """Store an answer as the newest change, tell of it, and let it count where that is agreed."""
    row: Order = unwrap(order)
    change.order_id, change.organisation_id, change.response = row.id, row.organisation_id, response
    change.version, change.side, change.lines = row.answered_version + 1, "supplier", [one.row() for one in given]
    own = checked("reference", text.line, reference) if reference and reference.strip() else row.supplier_reference
    begun = response != "rejected" and any(one.quantity_shipped for one in row.lines)
    claim(row, status="partly_received" if begun else STATUS[response], answered_version=change.version,
          supplier_reference=own, acknowledged_at=row.acknowledged_at or now())  # fmt: skip
    session.add(change)
    session.flush()
    session.refresh(change)
    words = f"{row.number} {WORDS[response]} by {row.organisation.name}"
    detail = {"version": change.version, "response": response}
    log(actor, "order_confirmed", row, words, "inbound", detail, channel=change.channel)
    _tell_conversations(actor, row, response)
    if suppliers.fits(suppliers.policy_of(row.organisation_id), row, given):
        apply_answer(system(), row, change)
    return change


def _tell_conversations(actor: Actor, row: Order, response: str) -> None:
    """Say that the order was answered, in the conversations that its supplier takes part in because of it."""
    found = (
        select(Conversation)
        .join(Party, Party.conversation_id == Conversation.id)
        .join(Share, Share.id == Party.share_id)
        .where(
            Party.organisation_id == row.organisation_id, Party.side == "partner", Party.left_at.is_(None), active(),
            Conversation.about_type.in_(("order", "order_line")), Conversation.about_id.in_(abouts(row)),
            live(),
        )
        .order_by(Conversation.id)
    )  # fmt: skip
    for conversation in session.execute(found).unique().scalars().all():
        what = {"order": row.number, "answered": response}
        conversations.change(actor, conversation, what, f"partner:{row.organisation_id}")


def abouts(order: Any) -> set[str]:
    """What a conversation about a purchase order may be about: it, its lines, the sales orders and lines behind it."""
    row: Order = unwrap(order)
    links = select(SupplyLink.sales_line_id).where(SupplyLink.purchase_line_id.in_([one.id for one in row.lines]))
    lines = select(Order.number, OrderLine.line).join(OrderLine, OrderLine.order_id == Order.id)
    behind = session.execute(lines.where(OrderLine.id.in_(links))).all()
    places = [(row.number, one.line) for one in row.lines] + [(one.number, one.line) for one in behind]
    return {number for number, _ in places} | {f"{number}/{line}" for number, line in places} | {row.number}
