"""E-mail addresses and telephone numbers of imported people: added when missing, never taken away."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import select

from actions.imports.engine import Item, add_rows
from models.db import session
from models.people import ContactPoint
from models.types import email_key

Points = set[tuple[str, str]]


def points_of(people: Iterable[int]) -> dict[int, Points]:
    """Read the (kind, key) of all contact points of some people."""
    table = ContactPoint.__table__
    found = select(table.c.person_id, table.c.kind, table.c.value_key).where(table.c.person_id.in_(list(people)))
    points: dict[int, Points] = defaultdict(set)
    for row in session.execute(found):
        points[row.person_id].add((row.kind, row.value_key))
    return points


def missing(item: Item) -> list[dict[str, Any]]:
    """The contact points that a row names and its person does not have."""
    have: Points = (item.before or {}).get("points", set())
    named = [("email", item.given.get("email")), ("phone", item.given.get("phone"))]
    rows = [_point(kind, value) for kind, value in named if value]
    return [row for row in rows if (row["kind"], row["value_key"]) not in have]


def _point(kind: str, value: str) -> dict[str, Any]:
    """A number is also kept backwards: a caller is recognised by the last digits."""
    if kind == "email":
        return {"kind": kind, "value": value, "value_key": email_key(value), "reversed_digits": None}
    digits = "".join(sign for sign in value if sign in "0123456789")
    return {"kind": kind, "value": value, "value_key": digits, "reversed_digits": digits[::-1]}


def add(people: Sequence[tuple[int, Item]]) -> None:
    """Add what is missing, given the id of each row's person."""
    rows = [{"person_id": person, **point} for person, item in people for point in missing(item)]
    add_rows(ContactPoint.__table__, rows)
