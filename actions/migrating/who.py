"""Who is who in an export: people and organisations that we know already; nobody is made, and nobody is let in."""

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, or_, select

from actions.enrolling import find_organisation
from actions.migrating.mapping import Matches
from actions.migrating.plain import NOBODY, Author, OldConversation, Unreadable
from models.db import session
from models.logins import Login
from models.mail_in import Mailbox
from models.organisations import Organisation
from models.people import ContactPoint, Membership, Person
from models.staff import Staff, Team
from models.types import email_key, name_key


@dataclass(frozen=True, slots=True)
class Known:
    """Somebody here: a person, and the staff member they are."""

    person_id: int
    name: str
    staff_id: int | None = None
    active: bool = False  # one of us today


class Directory:
    """Everybody here by address, read once for a run: an address that several share is nobody's."""

    def __init__(self, matches: Matches, our_address: str) -> None:
        self.matches = matches
        self.own = {email_key(our_address), *session.scalars(select(Mailbox.address_key)), *matches.ours}
        self.people = _by_address()
        self.works = _memberships()
        self.teams = {row.name_key: row.id for row in session.execute(select(Team.id, Team.name_key))}
        self.organisations = self._organisations()
        self.owner = self._owner()

    def _organisations(self) -> dict[str, int]:
        """Ours by what the mapping or an earlier import of the same source says that theirs are."""
        query = select(Organisation.id, Organisation.external_reference)
        query = query.where(Organisation.source == self.matches.source, Organisation.external_reference.is_not(None))
        found = {row.external_reference: row.id for row in session.execute(query)}
        return found | {theirs: find_organisation(ours).id for theirs, ours in self.matches.organisations.items()}

    def _owner(self) -> int | None:
        """Whose the files are that nobody here sent: who is named for it, else the administrator of longest standing."""
        if self.matches.files_of:
            known = self.find(Author(address=self.matches.files_of))
            if known is None or known.staff_id is None:
                raise Unreadable(f"files_of: {self.matches.files_of} is no address of one of us")
            return known.person_id
        admins = select(Staff.person_id).where(Staff.role == "admin", Staff.ended_at.is_(None)).order_by(Staff.id)
        return session.scalar(admins.limit(1))

    def address(self, author: Author) -> str:
        """The address somebody is looked up by: what the mapping says of their id, name or address, else their own."""
        keys = (author.key, author.address, author.name)
        return next((self.matches.people[one] for one in keys if one in self.matches.people), author.address)

    def find(self, author: Author) -> Known | None:
        """The person here that somebody is; None where nobody is, or where it cannot be told."""
        key = email_key(self.address(author))
        return self.people.get(key) if key else None

    def side(self, author: Author) -> str:
        """Whether somebody was one of us: as the export says, else by whether they are one of us here."""
        if author.side:
            return author.side
        key = email_key(author.address)
        if key in self.own or key.rpartition("@")[2] in self.own:
            return "staff"
        known = self.find(author)
        return "staff" if known and known.staff_id else "customer"

    def staff(self, author: Author) -> Known | None:
        """The colleague of ours that somebody is."""
        known = self.find(author)
        return known if known and known.staff_id else None

    def member(self, author: Author, organisation_id: int | None) -> Known | None:
        """The person of an organisation that somebody is: of today or of earlier, never of another."""
        known = self.find(author)
        there = known is not None and organisation_id in self.works[known.person_id]
        return known if there and organisation_id else None

    def organisation(self, old: OldConversation) -> int | None:
        """Whose conversation it was: as the mapping says, else of the only customer that its requester ever was of."""
        mapped = [self.organisations[one] for one in old.organisation if one in self.organisations]
        if mapped:
            return mapped[0]
        known = self.find(self.requester(old))
        places = self.works[known.person_id] if known else []
        return places[0] if len(places) == 1 else None

    def requester(self, old: OldConversation) -> Author:
        """Who asked: whom the export names, else the first who wrote, or was written to, and was none of us."""
        if old.requester != NOBODY:
            return old.requester
        people = [*(one.author for one in old.messages), *old.others]
        return next((one for one in people if self.side(one) == "customer"), NOBODY)

    def team(self, name: str) -> int | None:
        """Our team that theirs is: as the mapping says, else of the same name."""
        return self.teams.get(name_key(self.matches.teams.get(name, name)))


def _by_address() -> dict[str, Known]:
    at: dict[str, set[int]] = defaultdict(set)
    points = select(ContactPoint.value_key, ContactPoint.person_id).where(
        ContactPoint.kind == "email", ContactPoint.person_id.is_not(None)
    )
    for key, person in [*session.execute(points), *session.execute(select(Login.email_key, Login.person_id))]:
        at[key].add(person)
    everybody = select(Person.id, Person.name, Staff.id.label("staff_id"), Staff.ended_at)
    everybody = everybody.outerjoin(Staff, Staff.person_id == Person.id).where(Person.id.in_(_reachable()))
    known = {
        row.id: Known(row.id, row.name, row.staff_id, row.staff_id is not None and row.ended_at is None)
        for row in session.execute(everybody)
    }
    return {key: known[next(iter(people))] for key, people in at.items() if len(people) == 1}


def _reachable() -> Select[Any]:
    points = select(ContactPoint.person_id).where(ContactPoint.person_id.is_not(None))
    return select(Person.id).where(or_(Person.id.in_(points), Person.id.in_(select(Login.person_id))))


def _memberships() -> dict[int, list[int]]:
    """The customers that each person is or was of."""
    found: dict[int, list[int]] = defaultdict(list)
    query = select(Membership.person_id, Membership.organisation_id).where(Membership.side == "customer")
    for person, organisation in session.execute(query.order_by(Membership.id)):
        found[person].append(organisation)
    return found
