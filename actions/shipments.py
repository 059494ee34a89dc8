"""Shipments: what a supplier sends us against confirmed lines, and what we send customers, in one go or in several."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import func, select

from actions import arrivals
from actions.affected import moved_by
from actions.applying import log_moved, move_sales
from actions.checks import by_place, checked, listed, whole
from actions.log import record
from actions.offers import moment
from actions.order_state import claim, log
from models import text
from models.billing import Shipment, ShipmentLine
from models.db import session
from models.messages import CUSTOMER, STAFF
from models.orders import Order, OrderLine
from models.types import now
from models.words import Words
from policy import Actor, Invalid, NotFound, Refused, has, require
from policy.seen import unwrap

MOST_PACKAGES = 9_999


def announce(
    actor: Actor,
    order: Any,
    lines: Sequence[Mapping[str, Any]] | None = None,
    *,
    number: str | None = None,
    carrier: str | None = None,
    tracking: str | None = None,
    packages: int | None = None,
    expected_at: Any = None,
    note: str | None = None,
) -> Shipment:
    """Say what is sent: of a purchase order by its supplier (or by us for it), of a sales order by us.

    Each of `lines` is {line, quantity}; None is all that can be sent. `number` is the sender's own for the delivery note,
    `expected_at` the day of arrival. Raises Forbidden, Invalid naming the line, and Refused with `conflict`.
    """
    require(actor, "order:ship", order)
    row: Order = unwrap(order)
    claim(row)  # whoever comes second hears that, before anything is read that the first has changed
    given = _read(order, row, lines)
    made = Shipment(
        order_id=row.id, number=_own_number(row, number), carrier=_line("carrier", carrier) or _usual_carrier(row),
        tracking=_line("tracking", tracking), packages=_packages(packages), expected_at=_arrival(row, expected_at),
        note=checked("note", text.clean, note) if note else None, shipped_at=now(), person_id=actor.person_id,
        organisation_id=row.organisation_id if row.kind == "purchase" else None,
        lines=[ShipmentLine(line_id=line.id, line=line, quantity=quantity) for line, quantity in given],
    )  # fmt: skip
    session.add(made)
    if row.kind == "sales":
        _leave(actor, row, made)
    else:
        for line, quantity in given:
            line.quantity_announced += quantity
        log(actor, "shipment_announced", row, f"{row.organisation.name} sends {_in_words(made)}", "inbound", _detail(made),
            channel="api" if actor.token_id else "portal")  # fmt: skip
        follow(actor, row, [line for line, _ in given])
    session.flush()
    session.refresh(made)
    return made


def withdraw(actor: Actor, order: Any, shipment: Any) -> None:
    """Take back what was announced by mistake and is not received. Raises Forbidden, NotFound, Refused."""
    require(actor, "order:ship", order)
    row, found = the_coming(order, shipment)
    claim(row)
    session.refresh(found)
    still_coming(found)
    found.withdrawn_at = now()
    for one in found.lines:
        one.line.quantity_announced -= one.quantity
    log(actor, "shipment_withdrawn", row, f"Shipment {found.number} of {row.number} is not sent after all", "inbound",
        _detail(found))  # fmt: skip
    follow(actor, row, [one.line for one in found.lines])


def the_coming(order: Any, shipment: Any) -> tuple[Order, Shipment]:
    """An order and a shipment of its supplier. Raises NotFound when it belongs to another order, or left our house."""
    row, found = unwrap(order), unwrap(shipment)
    if found.order_id != row.id or found.organisation_id is None:
        raise NotFound
    return row, found


def still_coming(found: Shipment) -> None:
    """Raise Refused for a shipment that is here, or was taken back."""
    if found.withdrawn_at is not None:
        raise Refused("conflict", "Shipment %(number)s was taken back by its sender.", number=found.number)
    if found.received_at is not None:
        raise Refused("conflict", "Shipment %(number)s was received already.", number=found.number)


def follow(actor: Actor, row: Order, lines: Sequence[OrderLine]) -> None:
    """Let the days of a purchase order's lines, and of the customers' lines behind them, follow its shipments."""
    arrivals.plan_anew(lines)
    session.flush()
    moved = moved_by([line.id for line in lines])
    move_sales(moved)
    if moved:
        orders = sorted({one.order for one in moved})
        record(actor, "arrivals_moved", f"Shipments of {row.number} moved {', '.join(orders)}", {row.organisation_id: STAFF},
               subject=("order", row.number), detail={"orders": orders})  # fmt: skip
    log_moved(actor, moved)


def to_send(order: Any) -> dict[int, int]:
    """How many of each line can be sent now, as far as the reader sees quantities; lines of which nothing can are absent."""
    row: Order = unwrap(order)
    seen = {line.line for line in order.lines if has(line, "quantity")}
    return {line.line: n for line in row.lines if line.line in seen and (n := _free(row, line)) > 0 and not line.asked}


def _free(row: Order, line: OrderLine) -> int:
    """What is confirmed, or open with the customer, and has not left."""
    if line.status != "open":
        return 0
    if row.kind == "sales":
        return line.quantity_open
    return max(0, confirmed(row, line) - line.quantity_gone)


def confirmed(row: Order, line: OrderLine) -> int:
    """What the supplier confirmed; what another system reported as confirmed, without any answer here, is so as a whole."""
    return line.quantity_confirmed if row.answered_version else line.quantity


def _read(order: Any, row: Order, lines: Any) -> list[tuple[OrderLine, int]]:
    if lines is None:
        lines = [{"line": place, "quantity": number} for place, number in to_send(order).items()]
        if not lines:
            raise Invalid("lines", "has nothing that is confirmed and not shipped yet")
    listed(lines, Words("must be a list with a line or more: say how many of what are sent"), least=1)
    seen, known = {line.line: line for line in order.lines}, {line.line: line for line in row.lines}
    strange, twice = Words("line %(place)s is no line of %(number)s"), Words("line %(place)s is named twice")
    return [
        (known[place], _quantity(row, known[place], seen[place], given.get("quantity")))
        for place, given in by_place(lines, seen, strange, twice, number=row.number)
    ]


def _quantity(row: Order, line: OrderLine, seen: Any, value: Any) -> int:
    """How many are sent of a line, or in words why they cannot be."""
    field, name = f"lines.{line.line}.quantity", Words("Line %(line)s", line=line.line)
    if not has(seen, "quantity"):
        raise Invalid(field, "%(name)s: its quantity is not shared with you.", name=name)
    words = Words("%(name)s: the quantity must be a whole number, 1 or more.", name=name)
    number = whole(field, value, words, least=1)
    if line.status != "open":
        gone = Words("rejected") if line.quantity_rejected else Words("cancelled")
        raise Invalid(field, "%(name)s was %(gone)s: nothing of it is wanted.", name=name, gone=gone)
    if line.asked:
        raise Invalid(field, "%(name)s was changed by the buyer: answer that before you send it.", name=name)
    free = _free(row, line)
    if number > free and row.kind == "purchase" and not confirmed(row, line):
        raise Invalid(field, "%(name)s is not confirmed: nothing of it can be sent yet.", name=name)
    if number > free:
        raise Invalid(field, _too_much(free, row.kind == "purchase"), name=name, free=free)
    return number


def _too_much(free: int, purchase: bool) -> str:
    if purchase and free:
        return Words("%(name)s: only %(free)s are confirmed and not shipped yet.")
    if purchase:
        return Words("%(name)s: nothing is confirmed and not shipped yet.")
    return Words("%(name)s: only %(free)s are open.") if free else Words("%(name)s: nothing is open.")


def _leave(actor: Actor, row: Order, made: Shipment) -> None:
    """What leaves us is shipped at once, and the customer may read it."""
    for one in made.lines:
        one.line.quantity_shipped += one.quantity
    whole = not any(line.quantity_open for line in row.lines)
    row.status, row.shipped_at = "shipped" if whole else "partly_shipped", made.shipped_at
    record(actor, "shipment_announced", f"On its way: {_in_words(made)}", {row.organisation_id: CUSTOMER},
           subject=("order", row.number), direction="outbound", detail=_detail(made), department="sales")  # fmt: skip


def _own_number(row: Order, given: str | None) -> str:
    if given and given.strip():
        return str(checked("number", text.line, given))
    count = session.scalar(select(func.count()).select_from(Shipment).where(Shipment.order_id == row.id)) or 0
    return f"{row.number}-{count + 1}"


def _usual_carrier(row: Order) -> str | None:
    """Ours; whom a supplier sends its goods with is for it to say, and whom we would have named is not shown to it."""
    return row.carrier if row.kind == "sales" else None


def _line(field: str, given: str | None) -> str | None:
    return checked(field, text.line, given) if given and given.strip() else None


def _packages(given: Any) -> int | None:
    if given is None:
        return None
    words = Words("must be a whole number from 1 to %(most)s", most=MOST_PACKAGES)
    return whole("packages", given, words, least=1, most=MOST_PACKAGES)


def _arrival(row: Order, given: Any) -> Any:
    at = moment("expected_at", given)
    if at is not None and row.ordered_at is not None and at.date() < row.ordered_at.date():
        raise Invalid("expected_at", "lies before the order was placed")
    return at


def _in_words(made: Shipment) -> str:
    number = sum(one.quantity for one in made.lines)
    how = f", {made.carrier}" if made.carrier else ""
    return f"{number} of {made.lines[0].line.order.number}{how}{f' {made.tracking}' if made.tracking else ''}"


def _detail(made: Shipment) -> dict[str, Any]:
    return {"shipment": made.number, "lines": [{"line": one.line.line, "quantity": one.quantity} for one in made.lines]}
