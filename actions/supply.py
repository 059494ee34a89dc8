"""Supply: which open sales lines wait for which purchase lines, and what that adds up to for one product.

Stock is given out first, then what is coming by its date, both to the sales lines in the order of their required dates.
Links made elsewhere are kept; only proposed ones are worked out anew.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import bindparam, delete, insert, select, update
from sqlalchemy.orm import aliased

from models.db import session
from models.orders import ASKED, Order, OrderLine, SupplyLink, deliveries_of
from models.organisations import Organisation
from models.products import Product
from policy import Actor, require

WAITING = ("open", "partly_shipped")
COMING = (*ASKED, "confirmed", "confirmed_with_changes", "partly_received")
LATEST = datetime.max.replace(tzinfo=UTC)  # what has no date comes last


@dataclass(frozen=True, slots=True)
class OfOrder:
    """The order that a line belongs to."""

    number: str
    required_at: datetime | None
    ordered_at: datetime | None


@dataclass(frozen=True, slots=True)
class Company:
    """The customer or supplier of an order."""

    id: int
    public_id: str
    name: str


@dataclass(slots=True)
class Line:
    """An open line: how many are still to be covered (sales) or to be given (purchase), and when."""

    id: int
    product_id: int
    line: int
    open: int
    left: int
    at: datetime | None  # required of a sales line, arrival of a purchase line
    expected_at: datetime | None
    order: OfOrder
    organisation: Company
    deliveries: list[tuple[int, datetime]] = field(default_factory=list)  # of a purchase line that comes in several

    @property
    def public_id(self) -> str:
        return f"{self.order.number}/{self.line}"

    def day(self, given: int) -> datetime | None:
        """When the last of so many of a purchase line comes in, counted from the first that is still to come."""
        reached = given + sum(number for number, _ in self.deliveries) - self.open
        for number, at in self.deliveries:
            reached -= number
            if reached <= 0:
                return at
        return self.at


@dataclass(slots=True)
class Link:
    """So many of a purchase line for a sales line."""

    purchase: Line
    quantity: int
    at: datetime | None = None


@dataclass(slots=True)
class Wanted:
    """One sales line: what of it comes from stock, what from purchase lines and when, and what nothing covers."""

    line: Line
    order: OfOrder
    customer: Company
    quantity: int
    from_stock: int
    from_links: list[tuple[Line, int, datetime | None]]  # purchase line, quantity, arrival
    short: int


@dataclass(slots=True)
class Position:
    """A product's supply in numbers: "62 wanted in 4 orders, 17 here, 40 coming, 5 short"."""

    wanted: int = 0
    orders: int = 0
    stock: int = 0
    coming: int = 0
    short: int = 0
    rows: list[Wanted] = field(default_factory=list)


@dataclass(slots=True)
class Proposal:
    """What a proposal changed."""

    linked: int = 0
    moved: int = 0


def propose(actor: Actor) -> Proposal:
    """Link open sales lines to what is coming for them and set their expected dates; the same again changes nothing.

    A line covered from stock is expected when it is required, a linked one at its latest arrival, a short one not yet.
    Raises Forbidden.
    """
    require(actor, "import:run")
    sales, purchases = _sales(), _purchases()
    stock = dict(session.execute(select(Product.id, Product.stock)).all())
    links = _fixed(sales, purchases)
    wanted: dict[tuple[int, int], int] = {}
    coming: dict[int, list[Line]] = defaultdict(list)
    for line in sorted(purchases.values(), key=_by_arrival):
        coming[line.product_id].append(line)
    for line in sorted(sales.values(), key=_by_requirement):
        stock[line.product_id] -= _take(line, stock[line.product_id])
        fixed = {link.purchase.id for link in links[line.id]}
        for link in _cover(line, [one for one in coming[line.product_id] if one.left and one.id not in fixed]):
            links[line.id].append(link)
            wanted[link.purchase.id, line.id] = wanted.get((link.purchase.id, line.id), 0) + link.quantity
    return Proposal(_write_links(wanted), _write_dates(sales.values(), links))


def position(product_id: int) -> Position:
    """Say for one product how much is wanted, here, coming and short, with every sales line that waits for it."""
    sales, purchases = _sales(product_id), _purchases(product_id)
    found = Position(stock=session.scalar(select(Product.stock).where(Product.id == product_id)) or 0)
    links = _stored_links(sales, purchases)
    left = found.stock
    for line in sorted(sales.values(), key=_by_requirement):
        own = links[line.id]
        line.left = max(0, line.open - sum(link.quantity for link in own))
        for link in own:
            link.purchase.left -= link.quantity
            link.at = link.purchase.day(link.purchase.open - link.purchase.left)
        given = _take(line, left)
        left -= given
        found.rows.append(_row(line, given, own))
    found.wanted, found.orders = (
        sum(line.open for line in sales.values()),
        len({line.order.number for line in sales.values()}),
    )
    found.coming = sum(line.open for line in purchases.values())
    found.short = max(0, found.wanted - found.stock - found.coming)
    return found


def _row(line: Line, given: int, links: Sequence[Link]) -> Wanted:
    return Wanted(
        line=line, order=line.order, customer=line.organisation, quantity=line.open, from_stock=given, short=line.left,
        from_links=[(one.purchase, one.quantity, one.at) for one in links],
    )  # fmt: skip


