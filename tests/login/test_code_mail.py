"""Waiting for a code: the page says so when mail does not leave, and the same to everybody, known to us or not."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import select, update

import worker
from actions import installation
from config import Settings
from models import db
from models.jobs import Delivery, Job
from models.types import now
from tests.channels.sink import Sink, sink
from tests.client import Client
from tests.login.test_signing_in import fresh
from tests.world import World
from web.product import Product

LATE = "so the code comes late"
NOWHERE = "smtp://127.0.0.1:9"


@pytest.fixture
def server(app: Product, settings: Settings, world: World) -> Iterator[Sink]:
    with sink() as running:
        installation.use(settings.model_copy(update={"mail_url": running.url}))
        yield running


def gone(settings: Settings) -> None:
    """Nobody listens where our mail server was."""
    installation.use(settings.model_copy(update={"mail_url": NOWHERE}))


def asks(app: Product, email: str) -> Client:
    """Somebody asks for a code, and the worker does what it can."""
    client = fresh(Client.signed_in(app, None))
    assert client.post("/login", {"email": email}).location == "/login/code"
    while worker.work_once():
        pass
    return client


def due(**values: object) -> None:
    """Time passes for the jobs that wait."""
    with db.unit():
        db.session.execute(update(Job).where(Job.state == "pending").values(**values))


def test_nothing_is_said_while_mail_leaves_in_seconds(app: Product, server: Sink, world: World) -> None:
    page = asks(app, world.renate.email).get("/login/code").text
    assert LATE not in page and len(server.mails) == 1


@pytest.mark.parametrize("known", [True, False])
def test_whoever_waits_is_told_that_the_mail_server_is_down_known_or_not(
    app: Product, server: Sink, settings: Settings, world: World, known: bool
) -> None:
    gone(settings)
    email = world.renate.email if known else "nobody@nowhere.example"
    page = asks(app, email).get("/login/code").text
    assert "Our mail server takes no mail at the moment" in page
    assert "127.0.0.1" not in page and "refused" not in page


def test_it_is_told_once_and_taken_back_when_the_code_is_on_its_way(
    app: Product, server: Sink, settings: Settings, world: World
) -> None:
    gone(settings)
    client = asks(app, world.renate.email)
    assert client.get("/login/code/mail?told=down").status_code == 204
    installation.use(settings.model_copy(update={"mail_url": server.url}))
    due(due_at=now())
    while worker.work_once():
        pass
    cleared = client.get("/login/code/mail?told=down")
    assert cleared.status_code == 200 and LATE not in cleared.text
    assert len(server.mails) == 1 and client.get("/login/code/mail").status_code == 204


def test_whoever_waits_is_told_that_the_queue_is_long(app: Product, server: Sink, world: World) -> None:
    client = fresh(Client.signed_in(app, None))
    client.post("/login", {"email": world.renate.email})
    assert LATE not in client.get("/login/code").text
    due(created_at=now() - timedelta(seconds=11))
    assert "It is in the queue" in client.get("/login/code").text


def test_an_installation_that_sends_no_mail_says_so(app: Product, world: World) -> None:
    assert "no mail server is set up" in asks(app, world.renate.email).get("/login/code").text


def test_a_code_is_tried_every_few_seconds_and_not_after_it_is_no_longer_good(
    app: Product, server: Sink, settings: Settings, world: World
) -> None:
    gone(settings)
    asks(app, world.renate.email)
    mail = select(Job).where(Job.kind == "mail")
    for attempt in (3, 120):
        due(attempts=attempt - 1, due_at=now(), lease_until=None)
        while worker.work_once():
            pass
        with db.unit(write=False):
            job = db.session.scalars(mail).one()
            assert job.state == "pending" and job.due_at < now() + timedelta(seconds=6)
    due(due_at=now(), lease_until=None)
    while worker.work_once():
        pass
    with db.unit(write=False):
        assert db.session.scalars(mail).one().state == "parked"
        assert db.session.scalars(select(Delivery.state)).one() == "failed"


def test_one_check_runs_however_many_ask(app: Product, server: Sink, settings: Settings, world: World) -> None:
    gone(settings)
    for email in (world.renate.email, world.jonas.email, "nobody@nowhere.example"):
        asks(app, email)
    with db.unit(write=False):
        assert len(db.session.scalars(select(Job).where(Job.kind == "mail_check")).all()) == 1
