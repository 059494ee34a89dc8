"""Affected orders: which customers' lines a supplier's answer moves, before it is applied and after."""

import sys
from collections.abc import Collection, Iterable, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import aliased

from actions.pieces import Piece, planned, take, total
from models.db import session
from models.interactions import Interaction
from models.orders import Order, OrderChange, OrderChangeLine, OrderLine, SupplyLink
from models.organisations import Organisation

SAFE, LATE, SHORT = "safe", "late", "short"


@dataclass(frozen=True, slots=True)
class Affected:
    """One sales line that waits for an answered purchase line; `quantity` is what is meant for it."""

    order: str
    customer: str
    line: int
    product: str
    quantity: int
    before: datetime | None
    after: datetime | None
    state: str  # safe, late, short
    short: int = 0
    purchase_line: int = 0
    organisation_id: int = field(default=0, repr=False)
    line_id: int = field(default=0, repr=False)

    @property
    def moved(self) -> bool:
        """Whether the day changes."""
        return _day(self.before) != _day(self.after)

    def plain(self) -> dict[str, Any]:
        """The same as JSON, for the log."""
        return asdict(self) | {
            "before": self.before.isoformat() if self.before else None,
            "after": self.after.isoformat() if self.after else None,
        }


def _day(at: datetime | None) -> Any:
    return at.date() if at else None


def customers_waiting(order_number: str) -> Select[Any]:
    """Select the organisations whose sales lines wait for a purchase order."""
    ours, theirs, sale, purchase = aliased(OrderLine), aliased(OrderLine), aliased(Order), aliased(Order)
    return (
        select(sale.organisation_id)
        .join(theirs, theirs.order_id == sale.id)
        .join(SupplyLink, SupplyLink.sales_line_id == theirs.id)
        .join(ours, ours.id == SupplyLink.purchase_line_id)
        .join(purchase, purchase.id == ours.order_id)
        .where(purchase.number == order_number)
        .distinct()
    )


def affected(change: OrderChange, lines: Iterable[OrderChangeLine] | None = None) -> list[Affected]:
    """Say what applying an answer (all of it that is not applied yet, or some lines) does to the sales lines behind it.

    One statement, however many lines there are. A line is `short` when the answered quantity does not reach it: who
    needs it first is served first, from the first delivery, and who is short has no day (as in actions.supply). It is
    `late` when it comes after the day its order is required, else `safe`.
    """
    answers = {one.line_id: one for one in (lines if lines is not None else pending(change))}
    return _waiting(answers.keys(), answers) if answers else []


def moved_by(purchase_lines: Sequence[int]) -> list[Affected]:
    """Say for which sales lines the day differs from what is reckoned for some purchase lines now, and which it is."""
    return [one for one in _waiting(set(purchase_lines), {}) if one.moved and one.after is not None]


def _waiting(purchase_lines: Collection[int], answers: dict[int, OrderChangeLine]) -> list[Affected]:
    """The sales lines that wait for some purchase lines, as they come by some answers, or as we reckon without one."""
    found = session.execute(_links(list(purchase_lines))).all()
    waiting = {row.line_id for row in found if row.purchase_line_id in purchase_lines}
    gets = _shared_out(found, answers)
    grouped: dict[int, list[Any]] = {}
    for row in found:
        if row.line_id in waiting:
            grouped.setdefault(row.line_id, []).append(row)
    return [_one(rows, purchase_lines, gets) for rows in grouped.values()]


def pending(change: OrderChange) -> list[OrderChangeLine]:
    """The lines of an answer that nobody has applied yet."""
    return [one for one in change.lines if one.applied_at is None]


