"""Senders: who somebody is that writes from an address, as far as they are known and still belong."""

from dataclasses import replace

from sqlalchemy import Select, exists, or_, select

from actions import actors
from models.db import session
from models.logins import Login, Token
from models.people import ContactPoint, Membership, Person
from models.staff import Staff
from models.types import email_key
from policy import Actor


def outside(address: str, name: str = "") -> list[Actor]:
    """Everybody outside that proved to read an address: one actor for each membership that has not ended.

    Whoever writes from an address that several share is called as the mail says.
    """
    works = select(Membership).where(
        Membership.person_id.in_(_people(address)), Membership.ended_at.is_(None),
    )  # fmt: skip
    return [_named(one, address, name) for one in session.scalars(works.order_by(Membership.id)).unique()]


def ours(address: str) -> Actor | None:
    """The colleague of ours that an address belongs to."""
    found = select(Staff).where(Staff.person_id.in_(_people(address)), Staff.ended_at.is_(None))
    member = session.scalars(found.limit(1)).unique().one_or_none()
    return actors.of_staff(member) if member else None


def known(address: str) -> bool:
    """Whether an address is anybody's, of today or of earlier, proven or not."""
    key = email_key(address)
    point = select(ContactPoint.id).where(ContactPoint.kind == "email", ContactPoint.value_key == key)
    login = select(Login.id).where(Login.email_key == key)
    return session.scalar(point.limit(1)) is not None or session.scalar(login.limit(1)) is not None


def _people(address: str) -> Select[int]:
    """The ids of the people with a proven address: one that they read a code at, or that they sign in with."""
    key = email_key(address)
    point = exists().where(
        ContactPoint.person_id == Person.id, ContactPoint.kind == "email", ContactPoint.value_key == key,
        ContactPoint.verified_at.is_not(None),
    )  # fmt: skip
    waiting = exists().where(Token.login_id == Login.id, Token.purpose == "invitation", Token.used_at.is_(None))
    login = exists().where(Login.person_id == Person.id, Login.email_key == key, ~waiting)
    shut = exists().where(Login.person_id == Person.id, Login.disabled_at.is_not(None))
    return select(Person.id).where(or_(point, login), ~shut, Person.archived_at.is_(None))


def _named(membership: Membership, address: str, name: str) -> Actor:
    actor = actors.of_membership(membership, email=address)
    if not actor.mailbox:
        return actor
    given = name or address
    return replace(actor, given_name=given, name=f"{given} ({address})")
