"""Applying: letting a supplier's answer count, once, and moving the customers' lines that wait for it."""

from typing import Any

from sqlalchemy import select, update

from actions import arrivals, share_rules
from actions.affected import Affected, affected, comes, moved_by, pending
from actions.log import record
from actions.order_state import claim
from models import db
from models.db import session
from models.messages import CUSTOMER, STAFF
from models.orders import ASKED, Order, OrderChange, OrderChangeLine, OrderLine
from models.types import now
from models.words import Words
from policy import Actor, NotFound, Refused, require
from policy.seen import unwrap


def apply_answer(actor: Actor, order: Any, change: OrderChange, line: int | None = None) -> list[Affected]:
    """Make the newest answer (or one line of it) count, once, and move the customers' lines that wait for it.

    Returns the sales lines behind it as they were and are. Raises Forbidden, NotFound, and Refused with `conflict`
    when it was applied already or the supplier has answered anew.
    """
    require(actor, "order:apply", order)
    row: Order = unwrap(order)
    if change.order_id != row.id:
        raise NotFound
    if change.version != row.answered_version or change.side != "supplier":
        raise Refused(
            "conflict", "%(number)s was answered anew, or changed by us. Look at its newest state.", number=row.number
        )
    waiting = [one for one in pending(change) if line is None or one.line.line == line]
    if not waiting:
        raise Refused("conflict", "This was applied already.")
    _not_below_what_left(waiting)
    moved = affected(change, waiting)
    claim(row)
    _take(actor, waiting)
    for one in waiting:
        _move_purchase(one)
    move_sales(moved)
    if gone := [one.line for one in waiting if one.line.quantity_gone]:
        arrivals.plan_anew(gone)
        session.flush()
        move_sales(moved_by([line.id for line in gone]))
    _close(actor, row)
    settle(actor, row)
    _log_applied(actor, row, change, moved)
    return moved


def _not_below_what_left(waiting: list[OrderChangeLine]) -> None:
    """What left meanwhile cannot be answered away. Raises Refused."""
    for one in waiting:
        line = one.line
        if line.quantity_gone > comes(one):
            words = Words(
                "Line %(line)s: %(gone)s are on their way or here, more than this answer leaves. Ask for another answer."
            )
            raise Refused("conflict", words, line=line.line, gone=line.quantity_gone)


def _close(actor: Actor, row: Order) -> None:
    """An order of which every line is cancelled, and nothing is asked any more, is cancelled itself."""
    if row.status == "confirmed" and all(one.status == "cancelled" and not one.asked for one in row.lines):
        row.status, row.closed_at = "cancelled", now()
        share_rules.follow_order(actor, row)


def settle(actor: Actor, row: Order) -> None:
    """Say how far a purchase order is by what of it is here; one that waits for an answer goes on waiting for it."""
    if row.status in ASKED or not any(line.quantity_shipped for line in row.lines):
        return
    status = "partly_received" if any(line.quantity_open for line in row.lines) else "received"
    if status == row.status:
        return
    row.status, row.closed_at = status, now() if status == "received" else None
    session.flush()
    share_rules.follow_order(actor, row)


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
    """Write an answer into the line of the purchase order, and into its sums."""
    line = answer.line
    if line.asked == "cancelled" and answer.response == "rejected":
        line.status, line.quantity = "open", answer.quantity
        line.quantity_increased += answer.quantity
        line.quantity_confirmed, line.expected_at = answer.quantity, line.promised_at
    elif line.asked != "cancelled":
        _count(line, answer)
        _set_terms(line, answer)
    line.asked, line.quantity_cut = None, 0


def _count(line: OrderLine, answer: OrderChangeLine) -> None:
    """Confirmed is what comes; what was agreed beyond that is rejected. More than agreed can only undo a cut of ours."""
    if answer.response == "accepted":
        line.quantity_confirmed = min(answer.quantity, line.quantity)
        return
    comes = 0 if answer.response == "rejected" else answer.quantity
    line.quantity_increased += max(0, comes - line.quantity)
    line.quantity_rejected += max(0, line.quantity - comes)
    line.quantity = line.quantity_confirmed = comes


def _set_terms(line: OrderLine, answer: OrderChangeLine) -> None:
    """The day, the deliveries, the price and the product that an answer sets."""
    if not line.quantity:
        line.status, line.expected_at, line.deliveries = "cancelled", None, []
        return
    line.promised_at = answer.promised_at or line.promised_at
    line.expected_at = line.promised_at or line.expected_at
    if answer.response != "accepted":
        line.deliveries = answer.deliveries
    if answer.unit_price is not None:
        line.unit_price = answer.unit_price
    if answer.substitute is not None:
        line.substitute = answer.substitute


def move_sales(moved: list[Affected]) -> None:
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
    log_moved(actor, moved)


def log_moved(actor: Actor, moved: list[Affected]) -> None:
    """Write on the record of each customer which of its lines moved."""
    for one in moved:
        if one.moved:
            record(
                actor, "line_moved", _moved_words(one), {one.organisation_id: CUSTOMER},
                subject=("order_line", f"{one.order}/{one.line}"), department="purchasing",
            )  # fmt: skip


def _moved_words(one: Affected) -> str:
    after = f"now expected {one.after:%Y-%m-%d}" if one.after else "no longer has a date"
    return f"{one.product} on {one.order} {after}" + (f", before {one.before:%Y-%m-%d}" if one.before else "")
