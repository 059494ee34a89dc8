"""Importing people outside: their names, how to reach them, and the organisation they belong to."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from sqlalchemy import select

from actions import sessions
from actions.imports import contacts
from actions.imports.engine import Importer, Item, Refused, Rows, add_rows, update_rows
from models.db import session
from models.people import Membership, Person
from models.types import name_key


class People(Importer):
    """A membership is added or its role changed; one that has ended stays ended, none is taken away."""

    kind, model = "person", Person

    def stored(self, keys: Sequence[Any]) -> Rows:
        found = super().stored(keys)
        ids = [row["id"] for row in found.values()]
        points, places = contacts.points_of(ids), _memberships(ids)
        return {key: {**row, "points": points[row["id"]], "places": places[row["id"]]} for key, row in found.items()}

    def derive(self, item: Item) -> None:
        item.values["name_key"] = name_key(item.values["name"])
        organisation = item.given.get("organisation")
        if organisation is None and (item.given.get("side") or item.given.get("role")):
            raise Refused("organisation", "is empty, but a side or role is given")
        if organisation is not None and item.given.get("side") is None:
            item.given["side"] = "customer" if "customer" in organisation.roles else "partner"

    def needs_more(self, item: Item) -> bool:
        return bool(contacts.missing(item)) or self._joins(item) or self._role_changes(item)

    def _place(self, item: Item) -> tuple[int, str] | None:
        organisation = item.given.get("organisation")
        return (organisation.id, item.given["side"]) if organisation else None

    def _joins(self, item: Item) -> bool:
        place = self._place(item)
        return place is not None and place not in (item.before or {}).get("places", {})

    def _role_changes(self, item: Item) -> bool:
        place, role = self._place(item), item.given.get("role")
        if place is None or role is None or self._joins(item):
            return False
        membership = (item.before or {})["places"][place]
        return membership.role != role and membership.ended_at is None

    def beside(self, items: Sequence[Item]) -> None:
        contacts.add([(item.id, item) for item in items if item.id])
        joining = [item for item in items if self._joins(item)]
        rows = [
            {"person_id": item.id, "organisation_id": item.given["organisation"].id, "side": item.given["side"],
             "role": item.given.get("role") or "member"}
            for item in joining
        ]  # fmt: skip
        add_rows(Membership.__table__, rows)
        moved = [item for item in items if self._role_changes(item)]
        update_rows(
            Membership.__table__,
            [((item.before or {})["places"][self._place(item)].id, {"role": item.given["role"]}) for item in moved],
        )
        for item in moved:
            sessions.revoke("membership", (item.before or {})["places"][self._place(item)].id)


def _memberships(people: Sequence[int]) -> dict[int, dict[tuple[int, str], Any]]:
    table = Membership.__table__
    found: dict[int, dict[tuple[int, str], Any]] = defaultdict(dict)
    for row in session.execute(select(table).where(table.c.person_id.in_(people))):
        found[row.person_id][row.organisation_id, row.side] = row
    return found
