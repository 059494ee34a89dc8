"""Relations between organisations, and the rules by which partners see records without anybody sharing them."""

from typing import Any, Literal

from pydantic import StrictBool, StrictStr
from sqlalchemy import or_

from actions import carriers, share_rules
from actions import relations as verbs
from api import shapes
from api.lists import Paged, listed
from api.operations import Given, operation
from models.orders import Order
from models.organisations import Organisation, Relation
from models.share_rules import ShareRule
from policy import Actor, find, require, visible


def shape(row: Relation) -> dict[str, Any]:
    return {
        "id": row.public_id, "kind": row.kind, "from": shapes.reference(row.subject),
        "to": shapes.reference(row.object), "note": row.note, "ended_at": shapes.time(row.ended_at),
    }  # fmt: skip


class RelationQuery(Paged):
    organisation: str | None = None
    kind: Literal["supplies", "distributes_for", "subsidiary_of", "ships_for"] | None = None


@operation("GET", "/relations", "organisation", query=RelationQuery)
def relations(actor: Actor, query: RelationQuery) -> dict[str, Any]:
    """List relations that hold, the newest first; of one organisation or of one kind."""
    seen = visible(actor, Relation).where(Relation.ended_at.is_(None))
    if query.organisation:
        one = find(actor, Organisation, public_id=query.organisation).id
        seen = seen.where(or_(Relation.from_id == one, Relation.to_id == one))
    if query.kind:
        seen = seen.where(Relation.kind == query.kind)
    return listed(actor, seen, [Relation.id], query, shape)


class NewRelation(Given):
    kind: Literal["supplies", "distributes_for", "subsidiary_of", "ships_for"]
    organisation: StrictStr
    to: StrictStr | None = None
    note: StrictStr | None = None


@operation("POST", "/relations", "organisation", body=NewRelation, status=201)
def make_relation(actor: Actor, body: NewRelation) -> dict[str, Any]:
    """Relate an organisation to another one (`to`), or to the business itself; what partners see follows."""
    require(actor, "relation:make")
    one = find(actor, Organisation, public_id=body.organisation)
    other = find(actor, Organisation, public_id=body.to) if body.to else None
    return shape(verbs.make(actor, body.kind, one, other, body.note))


@operation("DELETE", "/relations/<public_id>", "organisation", status=204)
def end_relation(actor: Actor, public_id: str) -> dict[str, Any]:
    """End a relation."""
    verbs.end(actor, find(actor, Relation, public_id=public_id))
    return {}


class Carrier(Given):
    carrier: StrictStr | None = None


@operation("PUT", "/orders/<path:number>/carrier", "order", body=Carrier)
def assign_carrier(actor: Actor, number: str, body: Carrier) -> dict[str, Any]:
    """Give a sales order to a carrier, or to nobody."""
    row = find(actor, Order, number=number)
    require(actor, "order:assign_carrier", row)
    carriers.assign(actor, row, find(actor, Organisation, public_id=body.carrier) if body.carrier else None)
    return shapes.order(actor, row)


def rule(row: ShareRule) -> dict[str, Any]:
    return {
        "id": row.public_id, "key": row.key, "name": row.name, "noun": row.noun, "kind": row.kind, "through": row.through,
        "statuses": row.statuses, "level": row.level, "fields": row.field_set.fields, "lines": row.whole,
        "days": row.days, "active": row.active,
    }  # fmt: skip


@operation("GET", "/share-rules", "share", query=Paged)
def list_share_rules(actor: Actor, query: Paged) -> dict[str, Any]:
    """List the rules by which partners see records."""
    return listed(actor, visible(actor, ShareRule), [ShareRule.id], query, rule)


class Switch(Given):
    active: StrictBool


@operation("PATCH", "/share-rules/<public_id>", "share", body=Switch)
def switch_share_rule(actor: Actor, public_id: str, body: Switch) -> dict[str, Any]:
    """Switch a rule on or off, at once."""
    row = find(actor, ShareRule, public_id=public_id)
    share_rules.switch(actor, row, body.active)
    return rule(row)
