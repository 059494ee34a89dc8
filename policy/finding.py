"""Finding: rows handed to faces. Staff get rows; outsiders get seen records with their rights."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Select, select

from models.conversations import Conversation
from models.db import session
from models.orders import Order, OrderChange
from models.shares import LEVELS, FieldSet, Share
from policy import fields
from policy.actor import Actor
from policy.doing import Grant, rights
from policy.seeing import shared_with, visible
from policy.seen import Seen

CHANGE_LINE = frozenset(
    {"response", "quantity", "promised_at", "unit_price", "deliveries", "quantity_before", "promised_before",
     "price_before", "reason", "applied_at"}
)  # fmt: skip
PRODUCT = frozenset({"public_id", "sku", "name", "gtin"})
NOUNS: dict[type, str] = {Order: "order", Conversation: "conversation"}


class NotFound(Exception):
    """There is no such thing, or it is not yours to know of: one answer for both."""


def find(actor: Actor, table: type, **keys: Any) -> Any:
    """Return one record among those the actor may see, or raise NotFound."""
    return one(actor, visible(actor, table).filter_by(**keys))


def first(actor: Actor, table: type, **keys: Any) -> Any | None:
    """Return one record among those the actor may see, or None."""
    found = rows(actor, visible(actor, table).filter_by(**keys).limit(1))
    return found[0] if found else None


def one(actor: Actor, query: Select[Any]) -> Any:
    """Run a query that began with `visible` and return its one record, or raise NotFound."""
    found = rows(actor, query.limit(1))
    if not found:
        raise NotFound
    return found[0]


def rows(actor: Actor, query: Select[Any]) -> list[Any]:
    """Run a query that began with `visible`; as many statements for 50 rows as for 10."""
    return see(actor, session.execute(query).unique().scalars().all())


def see(actor: Actor, found: Sequence[Any]) -> list[Any]:
    """Turn rows into what the actor may see of them."""
    if not actor.outside:
        return list(found)
    if not found:
        return []
    table = type(found[0])
    grants = _grants(actor, table, [row.id for row in found])
    return [_seen(actor, table, row, grants.get(row.id)) for row in found]


def _grants(actor: Actor, table: type, ids: Iterable[int]) -> dict[int, Grant]:
    noun = NOUNS.get(table)
    if actor.side != "partner" or noun is None:
        return {}
    query = (
        select(Share.subject_id, Share.level, FieldSet.fields)
        .join(FieldSet, FieldSet.id == Share.field_set_id)
        .where(shared_with(actor, noun), Share.subject_id.in_(ids))
    )
    shares = defaultdict(list)
    for subject, level, names in session.execute(query):
        shares[subject].append((level, names))
    return {subject: _union(noun, found) for subject, found in shares.items()}


def _union(noun: str, shares: list[tuple[str, list[str]]]) -> Grant:
    """The effective right is the union of the active shares."""
    highest = max((level for level, _ in shares), key=LEVELS.index)
    names = frozenset(name for _, granted in shares for name in granted)
    return Grant(highest, fields.readable(noun, names))


def _permitted(actor: Actor, table: type, grant: Grant | None) -> frozenset[str]:
    if grant is not None:
        return grant.fields
    if actor.side == "customer" and table in fields.CUSTOMER:
        return fields.CUSTOMER[table]
    return fields.OUTSIDE.get(table, frozenset())


def _seen(actor: Actor, table: type, row: Any, grant: Grant | None) -> Seen:
    names = _permitted(actor, table, grant)
    noun = NOUNS.get(table) or table.__name__.lower()
    own = frozenset(name for name in names if "." not in name)
    children: dict[str, Any] = {}
    if table is Order:
        children["lines"] = [_seen_line(line, names) for line in row.lines]
        if "organisation" in names:
            children["organisation"] = Seen(row.organisation, frozenset({"public_id", "name"}), frozenset())
    elif table is Conversation:
        children["subject"] = _subject(actor, row, names)
    elif table is OrderChange:
        children["lines"] = [_seen_answer(line) for line in row.lines]
    return Seen(row, own, rights(actor, noun, row, grant), children)


def _seen_answer(row: Any) -> Seen:
    """One line of an answer and which line of the order it is about; that one's fields are those that are shared."""
    children = {"line": Seen(row.line, frozenset({"line"}), frozenset()), "substitute": _seen_product(row.substitute)}
    return Seen(row, CHANGE_LINE, frozenset(), children)


def _seen_product(product: Any) -> Seen | None:
    return Seen(product, PRODUCT, frozenset()) if product else None


def _seen_line(line: Any, names: frozenset[str]) -> Seen:
    own = {name.removeprefix("lines.") for name in names if name.startswith("lines.")}
    children = {"product": _seen_product(line.product), "substitute": _seen_product(line.substitute)}
    return Seen(line, frozenset(own - {"product", "substitute"}), frozenset(), children)


def _subject(actor: Actor, row: Any, names: frozenset[str]) -> str:
    """A partner reads the subject written for it; the customer's own words may name the customer."""
    if actor.side != "partner":
        return str(row.subject)
    for party in row.parties:
        if party.organisation_id == actor.organisation_id and party.side == "partner" and party.subject:
            return str(party.subject)
    return f"#{row.number}"
