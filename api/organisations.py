"""Organisations and what happened with them."""

from datetime import datetime
from typing import Any, Literal

from pydantic import AwareDatetime, StrictStr

from actions import interactions as verbs
from api import shapes
from api.lists import Paged, listed
from api.operations import Given, operation
from models.interactions import Interaction
from models.organisations import Organisation, OrganisationRole
from models.people import Person
from models.types import name_key
from policy import Actor, find, visible


class OrganisationQuery(Paged):
    role: Literal["customer", "vendor", "supplier", "distributor"] | None = None
    q: str | None = None


@operation("GET", "/organisations", "organisation", query=OrganisationQuery)
def organisations(actor: Actor, query: OrganisationQuery) -> dict[str, Any]:
    """List organisations by name."""
    seen = visible(actor, Organisation)
    if query.role:
        role = OrganisationRole.role == query.role
        seen = seen.join(OrganisationRole, OrganisationRole.organisation_id == Organisation.id).where(role)
    if query.q:
        seen = seen.where(Organisation.name_key.startswith(name_key(query.q), autoescape=True))
    return listed(actor, seen, [Organisation.name_key, Organisation.id], query, shapes.organisation, descending=False)


@operation("GET", "/organisations/<public_id>", "organisation")
def organisation(actor: Actor, public_id: str) -> dict[str, Any]:
    """Read one organisation."""
    return shapes.organisation(find(actor, Organisation, public_id=public_id))


class InteractionQuery(Paged):
    kind: str | None = None
    channel: str | None = None


@operation("GET", "/organisations/<public_id>/interactions", "interaction", query=InteractionQuery)
def organisation_interactions(actor: Actor, public_id: str, query: InteractionQuery) -> dict[str, Any]:
    """List what happened with an organisation, the newest first."""
    row = find(actor, Organisation, public_id=public_id)
    seen = visible(actor, Interaction).where(Interaction.organisation_id == row.id, Interaction.timeline)
    if query.kind:
        seen = seen.where(Interaction.kind == query.kind)
    if query.channel:
        seen = seen.where(Interaction.channel == query.channel)
    return listed(actor, seen, [Interaction.at, Interaction.id], query, shapes.interaction)


class NewInteraction(Given):
    organisation: StrictStr
    person: StrictStr | None = None
    kind: Literal["call", "meeting", "letter", "note"]
    channel: StrictStr | None = None
    direction: Literal["inbound", "outbound", "internal"] = "inbound"
    at: datetime | None = None
    duration_s: int | None = None
    summary: StrictStr
    promise: StrictStr | None = None
    promise_due: AwareDatetime | None = None


@operation("POST", "/interactions", "interaction", body=NewInteraction, status=201)
def log_interaction(actor: Actor, body: NewInteraction) -> dict[str, Any]:
    """Log a call, meeting, letter or note, and what was promised in it."""
    row = find(actor, Organisation, public_id=body.organisation)
    person = find(actor, Person, public_id=body.person) if body.person else None
    made = verbs.log(
        actor, row, body.kind, body.summary, person=person, channel=body.channel, direction=body.direction,
        at=body.at, duration_s=body.duration_s, promise=body.promise, promise_due=body.promise_due,
    )  # fmt: skip
    return shapes.interaction(made)
