"""A purchase order of two Chang lines for Exotic Liquids, of which Lehmanns waits for some, for browsers to walk."""

from datetime import timedelta

from sqlalchemy import select

from actions import orders, receipts, settling, shipments, supplier_invoices
from models import db
from models.orders import Order, OrderLine, SupplyLink
from models.organisations import Organisation
from models.products import Product
from models.types import now
from policy import Actor, find

NUMBER = "PO-2001"


def draft(number: str = NUMBER) -> None:
    """Make it in the open write unit; nobody has sent it yet."""
    exotic = db.session.scalars(select(Organisation).where(Organisation.name == "Exotic Liquids")).one()
    row = Order(number=number, kind="purchase", status="draft", organisation_id=exotic.id, ordered_at=now(),
                required_at=now() + timedelta(days=28))  # fmt: skip
    db.session.add(row)
    db.session.flush()
    for place, name in ((1, "Chang"), (2, "Aniseed Syrup")):
        product = db.session.scalars(select(Product).where(Product.name == name)).unique().one()
        line = OrderLine(order_id=row.id, line=place, product_id=product.id, description=name, quantity=40, unit_price=12,
                         supplier_sku=product.supplier_sku, pack=product.pack, promised_at=row.required_at)  # fmt: skip
        db.session.add(line)
        db.session.flush()
        if name == "Chang":
            waiting = select(OrderLine).join(Order, Order.id == OrderLine.order_id)
            sale = db.session.scalars(waiting.where(Order.number == "11070", OrderLine.line == 2)).unique().one()
            db.session.add(SupplyLink(purchase_line_id=line.id, sales_line_id=sale.id, quantity=12))
    db.session.flush()
    db.session.expire_all()


def in_full_swing(nancy: Actor, charlotte: Actor) -> dict[str, str]:
    """Let it be sent, confirmed, shipped in two, received in part and invoiced; returns examples of its papers."""
    draft()
    orders.send(nancy, find(nancy, Order, number=NUMBER))

    def own() -> Order:
        found: Order = find(charlotte, Order, number=NUMBER)
        return found

    row = find(nancy, Order, number=NUMBER)
    orders.confirm(charlotte, own(), "accepted")
    first = shipments.announce(charlotte, own(), [{"line": 1, "quantity": 15}], carrier="DHL Freight", tracking="JD0146",
                               packages=2, expected_at=(now() + timedelta(days=9)).date())  # fmt: skip
    receipts.receive(nancy, row, first, [{"line": 1, "quantity": 13, "reason": "Two crates broken"}])
    coming = shipments.announce(charlotte, own(), [{"line": 1, "quantity": 12}, {"line": 2, "quantity": 30}],
                                carrier="Speedy Express", tracking="SP-77120", packages=5, note="On two pallets",
                                expected_at=(now() + timedelta(days=16)).date())  # fmt: skip
    bills = []
    for number, lines in (
        ("EL-7001", [{"line": 1, "quantity": 13, "unit_price": "12"}]), ("EL-7002", [{"line": 1, "quantity": 2, "unit_price": "12.5"}]),
        ("EL-7003", [{"line": 1, "quantity": 2, "unit_price": "13.5"}, {"description": "Freight", "quantity": 1, "unit_price": "40"}]),
    ):  # fmt: skip
        bills.append(supplier_invoices.invoice(charlotte, own(), number, lines))
    settling.approve(nancy, row, bills[0])
    settling.dispute(nancy, row, bills[1], [{"position": 1, "reason": "only 13 of 15 came in, two crates were broken"}])
    return {
        "coming": coming.public_id,
        "came": first.public_id,
        "bill": bills[2].public_id,
        "disputed": bills[1].public_id,
    }
