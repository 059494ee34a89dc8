"""Members: who belongs to an organisation, and who is invited to; whoever has not joined stays a stranger to it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import exists, func, or_, select

from models.db import session
from models.logins import Login, SignInSession, Token
from models.messages import CUSTOMER
from models.people import Membership, Person
from models.types import keepable, now
from policy import Actor, NotFound, one, visible

_INVITED = (
    Token.membership_id == Membership.id, Token.purpose == "invitation", Token.used_at.is_(None),
    Token.revoked_at.is_(None),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Member:
    """A colleague, or somebody invited, as the team page shows one; `public_id` is what the page calls them by."""

    public_id: str
    name: str
    title: str | None
    email: str
    role: str
    since: datetime
    invited: bool
    last_seen_at: datetime | None
    oneself: bool
    mailbox: bool
    membership_id: int


def members(actor: Actor, organisation_id: int | None = None, side: str | None = None) -> list[Member]:
    """List the colleagues an actor may see, the invited ones too, by name."""
    seen = select(func.max(SignInSession.last_seen_at)).where(SignInSession.membership_id == Membership.id)
    query = visible(actor, Membership, Membership, Login, _invitation(), seen.scalar_subquery())
    query = query.join(Person, Person.id == Membership.person_id).outerjoin(Login, Login.person_id == Person.id)
    waiting = exists().where(*_INVITED, or_(Token.expires_at > now(), Membership.ended_at == Membership.started_at))
    query = query.where(
        Membership.organisation_id == (organisation_id or actor.organisation_id),
        Membership.side == (side or actor.side), Membership.ended_at.is_(None) | waiting,
    )  # fmt: skip
    found = [_member(actor, *row) for row in session.execute(query.order_by(Person.id)).unique()]
    return sorted(found, key=lambda member: member.name.casefold())


def _invitation() -> Any:
    return select(Token.id).where(*_INVITED).order_by(Token.id.desc()).limit(1).scalar_subquery()


def _member(
    actor: Actor, row: Membership, login: Login | None, invitation: int | None, last: datetime | None
) -> Member:
    """Draw one line. An invitation reads the same whether or not its address was known: nothing comes from the person."""
    token = session.get(Token, invitation) if invitation and last is None else None
    invited = token is not None and (token.expires_at is None or token.expires_at > now())
    email = "" if login is None else login.email_key if token else login.email
    return Member(
        token.public_id if token else row.person.public_id, known_as(row), None if row.never_joined else row.person.title,
        email, row.role, row.started_at, invited, last, row.person_id == actor.person_id, row.mailbox, row.id,
    )  # fmt: skip


def audience(membership: Membership) -> str:
    """Who of an organisation's readers may see what concerns a membership of it."""
    return readers_of(membership.side, membership.organisation_id)


def readers_of(side: str, organisation_id: int) -> str:
    """The readers on one side of an organisation."""
    return CUSTOMER if side == "customer" else f"partner:{organisation_id}"


def known_as(row: Membership) -> str:
    """What an organisation calls somebody: by name, or as the invitation did as long as it is not accepted."""
    if not row.never_joined:
        return str(row.person.name)
    name = select(Token.name).where(Token.membership_id == row.id, Token.purpose == "invitation")
    return session.scalar(name.order_by(Token.id.desc()).limit(1)) or ""


def member(actor: Actor, public_id: str, organisation_id: int | None = None, side: str | None = None) -> Any:
    """Find a membership among those the actor may see, by the person or by its invitation. Raises NotFound."""
    if not keepable(public_id):
        raise NotFound
    query = visible(actor, Membership).join(Person, Person.id == Membership.person_id)
    joined = or_(Membership.ended_at.is_(None), Membership.ended_at != Membership.started_at)
    invited = exists().where(*_INVITED, Token.public_id == public_id)
    query = query.where(or_((Person.public_id == public_id) & joined, invited))
    if side is not None:
        query = query.where(Membership.side == side)
    return one(actor, query.where(Membership.organisation_id == (organisation_id or actor.organisation_id)))
