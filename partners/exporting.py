"""The orders shared with a partner as a table: one line per order line; what is not shared stays empty."""

from collections.abc import Iterable, Iterator
from typing import Any

from policy import has

ORDER = ("number", "kind", "status", "supplier_reference", "customer_reference", "ordered_at", "required_at", "shipped_at",
         "carrier", "freight", "currency")  # fmt: skip
LINE = ("line", "supplier_sku", "customer_sku", "description", "pack", "quantity", "quantity_shipped", "quantity_open",
        "unit_price", "discount", "promised_at", "expected_at", "status")  # fmt: skip
HEAD = (*ORDER, "ship_to", "product", *(f"lines.{name}" for name in LINE))


def lines(orders: Iterable[Any]) -> Iterator[list[Any]]:
    """One line per line of an order, or one for an order whose lines are not shown."""
    for order in orders:
        head = [shown(order, name) for name in ORDER]
        place = ", ".join(part for part in order.ship_to.values() if part) if has(order, "ship_to") else None
        for line in order.lines or [None]:
            product = line.product.name if line is not None and line.product else None
            yield [*head, place, product, *(shown(line, name) for name in LINE)]


def shown(thing: Any, name: str) -> Any:
    """A value that the reader may see; nothing else."""
    return getattr(thing, name) if thing is not None and has(thing, name) else None
