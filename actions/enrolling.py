"""Enrolling: giving people a way in, and taking it away."""

from collections.abc import Sequence
from typing import Any

from email_validator import EmailNotValidError, validate_email
from sqlalchemy import and_, exists, or_, select, update

from actions import tokens
from actions.checks import checked
from actions.log import record_privately
from actions.sessions import credentials_changed, end, prove_address, revoke
from models import text
from models.db import session
from models.logins import Login, SignInSession, Token
from models.organisations import Organisation
from models.people import ContactPoint, Membership, Person
from models.staff import Staff
from models.types import email_key, name_key, now
from models.waves import Invitee
from policy import Actor, Forbidden, Invalid

SIDES = {"customer": ("customer", "distributor"), "partner": ("vendor", "supplier", "distributor")}


def add(
    actor: Actor,
    email: str,
    name: str,
    kind: str,
    organisation_reference: str | None = None,
    role: str | None = None,
    password_hash: str | None = None,
    invite: bool = True,
) -> tuple[Login, str | None]:
    """Give somebody a way in as `staff`, `customer` or `partner`; the same again changes nothing.

    The organisation is found by external reference, public id or name. Returns the login, and the secret of an
    invitation unless a password was given or none is wanted. Raises Forbidden, Invalid.
    """
    _administer(actor)
    organisation = None if kind == "staff" else find_organisation(organisation_reference)
    login = login_for(email, name, organisation)
    membership_id = None
    if organisation is None:
        _employ(login, role or "agent")
    else:
        membership_id = join(login, organisation, kind, role or "member").id
    prove_address(login)
    if password_hash:
        login.password_hash = password_hash
        return login, None
    if not invite:
        return login, None
    return login, tokens.make_invitation(login.id, membership_id, login.person.name)


def _administer(actor: Actor) -> None:
    if actor.side != "system" and not (actor.side == "staff" and actor.role == "admin" and actor.token_id is None):
        raise Forbidden("login:change")


def find_organisation(reference: str | None) -> Organisation:
    """Find an organisation by external reference, public id or name. Raises Invalid in words."""
    if not reference:
        raise Invalid("organisation", "is needed: its reference, id or name")
    key = name_key(reference)
    match = or_(
        Organisation.external_reference == reference, Organisation.public_id == reference, Organisation.name_key == key
    )
    found = session.execute(select(Organisation).where(match).limit(2)).scalars().all()
    if len(found) != 1:
        if found:
            raise Invalid("organisation", "%(reference)s: several have this reference, id or name", reference=reference)
        raise Invalid("organisation", "%(reference)s: none has this reference, id or name", reference=reference)
    return found[0]


def address(email: str) -> str:
    """Return an e-mail address as it will be written to. Raises Invalid."""
    try:
        return validate_email(email.strip(), check_deliverability=False).normalized
    except EmailNotValidError as error:
        raise Invalid("email", "is not an e-mail address: write it as in name@company.com") from error


def existing(email: str) -> Login | None:
    """Find the login of an address, whatever state it is in."""
    return session.execute(select(Login).where(Login.email_key == email_key(email))).unique().scalar_one_or_none()


def login_for(email: str, name: str, organisation: Organisation | None) -> Login:
    """Find the login of an address or make it, for a person already known at the organisation or a new one."""
    email = address(email)
    if found := existing(email):
        return found
    person = _known(email, organisation) or _new_person(checked("name", text.line, name))
    session.flush()
    login = Login(person_id=person.id, email=email, email_key=email_key(email))
    session.add(login)
    session.flush()
    session.refresh(login)
    return login


def _known(email: str, organisation: Organisation | None) -> Person | None:
    """Somebody without a login who is already on record at this organisation under this address."""
    if organisation is None:
        return None
    query = select(Person).join(ContactPoint, ContactPoint.person_id == Person.id)
    query = query.join(Membership, Membership.person_id == Person.id).outerjoin(Login, Login.person_id == Person.id)
    query = query.where(
        ContactPoint.kind == "email", ContactPoint.value_key == email_key(email), Login.id.is_(None),
        Membership.organisation_id == organisation.id, Person.archived_at.is_(None),
    )  # fmt: skip
    return session.execute(query.order_by(Person.id).limit(1)).scalars().first()


def _new_person(name: str) -> Person:
    person = Person(name=name, name_key=name_key(name))
    session.add(person)
    return person


def _employ(login: Login, role: str) -> Staff:
    if role not in ("agent", "lead", "admin"):
        raise Invalid("role", "must be agent, lead or admin for staff")
    found = session.execute(select(Staff).where(Staff.person_id == login.person_id)).scalar_one_or_none()
    if found is None:
        found = Staff(person_id=login.person_id, role=role, reach="all")
        session.add(found)
    found.role, found.ended_at = role, None
    session.flush()
    return found


def join(login: Login, organisation: Organisation, side: str, role: str, active: bool = True) -> Membership:
    """Make somebody a member of an organisation, or let them come back; one who must accept first is not `active`."""
    if side not in SIDES:
        raise Invalid("kind", "must be staff, customer or partner")
    if not set(SIDES[side]) & set(organisation.roles):
        raise Invalid("organisation", "%(name)s is not a %(side)s", name=organisation.name, side=side)
    if role not in ("member", "manager"):
        raise Invalid("role", "must be member or manager outside the business")
    query = select(Membership).where(Membership.person_id == login.person_id, Membership.side == side)
    found = session.execute(query.where(Membership.organisation_id == organisation.id)).scalar_one_or_none()
    if found is None:
        found = Membership(person_id=login.person_id, organisation_id=organisation.id, side=side, started_at=now())
        found.ended_at = None if active else found.started_at  # the same moment: never joined
        session.add(found)
    elif active:
        found.ended_at = None
    found.role = role
    session.flush()
    return found


def taken_back() -> Any:
    """The condition that a wave's invitation through a login was withdrawn, and the login with it."""
    return and_(Invitee.login_id == Login.id, Invitee.state == "withdrawn")


def readmit(login_ids: Sequence[int]) -> None:
    """Let logins be used again that were only taken back with the invitations of a wave, now that they are invited anew."""
    again = update(Login).where(Login.id.in_(login_ids), Login.disabled_at.is_not(None), exists().where(taken_back()))
    session.execute(again.values(disabled_at=None))


def disable(actor: Actor, login: Login) -> None:
    """Take a login away: nobody signs in with it, every session and token of it ends. Raises Forbidden.

    It stays so, whatever was sent or taken back before: an invitation gives back only what waves took.
    """
    _administer(actor)
    session.execute(update(Invitee).where(Invitee.login_id == login.id, Invitee.state != "sent").values(login_id=None))
    if login.disabled_at is not None:
        return
    login.disabled_at = now()
    tokens.end_invitations(Token.login_id == login.id)
    credentials_changed(login)
    record_privately(actor, "person_changed", f"{login.person.name} can no longer sign in", {"login": login.id})


def end_staff(actor: Actor, member: Staff) -> None:
    """Let somebody's work for the business end: every session as staff ends. Raises Forbidden."""
    _administer(actor)
    member.ended_at = member.ended_at or now()
    login_id = select(Login.id).where(Login.person_id == member.person_id).scalar_subquery()
    end(SignInSession.login_id == login_id, SignInSession.membership_id.is_(None))
    revoke("staff", member.id)
    record_privately(actor, "person_changed", f"{member.name} no longer works here", {"staff": member.id})
