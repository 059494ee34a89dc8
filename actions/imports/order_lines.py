"""Importing the lines of orders."""

from collections import Counter
from collections.abc import Hashable, Sequence
from typing import Any

from sqlalchemy import select

from actions.imports.context import Context
from actions.imports.engine import Importer, Item, Refused, Rows
from actions.imports.report import Report
from models.db import session
from models.orders import OrderLine


class OrderLines(Importer):
    """A line is found again by its order and number; without numbers, by its place in the file within its order."""

    kind, model = "order-line", OrderLine

    def __init__(self, context: Context, report: Report) -> None:
        super().__init__(context, report)
        self.places: Counter[int] = Counter()

    def numbered(self, item: Item) -> None:
        """Refused rows count too, so that a row which is put right later finds its place."""
        order = item.given.get("order")
        if order is not None and "line" not in (self.context.mapping.columns or {}):
            self.places[order.id] += 1
            item.given["line"] = self.places[order.id]
        elif order is not None and item.given.get("line") is None and not item.problems:
            item.problems.append(("line", "is empty: every row needs it"))

    def key(self, item: Item) -> Hashable:
        return item.given["order"].id, item.given["line"]

    def stored(self, keys: Sequence[Any]) -> Rows:
        found = select(self.table).where(self.table.c.order_id.in_({key[0] for key in keys}))
        return {(row["order_id"], row["line"]): row for row in session.execute(found).mappings()}

    def derive(self, item: Item) -> None:
        """Name and pack are snapshots: taken when the line is new or means another product, then left alone."""
        values, given, before = item.values, item.given, item.before or {}
        product = given.get("product")
        fresh = item.new or ("product_id" in values and values["product_id"] != before["product_id"])
        for name, snapshot in (("description", "name"), ("pack", "pack")):
            if values.get(name) is None and (fresh or name in values):
                values[name] = getattr(product, snapshot) if product else before.get(name)
        if values.get("description", before.get("description")) is None:
            raise Refused("description", "is empty, and no product says what it is")
        if fresh and values.get("supplier_sku") is None and product and given["order"].kind == "purchase":
            values["supplier_sku"] = product.supplier_sku
        if not item.new and values.get("quantity") is not None:
            values["quantity_confirmed"] = min(before["quantity_confirmed"], values["quantity"])
        self._shipped(item)

    def _shipped(self, item: Item) -> None:
        """Of a shipped order everything has left unless the row says otherwise."""
        if item.given.get("quantity_shipped") is not None:
            return
        item.values.pop("quantity_shipped", None)
        if item.given["order"].status == "shipped":
            item.values["quantity_shipped"] = item.values["quantity"]
        elif item.new:
            item.values["quantity_shipped"] = 0
