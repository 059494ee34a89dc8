"""People: their profile, and who belongs to an organisation with which role."""

from dataclasses import dataclass
from functools import cache
from typing import Any
from zoneinfo import available_timezones

from sqlalchemy import func, select, update

from actions import approvals, joining, mailboxes, tokens
from actions.checks import checked
from actions.log import record, record_privately
from actions.members import Member, audience, known_as, member, members
from actions.sessions import credentials_changed, end, memberships, prove_address, revoke, sign_in
from models import text
from models.approvals import Approval
from models.db import session
from models.logins import Login, SignInSession, Token
from models.organisations import Organisation
from models.people import Membership, Person
from models.types import name_key, now
from models.words import LANGUAGES
from policy import Actor, Forbidden, Invalid, NotFound, Refused, require
from policy.seen import unwrap

__all__ = [
    "Member", "accept", "audience", "change_profile", "invite", "invited", "member", "members", "remove", "set_role", "zones",
]  # fmt: skip

THEMES = ("auto", "light", "dark")
ROLES = ("member", "manager")


@cache
def zones() -> tuple[str, ...]:
    """All time zones that a person may choose."""
    return tuple(sorted(one for one in available_timezones() if "/" in one and not one.startswith("Etc/")))


def change_profile(actor: Actor, person: Any, version: int, **values: str | None) -> None:
    """Change name, title, language, zone or theme; a stale `version` is refused with `conflict`.

    Raises Forbidden, Invalid, Refused.
    """
    require(actor, "person:change", person)
    row: Person = unwrap(person)
    if version != row.version:
        raise Refused("conflict", "This was changed meanwhile, perhaps in another window. Look again, then save.")
    changed = {name: _PROFILE[name](value) for name, value in values.items()}
    changed = {name: value for name, value in changed.items() if value != getattr(row, name)}
    if not changed:
        return
    before = {name: getattr(row, name) for name in changed}
    for name, value in changed.items():
        setattr(row, name, value)
    row.name_key = name_key(row.name)
    detail = {name: {"from": before[name], "to": value} for name, value in changed.items()}
    _record_profile(actor, row, detail)


def _record_profile(actor: Actor, row: Person, detail: dict[str, Any]) -> None:
    """What others read of a person stands on its organisations' timelines; a theme does not."""
    concerned: dict[int | None, str] = {one.organisation_id: audience(one) for one in memberships(row.id)}
    if concerned and detail.keys() & {"name", "title"}:
        record(actor, "person_changed", f"{row.name} changed the profile", concerned, person_id=row.id,
               subject=("person", row.public_id), detail=detail)  # fmt: skip
    else:
        record_privately(actor, "person_changed", f"{row.name} changed the profile", detail)


def _choice(field: str, known: tuple[str, ...]) -> Any:
    def check(value: str | None) -> str | None:
        if value and value not in known:
            raise Invalid(field, "must be one of %(names)s", names=", ".join(known[:5]))
        return value or None

    return check


def _zone(value: str | None) -> str | None:
    if value and value not in available_timezones():
        raise Invalid("zone", "is no time zone: choose one such as Europe/Berlin")
    return value or None


_PROFILE = {
    "name": lambda value: checked("name", text.line, value),
    "title": lambda value: checked("title", text.line, value) if value and value.strip() else None,
    "language": _choice("language", LANGUAGES),
    "zone": _zone,
    "theme": _choice("theme", THEMES),
}


def invite(
    actor: Actor, organisation: Any, email: str, name: str, role: str = "member", side: str | None = None,
    mailbox: bool = False,
) -> Membership | Approval:  # fmt: skip
    """Invite somebody to an organisation by mail; a manager to the own one only, and where we approve that, we first.

    A `mailbox` is an address that several share: `name` is what it is called, and each of them gives their own.
    Whoever has a login already joins by accepting, so nobody is made a colleague unasked. Returns the membership to be,
    or what waits for us. Raises Forbidden, Invalid, Refused with `conflict` for somebody who belongs to it.
    """
    require(actor, "organisation:invite", organisation)
    row: Organisation = unwrap(organisation)
    if actor.outside and row.id != actor.organisation_id:
        raise Forbidden("organisation:invite")
    side = actor.side if actor.outside else side or ("customer" if "customer" in row.roles else "partner")
    if mailbox and role == "manager":
        raise Invalid("role", "must be member for a shared mailbox")
    if actor.outside and row.approves_colleagues:
        return approvals.ask_invitation(actor, row, email, name, role, mailbox)
    return joining.invite_to(actor, row, email, name, role, side, actor.name, mailbox)


