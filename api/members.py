"""Members by API: who belongs to an organisation, inviting, roles, shared mailboxes, and removing."""

from typing import Any, Literal

from pydantic import StrictBool, StrictStr

from actions import mailboxes, people
from api import shapes
from api.approvals import shape as waiting
from api.operations import Given, operation
from models.approvals import Approval
from models.organisations import Organisation
from policy import Actor, find, require

Side = Literal["customer", "partner"]


def shape(row: people.Member) -> dict[str, Any]:
    return {
        "id": row.public_id, "name": row.name, "email": row.email, "title": row.title, "role": row.role,
        "mailbox": row.mailbox, "invited": row.invited, "last_seen_at": shapes.time(row.last_seen_at),
    }  # fmt: skip


def sides(actor: Actor, row: Any, side: Side | None) -> list[str]:
    """On which sides of an organisation an actor looks."""
    if actor.outside:
        return [actor.side] if side in (None, actor.side) else []
    return [side] if side else ["customer", "partner"]


class MemberQuery(Given):
    side: Side | None = None


@operation("GET", "/organisations/<public_id>/members", "membership", query=MemberQuery)
def members(actor: Actor, public_id: str, query: MemberQuery) -> dict[str, Any]:
    """List who belongs to an organisation and who is invited, by name; members outside read of themselves alone."""
    row = find(actor, Organisation, public_id=public_id)
    found = {side: people.members(actor, row.id, side) for side in sides(actor, row, query.side)}
    return {"items": [shape(one) | {"side": side} for side, listed in found.items() for one in listed]}


class Invitation(Given):
    email: StrictStr
    name: StrictStr
    role: Literal["member", "manager"] = "member"
    side: Side | None = None
    mailbox: StrictBool = False


@operation("POST", "/organisations/<public_id>/invitations", "membership", body=Invitation, status=201)
def invite_member(actor: Actor, public_id: str, body: Invitation) -> dict[str, Any]:
    """Invite somebody by mail; a `mailbox` is an address that several share. Staff only: managers do it in person."""
    row = find(actor, Organisation, public_id=public_id)
    made = people.invite(actor, row, body.email, body.name, body.role, body.side, body.mailbox)
    if isinstance(made, Approval):
        return {"approval": waiting(made)}
    return {"email": body.email, "role": made.role, "side": made.side, "mailbox": made.mailbox}


class MemberChange(Given):
    role: Literal["member", "manager"] | None = None
    mailbox: StrictBool | None = None
    side: Side | None = None


@operation("PATCH", "/organisations/<public_id>/members/<member_id>", "membership", body=MemberChange)
def change_member(actor: Actor, public_id: str, member_id: str, body: MemberChange) -> dict[str, Any]:
    """Give somebody another role, or say that the address is a shared mailbox; staff only."""
    row = people.member(actor, member_id, find(actor, Organisation, public_id=public_id).id, body.side)
    require(actor, "membership:change", row)
    if body.mailbox is not None:
        mailboxes.set_mailbox(actor, row, body.mailbox)
    if body.role is not None:
        people.set_role(actor, row, body.role)
    return {"id": member_id, "role": row.role, "mailbox": row.mailbox}


@operation("DELETE", "/organisations/<public_id>/members/<member_id>", "membership", query=MemberQuery, status=204)
def remove_member(actor: Actor, public_id: str, member_id: str, query: MemberQuery) -> dict[str, Any]:
    """Remove somebody: sessions, tokens and devices end at once; staff only."""
    organisation = find(actor, Organisation, public_id=public_id)
    people.remove(actor, people.member(actor, member_id, organisation.id, query.side))
    return {}
