"""Relations: who supplies, distributes for, belongs to or ships for whom; what partners see follows from them."""

from typing import Any

from sqlalchemy import select

from actions import sessions, share_rules
from actions.checks import checked
from actions.log import record
from models import text
from models.db import session
from models.messages import STAFF
from models.organisations import RELATIONS, Organisation, Relation
from models.people import Membership
from models.types import now
from models.words import Words
from policy import Actor, Invalid, Refused, require
from policy.seen import unwrap

WORDS = {
    "supplies": Words("%(one)s supplies %(other)s"), "distributes_for": Words("%(one)s distributes for %(other)s"),
    "subsidiary_of": Words("%(one)s is a subsidiary of %(other)s"), "ships_for": Words("%(one)s ships for %(other)s"),
}  # fmt: skip


def make(actor: Actor, kind: str, subject: Any, to: Any = None, note: str | None = None) -> Relation:
    """Relate an organisation to another one, or to the business itself (`to` None); one that had ended begins again.

    Raises Forbidden, Invalid, and Refused with `conflict` when it is there already.
    """
    one, other = unwrap(subject), unwrap(to)
    require(actor, "relation:make", one)
    if kind not in RELATIONS:
        raise Invalid("kind", "must be one of %(names)s", names=", ".join(RELATIONS))
    if other is not None and other.id == one.id:
        raise Invalid("to", "is the same organisation")
    if kind == "subsidiary_of":
        _check_parent(one, other)
    note = checked("note", text.line, note) if note else None
    made = _there(kind, one, other)
    if made is not None and made.ended_at is None:
        raise Refused("conflict", "%(words)s already.", words=_words(made))
    if made is None:
        made = Relation(kind=kind, from_id=one.id, to_id=other.id if other else None)
        session.add(made)
    made.note, made.ended_at = note, None
    session.flush()
    session.refresh(made)
    _follow(actor, made, "relation_made", _words(made))
    return made


def end(actor: Actor, relation: Relation) -> None:
    """End a relation; what followed from it is no longer shown. Raises Forbidden, and Refused with `conflict`."""
    require(actor, "relation:end", relation)
    if relation.ended_at is not None:
        raise Refused("conflict", "This relation has ended already.")
    relation.ended_at = now()
    session.flush()
    _follow(actor, relation, "relation_ended", f"{_words(relation)} no longer")


def _check_parent(one: Organisation, parent: Organisation | None) -> None:
    """A subsidiary names its parent, which is never one of its own subsidiaries."""
    if parent is None:
        raise Invalid("to", "is needed: name the parent")
    if one.id in {parent.id, *_above(parent.id)}:
        raise Invalid("to", "belongs to %(name)s itself", name=one.name)


def _above(organisation_id: int) -> list[int]:
    """The parent of an organisation, its parent, and so on."""
    found: list[int] = []
    parent: int | None = organisation_id
    while parent is not None:
        parent = session.scalar(
            select(Relation.to_id)
            .where(Relation.kind == "subsidiary_of", Relation.from_id == parent, Relation.ended_at.is_(None))
            .order_by(Relation.id)
        )
        if parent in found:
            break
        if parent is not None:
            found.append(parent)
    return found


def _there(kind: str, one: Organisation, other: Organisation | None) -> Relation | None:
    same = select(Relation).where(Relation.kind == kind, Relation.from_id == one.id)
    same = same.where(Relation.to_id == other.id if other else Relation.to_id.is_(None))
    return session.execute(same.with_for_update(of=Relation)).unique().scalars().first()


def _words(relation: Relation) -> Words:
    other = relation.object.name if relation.object else Words("us")
    return Words(WORDS[relation.kind], one=relation.subject.name, other=other)


def _follow(actor: Actor, relation: Relation, kind: str, words: str) -> None:
    """Write it down, and let follow what partners see and, for a subsidiary, whose data a manager sees."""
    shares = share_rules.follow_organisations([relation.from_id, relation.to_id])
    concerned = {key: STAFF for key in (relation.from_id, relation.to_id) if key}
    record(actor, kind, words, concerned, subject=("relation", relation.public_id), detail={"shares": shares})
    if relation.kind == "subsidiary_of":
        parents = [relation.to_id, *_above(relation.to_id or 0)]
        above = select(Membership.id).where(Membership.organisation_id.in_(parents), Membership.role == "manager")
        for key in session.scalars(above):
            sessions.revoke("membership", key)
