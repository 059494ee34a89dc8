"""Callers: whose number it is, found by its last digits among the people and organisations that we know."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import select

from actions.checks import checked
from models import telephone, text
from models.db import session
from models.organisations import Organisation
from models.people import ContactPoint, Membership, Person
from models.types import name_key

MOST = 50
FEWEST = 3  # digits: fewer are nobody's number


@dataclass(frozen=True, slots=True)
class Caller:
    """Somebody who may be calling: an organisation, and perhaps which of its people."""

    organisation: Organisation
    person: Person | None = None


def of(number: str, only_last: bool = False) -> list[Caller]:
    """Everybody who may be calling from a number, people before the organisations that they belong to.

    With `only_last` the digits may be the last few of the number, as somebody reads them out.
    """
    ends = telephone.last(number)
    if len(ends) < FEWEST:
        return []
    points = _points(number, ends, only_last)
    people = {one.person_id for one in points if one.person_id}
    member = select(Membership).where(Membership.person_id.in_(people), Membership.ended_at.is_(None))
    found = [Caller(one.organisation, one.person) for one in session.scalars(member.order_by(Membership.id)).unique()]
    persons = {one.id: one for one in session.scalars(select(Person).where(Person.id.in_(people))).unique()}
    companies = _organisations(number, ends, only_last, {one.organisation_id for one in points if one.organisation_id})
    for one in points:
        if one.person_id and one.organisation_id in companies:
            found.append(Caller(companies[one.organisation_id], persons[one.person_id]))
    named = {one.organisation.id for one in found}
    found += [Caller(one) for key, one in sorted(companies.items()) if key not in named]
    return list({(one.organisation.id, one.person and one.person.id): one for one in found}.values())


def _points(number: str, ends: str, only_last: bool) -> list[ContactPoint]:
    """The contact points that are this line."""
    query = select(ContactPoint).where(ContactPoint.reversed_digits.startswith(ends), ContactPoint.kind == "phone")
    return [one for one in session.scalars(query.limit(MOST)) if fits(number, one.value, only_last)]


def _organisations(number: str, ends: str, only_last: bool, more: set[int]) -> dict[int, Organisation]:
    """The organisations that have this number themselves, and those that a contact of theirs has it at."""
    current = select(Organisation).where(Organisation.archived_at.is_(None))
    own = session.scalars(current.where(Organisation.phone_key.startswith(ends)).limit(MOST)).unique()
    found = {one.id: one for one in own if fits(number, one.phone or "", only_last)}
    if more - found.keys():
        found |= {one.id: one for one in session.scalars(current.where(Organisation.id.in_(more))).unique()}
    return found


def fits(number: str, stored: str, only_last: bool = False) -> bool:
    """Whether a stored number is the line that is sought, or ends with the digits of it that are known."""
    if only_last and telephone.digits(stored).endswith(telephone.digits(number)):
        return True
    return telephone.same_line(number, stored)


def new_person(organisation: Organisation, name: str) -> Person:
    """A contact of an organisation who has no way in: a name, to be recognised by the number."""
    name = checked("name", text.line, name)
    made = Person(name=name, name_key=name_key(name))
    session.add(made)
    session.flush()
    return made


def remember(number: str, organisation: Organisation, person: Person | None) -> None:
    """Recognise a line from now on, unless it is known already."""
    known = of(number)
    if any(one.organisation.id == organisation.id and (person is None or one.person is person) for one in known):
        return
    session.add(
        ContactPoint(
            person_id=person.id if person else None, organisation_id=organisation.id, kind="phone", value=number,
            value_key=telephone.digits(number), reversed_digits=telephone.backwards(number),
        )
    )  # fmt: skip
    session.flush()


def numbers(people: Iterable[int]) -> dict[int, list[str]]:
    """The telephone numbers of some people, in one statement."""
    query = (
        select(Person.id, ContactPoint.value)
        .join(ContactPoint, ContactPoint.person_id == Person.id)
        .where(ContactPoint.person_id.in_(list(people)), ContactPoint.kind == "phone")
    )
    found: dict[int, list[str]] = defaultdict(list)
    for person, value in session.execute(query.order_by(ContactPoint.id)):
        found[person].append(value)
    return found
