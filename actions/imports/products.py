"""Importing products with their stock."""

from actions.imports.engine import Importer, Item
from models.products import Product
from models.types import name_key


class Products(Importer):
    """A product without a number of ours goes by its reference."""

    kind, model = "product", Product

    def derive(self, item: Item) -> None:
        item.values["name_key"] = name_key(item.values["name"])
        if item.new or "sku" in item.values:
            item.values["sku"] = item.values.get("sku") or item.values["external_reference"]
