"""Importing organisations, the roles they have, and the relations between them."""

from collections.abc import Hashable, Sequence
from typing import Any

from sqlalchemy import delete, select

from actions import share_rules
from actions.imports.engine import Importer, Item, Refused, Rows, add_rows
from models.db import session
from models.organisations import Organisation, OrganisationRole, Relation
from models.telephone import backwards
from models.types import name_key


class Organisations(Importer):
    """Customers, suppliers and everybody else the business deals with."""

    kind, model = "organisation", Organisation

    def derive(self, item: Item) -> None:
        item.values["name_key"] = name_key(item.values["name"])
        if "phone" in item.values:
            item.values["phone_key"] = backwards(item.values["phone"])

    def beside(self, items: Sequence[Item]) -> None:
        """Keep the list of roles beside the organisation in step with it."""
        own = OrganisationRole.organisation_id
        session.connection().execute(delete(OrganisationRole).where(own.in_([item.id for item in items])))
        roles = [
            {"role": role, "organisation_id": item.id, "name_key": item.values["name_key"]}
            for item in items for role in item.values.get("roles", (item.before or {}).get("roles", ()))
        ]  # fmt: skip
        add_rows(OrganisationRole.__table__, roles)


class Relations(Importer):
    """Who supplies, distributes for, belongs to or ships for whom; without `to` it is the business itself."""

    kind, model = "relation", Relation

    def key(self, item: Item) -> Hashable:
        to = item.given.get("to")
        return item.given["kind"], item.given["from"].id, to.id if to else None

    def stored(self, keys: Sequence[Any]) -> Rows:
        found = select(self.table).where(self.table.c.from_id.in_({key[1] for key in keys}))
        return {(row["kind"], row["from_id"], row["to_id"]): row for row in session.execute(found).mappings()}

    def derive(self, item: Item) -> None:
        if item.values["from_id"] == item.values.get("to_id"):
            raise Refused("to", "is the same organisation")

    def settle(self, items: Sequence[Item]) -> None:
        """Let what partners see follow from who is related to whom."""
        share_rules.follow_organisations(key for item in items for key in (item.key[1], item.key[2]))  # type: ignore[index]
