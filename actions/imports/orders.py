"""Importing sales and purchase orders."""

from collections.abc import Hashable, Sequence
from typing import Any

from sqlalchemy import select, update

from actions import share_rules
from actions.imports.context import Context
from actions.imports.engine import Importer, Item, Refused, Rows
from actions.imports.report import Report
from models.db import session
from models.orders import PURCHASE_STATUSES, SALES_STATUSES, Order

STATUSES = {"sales": SALES_STATUSES, "purchase": PURCHASE_STATUSES}
UNANSWERED = ("draft", "sent")


class Orders(Importer):
    """An order's number is unique over both kinds and all sources; it is the reference where none is given."""

    kind, model = "order", Order

    def __init__(self, context: Context, report: Report) -> None:
        super().__init__(context, report)
        self.numbers: dict[str, Hashable] = {}  # whose each number is

    def key(self, item: Item) -> Hashable:
        return item.given["external_reference"], item.given["kind"]

    def stored(self, keys: Sequence[Any]) -> Rows:
        found = select(self.table).where(
            self.table.c.source == self.context.source, self.table.c.external_reference.in_({key[0] for key in keys})
        )
        rows = session.execute(found).mappings()
        return {(row["external_reference"], row["kind"]): row for row in rows}

    def _find(self, items: Sequence[Item]) -> None:
        super()._find(items)
        numbers = [item.given.get("number") or item.given["external_reference"] for item in items]
        found = select(Order.number, Order.source, Order.external_reference, Order.kind).where(
            Order.number.in_(numbers)
        )
        for row in session.execute(found):
            own = row.source == self.context.source
            self.numbers[row.number] = (row.external_reference, row.kind) if own else None

    def derive(self, item: Item) -> None:
        values = item.values
        if item.new or "number" in values:
            values["number"] = values.get("number") or values["external_reference"]
            if self.numbers.setdefault(values["number"], item.key) != item.key:
                raise Refused("number", f"{values['number']} is the number of another order")
        if status := self._status(item):
            values["status"] = status
        if values.get("status") == "shipped" and values.get("shipped_at"):
            values["closed_at"] = values["shipped_at"]
        if "carrier" in values:
            carrier = self.context.lookups.organisation_named(values["carrier"] or "")
            values["carrier_id"] = carrier.id if carrier else None

    def _status(self, item: Item) -> str | None:
        """The given status, or what the dates say; a file that knows nothing of the supplier's answer leaves it."""
        given, kind, before = item.given.get("status"), item.given["kind"], item.before or {}
        if given and given not in STATUSES[kind]:
            raise Refused("status", f"“{given}” is no status of a {kind} order: use {', '.join(STATUSES[kind])}")
        if before.get("answered_version") and given in UNANSWERED:
            return None
        if given:
            return str(given)
        if kind == "sales" and item.given.get("shipped_at"):
            return "shipped"
        return ("open" if kind == "sales" else "sent") if item.new else None

    def settle(self, items: Sequence[Item]) -> None:
        """The other system has just confirmed all of these: that is how fresh they are, changed or not."""
        step = update(self.table).where(self.table.c.id.in_([item.id for item in items]))
        session.connection().execute(step.values(as_of=self.context.at))
        share_rules.follow([item.id for item in items if item.id])
