"""Progress: how far what a customer waits for has come, before it leaves us, without a word of who sends it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import aliased

from actions.arrivals import sent
from actions.pieces import Piece, take, total
from models.db import session
from models.orders import Order, OrderLine, SupplyLink


@dataclass(frozen=True, slots=True)
class Progress:
    """Of one sales line: so many are with us and meant for it, so many on their way to us until a day."""

    here: int
    coming: int
    at: datetime | None  # when the last of what is on its way comes in


def of_order(order: Any) -> dict[int, Progress]:
    """Say per open line of a sales order what is here for it, or on its way; lines of which nothing is are absent."""
    feeding = aliased(SupplyLink)
    own = select(OrderLine.id).where(OrderLine.order_id == order.id)
    links = session.execute(_links(select(feeding.purchase_line_id).where(feeding.sales_line_id.in_(own)))).all()
    pieces = _pieces(links)
    open_lines = {line.line: line.quantity_open for line in order.lines}
    found: dict[int, Progress] = {}
    for place, number in open_lines.items():
        mine = [piece for link in links if (link.order_id, link.line) == (order.id, place) for piece in pieces[link.id]]
        here = min(number, total(one for one in mine if one.here))
        coming = [one for one in mine if not one.here]
        if number and (here or coming):
            days = [one.at for one in coming if one.at]
            found[place] = Progress(here, total(coming), max(days, default=None))
    return found


def _links(purchase_lines: Any) -> Any:
    """All links of some purchase lines, who needs it first at the head."""
    ours, theirs, sale = aliased(OrderLine), aliased(OrderLine), aliased(Order)
    return (
        select(SupplyLink.id, SupplyLink.quantity, SupplyLink.purchase_line_id, ours.quantity_shipped, theirs.line,
               theirs.order_id)
        .join(ours, ours.id == SupplyLink.purchase_line_id)
        .join(theirs, theirs.id == SupplyLink.sales_line_id)
        .join(sale, sale.id == theirs.order_id)
        .where(SupplyLink.purchase_line_id.in_(purchase_lines), theirs.status == "open", sale.status != "cancelled")
        .order_by(sale.required_at.is_(None), sale.required_at, sale.ordered_at, sale.number, theirs.line)
    )  # fmt: skip


def _pieces(links: Sequence[Any]) -> dict[int, list[Piece]]:
    """Give out what is here and what is on its way, to who needs it first."""
    shipped = sent({link.purchase_line_id for link in links})
    left = {link.purchase_line_id: _known(link, shipped.get(link.purchase_line_id, [])) for link in links}
    return {link.id: take(left[link.purchase_line_id], link.quantity) for link in links}


def _known(link: Any, shipped: Sequence[Piece]) -> list[Piece]:
    unknown = link.quantity_shipped - total(one for one in shipped if one.here)
    return ([Piece(unknown, None, here=True)] if unknown > 0 else []) + [*shipped]
