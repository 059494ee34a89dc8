"""Senders: who somebody is that writes from an address, as far as they are known and still belong."""

from dataclasses import replace

from sqlalchemy import Select, bindparam, exists, or_, select

from actions import actors
from models.db import session
from models.logins import Login, Token
from models.people import ContactPoint, Membership, Person
from models.staff import Staff
from models.types import KeyText, email_key
from policy import Actor


def people(address: str) -> list[int]:
    """The ids of the people who proved to read an address, of us and of others."""
    return list(session.scalars(_PEOPLE, {"key": email_key(address)}))


def outside(readers: list[int], address: str, name: str = "") -> list[Actor]:
    """Who of the readers of an address is outside: one actor for each membership that has not ended.

    Whoever writes from an address that several share is called as the mail says.
    """
    if not readers:
        return []
    works = select(Membership).where(Membership.person_id.in_(readers), Membership.ended_at.is_(None))
    return [_named(one, address, name) for one in session.scalars(works.order_by(Membership.id)).unique()]


def ours(readers: list[int]) -> Actor | None:
    """The colleague of ours among the readers of an address."""
    if not readers:
        return None
    found = select(Staff).where(Staff.person_id.in_(readers), Staff.ended_at.is_(None))
    member = session.scalars(found.limit(1)).unique().one_or_none()
    return actors.of_staff(member) if member else None


def known(address: str) -> bool:
    """Whether an address is anybody's, of today or of earlier, proven or not."""
    key = email_key(address)
    point = select(ContactPoint.id).where(ContactPoint.kind == "email", ContactPoint.value_key == key)
    login = select(Login.id).where(Login.email_key == key)
    return session.scalar(point.limit(1)) is not None or session.scalar(login.limit(1)) is not None


def _people() -> Select[int]:
    """The ids of the people with a proven address: one that they read a code at, or that they sign in with."""
    key = bindparam("key", type_=KeyText)
    point = exists().where(
        ContactPoint.person_id == Person.id, ContactPoint.kind == "email", ContactPoint.value_key == key,
        ContactPoint.verified_at.is_not(None),
    )  # fmt: skip
    waiting = exists().where(Token.login_id == Login.id, Token.purpose == "invitation", Token.used_at.is_(None))
    login = exists().where(Login.person_id == Person.id, Login.email_key == key, ~waiting)
    shut = exists().where(Login.person_id == Person.id, Login.disabled_at.is_not(None))
    return select(Person.id).where(or_(point, login), ~shut, Person.archived_at.is_(None))


_PEOPLE = _people()  # built once: it is asked for every mail


def _named(membership: Membership, address: str, name: str) -> Actor:
    actor = actors.of_membership(membership, email=address)
    if not actor.mailbox:
        return actor
    given = name or address
    return replace(actor, given_name=given, name=f"{given} ({address})")
