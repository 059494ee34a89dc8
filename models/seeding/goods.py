"""What a seeded business trades: products of its suppliers, sales orders, and purchase orders that their suppliers see."""

from collections.abc import Callable

from models.orders import Order, OrderLine
from models.products import Product
from models.seeding.bulk import DAY, Bulk
from models.shares import Share

LINES = 2
CENTS = 100  # of a currency unit's ten-thousandths


def products(bulk: Bulk) -> int:
    """Goods, each of one supplier."""
    size = bulk.size
    return bulk.insert(
        Product, bulk.numbers(size.products), id="n.i", public_id=bulk.key("g", "n.i"), sku="'G-' || n.i", name="'Goods No. ' || n.i",
        name_key="'goods no. ' || n.i", supplier_id=f"{size.customers} + 1 + n.i % {size.suppliers}", price=f"(100 + n.i % 5000) * {CENTS}",
    )  # fmt: skip


def sales(bulk: Bulk) -> int:
    """Orders over three years: the newest tenth is still open, the rest has left us."""
    size, who = bulk.size, bulk.drawing()
    ordered = f"{bulk.end} - {DAY} - ({size.orders} - n.i) * ({3 * 365 * DAY} / {size.orders})"
    still = f"n.i > {size.orders * 9 // 10}"
    made = bulk.insert(
        Order, bulk.numbers(size.orders), id="n.i", number="CAST(100000 + n.i AS TEXT)", kind="'sales'",
        organisation_id=f"1 + {who.skewed('n.i', size.customers)}", customer_reference="'C' || n.i", ordered_at=bulk.at(ordered),
        required_at=bulk.at(f"{ordered} + 7 * {DAY}"), shipped_at=f"CASE WHEN NOT {still} THEN {bulk.at(f'{ordered} + {DAY}')} END",
        status=f"CASE WHEN {still} THEN 'open' ELSE 'shipped' END", ship_to_city="'Graz'",
    )  # fmt: skip
    return made + _lines(bulk, "sales", f"CASE WHEN o.id > {size.orders * 9 // 10} THEN 0 ELSE 1 + o.id % 24 END")


def purchases(bulk: Bulk) -> int:
    """Orders sent to suppliers, who see them by the rule that every installation has."""
    size = bulk.size
    sent = bulk.at(f"{bulk.end} - 3600 * ({size.purchases} - n.i + 1)")
    made = bulk.insert(
        Order, bulk.numbers(size.purchases), id=f"{size.orders} + n.i", number="'PO-' || (100000 + n.i)", kind="'purchase'",
        organisation_id=f"{size.customers} + 1 + n.i % {size.suppliers}", status="'sent'", ordered_at=sent, asked_at=sent,
        required_at=bulk.at(f"{bulk.end} + 86400 * (7 + n.i % 30)"),
    )  # fmt: skip
    made += _lines(bulk, "purchase", "0")
    source = "orders AS o CROSS JOIN share_rules AS r WHERE r.key = 'supplier' AND o.kind = 'purchase'"
    return made + bulk.insert(Share, source, public_id=bulk.key("s", "o.id"), subject_type="'order'", subject_id="o.id",
                              organisation_id="o.organisation_id", level="r.level", field_set_id="r.field_set_id",
                              rule_id="r.id")  # fmt: skip


def _lines(bulk: Bulk, kind: str, shipped: str) -> int:
    size, draw = bulk.size, bulk.drawing()
    chosen = f"1 + {draw.of(f'(o.id * {LINES} + n.i)', size.products)}"
    source = (
        f"orders AS o CROSS JOIN {bulk.numbers(LINES)} JOIN products AS p ON p.id = {chosen} WHERE o.kind = '{kind}'"
    )
    return bulk.insert(
        OrderLine, source, order_id="o.id", line="n.i", product_id="p.id", description="p.name", quantity="1 + o.id % 24",
        quantity_shipped=shipped, unit_price="p.price",
    )  # fmt: skip


STEPS: tuple[tuple[str, Callable[[Bulk], int]], ...] = (
    ("products", products), ("sales orders", sales), ("purchase orders", purchases),
)  # fmt: skip