@dataclass(frozen=True, slots=True)
class Invited:
    """What somebody who opens an invitation is shown."""

    name: str
    email: str
    organisation: str
    newcomer: bool


def invited(secret: str) -> Invited:
    """Show whom an invitation is for. Raises NotFound when it is used, old or revoked."""
    token = tokens.open_invitation(secret)
    login = session.get(Login, token.login_id) if token else None
    if token is None or login is None or login.disabled_at is not None:
        raise NotFound
    signed_in = session.scalar(select(SignInSession.id).where(SignInSession.login_id == login.id).limit(1))
    membership = session.get(Membership, token.membership_id) if token.membership_id else None
    organisation = membership.organisation.name if membership else ""
    fresh = signed_in is None and login.password_hash is None
    return Invited(login.person.name, login.email, organisation, fresh and not (membership and membership.mailbox))


def accept(secret: str, name: str | None, password_hash: str | None, device: str = "", address: str = "") -> str:
    """Accept an invitation, once: join, perhaps set name and password, and sign in. Returns the session's secret."""
    who = invited(secret)
    token = tokens.open_invitation(secret)
    if token is None or not _use(token):
        raise NotFound
    login = session.get_one(Login, token.login_id)
    prove_address(login)
    if who.newcomer and name:
        login.person.name = checked("name", text.line, name)
        login.person.name_key = name_key(login.person.name)
    if who.newcomer and password_hash:
        login.password_hash = password_hash
        session.flush()
        credentials_changed(login)
    if token.membership_id is not None:
        membership = session.get_one(Membership, token.membership_id)
        membership.ended_at, membership.started_at = None, now()
    session.flush()
    return sign_in(login, token.membership_id, device, address, how="invitation")


def _use(token: Token) -> bool:
    step = update(Token).where(Token.id == token.id, Token.used_at.is_(None)).values(used_at=now())
    return session.execute(step.returning(Token.id)).first() is not None


def set_role(actor: Actor, membership: Any, role: str) -> Approval | None:
    """Make a colleague a member or a manager; where we approve that, a manager outside only asks for the latter.

    Returns what waits for us, if anything. Raises Forbidden, Invalid, Refused for the only manager.
    """
    require(actor, "membership:change", membership)
    row: Membership = unwrap(membership)
    if role not in ROLES:
        raise Invalid("role", "must be member or manager")
    if role == row.role:
        return None
    if role == "manager" and row.mailbox:
        raise Refused("conflict", "A shared mailbox is no manager. Say first that it is one person's.")
    _keep_a_manager(actor, row)
    if actor.outside and role == "manager" and row.organisation.approves_colleagues:
        return approvals.ask_role(actor, row, role)
    approvals.drop(row)
    joining.give_role(actor, row, role)
    return None


def remove(actor: Actor, membership: Any) -> None:
    """End somebody's membership: its sessions, sockets, tokens and invitations end with it.

    Raises Forbidden, Refused for the only manager.
    """
    require(actor, "membership:change", membership)
    row: Membership = unwrap(membership)
    _keep_a_manager(actor, row)
    name = known_as(row)
    row.ended_at = row.ended_at or now()
    tokens.end_tokens(Token.membership_id == row.id)
    end(SignInSession.membership_id == row.id)
    revoke("membership", row.id)
    approvals.drop(row)
    mailboxes.end_devices(row)
    record(actor, "member_removed", f"{name} left {row.organisation.name}",
           {row.organisation_id: audience(row)}, person_id=row.person_id)  # fmt: skip


def _keep_a_manager(actor: Actor, row: Membership) -> None:
    """Outsiders cannot leave their organisation without a manager; two at once wait for each other."""
    if row.role != "manager" or not actor.outside:
        return
    session.execute(select(Organisation.id).where(Organisation.id == row.organisation_id).with_for_update())
    others = select(func.count(Membership.id)).where(
        Membership.organisation_id == row.organisation_id, Membership.side == row.side, Membership.role == "manager",
        Membership.ended_at.is_(None), Membership.id != row.id,
    )  # fmt: skip
    if not session.scalar(others):
        raise Refused("conflict", "You are the only manager here. Make a colleague a manager first.")