def _links(purchase_lines: list[int]) -> Any:
    """All links of the sales lines that wait for some purchase lines, who needs it first at the head.

    With them all links of the other purchase lines those wait for: who gets which delivery depends on everybody.
    """
    ours, theirs, sale, purchase = aliased(OrderLine), aliased(OrderLine), aliased(Order), aliased(Order)
    waiting = select(SupplyLink.sales_line_id).where(SupplyLink.purchase_line_id.in_(purchase_lines))
    near = aliased(SupplyLink)
    feeding = select(near.purchase_line_id).where(near.sales_line_id.in_(waiting))
    return (
        select(
            SupplyLink.quantity, theirs.id.label("line_id"), theirs.line, theirs.description, theirs.expected_at,
            sale.number, sale.required_at, Organisation.id.label("organisation_id"), Organisation.name,
            ours.id.label("purchase_line_id"), ours.line.label("purchase_line"), ours.status.label("purchase_status"),
            ours.promised_at.label("purchase_promised_at"), ours.expected_at.label("purchase_expected_at"),
            purchase.required_at.label("purchase_required_at"), ours.deliveries.label("purchase_deliveries"),
        )
        .join(theirs, theirs.id == SupplyLink.sales_line_id)
        .join(sale, sale.id == theirs.order_id)
        .join(Organisation, Organisation.id == sale.organisation_id)
        .join(ours, ours.id == SupplyLink.purchase_line_id)
        .join(purchase, purchase.id == ours.order_id)
        .where(SupplyLink.purchase_line_id.in_(feeding), theirs.status == "open", sale.status.in_(("open", "partly_shipped")))
        .order_by(sale.required_at.is_(None), sale.required_at, sale.ordered_at, sale.number, theirs.line)
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Got:
    """What one link gets: how many of it are missing, and when the last of the others comes in."""

    missing: int
    at: datetime | None


def comes(answer: OrderChangeLine) -> int:
    """How many come after all, once an answer (or a change by us) counts."""
    if answer.response in ("rejected", "cancelled") and answer.line.asked != "cancelled":
        return 0
    return answer.quantity


def _shared_out(found: Iterable[Any], answers: dict[int, OrderChangeLine]) -> dict[tuple[int, int], _Got]:
    """Give out what comes to those who wait for it, the first delivery to who needs it first."""
    left: dict[int, list[Piece]] = {}
    gets = {}
    for row in found:
        key = row.purchase_line_id
        answer = answers.get(key)
        if key not in left:
            left[key] = _deliveries(row, answer)
        given = take(left[key], row.quantity)
        # What comes of a line that nobody has answered is not counted here: its pieces were covered when it was linked.
        missing = row.quantity - total(given) if answer is not None else 0
        gets[key, row.line_id] = _Got(missing, given[-1].at if given else None)
    return gets


def _deliveries(row: Any, answer: OrderChangeLine | None) -> list[Piece]:
    """What comes of a purchase line, in order: as answered, or as we reckoned."""
    known: datetime | None = row.purchase_expected_at or row.purchase_promised_at or row.purchase_required_at
    agreed = planned(row.purchase_deliveries)
    if answer is None:
        return [] if row.purchase_status == "cancelled" else [*agreed, Piece(sys.maxsize, known)]
    if not comes(answer):
        return []
    offered = planned(answer.deliveries) or (agreed if answer.response == "accepted" else [])
    return offered or [Piece(comes(answer), answer.promised_at or known)]


def _one(rows: list[Any], of: Collection[int], gets: dict[tuple[int, int], _Got]) -> Affected:
    first = rows[0]
    answered = [row for row in rows if row.purchase_line_id in of]
    short = sum(gets[row.purchase_line_id, row.line_id].missing for row in answered)
    # A line whose pieces all had a day and which had none itself is short already: a new day does not change that.
    was_short = first.expected_at is None and all(_known(row) for row in rows)
    arrivals = [gets[row.purchase_line_id, row.line_id].at for row in rows]
    known = [at for at in arrivals if at is not None]
    after = max(known) if known and not short and not was_short else None
    limit = first.required_at or first.expected_at
    late = after is not None and limit is not None and after.date() > limit.date()
    return Affected(
        first.number, first.name, first.line, first.description, sum(row.quantity for row in answered),
        first.expected_at, after, SHORT if after is None else LATE if late else SAFE, short, answered[0].purchase_line,
        first.organisation_id, first.line_id,
    )  # fmt: skip


def _known(row: Any) -> datetime | None:
    """When a purchase line was reckoned to come in."""
    if row.purchase_status == "cancelled":
        return None
    known: datetime | None = row.purchase_expected_at or row.purchase_promised_at or row.purchase_required_at
    return known


@dataclass(frozen=True, slots=True)
class Behind:
    """The other end of a supply link of an order's line."""

    line: int
    number: str
    other_line: int
    organisation: str
    quantity: int
    expected_at: datetime | None
    status: str


def behind(order: Order) -> dict[int, list[Behind]]:
    """Say per line of an order what waits for it (purchase) or what feeds it (sales)."""
    own, other, head = aliased(OrderLine), aliased(OrderLine), aliased(Order)
    ends = (SupplyLink.purchase_line_id, SupplyLink.sales_line_id)
    mine, theirs = ends if order.kind == "purchase" else ends[::-1]
    query = (
        select(own.line, head.number, other.line.label("place"), Organisation.name, SupplyLink.quantity)
        .add_columns(other.expected_at, head.status)
        .select_from(SupplyLink)
        .join(own, own.id == mine)
        .join(other, other.id == theirs)
        .join(head, head.id == other.order_id)
        .join(Organisation, Organisation.id == head.organisation_id)
        .where(own.order_id == order.id)
        .order_by(own.line, head.required_at, head.number)
    )
    found: dict[int, list[Behind]] = {}
    for row in session.execute(query):
        found.setdefault(row[0], []).append(Behind(*row))
    return found


def applied(change: OrderChange, number: str) -> list[Affected]:
    """Say what applying an answer did, as the log has it."""
    details = [one for one in _applications(number) if one.get("version") == change.version]
    told = [one for detail in details for one in detail["affected"]]
    return [Affected(**(one | {"before": _at(one["before"]), "after": _at(one["after"])})) for one in told]


def later(change: OrderChange, number: str) -> set[str]:
    """The sales orders that a newer answer or change, or a shipment, moved again."""
    newer = [one for one in _applications(number) if one.get("version", 0) > change.version]
    own = _happened(number, "order_change_applied").where(Interaction.detail["version"].as_integer() == change.version)
    last = session.scalar(own.with_only_columns(func.max(Interaction.id))) or 0
    shipped = session.execute(_happened(number, "arrivals_moved").where(Interaction.id > last)).all()
    return {one["order"] for detail in newer for one in detail["affected"]} | {
        order for row in shipped for order in row.detail["orders"]
    }


def _happened(number: str, kind: str) -> Select[Any]:
    return select(Interaction.event_id, Interaction.detail).where(
        Interaction.subject_type == "order", Interaction.subject_id == number, Interaction.kind == kind
    )


def _applications(number: str) -> list[dict[str, Any]]:
    found = session.execute(_happened(number, "order_change_applied").order_by(Interaction.id))
    return list({row.event_id: row.detail for row in found}.values())


def _at(value: str | None) -> datetime | None:
    return datetime.fromisoformat(value) if value else None
