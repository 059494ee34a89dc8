"""Importing the people of the business, with their teams and locations."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from sqlalchemy import delete, select

from actions import sessions
from actions.imports import contacts
from actions.imports.engine import Importer, Item, Rows, add_rows, insert_rows, update_rows
from models.db import session
from models.people import Person
from models.staff import Staff, Team, team_members
from models.types import name_key

OWN = ("name", "name_key", "title")  # what is kept with the person, not with the staff member
RIGHTS = {"role", "reach"}  # with the teams: what open sockets stand on


class StaffMembers(Importer):
    """A staff member is a person too; teams and locations are made when a row names them for the first time."""

    kind, model = "staff", Staff

    def stored(self, keys: Sequence[Any]) -> Rows:
        people = [getattr(Person, name).label(name) for name in OWN]
        found = (
            select(self.table, *people)
            .join(Person, Person.id == self.table.c.person_id)
            .where(self.table.c.source == self.context.source, self.table.c.external_reference.in_(keys))
        )
        rows = session.execute(found).mappings().all()
        points, teams = contacts.points_of([row["person_id"] for row in rows]), _teams([row["id"] for row in rows])
        return {
            row["external_reference"]: {**row, "points": points[row["person_id"]], "teams": teams[row["id"]]}
            for row in rows
        }  # fmt: skip

    def derive(self, item: Item) -> None:
        item.values["name_key"] = name_key(item.values["name"])
        if place := item.given.get("location"):
            place.zone = place.zone or item.given.get("zone")

    def needs_more(self, item: Item) -> bool:
        return bool(contacts.missing(item)) or self._teams_differ(item)

    def _teams_differ(self, item: Item) -> bool:
        wanted = {team.id for team in item.given.get("teams", ())}
        return "teams" in item.given and wanted != (item.before or {}).get("teams", set())

    def prepare(self, items: Sequence[Item]) -> None:
        super().prepare(items)
        for item in items:
            for team in item.given.get("teams", ()):
                self.context.lookups.make(Team, team)

    def write(self, items: Sequence[Item]) -> None:
        """People first, then what they are here, then their teams."""
        new = [item for item in items if item.new]
        people = [{name: item.values[name] for name in OWN if name in item.values} for item in new]
        persons = insert_rows(Person.__table__, people)
        rows = [
            {"source": self.context.source, "person_id": person, **_without(item.values, OWN)}
            for person, item in zip(persons, new, strict=True)
        ]  # fmt: skip
        for item, made in zip(new, insert_rows(self.table, rows), strict=True):
            item.id = made
        known = [item for item in items if not item.new]
        update_rows(self.table, [(item.id, _without(self.changes(item), OWN)) for item in known])
        update_rows(Person.__table__, [
            ((item.before or {})["person_id"], _only(self.changes(item), OWN)) for item in known
        ])  # fmt: skip
        contacts.add([*zip(persons, new, strict=True), *(((item.before or {})["person_id"], item) for item in known)])
        self._join_teams(items)
        for item in known:
            if RIGHTS & self.changes(item).keys() or self._teams_differ(item):
                sessions.revoke("staff", item.id or 0)

    def _join_teams(self, items: Sequence[Item]) -> None:
        moving = [item for item in items if self._teams_differ(item)]
        session.execute(delete(team_members).where(team_members.c.staff_id.in_([item.id for item in moving])))
        rows = [{"staff_id": item.id, "team_id": team.id} for item in moving for team in item.given["teams"]]
        add_rows(team_members, rows)


def _only(values: dict[str, Any], names: Sequence[str]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if name in names}


def _without(values: dict[str, Any], names: Sequence[str]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if name not in names}


def _teams(staff: Sequence[int]) -> dict[int, set[int]]:
    found: dict[int, set[int]] = defaultdict(set)
    for row in session.execute(select(team_members).where(team_members.c.staff_id.in_(staff))):
        found[row.staff_id].add(row.team_id)
    return found
