"""Invitation waves by API: prepare one, let it go, pause or stop it, and read what became of everybody."""

from typing import Any, Literal

from pydantic import StrictInt, StrictStr

from actions import waves as verbs
from analytics import waves as figures
from api import shapes
from api.lists import Paged, listed
from api.operations import Given, operation
from models.waves import Invitee, Wave
from policy import Actor, find, require, visible
from web.saying import said


def shape(row: Wave) -> dict[str, Any]:
    """A wave without its figures."""
    return {
        "id": row.public_id, "name": row.name, "side": row.side, "country": row.country, "state": row.state,
        "reason": said(row.reason) if row.reason else None, "per_minute": row.per_minute, "rest_days": row.rest_days,
        "most_contacts": row.most_contacts, "by": row.by.name, "created_at": shapes.time(row.created_at),
        "started_at": shapes.time(row.started_at), "ended_at": shapes.time(row.ended_at),
    }  # fmt: skip


def whole(row: Wave) -> dict[str, Any]:
    """A wave with how many of its people are what, and why some are left out."""
    report = figures.report(row)
    counts = {name: getattr(report, name) for name in figures.SHOWN}
    return shape(row) | {"report": counts, "reasons": dict(figures.left_out(row))}


def the_wave(actor: Actor, public_id: str) -> Wave:
    """A wave, for those who may do something with it."""
    require(actor, "wave:run")
    found: Wave = find(actor, Wave, public_id=public_id)
    return found


@operation("GET", "/invitation-waves", "wave", query=Paged)
def invitation_waves(actor: Actor, query: Paged) -> dict[str, Any]:
    """List waves, the newest first; leads and admins only."""
    require(actor, "wave:run")
    return listed(actor, visible(actor, Wave), [Wave.id], query, shape)


class NewWave(Given):
    name: StrictStr
    side: Literal["customer", "partner"]
    country: StrictStr | None = None
    addresses: list[StrictStr] | None = None
    per_minute: StrictInt = 30
    rest_days: StrictInt = 14
    most_contacts: StrictInt = 4


@operation("POST", "/invitation-waves", "wave", body=NewWave, status=201)
def prepare_wave(actor: Actor, body: NewWave) -> dict[str, Any]:
    """Prepare a wave to all contacts of one side without a login, or to those with these addresses; nothing is sent."""
    given = "\n".join(" ".join(one.split()) for one in body.addresses) if body.addresses is not None else None
    made = verbs.make(actor, body.name, body.side, country=body.country, given=given, per_minute=body.per_minute,
                      rest_days=body.rest_days, most_contacts=body.most_contacts)  # fmt: skip
    return whole(made)


@operation("GET", "/invitation-waves/<public_id>", "wave")
def invitation_wave(actor: Actor, public_id: str) -> dict[str, Any]:
    """Read one wave and how far it is."""
    return whole(the_wave(actor, public_id))


class WaveChange(Given):
    state: Literal["running", "paused", "stopped"]


@operation("PATCH", "/invitation-waves/<public_id>", "wave", body=WaveChange)
def change_wave(actor: Actor, public_id: str, body: WaveChange) -> dict[str, Any]:
    """Begin or go on, pause, or stop."""
    row = the_wave(actor, public_id)
    {"running": verbs.start, "paused": verbs.pause, "stopped": verbs.stop}[body.state](actor, row)
    return whole(row)


@operation("POST", "/invitation-waves/<public_id>/withdrawal", "wave")
def withdraw_invitations(actor: Actor, public_id: str) -> dict[str, Any]:
    """Let the links of a wave that is over end where nobody used them."""
    return {"withdrawn": verbs.withdraw_links(actor, the_wave(actor, public_id))}


@operation("POST", "/invitation-waves/<public_id>/repetition", "wave", status=201)
def repeat_invitations(actor: Actor, public_id: str) -> dict[str, Any]:
    """Prepare a wave to those of an earlier one who did not come."""
    return whole(verbs.again(actor, the_wave(actor, public_id)))


class PeopleQuery(Paged):
    show: (
        Literal["waiting", "left_out", "sent", "delivered", "bounced", "opened", "came", "expired", "withdrawn"] | None
    ) = None


@operation("GET", "/invitation-waves/<public_id>/people", "wave", query=PeopleQuery)
def wave_people(actor: Actor, public_id: str, query: PeopleQuery) -> dict[str, Any]:
    """List who is in a wave, and what became of each."""
    row = the_wave(actor, public_id)
    seen = visible(actor, Invitee).where(Invitee.wave_id == row.id)
    if query.show:
        seen = figures.joined(seen).where(figures.conditions()[query.show])
    answer = listed(actor, seen, [Invitee.id], query, lambda one: one, descending=False)
    words = figures.outcomes(answer["items"])
    return answer | {"items": [person(one, words[one.id]) for one in answer["items"]]}


def person(row: Invitee, outcome: str) -> dict[str, Any]:
    """One person of a wave, or one line of its list."""
    failed = row.delivery.error if row.delivery else None
    return {
        "id": row.public_id, "line": row.line, "name": row.person.name if row.person else None, "address": row.address,
        "organisation": shapes.reference(row.membership.organisation) if row.membership else None,
        "language": row.language, "outcome": outcome, "reason": row.reason, "count": row.count,
        "error": said(failed) if failed else None, "sent_at": shapes.time(row.sent_at),
        "opened_at": shapes.time(row.opened_at), "signed_in_at": shapes.time(row.token.used_at if row.token else None),
    }  # fmt: skip
