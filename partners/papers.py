"""What an order page of a partner shows of its own shipments and invoices."""

from typing import Any

from actions import shipments, supplier_invoices
from models.billing import Shipment
from models.supplier_invoices import SupplierInvoice
from policy import Actor, allowed, rows, visible


def of_order(who: Actor, found: Any) -> dict[str, Any]:
    """Our shipments of an order and our invoices for it, and whether more can be sent or asked for."""
    sent = visible(who, Shipment).where(Shipment.order_id == found.id).order_by(Shipment.id)
    asked = (
        visible(who, SupplierInvoice).where(SupplierInvoice.order_id == found.id).order_by(SupplierInvoice.id.desc())
    )
    return {
        "own_shipments": rows(who, sent), "own_invoices": rows(who, asked),
        "to_send": shipments.to_send(found) if allowed(who, "order:ship", found) else {},
        "to_invoice": supplier_invoices.propose(found) if allowed(who, "order:invoice", found) else [],
        "products": {line.line: line.product.name if line.product else "" for line in found.lines},
    }  # fmt: skip
