"""The fields of orders, requests and problems, in the words of the customer whose data they are."""

from collections.abc import Iterable

from flask_babel import lazy_gettext as later

FIELDS = {
    "organisation": later("your name"), "customer_reference": later("your reference"),
    "ship_to": later("the delivery address"), "ordered_at": later("the order date"),
    "required_at": later("the required date"), "shipped_at": later("the shipping date"), "carrier": later("the carrier"),
    "shipments": later("shipments"), "freight": later("freight"), "location": later("the location that serves you"),
    "lines.description": later("line texts"), "lines.customer_sku": later("your article numbers"),
    "lines.pack": later("packs"), "lines.quantity": later("quantities"),
    "lines.quantity_shipped": later("shipped quantities"), "lines.quantity_open": later("open quantities"),
    "lines.unit_price": later("prices"), "lines.discount": later("discounts"),
    "lines.promised_at": later("promised dates"), "lines.expected_at": later("expected dates"),
    "messages": later("messages"), "subject": later("the subject"), "attachments": later("documents"),
    "title": later("the title of the problem"), "defect": later("the kind of defect"), "severity": later("the severity"),
    "quantity": later("the quantity"), "order_line": later("the order line"), "stage": later("how far it is"),
    "steps": later("the eight steps"), "goods_return": later("the return of goods"), "costs": later("costs"),
}  # fmt: skip


def of(names: Iterable[str]) -> list[str]:
    """Field names in words; what everybody sees in any case is not said one by one."""
    return [str(FIELDS[name]) for name in FIELDS if name in set(names)]
