"""Invitees: who of the people on record would be written to, and why somebody would not."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from sqlalchemy import Select, and_, exists, func, select

from actions import enrolling
from actions.installation import settings
from actions.languages import of_country
from models.db import session
from models.interactions import Interaction
from models.logins import Login, SignInSession, Token
from models.notices import NoticeChoice
from models.organisations import Organisation
from models.people import ContactPoint, Membership, Person
from models.staff import Staff
from models.types import email_key, now
from policy import Actor, Invalid, visible

WEEK = timedelta(days=7)
TOGETHER = 500  # asked for in one statement


@dataclass(frozen=True, slots=True)
class Rules:
    """What a wave leaves out: who was invited within so many days, or heard from us so often within a week."""

    rest_days: int
    most_contacts: int


@dataclass(frozen=True, slots=True)
class Found:
    """Somebody on record: to be invited when `reason` is None, else left out for it (`count` is the number in it)."""

    person_id: int
    membership_id: int
    name: str
    address: str
    language: str
    login_id: int | None
    reason: str | None
    count: int | None


def of_side(actor: Actor, side: str, country: str | None = None, *which: Any) -> Select[Any]:
    """Select the contacts of customers or partners whom an actor sees: (membership, person), each person once."""
    first = select(func.min(Membership.id)).where(Membership.side == side, Membership.ended_at.is_(None), *which)
    query = visible(actor, Membership, Membership.id, Membership.person_id).select_from(Membership)
    query = query.join(Organisation, Organisation.id == Membership.organisation_id)
    query = query.join(Person, Person.id == Membership.person_id)
    query = query.where(Membership.id.in_(first.group_by(Membership.person_id)), Organisation.archived_at.is_(None),
                        Person.archived_at.is_(None))  # fmt: skip
    return query.where(Organisation.country == country) if country else query


def find(rules: Rules, memberships: Sequence[int]) -> Iterator[Found]:
    """Look at people by their memberships, many in one statement."""
    left = iter(memberships)
    while some := list(islice(left, TOGETHER)):
        for row in session.execute(_facts(some)):
            yield _judged(rules, row)


def _facts(memberships: Iterable[int]) -> Any:
    """Everything that speaks for or against inviting somebody, in one row each."""
    addresses = select(func.min(ContactPoint.id)).where(
        ContactPoint.kind == "email", ContactPoint.person_id == Person.id
    )
    own = addresses.correlate(Person).scalar_subquery()
    others = exists().where(
        Login.email_key == ContactPoint.value_key, Login.person_id != Person.id
    ).correlate(ContactPoint, Person)  # fmt: skip
    return (
        select(
            Person.id, Person.name, Person.language, Membership.id.label("membership_id"), Organisation.country,
            ContactPoint.value, ContactPoint.bounced_at, ContactPoint.declined_at,
            Login.id.label("login_id"), Login.email, Login.password_hash, Login.disabled_at, NoticeChoice.pace,
            exists().where(SignInSession.login_id == Login.id).correlate(Login).label("came"),
            exists().where(Staff.person_id == Person.id, Staff.ended_at.is_(None)).correlate(Person).label("ours"),
            _invited(func.max(Token.created_at)).label("invited_at"),
            _invited(func.max(Token.used_at)).label("used_at"),
            exists().where(enrolling.taken_back()).correlate(Login).label("taken_back"),
            others.label("taken"), _sharing().label("sharing"), _contacts().label("contacts"),
        )
        .join(Membership, Membership.person_id == Person.id)
        .join(Organisation, Organisation.id == Membership.organisation_id)
        .outerjoin(ContactPoint, ContactPoint.id == own)
        .outerjoin(Login, Login.person_id == Person.id)
        .outerjoin(NoticeChoice, NoticeChoice.person_id == Person.id)
        .where(Membership.id.in_(memberships), Membership.ended_at.is_(None))
        .order_by(Membership.id)
    )  # fmt: skip


def _invited(what: Any) -> Any:
    sent = select(what).where(Token.login_id == Login.id, Token.purpose == "invitation")
    return sent.correlate(Login).scalar_subquery()


def _sharing() -> Any:
    """How many others have the same address: then nobody knows whose the login would be."""
    other = ContactPoint.__table__.alias("other")
    same = and_(other.c.kind == "email", other.c.value_key == ContactPoint.value_key, other.c.person_id != Person.id)
    return select(func.count()).select_from(other).where(same).correlate(ContactPoint, Person).scalar_subquery()


def _contacts() -> Any:
    """How often we wrote or spoke to them within a week, over all channels and departments."""
    told = select(func.count()).where(
        Interaction.person_id == Person.id, Interaction.touchpoint, Interaction.direction == "outbound",
        Interaction.at > now() - WEEK,
    )  # fmt: skip
    return told.correlate(Person).scalar_subquery()


def _judged(rules: Rules, row: Any) -> Found:
    address = row.email or row.value or ""
    reason, count = _against(rules, row, address)
    language = row.language or of_country(row.country) or settings().language
    return Found(row.id, row.membership_id, row.name, address, language, row.login_id, reason, count)


def _against(rules: Rules, row: Any, address: str) -> tuple[str | None, int | None]:
    """Why somebody is not written to, if for anything: the first that holds."""
    rested = now() - timedelta(days=rules.rest_days)
    found: tuple[tuple[str, Any, int | None], ...] = (
        ("ours", row.ours, None),
        ("no_address", not address, None),
        ("has_login", row.login_id and (row.came or row.password_hash or row.used_at or not row.invited_at), None),
        ("disabled", row.disabled_at and not row.taken_back, None),
        ("shared", row.taken or (row.sharing and not row.login_id), (row.sharing or 0) + 1),
        ("doubtful", not well_formed(address), None),
        ("bounced", row.bounced_at, None),
        ("unsubscribed", row.declined_at or row.pace == "never", None),
        ("invited", _at(row.invited_at) > rested, (now() - _at(row.invited_at)).days),
        ("contacted", row.contacts >= rules.most_contacts, row.contacts),
    )
    return next(((reason, count) for reason, holds, count in found if holds), (None, None))


def _at(when: datetime | None) -> datetime:
    return when or datetime.min.replace(tzinfo=now().tzinfo)


def well_formed(address: str) -> bool:
    """Whether mail can be written to what stands there."""
    try:
        enrolling.address(address)
    except Invalid:
        return False
    return True


def by_address(actor: Actor, side: str, addresses: Sequence[str]) -> dict[str, list[int]]:
    """Who on record has which of some addresses, as contacts of one side, by their memberships."""
    found: dict[str, list[int]] = {}
    left = iter(dict.fromkeys(email_key(one) for one in addresses))
    while some := list(islice(left, TOGETHER)):
        points = select(ContactPoint.person_id, ContactPoint.value_key).distinct()
        points = points.where(ContactPoint.kind == "email", ContactPoint.value_key.in_(some))
        known = [(person, key) for person, key in session.execute(points) if person is not None]
        theirs = of_side(actor, side, None, Membership.person_id.in_({person for person, _key in known}))
        memberships = {person: membership for membership, person in session.execute(theirs)}
        for person, key in known:
            if person in memberships:
                found.setdefault(key, []).append(memberships[person])
    return found
