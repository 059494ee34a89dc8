"""The fields of an order and of an issue, in the words of the partner who reads them."""

from flask_babel import lazy_gettext as later

FIELDS = {
    "attachments": later("documents"),
    "customer_reference": later("the customer's reference"), "supplier_reference": later("your order number"),
    "ship_to": later("the delivery address"), "location": later("the receiving location"),
    "ordered_at": later("the order date"), "required_at": later("the required date"),
    "shipped_at": later("the shipping date"), "currency": later("the currency"), "carrier": later("the carrier"),
    "freight": later("freight"), "shipments": later("shipments and their tracking"),
    "organisation": later("whom the order is with"), "source": later("the source"),
    "as_of": later("the state of our data"), "lines.description": later("line texts"),
    "lines.customer_sku": later("the customer's article numbers"), "lines.supplier_sku": later("your article numbers"),
    "lines.pack": later("packs"), "lines.quantity": later("quantities"),
    "lines.quantity_shipped": later("shipped quantities"), "lines.quantity_open": later("open quantities"),
    "lines.unit_price": later("prices"), "lines.discount": later("discounts"),
    "lines.promised_at": later("promised dates"), "lines.expected_at": later("expected dates"),
}  # fmt: skip

ISSUE_FIELDS = {
    "title": later("the title"), "defect": later("the kind of defect"), "severity": later("the severity"),
    "quantity": later("the quantity"), "order_line": later("the line of our order"), "opened_at": later("the opening date"),
    "closed_at": later("the closing date"), "due_at": later("the due date"), "steps": later("the eight steps"),
    "attachments": later("photos and documents"), "goods_return": later("the return of goods"), "costs": later("costs"),
}  # fmt: skip
