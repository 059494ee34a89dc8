"""Arrivals: when what was ordered comes in, by what was promised, what is on its way and what is here already."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from models.billing import Shipment, ShipmentLine
from models.db import session
from models.orders import OrderChange, OrderChangeLine, OrderLine, deliveries_of

Piece = tuple[int, datetime | None]  # so many on that day


@dataclass(frozen=True, slots=True)
class Sent:
    """So many of a line in one shipment: on its way with the day it is expected, or here since a day."""

    quantity: int
    at: datetime | None
    here: bool


def sent(lines: Iterable[int]) -> dict[int, list[Sent]]:
    """What was shipped of some purchase lines and not withdrawn, what came first at the head."""
    query = (
        select(ShipmentLine.line_id, ShipmentLine.quantity, ShipmentLine.quantity_received, Shipment.expected_at,
               Shipment.received_at)
        .join(Shipment, Shipment.id == ShipmentLine.shipment_id)
        .where(ShipmentLine.line_id.in_(list(lines)), Shipment.withdrawn_at.is_(None),
               Shipment.organisation_id.is_not(None))
        .order_by(Shipment.received_at.is_(None), Shipment.received_at, Shipment.expected_at, Shipment.id)
    )  # fmt: skip
    found: dict[int, list[Sent]] = {}
    for row in session.execute(query):
        here = row.received_at is not None
        number = row.quantity_received if here else row.quantity
        if number:
            found.setdefault(row.line_id, []).append(Sent(number, row.received_at or row.expected_at, here))
    return found


def plan_anew(lines: Sequence[OrderLine]) -> None:
    """Reckon anew when some lines of one purchase order come in; what was promised stands beside it unchanged."""
    session.flush()
    shipments = sent([line.id for line in lines])
    for line in lines:
        plan = _plan(line, shipments.get(line.id, []))
        days = [at for _, at in plan if at is not None]
        whole = len(days) == len(plan)
        several = len({at.date() for at in days}) > 1
        line.deliveries = (
            [{"quantity": number, "promised_at": at.isoformat()} for number, at in plan if at]
            if whole and several
            else []
        )
        _, coming = _split(plan, line.quantity_shipped)
        last = [at for _, at in coming or plan if at is not None]
        line.expected_at = max(last) if whole and last else None


def _plan(line: OrderLine, shipments: Sequence[Sent]) -> list[Piece]:
    """What is here by shipments we know, then what is on its way, then what is promised beyond that."""
    promised = _promised(line)
    here = sum(one.quantity for one in shipments if one.here)
    unknown = max(0, line.quantity_shipped - here)  # came in before anybody announced shipments
    first, rest = _split(promised, unknown)
    gone = sum(one.quantity for one in shipments)
    _, rest = _split(rest, gone)
    return first + [(one.quantity, one.at or _day(line)) for one in shipments] + rest


def _promised(line: OrderLine) -> list[Piece]:
    """The deliveries that both sides agreed on last, or all of it on the one day."""
    answered = (
        select(OrderChangeLine.deliveries)
        .join(OrderChange, OrderChange.id == OrderChangeLine.change_id)
        .where(OrderChangeLine.line_id == line.id, OrderChangeLine.applied_at.is_not(None),
               OrderChangeLine.response != "accepted")
        .order_by(OrderChange.version.desc())
        .limit(1)
    )  # fmt: skip
    agreed: list[Piece] = [*deliveries_of(session.scalar(answered) or [])]
    known, _ = _split(agreed, line.quantity)
    missing = line.quantity - sum(number for number, _ in known)
    return known + ([(missing, _day(line))] if missing else [])


def _day(line: OrderLine) -> datetime | None:
    return line.promised_at or line.order.required_at


def _split(pieces: Sequence[Piece], number: int) -> tuple[list[Piece], list[Piece]]:
    """The first so many of some pieces, and the rest."""
    first: list[Piece] = []
    rest: list[Piece] = []
    for quantity, at in pieces:
        taken = min(quantity, number)
        number -= taken
        if taken:
            first.append((taken, at))
        if quantity > taken:
            rest.append((quantity - taken, at))
    return first, rest
