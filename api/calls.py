"""Calls: what the telephone system tells of, and whose they were."""

from typing import Any, Literal

from pydantic import AwareDatetime, Field, StrictInt, StrictStr

from actions import calls as verbs
from api import shapes
from api.lists import Paged, listed
from api.operations import Given, operation
from models.calls import Call
from models.organisations import Organisation
from models.people import Person
from policy import Actor, find, visible


class News(Given):
    id: StrictStr
    event: Literal["ring", "answer", "hangup"]
    direction: Literal["inbound", "outbound"] = "inbound"
    number: StrictStr = ""
    extension: StrictStr = Field("", max_length=20)
    at: AwareDatetime | None = None
    duration_s: StrictInt | None = None


@operation("POST", "/calls", "call", body=News)
def report_call(actor: Actor, body: News) -> dict[str, Any]:
    """Tell of a call: it rings, is answered, is over; the same news twice changes nothing."""
    made = verbs.report(actor, body.id, body.event, direction=body.direction, number=body.number,
                        extension=body.extension, at=body.at, duration_s=body.duration_s)  # fmt: skip
    return shapes.call(actor, made)


class CallQuery(Paged):
    state: Literal["ringing", "answered", "ended", "missed"] | None = None
    waiting: bool = False


@operation("GET", "/calls", "call", query=CallQuery)
def calls(actor: Actor, query: CallQuery) -> dict[str, Any]:
    """List calls, the latest first; `waiting` are those to call back."""
    seen = visible(actor, Call)
    if query.state:
        seen = seen.where(Call.state == query.state)
    if query.waiting:
        seen = seen.where(Call.state == "missed", Call.direction == "inbound", Call.returned_at.is_(None))
    return listed(actor, seen, [Call.rang_at, Call.id], query, lambda row: shapes.call(actor, row))


@operation("GET", "/calls/<public_id>", "call")
def call(actor: Actor, public_id: str) -> dict[str, Any]:
    """Read one call."""
    return shapes.call(actor, find(actor, Call, public_id=public_id))


class Whose(Given):
    organisation: StrictStr
    person: StrictStr | None = None
    name: StrictStr = ""


@operation("POST", "/calls/<public_id>/caller", "call", body=Whose)
def file_call(actor: Actor, public_id: str, body: Whose) -> dict[str, Any]:
    """Say whose call it was; a name makes a new contact with this number."""
    row = find(actor, Call, public_id=public_id)
    organisation = find(actor, Organisation, public_id=body.organisation)
    person = find(actor, Person, public_id=body.person) if body.person else None
    verbs.file(actor, row, organisation, person, body.name)
    return shapes.call(actor, row)


@operation("POST", "/calls/<public_id>/return", "call")
def return_call(actor: Actor, public_id: str) -> dict[str, Any]:
    """Say that somebody who was missed has been called back."""
    row = find(actor, Call, public_id=public_id)
    verbs.call_back(actor, row)
    return shapes.call(actor, row)
