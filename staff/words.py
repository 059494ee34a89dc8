"""The fields of what is shared, in the words of the desk."""

from collections.abc import Iterable

from flask_babel import gettext as _
from flask_babel import lazy_gettext as later

from policy.fields import ALWAYS

ORDER = {
    "organisation": later("Whom the order is with"), "customer_reference": later("Customer's reference"),
    "supplier_reference": later("Supplier's own number"), "ship_to": later("Delivery address"),
    "location": later("Our location"), "source": later("Where the order comes from"), "as_of": later("As of"),
    "ordered_at": later("Order date"), "required_at": later("Required date"), "shipped_at": later("Shipping date"),
    "currency": later("Currency"), "carrier": later("Carrier"), "freight": later("Freight"),
    "shipments": later("Shipments and tracking"),
    "attachments": later("Documents"),
    "lines.description": later("Line text"), "lines.customer_sku": later("Customer's article number"),
    "lines.supplier_sku": later("Supplier's article number"), "lines.pack": later("Pack"),
    "lines.quantity": later("Quantity"), "lines.quantity_shipped": later("Quantity shipped"),
    "lines.quantity_open": later("Quantity open"), "lines.unit_price": later("Price"),
    "lines.discount": later("Discount"), "lines.promised_at": later("Promised date"),
    "lines.expected_at": later("Expected date"),
}  # fmt: skip
CONVERSATION = {
    "number": later("Number"), "kind": later("Kind"), "status": later("State"), "messages": later("Messages"),
    "subject": later("Subject"), "priority": later("Priority"), "channel": later("Channel"), "rating": later("Rating"),
    "about_type": later("What it is about"), "about_id": later("What it is about"), "created_at": later("Begun"),
    "updated_at": later("Last change"), "solved_at": later("Solved"), "acknowledged_at": later("Received"),
    "lines.line": later("Line"), "lines.product": later("Product"), "lines.status": later("State of the line"),
}  # fmt: skip
ISSUE = {
    "title": later("Title"), "defect": later("Kind of defect"), "severity": later("Severity"), "quantity": later("Quantity"),
    "order_line": later("Our purchase order line"), "opened_at": later("Opened"), "closed_at": later("Closed"),
    "due_at": later("Due date"), "steps": later("The eight steps"), "attachments": later("Photos and documents"),
    "goods_return": later("Return of goods"), "costs": later("Costs"), "product": later("Product"),
    "stage": later("How far it is"),
}  # fmt: skip
FIELDS = {"order": ORDER, "conversation": CONVERSATION, "issue": ISSUE}


def of(noun: str, names: Iterable[str]) -> list[str]:
    """Field names as people call them; what everybody sees in any case is summed up."""
    shown = [str(FIELDS[noun].get(name, name)) for name in sorted(names) if name not in ALWAYS[noun]]
    return [_("number, state and product") if noun == "issue" else _("number, state and products"), *shown]


def each(names: Iterable[str]) -> list[str]:
    """Field names of whatever was looked at, each thing once."""
    known = ISSUE | ORDER | CONVERSATION
    return list(dict.fromkeys(str(known.get(name, name)) for name in names))
