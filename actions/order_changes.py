"""Changes by us: the buyer changes or cancels lines of an order that was sent, and its supplier is asked again."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from actions import order_notices
from actions.affected import Affected, affected
from actions.applying import log_moved, move_sales
from actions.checks import by_place, checked, listed, whole
from actions.offers import moment
from actions.order_state import claim, log
from models import text
from models.db import session
from models.orders import Order, OrderChange, OrderChangeLine, OrderLine
from models.types import now
from models.words import Words
from policy import Actor, Invalid, Refused, require
from policy.seen import unwrap

MOST = 10**9


@dataclass(frozen=True, slots=True)
class LineChange:
    """What becomes of one line: so many, by that day; none is cancelled."""

    line: OrderLine
    quantity: int
    wanted_at: datetime | None
    reason: str | None


def change(
    actor: Actor,
    order: Any,
    lines: Sequence[Mapping[str, Any]],
    note: str | None = None,
    version: int | None = None,
) -> OrderChange:
    """Change quantity or day of some lines, or cancel them with quantity 0, and ask the supplier again.

    Each of `lines` is {line, quantity?, promised_at?, reason?}. What we cancel counts at once, also for the customers
    who wait for it; what we ask for more, or for another day, once the supplier has confirmed it. `version` is the
    newest change that the author knew. Raises Forbidden, Invalid, and Refused with `conflict`.
    """
    require(actor, "order:change", order)
    row: Order = unwrap(order)
    if version is not None and version != row.answered_version:
        raise Refused("conflict", "The order was answered or changed meanwhile. Look at that first.")
    claim(row)  # whoever comes second hears that, before anything is read that the first has changed
    given = _read(row, lines)
    words = checked("note", text.clean, note) if note else None
    ends = not any(one.status == "open" and one.quantity for one in _after(row, given))
    made = OrderChange(
        order_id=row.id, version=row.answered_version + 1, side="buyer", response="cancelled" if ends else "changed",
        note=words, person_id=actor.person_id, organisation_id=row.organisation_id, lines=[_row(one) for one in given],
    )  # fmt: skip
    claim(row, status="changed", answered_version=made.version, asked_at=now())
    session.add(made)
    session.flush()
    session.refresh(made)
    moved = _count(actor, made, given)
    _tell(actor, row, made, moved)
    return made


def cancel(actor: Actor, order: Any, note: str | None = None, version: int | None = None) -> OrderChange:
    """Cancel every open line of an order, and ask the supplier to agree. Raises like `change`."""
    row: Order = unwrap(order)
    lines = [{"line": one.line, "quantity": 0} for one in row.lines if one.status == "open"]
    return change(actor, order, lines, note, version)


def _after(row: Order, given: Sequence[LineChange]) -> list[OrderLine]:
    """The lines that stay when these changes are made."""
    ended = {one.line.id for one in given if not one.quantity}
    return [one for one in row.lines if one.id not in ended]


def _read(row: Order, lines: Any) -> list[LineChange]:
    listed(lines, Words("must be a list with a line or more"), least=1)
    open_lines = {one.line: one for one in row.lines if one.status == "open"}
    strange = Words("line %(place)s is not an open line of this order")
    each = by_place(lines, open_lines, strange, Words("line %(place)s is changed twice"))
    return [_line(open_lines[place], given) for place, given in each]


def _line(line: OrderLine, given: Mapping[str, Any]) -> LineChange:
    name = f"lines.{line.line}"
    words = Words("Line %(line)s: the quantity must be a whole number, 0 or more.", line=line.line)
    quantity = whole(f"{name}.quantity", given.get("quantity", line.quantity), words, most=MOST)
    if quantity < line.quantity_shipped:
        raise Invalid(
            f"{name}.quantity",
            "Line %(line)s: %(quantity)s have come in already.",
            line=line.line,
            quantity=line.quantity_shipped,
        )
    if quantity < line.quantity_gone:
        raise Invalid(
            f"{name}.quantity",
            "Line %(line)s: %(quantity)s are here or on their way to us.",
            line=line.line,
            quantity=line.quantity_gone,
        )
    wanted = moment(f"{name}.promised_at", given.get("promised_at"))
    if wanted is not None and line.promised_at is not None and wanted.date() == line.promised_at.date():
        wanted = None
    if quantity == line.quantity and wanted is None:
        raise Invalid(name, "Line %(line)s: neither quantity nor date differs from what is ordered.", line=line.line)
    reason = checked(f"{name}.reason", text.clean, given["reason"]) if given.get("reason") else None
    return LineChange(line, quantity, wanted, reason)


def _row(one: LineChange) -> OrderChangeLine:
    """A change by us counts from the moment it is made."""
    return OrderChangeLine(
        line_id=one.line.id, line=one.line, response="changed" if one.quantity else "cancelled", quantity=one.quantity,
        promised_at=one.wanted_at if one.quantity else None, reason=one.reason, quantity_before=one.line.quantity,
        promised_before=one.line.promised_at, price_before=one.line.unit_price, applied_at=now(),
    )  # fmt: skip


def _count(actor: Actor, made: OrderChange, given: Sequence[LineChange]) -> list[Affected]:
    """Count what is ordered more or less now, and take away from customers what no longer comes."""
    rows = {one.line_id: one for one in made.lines}
    fewer = [rows[one.line.id] for one in given if one.quantity < one.line.quantity]
    wanted = {row.id: row.promised_at for row in fewer}
    for row in fewer:
        row.promised_at = None  # until the supplier agrees we reckon with the day we know
    with session.no_autoflush:
        moved = affected(made, fewer)
    for row in fewer:
        row.promised_at = wanted[row.id]
    for one in given:
        _write(one, rows[one.line.id])
        rows[one.line.id].applied_by_id = actor.staff_id
    move_sales(moved)
    return moved


def _write(change: LineChange, row: OrderChangeLine) -> None:
    """Write a change into the line, and into its sums: what we take away was not confirmed as far as possible."""
    line, difference = change.line, change.quantity - change.line.quantity
    line.quantity_increased += max(0, difference)
    line.quantity_cancelled += max(0, -difference)
    line.quantity_cut = max(0, line.quantity_cut - difference)
    line.quantity = change.quantity
    line.quantity_confirmed = 0 if change.wanted_at else min(line.quantity_confirmed, change.quantity)
    line.asked, line.deliveries = row.response, []
    if not change.quantity:
        line.status, line.expected_at = "cancelled", None
    elif change.wanted_at:
        line.promised_at, line.expected_at = change.wanted_at, line.expected_at or line.promised_at


def _tell(actor: Actor, row: Order, made: OrderChange, moved: list[Affected]) -> None:
    what = "cancelled" if made.response == "cancelled" else f"changed in {len(made.lines)} of its lines"
    detail = {"version": made.version, "affected": [one.plain() for one in moved]}
    log(actor, "order_changed", row, f"{row.number} {what} by us: {row.organisation.name} is asked again", "outbound",
        {"version": made.version})  # fmt: skip
    if moved:
        log(actor, "order_change_applied", row, f"Change {made.version} of {row.number} counts", "internal", detail,
            outside=False)  # fmt: skip
    log_moved(actor, moved)
    order_notices.ask(row, "asked", str(made.version))
