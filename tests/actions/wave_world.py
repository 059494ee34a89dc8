"""What tests of invitation waves begin with: contacts on record, a wave of them, and a worker at their word."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

import worker
from actions import installation, waves
from config import Settings
from models import db
from models.jobs import Job
from models.people import ContactPoint, Membership, Person
from models.types import name_key, now
from models.waves import Invitee, Wave
from tests.channels.sink import Sink, sink
from tests.world import World


def contact(world: World, place: int, organisation: int | None = None, **point: Any) -> int:
    """Somebody on record at Lehmanns with an address and no login; the person's id."""
    person = Person(name=f"Contact {place}", name_key=name_key(f"Contact {place}"))
    db.session.add(person)
    db.session.flush()
    email = point.pop("value", f"contact{place}@lehms.example")
    db.session.add(ContactPoint(person_id=person.id, kind="email", value=email, value_key=email, **point))
    db.session.add(Membership(person_id=person.id, organisation_id=organisation or world.lehmanns, side="customer"))
    db.session.flush()
    return person.id


def contacts(world: World, count: int) -> list[int]:
    with db.unit():
        return [contact(world, place) for place in range(count)]


def wave_of(world: World, **how: Any) -> Wave:
    with db.unit():
        return waves.make(world.steven, "Spring", "customer", **how)


def fresh(wave: Wave) -> Wave:
    with db.unit(write=False):
        return db.session.get_one(Wave, wave.id, populate_existing=True)


def begin(world: World, wave: Wave) -> None:
    with db.unit():
        waves.start(world.steven, db.session.get_one(Wave, wave.id))


def tick(rounds: int = 1) -> None:
    """Let the worker do all that is due, time passing in between."""
    for _ in range(rounds):
        with db.unit():
            db.session.execute(update(Job).where(Job.state == "pending").values(due_at=now(), lease_until=None))
            db.session.execute(update(Wave).values(due_at=now() - timedelta(seconds=1)))
        while worker.work_once():
            pass


def invitees(wave: Wave, state: str | None = None) -> list[Invitee]:
    with db.unit(write=False):
        query = select(Invitee).where(Invitee.wave_id == wave.id).order_by(Invitee.id)
        query = query.where(Invitee.state == state) if state else query
        return list(db.session.scalars(query.execution_options(populate_existing=True)).unique())


def reasons(wave: Wave) -> dict[str, str | None]:
    return {one.address: one.reason for one in invitees(wave, "left_out")}


@pytest.fixture
def server(settings: Settings, world: World) -> Iterator[Sink]:
    with sink() as running:
        installation.use(settings.model_copy(update={"mail_url": running.url, "mail_per_minute": 0}))
        yield running
