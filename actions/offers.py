"""Offers: the parts of an answer to one line (quantity, day, deliveries, price, substitute), each checked by itself."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time
from decimal import Decimal, InvalidOperation
from typing import Any

from sqlalchemy import or_, select

from actions.checks import whole
from models.db import session
from models.orders import Order, OrderLine
from models.products import Product
from models.words import Words
from policy import Invalid, has

MOST_DELIVERIES = 20
DEAREST = Decimal(10**9)


def moment(field: str, value: Any) -> datetime | None:
    """Read a day or an instant; a day is kept as its noon in UTC, so that it is the same day in every zone of trade."""
    if value is None or value == "":
        return None
    try:
        if isinstance(value, str):
            value = date.fromisoformat(value) if len(value) == 10 else datetime.fromisoformat(value)
        if isinstance(value, datetime) and value.tzinfo is not None:
            return value.astimezone(UTC)
        if isinstance(value, date) and not isinstance(value, datetime):
            return datetime.combine(value, time(12), UTC)
    except (ValueError, OverflowError):
        pass
    raise Invalid(field, "must be a day, as in 2026-06-09")


def same_day(line: OrderLine, promised: datetime | None) -> datetime | None:
    """The day of the line where nothing else was said, or the same day at another hour."""
    known = line.promised_at
    if promised is None or (known is not None and promised.date() == known.date()):
        return known
    return promised


def day(order: Order, line: OrderLine, given: Mapping[str, Any]) -> datetime | None:
    """The day that an answer promises."""
    field = f"lines.{line.line}.promised_at"
    promised = same_day(line, moment(field, given.get("promised_at")))
    _not_before(order, line, promised)
    return promised


def _not_before(order: Order, line: OrderLine, promised: datetime | None) -> None:
    if promised is not None and order.ordered_at is not None and promised.date() < order.ordered_at.date():
        field = f"lines.{line.line}.promised_at"
        raise Invalid(field, "Line %(line)s: the date is before the order was placed.", line=line.line)


def quantity(line: OrderLine, seen: Any, value: Any) -> int:
    """A quantity up to the ordered one; after a cut by us, up to what it was before."""
    if value is None:
        return line.quantity
    field = f"lines.{line.line}.quantity"
    given = whole(field, value, Words("Line %(line)s: the quantity must be a whole number, 0 or more.", line=line.line))
    if not has(seen, "quantity"):
        # Refusing only what is too much would tell the quantity to somebody who may not see it.
        raise Invalid(field, "Line %(line)s: the quantity is not shared with you.", line=line.line)
    most = line.quantity + line.quantity_cut
    if given > most:
        raise Invalid(field, "Line %(line)s: only %(quantity)s are ordered.", line=line.line, quantity=most)
    return given


def deliveries(order: Order, line: OrderLine, seen: Any, value: Any) -> list[tuple[int, datetime]]:
    """At least two deliveries, each with a quantity and a day of its own; the first one first."""
    field = f"lines.{line.line}.deliveries"
    if not isinstance(value, Sequence) or isinstance(value, str) or not 2 <= len(value) <= MOST_DELIVERIES:
        raise Invalid(
            field, "Line %(line)s: give two deliveries or more, at most %(most)s.", line=line.line, most=MOST_DELIVERIES
        )
    found: dict[Any, tuple[int, datetime]] = {}
    for one in value:
        if not isinstance(one, Mapping):
            raise Invalid(field, "Line %(line)s: each delivery is {quantity, promised_at}.", line=line.line)
        promised = moment(field, one.get("promised_at"))
        words = Words("Line %(line)s: each delivery needs a whole number, 1 or more.", line=line.line)
        number = whole(field, one.get("quantity"), words, least=1)
        if promised is None:
            raise Invalid(field, "Line %(line)s: each delivery needs its date.", line=line.line)
        _not_before(order, line, promised)
        if promised.date() in found:
            raise Invalid(
                field,
                "Line %(line)s: two deliveries on %(day)s: put them together.",
                line=line.line,
                day=f"{promised:%Y-%m-%d}",
            )
        found[promised.date()] = (number, promised)
    quantity(line, seen, sum(number for number, _ in found.values()))
    return sorted(found.values(), key=lambda one: one[1])


def price(line: OrderLine, seen: Any, value: Any, limit: int | None) -> Decimal | None:
    """Another price than the ordered one, within so many percent of it; None where it is the same."""
    if value is None or value == "":
        return None
    field = f"lines.{line.line}.unit_price"
    if not has(seen, "unit_price"):
        raise Invalid(field, "Line %(line)s: the price is not shared with you.", line=line.line)
    given = unit_price(field, Words("Line %(line)s", line=line.line), value)
    known = line.unit_price
    if known is not None and limit is not None and abs(given - known) * 100 > known * limit:
        raise Invalid(
            field,
            "Line %(line)s: a price may differ by %(limit)s %% at most. Write to us about it.",
            line=line.line,
            limit=limit,
        )
    return None if known is not None and given == known else given


def unit_price(field: str, title: Words, value: Any) -> Decimal:
    """Read a price, kept to four places. Raises Invalid, in words that begin with the title of its line."""
    try:
        given = Decimal(str(value).strip()).quantize(Decimal("0.0001"))
    except InvalidOperation:
        given = Decimal(-1)
    if isinstance(value, bool) or not given.is_finite() or not 0 <= given < DEAREST:
        raise Invalid(field, "%(title)s: the price must be a number such as 19.50.", title=title)
    return given


def substitute(order: Order, line: OrderLine, value: Any) -> Product:
    """Another product of the same supplier, by its own article number or by ours."""
    field = f"lines.{line.line}.substitute"
    if not isinstance(value, str) or not value.strip():
        raise Invalid(field, "Line %(line)s: name the article that replaces it.", line=line.line)
    number = value.strip()[:200].replace("\0", "")
    own = select(Product).where(Product.supplier_id == order.organisation_id, Product.archived_at.is_(None))
    named = own.where(or_(Product.supplier_sku == number, Product.sku == number))
    found = session.scalars(named.order_by(Product.supplier_sku != number, Product.id)).unique().first()
    if found is None:
        raise Invalid(
            field,
            "Line %(line)s: “%(number)s” is no article number of yours that we know.",
            line=line.line,
            number=number,
        )
    if found.id == line.product_id:
        raise Invalid(field, "Line %(line)s: “%(number)s” is what was ordered.", line=line.line, number=number)
    return found
