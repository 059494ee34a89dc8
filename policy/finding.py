"""Finding: rows handed to faces. Staff get rows; outsiders get seen records with their rights."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import lazyload
from sqlalchemy.orm.attributes import set_committed_value

from models.billing import Shipment
from models.conversations import Conversation
from models.db import session
from models.issues import Issue
from models.orders import Order, OrderChange, OrderLine
from models.shares import LEVELS, FieldSet, ReadLog, Share, ShareLine
from models.supplier_invoices import SupplierInvoice
from models.types import keepable
from policy import fields, issues, papers
from policy.actor import Actor
from policy.doing import Forbidden, rights
from policy.fields import NOUNS
from policy.grants import ALL, Grant
from policy.seeing import in_scope, shared_with, visible
from policy.seen import Seen

# What an answer or a change says of a line: always this, the rest by the line's own field that it is about.
SAID = frozenset({"response", "reason", "applied_at", "deliveries"})
SAID_OF = {
    "quantity": "quantity", "quantity_before": "quantity", "promised_at": "promised_at", "promised_before": "promised_at",
    "unit_price": "unit_price", "price_before": "unit_price",
}  # fmt: skip
OFFERED = frozenset({"quantity", "promised_at"})  # one's own offer is one's own to read
PAPERS = (Shipment, SupplierInvoice)


@dataclass(frozen=True, slots=True)
class Part:
    """One share, or one that is not made yet: its level, the fields it names, and its lines (None: all)."""

    level: str
    fields: frozenset[str]
    lines: Collection[int] | None = None


class NotFound(Exception):
    """There is no such thing, or it is not yours to know of: one answer for both."""


def find(actor: Actor, table: type, **keys: Any) -> Any:
    """Return one record among those the actor may see, or raise NotFound; Forbidden for a token of other scopes."""
    if not in_scope(actor, table):
        raise Forbidden(table.__name__)  # whether there is such a record plays no part: nothing is told
    if not all(map(keepable, keys.values())):
        raise NotFound
    return one(actor, visible(actor, table).filter_by(**keys))


def first(actor: Actor, table: type, **keys: Any) -> Any | None:
    """Return one record among those the actor may see, or None."""
    if not all(map(keepable, keys.values())):
        return None
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
    if table is OrderChange:
        return _see_changes(actor, found)
    grants = _grants(actor, table, [row.id for row in found])
    _load_shipments([row for row in found if row.id in grants and "shipments" in grants[row.id].fields])
    return [_seen(actor, table, row, grants.get(row.id)) for row in found]


def _grants(actor: Actor, table: type, ids: Iterable[int]) -> dict[int, Grant]:
    noun = NOUNS.get(table)
    if actor.side != "partner" or noun is None:
        return {}
    parts = _parts(actor, noun, ids)
    return {subject: union(noun, found) for subject, found in parts.items()}


def _parts(actor: Actor, noun: str, ids: Iterable[int]) -> dict[int, list[Part]]:
    """The active shares of some records that reach a partner member."""
    query = (
        select(Share.id, Share.subject_id, Share.level, Share.whole, FieldSet.fields)
        .join(FieldSet, FieldSet.id == Share.field_set_id)
        .where(shared_with(actor, noun), Share.subject_id.in_(ids))
    )
    found = session.execute(query).all()
    lines = _lines([one.id for one in found if not one.whole])
    shares: dict[int, list[Part]] = defaultdict(list)
    for one in found:
        shares[one.subject_id].append(Part(one.level, frozenset(one.fields), None if one.whole else lines[one.id]))
    return shares


def as_partner(row: Any, organisation: Any, more: Part | None = None) -> Seen | None:
    """What a manager of a partner is shown of a record, with a share that is not made yet; None when nothing."""
    reader = Actor(side="partner", role="manager", organisation_id=organisation.id,
                   organisation_ids=frozenset({organisation.id}))  # fmt: skip
    noun = NOUNS[type(row)]
    parts = _parts(reader, noun, [row.id]).get(row.id, []) + ([more] if more else [])
    return _seen(reader, type(row), row, union(noun, parts)) if parts else None


def _load_shipments(orders: Sequence[Any]) -> None:
    """Fetch the shipments of many orders in one statement."""
    if not orders:
        return
    mine = defaultdict(list)
    query = select(Shipment).where(Shipment.order_id.in_([row.id for row in orders])).order_by(Shipment.id)
    for one in session.scalars(query.options(lazyload(Shipment.order))):
        mine[one.order_id].append(one)
    for row in orders:
        set_committed_value(row, "shipments", mine[row.id])


def _lines(shares: Sequence[int]) -> dict[int, set[int]]:
    """The line numbers that shares of parts of orders show."""
    numbers = defaultdict(set)
    if shares:
        named = select(ShareLine.share_id, OrderLine.line).join(OrderLine, OrderLine.id == ShareLine.line_id)
        for share, line in session.execute(named.where(ShareLine.share_id.in_(shares))):
            numbers[share].add(line)
    return numbers


def union(noun: str, parts: Sequence[Part]) -> Grant:
    """The effective right is the union of the active shares."""
    highest = max((part.level for part in parts), key=LEVELS.index)
    names = fields.readable(noun, frozenset(name for part in parts for name in part.fields))
    if all(part.lines is None for part in parts):
        return Grant(highest, names)
    lines: dict[int, frozenset[str]] = {}
    numbers = {ALL} | {number for part in parts for number in part.lines or ()}
    for number in numbers:
        showing = [part.fields for part in parts if part.lines is None or number in part.lines]
        if showing:
            readable = fields.readable(noun, frozenset().union(*showing))
            lines[number] = frozenset(name.removeprefix("lines.") for name in readable if name.startswith("lines."))
    return Grant(highest, names, lines)


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
        children = _of_order(row, names, grant)
    elif table is Conversation:
        children["subject"] = _subject(actor, row, names)
    elif table is Issue:
        children = issues.children(actor, row, names)
    elif table is Share and actor.side == "customer":
        children |= {"fields": sorted(fields.readable(row.subject_type, frozenset(row.field_set.fields))),
                     "function": _function(row), "by_rule": row.rule_id is not None}  # fmt: skip
    elif table is ReadLog:
        ours = actor.organisation_ids if actor.side == "customer" else None
        own_records = [one.subject_id for one in row.records if ours is None or one.owner_id in ours]
        children |= {"function": _function(row), "records": own_records}
    elif table in PAPERS:
        children |= papers.children(actor, row)
    return Seen(row, own, rights(actor, noun, row, grant), children)


def _of_order(row: Any, names: frozenset[str], grant: Grant | None) -> dict[str, Any]:
    """What hangs on an order: its lines as far as each is seen, whom it is with, its shipments."""
    grant = grant or Grant("read", names)
    seen = ((line, grant.of_line(line.line)) for line in row.lines)
    children: dict[str, Any] = {"lines": [_seen_line(line, shown) for line, shown in seen if shown is not None]}
    if "organisation" in names:
        children["organisation"] = Seen(row.organisation, frozenset({"public_id", "name"}), frozenset())
    if "shipments" in names:
        children["shipments"] = [Seen(one, fields.SHIPMENT, frozenset()) for one in row.shipments]
    return children


def _function(row: Any) -> str:
    """What the partner of a share or a look is to the business, in place of its name, for whose data it sees."""
    if isinstance(row, Share) and row.rule is not None and row.rule.through == "carrier":
        return "carrier"
    if isinstance(row, ReadLog) and row.organisation_id == row.owner_id:
        return "own"
    return next((one for one in ("distributor", "supplier") if one in row.organisation.roles), "partner")


def _see_changes(actor: Actor, found: Sequence[Any]) -> list[Any]:
    """What both sides said about orders: of each line as much as the order itself shows of it."""
    grants = _grants(actor, Order, {row.order_id for row in found})
    return [
        Seen(row, fields.OUTSIDE[OrderChange], frozenset(), {"lines": _said(row, grants.get(row.order_id))})
        for row in found
    ]


def _said(change: Any, grant: Grant | None) -> list[Seen]:
    seen = [(one, grant.of_line(one.line.line)) for one in change.lines] if grant else []
    return [_seen_answer(one, change.side, shown) for one, shown in seen if shown is not None]


def _seen_answer(row: Any, side: str, shown: frozenset[str]) -> Seen:
    """What was said of one line, and which line of the order that is."""
    offered = OFFERED if side == "supplier" and row.response not in ("accepted", "rejected") else frozenset()
    names = SAID | offered | {name for name, of in SAID_OF.items() if of in shown}
    children = {"line": Seen(row.line, frozenset({"line"}), frozenset()), "substitute": _seen_product(row.substitute)}
    return Seen(row, names, frozenset(), children)


def _seen_product(product: Any) -> Seen | None:
    return Seen(product, fields.PRODUCT, frozenset()) if product else None


def _seen_line(line: Any, own: frozenset[str]) -> Seen:
    children = {"product": _seen_product(line.product), "substitute": _seen_product(line.substitute)}
    return Seen(line, own - {"product", "substitute"}, frozenset(), children)


def _subject(actor: Actor, row: Any, names: frozenset[str]) -> str:
    """A partner reads the subject written for it; the customer's own words may name the customer."""
    if actor.side != "partner":
        return str(row.subject)
    for party in row.parties:
        if party.organisation_id == actor.organisation_id and party.side == "partner" and party.subject:
            return str(party.subject)
    return f"#{row.number}"
