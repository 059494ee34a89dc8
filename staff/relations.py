"""Relations at the desk: who supplies, distributes for, belongs to or ships for whom."""

from typing import Any

from flask import flash, redirect, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as later
from sqlalchemy import or_
from werkzeug.wrappers import Response

from actions import relations as verbs
from models.organisations import Organisation, Relation
from models.types import name_key
from policy import Invalid, NotFound, find, rows, visible
from staff.blueprint import blueprint
from web.actor import actor

KINDS = {
    "supplies": later("supplies"), "distributes_for": later("distributes for"), "ships_for": later("ships for"),
    "subsidiary_of": later("is a subsidiary of"),
}  # fmt: skip
MANY = 50


def of(row: Organisation) -> dict[str, Any]:
    """The relations of an organisation, in either direction."""
    linked = visible(actor(), Relation).where(
        or_(Relation.from_id == row.id, Relation.to_id == row.id), Relation.ended_at.is_(None)
    )
    return {"relations": rows(actor(), linked.order_by(Relation.id).limit(MANY)), "relation_kinds": KINDS}


def named(words: str) -> Organisation | None:
    """The one organisation of this name or reference; none for an empty name: the business itself. Raises Invalid."""
    if not words.strip():
        return None
    query = visible(actor(), Organisation).where(
        or_(Organisation.name_key == name_key(words), Organisation.external_reference == words.strip()),
        Organisation.archived_at.is_(None),
    )
    found = rows(actor(), query.limit(2))
    if len(found) != 1:
        raise Invalid("to", _("is not the name of one organisation") if found else _("is no organisation we know"))
    one: Organisation = found[0]
    return one


@blueprint.post("/organisations/<public_id>/relations")
def make_relation(public_id: str) -> Response:
    """Relate two organisations, or one with us."""
    row, form = find(actor(), Organisation, public_id=public_id), request.form
    other = named(form.get("to", ""))
    one, to = (other, row) if form.get("direction") == "to" and other is not None else (row, other)
    verbs.make(actor(), form.get("kind", ""), one, to, form.get("note") or None)
    flash(_("The relation is made. What partners see follows from it."), "success")
    return redirect(url_for("staff.organisation", public_id=public_id, _anchor="relations"), 303)


@blueprint.post("/organisations/<public_id>/relations/<relation_id>/end")
def end_relation(public_id: str, relation_id: str) -> Response:
    """End a relation of this organisation."""
    row, relation = find(actor(), Organisation, public_id=public_id), find(actor(), Relation, public_id=relation_id)
    if row.id not in (relation.from_id, relation.to_id):
        raise NotFound
    verbs.end(actor(), relation)
    flash(_("The relation has ended."), "success")
    return redirect(url_for("staff.organisation", public_id=public_id, _anchor="relations"), 303)
