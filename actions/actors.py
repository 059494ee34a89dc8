"""Turning people into actors: everything policy needs to know of somebody, read once."""

from typing import Any

from sqlalchemy import bindparam, literal, select
from sqlalchemy.orm import joinedload

from actions.installation import settings
from actions.secrets import digest
from models.db import INLINE, session
from models.logins import Login
from models.mailboxes import MailboxDevice
from models.organisations import Relation
from models.people import Membership, Person
from models.staff import Staff, team_members
from policy import Actor

DEEPEST = 5


def _family() -> Any:
    first = select(bindparam("id", type_=Relation.to_id.type).label("id"), literal(0).label("depth"))
    below = first.cte("below", recursive=True)
    step = select(Relation.from_id, below.c.depth + 1).join(below, Relation.to_id == below.c.id)
    below = below.union(
        step.where(Relation.kind == "subsidiary_of", Relation.ended_at.is_(None), below.c.depth < DEEPEST)
    )
    return select(below.c.id).distinct()


# Built once: these are asked for every request.
_FAMILY = _family()
_MEMBERSHIP = select(Membership).where(Membership.id == bindparam("id"), Membership.person_id == bindparam("person"))
_MEMBER = select(Staff).options(joinedload(Staff.location)).where(
    Staff.person_id == bindparam("person"), Staff.ended_at.is_(None)
)  # fmt: skip
_TEAMS = select(team_members.c.team_id).where(team_members.c.staff_id == bindparam("staff"))


def of_login(login: Login, membership_id: int | None, device: str | int | None = None, **more: Any) -> Actor | None:
    """Make the actor of a login, acting through one membership or as staff; None when that right has ended.

    `device` is what says who uses a shared mailbox: the secret that a browser keeps, or the id of a device.
    """
    person = login.person
    if login.disabled_at is not None or person.archived_at is not None:
        return None
    more |= {"login_id": login.id, "email": login.email}
    if membership_id is None:
        member = staff_member(person.id)
        return of_staff(member, **more) if member else None
    asked = {"id": membership_id, "person": person.id}
    found = session.execute(_MEMBERSHIP, asked, execution_options=INLINE).scalar_one_or_none()
    if found is None or found.ended_at is not None:
        return None
    return of_membership(found, **(more | (_named(found, login, device) if found.mailbox else {})))


def _named(row: Membership, login: Login, device: str | int | None) -> dict[str, Any]:
    """Who of those that share a mailbox it is; nobody on a device on which no name was given."""
    if not device:
        return {}
    which = MailboxDevice.id == device if isinstance(device, int) else MailboxDevice.secret_hash == digest(device)
    query = select(MailboxDevice).where(which, MailboxDevice.membership_id == row.id, MailboxDevice.ended_at.is_(None))
    found = session.execute(query, execution_options=INLINE).scalar_one_or_none()
    if found is None:
        return {}
    return {"given_name": found.name, "device_id": found.id, "name": f"{found.name} ({login.email})"}


def staff_member(person_id: int) -> Staff | None:
    """Find the staff member that a person is today."""
    return session.execute(_MEMBER, {"person": person_id}, execution_options=INLINE).scalar_one_or_none()


def of_staff(member: Staff, **more: Any) -> Actor:
    """Make the actor of a staff member."""
    teams = session.execute(_TEAMS, {"staff": member.id}, execution_options=INLINE).scalars()
    return Actor(
        side="staff", role=member.role, reach=member.reach, staff_id=member.id, extension=member.extension or "",
        team_ids=frozenset(teams),
        **_person(member.person, member.location.zone if member.location else None), **more,
    )  # fmt: skip


def of_membership(membership: Membership, **more: Any) -> Actor:
    """Make the actor of somebody outside, acting for one organisation."""
    organisation = membership.organisation
    wide = membership.side == "customer" and membership.role == "manager"
    own = with_subsidiaries(organisation.id) if wide else frozenset({organisation.id})
    return Actor(
        side=membership.side, role=membership.role, membership_id=membership.id, organisation_id=organisation.id,
        organisation_public_id=organisation.public_id, organisation_name=organisation.name, organisation_ids=own,
        mailbox=membership.mailbox, **(_person(membership.person, organisation.zone) | more),
    )  # fmt: skip


def _person(person: Person, zone: str | None) -> dict[str, Any]:
    ours = settings()
    return {
        "person_id": person.id, "public_id": person.public_id, "name": person.name,
        "language": person.language or ours.language, "zone": person.zone or zone or ours.zone,
        "theme": person.theme or "auto",
    }  # fmt: skip


def with_subsidiaries(organisation_id: int) -> frozenset[int]:
    """The organisation and all that belong to it, five levels down."""
    return frozenset(session.execute(_FAMILY, {"id": organisation_id}, execution_options=INLINE).scalars())
