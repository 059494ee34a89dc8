"""Contacts: which customers some addresses belong to, and who reads them there, as far as we know; nobody is believed by it."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select

from models.db import session
from models.logins import Login
from models.organisations import Organisation, OrganisationRole
from models.people import ContactPoint, Membership, Person
from models.types import email_key

MOST = 200


@dataclass(frozen=True, slots=True)
class Contact:
    """A customer that an address is of, and who reads it there; nobody for the address of the customer itself."""

    organisation: Organisation
    person: Person | None


def of_customers(addresses: Sequence[str]) -> list[Contact]:
    """Whose contacts some addresses are: of customers that are not put away, and of people who still work there."""
    keys = [email_key(one) for one in addresses][:MOST]
    if not keys:
        return []
    points = select(ContactPoint.person_id).where(ContactPoint.kind == "email", ContactPoint.value_key.in_(keys))
    logins = select(Login.person_id).where(Login.email_key.in_(keys))
    works = select(Membership).where(
        Membership.person_id.in_(points.union(logins)), Membership.side == "customer", Membership.ended_at.is_(None)
    )
    found = [Contact(one.organisation, one.person) for one in session.scalars(works.order_by(Membership.id)).unique()]
    itself = select(Organisation).join(OrganisationRole, OrganisationRole.organisation_id == Organisation.id)
    itself = itself.where(OrganisationRole.role == "customer", func.lower(Organisation.email).in_(keys))
    found += [Contact(one, None) for one in session.scalars(itself.order_by(Organisation.id)).unique()]
    there = [one for one in found if one.organisation.archived_at is None]
    return [one for one in there if one.person is None or one.person.archived_at is None]


def people(found: Sequence[Contact]) -> list[Person]:
    """Everybody among them, once."""
    return list({one.person.id: one.person for one in found if one.person is not None}.values())
