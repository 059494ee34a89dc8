"""Orders: sending, receiving and answering purchase orders, and letting the answer reach the customers behind them."""

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select, update

from actions import answers, conversations, share_rules, shares
from actions.affected import Affected, affected, applied, customers_waiting, pending
from actions.checks import checked
from actions.log import record
from models import db, text
from models.conversations import Conversation, Party
from models.db import session
from models.messages import CUSTOMER, STAFF
from models.orders import Order, OrderChange, OrderChangeLine, OrderLine, SupplyLink
from models.organisations import Organisation
from models.people import Membership
from models.shares import Share
from models.types import now
from policy import Actor, Invalid, NotFound, Refused, require
from policy.fields import DEFAULT_SETS
from policy.seeing import active
from policy.seen import unwrap

LIVE_STATUSES = ("new", "open", "waiting_on_customer", "waiting_on_partner")
STATUS = {"accepted": "confirmed", "accepted_with_changes": "confirmed_with_changes", "rejected": "rejected"}
WORDS = {"accepted": "confirmed as ordered", "accepted_with_changes": "confirmed with changes", "rejected": "rejected"}


def send(actor: Actor, order: Any) -> None:
    """Send a draft to its supplier, and share with it what it needs to answer.

    Raises Forbidden, and Refused with `conflict` when it was sent already.
    """
    require(actor, "order:send", order)
    row: Order = unwrap(order)
    if row.status != "draft":
        raise Refused("conflict", f"{row.number} was sent already.")
    _claim(row, status="sent")
    _log(actor, "order_sent", row, f"{row.number} sent to {row.organisation.name}", "outbound")
    derived = share_rules.follow_order(actor, row)
    if not any(one.organisation_id == row.organisation_id and one.level in ("respond", "edit") for one in derived):
        share_with_supplier(actor, row)


def share_with_supplier(actor: Actor, order: Any, **how: Any) -> Share:
    """Share a purchase order with its supplier as usual: enough to confirm, nothing about customers or prices."""
    row: Order = unwrap(order)
    return shares.share(actor, order, row.organisation, "respond", DEFAULT_SETS["order"], **how)


def acknowledge(actor: Actor, order: Any) -> None:
    """Say that an order was received, once. Raises Forbidden, and Refused with `conflict` the second time."""
    require(actor, "order:acknowledge", order)
    row: Order = unwrap(order)
    if row.acknowledged_at is not None:
        raise Refused("conflict", f"{row.number} was acknowledged already.")
    _claim(row, acknowledged_at=now())
    _log(actor, "order_acknowledged", row, f"{row.number} received by {row.organisation.name}", "inbound")


def confirm(
    actor: Actor,
    order: Any,
    response: str,
    lines: Sequence[Mapping[str, Any]] = (),
    note: str | None = None,
    version: int | None = None,
) -> OrderChange:
    """Answer a purchase order as its supplier; nothing moves until the buyer applies it.

    `lines` as in `actions.answers.read`; those not named are as ordered. `version` is the newest answer that the
    author knew (0: none): with a newer one there, it is refused with `conflict`. Raises Forbidden, Invalid, Refused.
    """
    require(actor, "order:confirm", order)
    row: Order = unwrap(order)
    if version is not None and version != row.answered_version:
        raise Refused("conflict", "A colleague has answered this order meanwhile. Look at that answer first.")
    given = answers.read(order, response, lines)
    change = OrderChange(
        order_id=row.id, version=row.answered_version + 1, response=response, person_id=actor.person_id,
        note=checked("note", text.clean, note) if note else None, organisation_id=row.organisation_id,
        lines=[
            OrderChangeLine(line_id=one.line.id, response=one.response, quantity=one.quantity,
                            promised_at=one.promised_at, reason=one.reason)
            for one in given
        ],
    )  # fmt: skip
    _claim(row, status=STATUS[response], answered_version=change.version, acknowledged_at=row.acknowledged_at or now())
    session.add(change)
    session.flush()
    words = f"{row.number} {WORDS[response]} by {row.organisation.name}"
    detail = {"version": change.version, "response": response}
    _log(actor, "order_confirmed", row, words, "inbound", detail)
    _tell_conversations(actor, row, response)
    return change


def _claim(row: Order, **values: Any) -> None:
    """Change an order only if nobody did meanwhile: of many tries at once, one succeeds."""
    session.flush()
    step = update(Order).where(Order.id == row.id, Order.version == row.version)
    step = step.values(version=row.version + 1, **values).execution_options(synchronize_session=False)
    if not db.touched(step):
        raise Refused("conflict", f"{row.number} was changed a moment ago. Look at it again.")
    session.refresh(row, ["version", *values])


