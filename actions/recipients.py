"""Recipients: the people who may want to know of a message, each as the actor policy will be asked about."""

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, exists, or_, select

from actions import actors
from models.conversations import Conversation, Party
from models.db import session
from models.logins import Login, Token
from models.messages import CUSTOMER, EVERYONE, Message
from models.people import ContactPoint, Membership, Person
from policy import Actor


@dataclass(frozen=True, slots=True)
class Recipient:
    """Somebody with a proven address; `actor` is who they are when they read."""

    person: Person
    actor: Actor
    address: str


def recipients(row: Conversation, message: Message) -> list[Recipient]:
    """List everybody who may want to know of a message, but not its author."""
    return [one for one in hearers(row, message.audience) if one.person.id != message.author_id]


def hearers(row: Conversation, audience: str) -> list[Recipient]:
    """List everybody who may want to know what is said to an audience, whoever says it."""
    return [*_assignee(row), *_outside(row, audience)]


def _assignee(row: Conversation) -> Iterator[Recipient]:
    member = row.assignee
    if member is None or member.ended_at is not None:
        return
    address = proven_address(member.person)
    if address:
        yield Recipient(member.person, actors.of_staff(member), address)


def _outside(row: Conversation, audience: str) -> Iterator[Recipient]:
    memberships = _customers(row) if audience in (EVERYONE, CUSTOMER) else []
    for party in row.parties:
        heard = audience in (EVERYONE, f"partner:{party.organisation_id}")
        if party.side == "partner" and party.takes_part and heard:
            memberships = [*memberships, *_partners(row, party)]
    for membership in memberships:
        address = proven_address(membership.person)
        if address and membership.person.archived_at is None:
            yield Recipient(membership.person, actors.of_membership(membership), address)


def _customers(row: Conversation) -> list[Membership]:
    """Whoever asked and whoever else of the customer wrote; the managers where nobody did."""
    if row.organisation_id is None:
        return []
    asked = or_(Membership.person_id == row.person_id, _wrote(row, CUSTOMER))
    return _members(row.organisation_id, CUSTOMER, asked) or _managers(row.organisation_id, CUSTOMER)


def _partners(row: Conversation, party: Party) -> list[Membership]:
    """The one it is shared with; else whoever of the partner wrote; else its managers, or all where there is none."""
    if party.share is not None and party.share.person_id is not None:
        return _members(party.organisation_id, "partner", Membership.person_id == party.share.person_id)
    wrote = _members(party.organisation_id, "partner", _wrote(row, "partner"))
    return wrote or _managers(party.organisation_id, "partner")


def _wrote(row: Conversation, side: str) -> ColumnElement[bool]:
    return exists().where(
        Message.conversation_id == row.id, Message.author_id == Membership.person_id, Message.author_side == side,
        Message.kind == "message",
    )  # fmt: skip


def responsible(organisation_id: int) -> list[Recipient]:
    """Whoever answers for a partner: its managers with a proven address, or all members where it has none."""
    found = ((one, proven_address(one.person)) for one in _managers(organisation_id, "partner"))
    return [
        Recipient(one.person, actors.of_membership(one), address)
        for one, address in found if address and one.person.archived_at is None
    ]  # fmt: skip


def _managers(organisation_id: int, side: str) -> list[Membership]:
    managers = _members(organisation_id, side, Membership.role == "manager")
    return managers or _members(organisation_id, side, Membership.role == "member")


def _members(organisation_id: int, side: str, which: ColumnElement[bool]) -> list[Membership]:
    own = and_(Membership.organisation_id == organisation_id, Membership.side == side, Membership.ended_at.is_(None))
    return list(session.execute(select(Membership).where(own, which).order_by(Membership.id)).unique().scalars())


def proven_address(person: Person) -> str | None:
    """The address of a login that is in use, else one that somebody proved to read; never one that nobody did."""
    login = session.execute(select(Login).where(Login.person_id == person.id)).unique().scalar_one_or_none()
    proven = select(ContactPoint).where(
        ContactPoint.person_id == person.id, ContactPoint.kind == "email", ContactPoint.verified_at.is_not(None)
    )
    points = session.execute(proven.order_by(ContactPoint.id)).scalars().all()
    if login is None:
        return points[0].value if points else None
    if login.disabled_at is not None:
        return None
    waiting = exists().where(Token.login_id == login.id, Token.purpose == "invitation", Token.used_at.is_(None))
    if any(point.value_key == login.email_key for point in points) or not session.scalar(select(waiting)):
        return login.email
    return None