def _open_lines(kind: str, statuses: Iterable[str], product_id: int | None) -> Any:
    query: Any = (
        select(OrderLine.id, OrderLine.product_id, Order.number, OrderLine.line, OrderLine.quantity,
               OrderLine.quantity_shipped, OrderLine.expected_at, OrderLine.promised_at, Order.required_at,
               OrderLine.deliveries, Order.ordered_at, Organisation.id.label("company"), Organisation.public_id, Organisation.name)
        .join(Order, Order.id == OrderLine.order_id).join(Organisation, Organisation.id == Order.organisation_id)
        .where(Order.kind == kind, Order.status.in_(tuple(statuses)), OrderLine.status == "open",
               OrderLine.quantity > OrderLine.quantity_shipped)
    )  # fmt: skip
    return query.where(OrderLine.product_id == product_id if product_id else OrderLine.product_id.is_not(None))


def _sales(product_id: int | None = None) -> dict[int, Line]:
    rows = session.execute(_open_lines("sales", WAITING, product_id))
    return {row.id: _line(row, row.required_at) for row in rows}


def _purchases(product_id: int | None = None) -> dict[int, Line]:
    rows = session.execute(_open_lines("purchase", COMING, product_id))
    return {row.id: _line(row, row.expected_at or row.promised_at or row.required_at) for row in rows}


def _line(row: Any, at: datetime | None) -> Line:
    number = row.quantity - row.quantity_shipped
    order = OfOrder(row.number, row.required_at, row.ordered_at)
    company = Company(row.company, row.public_id, row.name)
    several = deliveries_of(row.deliveries)
    return Line(row.id, row.product_id, row.line, number, number, at, row.expected_at, order, company, several)


def _by_requirement(line: Line) -> tuple[Any, ...]:
    return line.at or LATEST, line.order.ordered_at or LATEST, line.order.number, line.line


def _by_arrival(line: Line) -> tuple[Any, ...]:
    return line.at or LATEST, line.order.number, line.line


def _take(line: Line, available: int) -> int:
    """Cover as much of a line as there is; returns how many."""
    given = min(line.left, max(0, available))
    line.left -= given
    return given


def _cover(line: Line, coming: Sequence[Line]) -> Iterable[Link]:
    """Cover a line from purchase lines in turn, using them up."""
    for purchase in coming:
        if line.left == 0:
            return
        if given := _take(line, purchase.left):
            purchase.left -= given
            yield Link(purchase, given, purchase.day(purchase.open - purchase.left))


def _fixed(sales: dict[int, Line], purchases: dict[int, Line]) -> dict[int, list[Link]]:
    """Use the links that the other system made before anything is proposed."""
    links: dict[int, list[Link]] = defaultdict(list)
    fixed = SupplyLink.proposed.is_(False)
    for row in session.execute(
        select(SupplyLink.purchase_line_id, SupplyLink.sales_line_id, SupplyLink.quantity).where(fixed)
    ):
        line, purchase = sales.get(row.sales_line_id), purchases.get(row.purchase_line_id)
        if line and purchase:
            given = _take(line, min(row.quantity, purchase.left))
            purchase.left -= given
            links[line.id].append(Link(purchase, given, purchase.day(purchase.open - purchase.left)))
    return links


def _stored_links(sales: dict[int, Line], purchases: dict[int, Line]) -> dict[int, list[Link]]:
    """The links of these lines; one to a purchase line that is no longer coming covers nothing."""
    purchase_line, links = aliased(OrderLine), defaultdict(list)
    query = select(SupplyLink.purchase_line_id, SupplyLink.sales_line_id, SupplyLink.quantity)
    query = query.join(purchase_line, purchase_line.id == SupplyLink.purchase_line_id)
    query = query.where(purchase_line.product_id.in_({line.product_id for line in sales.values()}))
    for row in session.execute(query.order_by(SupplyLink.id)):
        if row.sales_line_id in sales and row.purchase_line_id in purchases:
            links[row.sales_line_id].append(Link(purchases[row.purchase_line_id], row.quantity))
    return links


def _write_links(wanted: dict[tuple[int, int], int]) -> int:
    """Bring the proposed links to what is wanted; returns how many rows that took."""
    table: Any = SupplyLink.__table__
    stored = {(row.purchase_line_id, row.sales_line_id): row for row in session.execute(select(table))}
    stale = [row.id for key, row in stored.items() if row.proposed and key not in wanted]
    wrong = [(stored[key], number) for key, number in wanted.items() if key in stored and stored[key].proposed]
    wrong = [(row, number) for row, number in wrong if row.quantity != number]
    new = [(key, number) for key, number in wanted.items() if key not in stored]
    if stale:
        _many(delete(table).where(table.c.id == bindparam("key")), [{"key": one} for one in stale])
    if wrong:
        step = update(table).where(table.c.id == bindparam("key")).values(quantity=bindparam("number"))
        _many(step, [{"key": row.id, "number": number} for row, number in wrong])
    if new:
        rows = [{"purchase_line_id": key[0], "sales_line_id": key[1], "quantity": number} for key, number in new]
        session.execute(insert(table), rows)
    return len(stale) + len(wrong) + len(new)


def _write_dates(sales: Iterable[Line], links: dict[int, list[Link]]) -> int:
    """Set what each sales line is now expected at; returns how many lines moved."""
    dates = [(line, _expected(line, links[line.id])) for line in sales]
    moved = [{"key": line.id, "at": at} for line, at in dates if at != line.expected_at]
    if moved:
        table: Any = OrderLine.__table__
        at = bindparam("at", type_=table.c.expected_at.type)
        _many(update(table).where(table.c.id == bindparam("key")).values(expected_at=at), moved)
    return len(moved)


def _many(step: Any, rows: Sequence[dict[str, Any]]) -> None:
    """Run one statement for many rows at once."""
    session.connection().execute(step, rows)


def _expected(line: Line, links: Sequence[Link]) -> datetime | None:
    if line.left or any(link.at is None for link in links):
        return None
    return max([link.at for link in links if link.at], default=line.at)
