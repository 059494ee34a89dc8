"""Arrivals: when what was ordered comes in, by what was promised, what is on its way and what is here already."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import select

from actions.pieces import Piece, planned, take, total
from models.billing import Shipment, ShipmentLine
from models.db import session
from models.orders import OrderChange, OrderChangeLine, OrderLine


def sent(lines: Iterable[int]) -> dict[int, list[Piece]]:
    """What was shipped of some purchase lines and not withdrawn, a piece per shipment, what came first at the head."""
    query = (
        select(ShipmentLine.line_id, ShipmentLine.quantity, ShipmentLine.quantity_received, Shipment.expected_at,
               Shipment.received_at)
        .join(Shipment, Shipment.id == ShipmentLine.shipment_id)
        .where(ShipmentLine.line_id.in_(list(lines)), Shipment.withdrawn_at.is_(None),
               Shipment.organisation_id.is_not(None))
        .order_by(Shipment.received_at.is_(None), Shipment.received_at, Shipment.expected_at, Shipment.id)
    )  # fmt: skip
    found: dict[int, list[Piece]] = {}
    for row in session.execute(query):
        here = row.received_at is not None
        number = row.quantity_received if here else row.quantity
        if number:
            found.setdefault(row.line_id, []).append(Piece(number, row.received_at or row.expected_at, here))
    return found


def plan_anew(lines: Sequence[OrderLine]) -> None:
    """Reckon anew when some lines of one purchase order come in; what was promised stands beside it unchanged."""
    session.flush()
    shipments = sent([line.id for line in lines])
    for line in lines:
        plan = _plan(line, shipments.get(line.id, []))
        days = [one.at for one in plan if one.at is not None]
        whole = len(days) == len(plan)
        several = len({at.date() for at in days}) > 1
        line.deliveries = (
            [{"quantity": one.quantity, "promised_at": one.at.isoformat()} for one in plan if one.at]
            if whole and several
            else []
        )
        coming = _beyond(plan, line.quantity_shipped)
        last = [one.at for one in coming or plan if one.at is not None]
        line.expected_at = max(last) if whole and last else None


def _plan(line: OrderLine, shipments: Sequence[Piece]) -> list[Piece]:
    """What is here by shipments we know, then what is on its way, then what is promised beyond that."""
    rest = _promised(line)
    here = total(one for one in shipments if one.here)
    unknown = max(0, line.quantity_shipped - here)  # came in before anybody announced shipments
    first = take(rest, unknown)
    known = [one if one.at else one._replace(at=_day(line)) for one in shipments]
    return first + known + _beyond(rest, total(shipments))


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
    known = take(planned(session.scalar(answered) or []), line.quantity)
    missing = line.quantity - total(known)
    return known + ([Piece(missing, _day(line))] if missing else [])


def _day(line: OrderLine) -> datetime | None:
    return line.promised_at or line.order.required_at


def _beyond(pieces: Sequence[Piece], number: int) -> list[Piece]:
    """What is left of some pieces once the first so many are taken."""
    left = list(pieces)
    take(left, number)
    return left
