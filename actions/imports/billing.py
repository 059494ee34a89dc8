"""Importing shipments and invoices."""

from actions.imports.engine import Importer, Item, Refused
from models.billing import Invoice, Shipment


def _own_number(item: Item) -> None:
    if item.new or "number" in item.values:
        item.values["number"] = item.values.get("number") or item.values["external_reference"]


class Shipments(Importer):
    """What left the house for an order."""

    kind, model = "shipment", Shipment

    def derive(self, item: Item) -> None:
        _own_number(item)


class Invoices(Importer):
    """An invoice concerns the organisation of its order unless the row names another."""

    kind, model = "invoice", Invoice

    def derive(self, item: Item) -> None:
        _own_number(item)
        order = item.given.get("order")
        if item.values.get("organisation_id") is None and (item.new or "organisation_id" in item.values):
            if order is None:
                raise Refused("organisation", "is empty, and so is the order it could be taken from")
            item.values["organisation_id"] = order.organisation_id
