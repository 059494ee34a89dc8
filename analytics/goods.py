"""Goods and invoices that wait for us: shipments on their way, and what suppliers ask to be paid."""

from typing import Any

from sqlalchemy import Select

from models.billing import Shipment
from models.supplier_invoices import INVOICE_STATES, SupplierInvoice
from policy import Actor, visible

COMING = (Shipment.organisation_id.is_not(None), Shipment.received_at.is_(None), Shipment.withdrawn_at.is_(None))
SHIPMENTS = ("coming", "received")


def shipments(who: Actor, state: str) -> Select[Any]:
    """Shipments of suppliers: on their way to us, or received."""
    query = visible(who, Shipment).where(Shipment.organisation_id.is_not(None))
    return query.where(*COMING) if state == "coming" else query.where(Shipment.received_at.is_not(None))


def invoices(who: Actor, state: str) -> Select[Any]:
    """Suppliers' invoices in one state, or all."""
    query = visible(who, SupplierInvoice)
    return query.where(SupplierInvoice.state == state) if state in INVOICE_STATES else query
