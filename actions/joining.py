"""Joining: what is done once somebody has decided on it: inviting a colleague by mail, and giving one another role."""

from sqlalchemy import select

from actions import letters, limits, tokens
from actions.checks import checked
from actions.enrolling import existing, join, login_for, readmit
from actions.installation import settings
from actions.log import record
from actions.members import audience, known_as
from actions.sessions import memberships, revoke
from models import text
from models.db import session
from models.logins import Login, Token
from models.organisations import Organisation
from models.people import Membership
from policy import Actor, Refused


def refuse_colleague(row: Organisation, email: str, side: str) -> Login | None:
    """Find the login of an address, if there is one. Raises Refused with `conflict` for somebody who belongs there."""
    known = existing(email)
    if known and any(_settled(one) for one in memberships(known.person_id, row.id, side)):
        raise Refused("conflict", "%(email)s belongs to %(name)s already.", email=known.email, name=row.name)
    return known


def _settled(membership: Membership) -> bool:
    """A colleague who is not still waiting to accept may not be invited again."""
    waiting = select(Token.id).where(
        Token.membership_id == membership.id, Token.purpose == "invitation", Token.used_at.is_(None)
    )
    return session.scalar(waiting.limit(1)) is None


def invite_to(
    actor: Actor, row: Organisation, email: str, name: str, role: str, side: str, by: str, mailbox: bool = False
) -> Membership:  # fmt: skip
    """Invite somebody to an organisation by mail, in the name of `by`. Raises Invalid, Refused."""
    known = refuse_colleague(row, email, side)
    name = checked("name", text.line, name)
    new = known or login_for(email, name, row)
    readmit([new.id])
    membership = join(new, row, side, role, active=known is None)
    membership.mailbox = mailbox
    _send(actor, new, membership, name, by)
    # The address as it was typed, but for its case: as its owner writes it would tell that it is known.
    record(actor, "member_invited", f"{new.email_key} was invited as {role}", {row.id: audience(membership)},
           person_id=new.person_id, detail={"role": role, "side": side, "mailbox": mailbox})  # fmt: skip
    return membership


def _send(actor: Actor, new: Login, membership: Membership, name: str, by: str) -> None:
    limits.demand("60 per hour", "invitations by", str(actor.person_id))
    limits.demand("5 per day", "invitations to", new.email_key)
    organisation = membership.organisation or session.get_one(Organisation, membership.organisation_id)
    secret = tokens.make_invitation(new.id, membership.id, name)
    letters.post(
        "invitation", new.email, language=new.person.language, person_id=new.person_id, inviter=by,
        organisation=organisation.name, link=f"{settings().url}/invitation/{secret}",
        about={"organisation": organisation.id, "audience": audience(membership)},
    )  # fmt: skip


def give_role(actor: Actor, row: Membership, role: str) -> None:
    """Give somebody another role; whatever stands on the former one is asked anew."""
    before, row.role = row.role, role
    revoke("membership", row.id)
    record(actor, "role_changed", f"{known_as(row)}: {before} → {role}", {row.organisation_id: audience(row)},
           person_id=row.person_id, detail={"role": {"from": before, "to": role}})  # fmt: skip
