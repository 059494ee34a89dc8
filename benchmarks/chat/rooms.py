"""Who talks in the benchmark: rooms of three, a customer and two of us, each with a token."""

import secrets
from dataclasses import dataclass

from sqlalchemy import insert, select

from actions import actors, conversations, logins
from models import db
from models.logins import Login
from models.organisations import Organisation
from models.people import Membership, Person
from models.settings import new_epoch, setting
from models.staff import Staff
from policy import Actor


@dataclass(frozen=True)
class Talker:
    """One socket: whose it is, and where it talks."""

    token: str
    conversation: str


def fill(rooms: int) -> list[Talker]:
    """Make so many conversations, and the three tokens of each, in the database that is connected."""
    with db.unit(write=True):
        if setting(db.session(), "epoch") is None:
            new_epoch(db.session())
        names = [{"name": f"Customer {n}", "name_key": f"customer {n}", "roles": ["customer"]} for n in range(rooms)]
        db.session.execute(insert(Organisation), names)
        newest = select(Organisation.id).order_by(Organisation.id.desc()).limit(rooms)  # others may be there already
        organisations = sorted(db.session.scalars(newest))
        found = []
        for n, organisation in enumerate(organisations):
            customer = _customer(n, organisation)
            begun, _ = conversations.start(customer, f"Matter {n}", "Where is it?")
            for actor in (customer, _colleague(2 * n), _colleague(2 * n + 1)):
                login = db.session.get_one(Login, actor.login_id)
                token = logins.make_token(actor, login, actor.membership_id, "benchmark", ["*"])
                found.append(Talker(token, begun.number))
        return found


def _person(name: str) -> tuple[Person, Login]:
    email = f"{name.replace(' ', '.')}@bench.example".lower()
    person = Person(name=name, name_key=name.lower())
    db.session.add(person)
    db.session.flush()
    login = Login(person_id=person.id, email=email, email_key=email, password_hash=secrets.token_hex(8))
    db.session.add(login)
    db.session.flush()
    return person, login


def _customer(n: int, organisation: int) -> Actor:
    person, login = _person(f"Customer {n}")
    member = Membership(person_id=person.id, organisation_id=organisation, side="customer", role="manager")
    db.session.add(member)
    db.session.flush()
    return actors.of_membership(member, login_id=login.id, email=login.email)


def _colleague(n: int) -> Actor:
    person, login = _person(f"Colleague {n}")
    staff = Staff(person_id=person.id, role="admin")
    db.session.add(staff)
    db.session.flush()
    return actors.of_staff(staff, login_id=login.id, email=login.email)
