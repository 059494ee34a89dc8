"""Exceptions: what suppliers answered late, short or dearer, have not answered, or not delivered."""

from typing import Any

from sqlalchemy import Select, func, select

from models.db import session
from models.orders import ASKED, Order, OrderChange, OrderChangeLine, OrderLine
from models.types import now
from policy import Actor, visible

ANSWERED = ("answers", "late", "short", "dearer")
KINDS = (*ANSWERED, "unanswered", "overdue")
COMING = ("confirmed", "confirmed_with_changes", "partly_received")
MOST_COUNTED = 99


def of_kind(who: Actor, kind: str) -> Select[Any]:
    """The lines of answers to apply, the orders without an answer, or the lines that should be here."""
    if kind == "unanswered":
        return visible(who, Order).where(Order.kind == "purchase", Order.status.in_(ASKED))
    return overdue(who) if kind == "overdue" else answered(who, kind)


def answered(who: Actor, kind: str) -> Select[Any]:
    """The lines of the newest answers that nobody has applied, and that differ in this way from what is ordered."""
    line = OrderChangeLine
    wanted = func.coalesce(line.promised_before, Order.required_at)
    kept: dict[str, tuple[Any, ...]] = {
        "answers": (),
        "late": (func.date(line.promised_at) > func.date(wanted),),
        "short": (line.quantity < line.quantity_before,),
        "dearer": (line.unit_price > line.price_before,),
    }
    return (
        visible(who, Order, line)
        .join(OrderChange, OrderChange.id == line.change_id).join(Order, Order.id == OrderChange.order_id)
        .where(line.applied_at.is_(None), OrderChange.side == "supplier",
               OrderChange.version == Order.answered_version, *kept[kind])
    )  # fmt: skip


def overdue(who: Actor) -> Select[Any]:
    """The confirmed lines that should have come in by yesterday."""
    due = func.coalesce(OrderLine.expected_at, OrderLine.promised_at, Order.required_at)
    return (
        visible(who, Order, OrderLine).join(Order, Order.id == OrderLine.order_id)
        .where(Order.kind == "purchase", Order.status.in_(COMING), OrderLine.status == "open",
               OrderLine.quantity > OrderLine.quantity_shipped,
               due < now().replace(hour=0, minute=0, second=0, microsecond=0))
    )  # fmt: skip


def key_of(kind: str) -> Any:
    """By what the rows of a kind are sorted: what came first is first."""
    return {"unanswered": Order.id, "overdue": OrderLine.id}.get(kind, OrderChangeLine.id)


def counts(who: Actor) -> dict[str, str]:
    """How many there are of each kind, counted up to 99 and no further."""
    found = {}
    for kind in KINDS:
        few = of_kind(who, kind).with_only_columns(key_of(kind)).order_by(None).limit(MOST_COUNTED + 1).subquery()
        many = session.scalar(select(func.count()).select_from(few)) or 0
        found[kind] = f"{MOST_COUNTED}+" if many > MOST_COUNTED else str(many)
    return found