def _log(
    actor: Actor, kind: str, row: Order, words: str, direction: str = "internal", detail: dict[str, Any] | None = None
) -> None:
    """Write it on the record of the supplier (who may read it) and of each customer who waits (only we read it)."""
    waiting = session.scalars(customers_waiting(row.number)).all()
    concerned = dict.fromkeys(waiting, STAFF) | {row.organisation_id: f"partner:{row.organisation_id}"}
    record(
        actor, kind, words, concerned, subject=("order", row.number), direction=direction, detail=detail,
        person_id=actor.person_id if actor.side == "partner" else None, department="purchasing",
    )  # fmt: skip


def _tell_conversations(actor: Actor, row: Order, response: str) -> None:
    """Say that the order was answered, in the conversations that its supplier takes part in because of it."""
    found = (
        select(Conversation)
        .join(Party, Party.conversation_id == Conversation.id)
        .join(Share, Share.id == Party.share_id)
        .where(
            Party.organisation_id == row.organisation_id, Party.side == "partner", Party.left_at.is_(None), active(),
            Conversation.about_type.in_(("order", "order_line")), Conversation.about_id.in_(abouts(row)),
            Conversation.status.in_(LIVE_STATUSES),
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


def apply_answer(actor: Actor, order: Any, change: OrderChange, line: int | None = None) -> list[Affected]:
    """Make the newest answer (or one line of it) count, once, and move the customers' lines that wait for it.

    Returns the sales lines behind it as they were and are. Raises Forbidden, NotFound, and Refused with `conflict`
    when it was applied already or the supplier has answered anew.
    """
    require(actor, "order:apply", order)
    row: Order = unwrap(order)
    if change.order_id != row.id:
        raise NotFound
    if change.version != row.answered_version:
        raise Refused("conflict", f"{row.number} was answered anew. Look at the newest answer.")
    waiting = [one for one in pending(change) if line is None or one.line.line == line]
    if not waiting:
        raise Refused("conflict", "This was applied already.")
    moved = affected(change, waiting)
    _claim(row)
    _take(actor, waiting)
    for one in waiting:
        _move_purchase(one)
    _move_sales(moved)
    _log_applied(actor, row, change, moved)
    return moved


def _take(actor: Actor, waiting: list[OrderChangeLine]) -> None:
    """Mark lines of an answer as applied, or find that somebody did so first."""
    open_lines = update(OrderChangeLine).where(
        OrderChangeLine.id.in_([one.id for one in waiting]), OrderChangeLine.applied_at.is_(None)
    )
    step = open_lines.values(applied_at=now(), applied_by_id=actor.staff_id)
    if db.touched(step, execution_options={"synchronize_session": False}) != len(waiting):
        raise Refused("conflict", "A colleague applied this a moment ago.")
    for one in waiting:
        session.refresh(one, ["applied_at", "applied_by_id"])


def _move_purchase(answer: OrderChangeLine) -> None:
    """Write an answer into the line of the purchase order."""
    line = answer.line
    if answer.response == "rejected":
        line.status, line.expected_at = "cancelled", None
        return
    line.quantity = answer.quantity
    line.promised_at = answer.promised_at or line.promised_at
    line.expected_at = line.promised_at


def _move_sales(moved: list[Affected]) -> None:
    """Let the customers' lines be expected when the last piece they wait for comes in."""
    ends = {one.line_id: one.after for one in moved if one.before != one.after}
    for line in session.scalars(select(OrderLine).where(OrderLine.id.in_(ends))).unique():
        line.expected_at = ends[line.id]
    session.flush()


def _log_applied(actor: Actor, row: Order, change: OrderChange, moved: list[Affected]) -> None:
    concerned = {one.organisation_id: STAFF for one in moved} | {row.organisation_id: STAFF}
    record(
        actor, "order_change_applied", f"Answer {change.version} of {row.organisation.name} to {row.number} applied",
        concerned, subject=("order", row.number), department="purchasing",
        detail={"version": change.version, "affected": [one.plain() for one in moved]},
    )  # fmt: skip
    for one in moved:
        if one.moved:
            record(
                actor, "line_moved", _moved_words(one), {one.organisation_id: CUSTOMER},
                subject=("order_line", f"{one.order}/{one.line}"), department="purchasing",
            )  # fmt: skip


def _moved_words(one: Affected) -> str:
    after = f"now expected {one.after:%Y-%m-%d}" if one.after else "no longer has a date"
    return f"{one.product} on {one.order} {after}" + (f", before {one.before:%Y-%m-%d}" if one.before else "")


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
