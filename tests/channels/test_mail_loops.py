"""Two installations that write to each other's addresses: they fall silent by themselves, whatever stands between them."""

import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

import worker
from actions import conversations, notice_choices
from actions import mail_in as boxes
from app import begin, create_app
from channels import mail_in
from config import Settings
from models import db
from models.conversations import Conversation
from models.jobs import Delivery, Job
from models.logins import Login
from models.people import ContactPoint
from policy import find
from tests import world as cast
from tests.channels.mails import mails, work, written
from tests.channels.sink import Sink, sink
from tests.databases import hang_up, migrate
from tests.world import World
from web.product import Product

SIGNS = re.compile(
    rb"(?m)^(Auto-Submitted|X-Auto-Response-Suppress|List-Unsubscribe\S*|Precedence):.*\r?\n(?:[ \t].*\r?\n)*"
)
Between = Callable[[bytes], bytes]


@dataclass
class House:
    """One installation with a database of its own, whose customer and whose agent have addresses at the other one."""

    app: Product
    settings: Settings
    world: World
    other: str
    held: list[str] = field(default_factory=list)  # why it held what it did

    def enter(self) -> World:
        """Be in this installation from here on."""
        begin(self.app, self.settings)
        return self.world

    def settle(self) -> None:
        """Renate and Nancy read at addresses of the other installation, and Nancy wants to be told at once."""
        world = self.enter()
        with db.unit(write=True):
            for who, name in ((world.renate, "service"), (world.nancy, "desk")):
                key = f"{name}@{self.other}"
                db.session.execute(
                    update(Login).where(Login.person_id == who.person_id).values(email=key, email_key=key)
                )
                points = update(ContactPoint).where(ContactPoint.person_id == who.person_id)
                db.session.execute(points.values(value=key, value_key=key))
            notice_choices.choose(world.nancy, "at_once", None, notice_choices.MORNING, 0)
            boxes.add_mailbox(world.steven, f"desk@{self.name}", None)

    @property
    def name(self) -> str:
        return self.settings.mail_from.rpartition("@")[2]

    def say(self, words: str) -> None:
        """Nancy answers a request of Renate's: the one word of a person in all of this."""
        world = self.enter()
        with db.unit(write=True):
            row, _ = conversations.start(world.renate, "Chang", "Is it coming?")
            conversations.reply(
                world.nancy, find(world.nancy, Conversation, number=row.number), words, audience="customer"
            )
        self.tell()

    def receive(self, raw: bytes, to: str) -> None:
        """Take a mail, let Nancy take what it became at once, and tell everybody concerned of it by mail."""
        world = self.enter()
        mail_in.take(raw, to)
        work()
        self.held += [str(one.reason) for one in mails()[-1:] if one.state == "held"]
        with db.unit(write=True):
            db.session.execute(update(Conversation).values(assignee_id=world.nancy.staff_id))
        self.tell()

    def tell(self) -> None:
        """Do what waits, as if hours had passed since anybody was written to."""
        with db.unit(write=True):
            for one in db.session.scalars(select(Delivery)).unique():
                one.created_at -= timedelta(hours=3)
        for kind in ("notice", "mail"):
            for key, _, arguments, attempts in waiting(kind):
                worker.perform((key, kind, arguments, attempts + 1))


def waiting(kind: str) -> list[Any]:
    with db.unit(write=False):
        query = select(Job).where(Job.kind == kind, Job.state == "pending").order_by(Job.id)
        return [(one.id, one.kind, dict(one.arguments), one.attempts) for one in db.session.scalars(query)]


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, World]:
    """A database with the cast in it."""
    file = tmp_path_factory.mktemp("houses") / "loggia.db"
    migrate(f"sqlite:///{file}")
    db.connect(f"sqlite:///{file}")
    with db.unit(write=True):
        world = cast.build()
    db.engine().dispose()
    return file, world


@pytest.fixture
def houses(template: tuple[Path, World], tmp_path: Path) -> Iterator[tuple[House, House, Sink]]:
    """Two of them, and the mail server that all their mails go through."""
    with sink() as server:
        made = []
        for name, other in (("a.example", "b.example"), ("b.example", "a.example")):
            folder = tmp_path / name
            folder.mkdir()
            shutil.copy(template[0], folder / "loggia.db")
            settings = Settings(
                _env_file=None, data_dir=folder, secret_key=f"of {name}", password_hash_cost=1, embedded_worker=False,
                mail_from=f"service@{name}", public_url=f"https://{name}", mail_url=server.url, mail_authserv="mx.example",
            )  # fmt: skip
            made.append(House(create_app(settings), settings, template[1], other))
        for one in made:
            one.settle()
        yield made[0], made[1], server
        hang_up()


def carry(houses: tuple[House, House, Sink], between: Between, most: int = 12) -> list[str]:
    """Bring each mail to whom it is for, until nobody writes any more; returns to whom was written in all."""
    at, server = {one.name: one for one in houses[:2]}, houses[2]
    carried = 0
    while carried < min(len(server.mails), most):
        raw, to = server.raws[carried], str(server.mails[carried]["To"])
        carried += 1
        if (host := to.rpartition("@")[2]) in at:
            vouched = b"Authentication-Results: mx.example; dmarc=pass\r\n"
            at[host].receive(vouched + between(raw), to)
    return [str(one["To"]) for one in server.mails]


def as_it_is(raw: bytes) -> bytes:
    return raw


def without_its_signs(raw: bytes) -> bytes:
    """A gateway that takes away all by which a program could tell that no person wrote it."""
    found = SIGNS.sub(b"", raw)
    assert found != raw and b"Auto-Submitted" not in found
    return found


def test_an_automatic_mail_is_answered_by_none(houses: tuple[House, House, Sink]) -> None:
    houses[0].say("It left today.")
    assert carry(houses, as_it_is) == ["service@b.example"]
    assert houses[1].held and "automatic" in houses[1].held[0]


def test_both_at_once_are_answered_by_none(houses: tuple[House, House, Sink]) -> None:
    for one in houses[:2]:
        one.say("It left today.")
    assert sorted(carry(houses, as_it_is)) == ["service@a.example", "service@b.example"]


def test_where_every_sign_of_a_program_is_lost_on_the_way_they_stop_after_three(
    houses: tuple[House, House, Sink],
) -> None:
    houses[0].say("It left today.")
    written = carry(houses, without_its_signs)
    assert 2 <= len(written) <= 3, written
    assert any("came back" in one for one in houses[0].held)


def test_an_answer_that_quotes_ours_without_any_mark_is_heard(houses: tuple[House, House, Sink]) -> None:
    house, server = houses[0], houses[2]
    house.say("It left today.")
    told = server.mails[-1]
    plain = told.get_body(("plain",))
    assert plain is not None
    words = f"Thank you!\n{plain.get_content()}"
    given = {"To": str(told["Reply-To"]), "Authentication_Results": "mx.example; dmarc=pass"}
    mail_in.take(written("service@b.example", words, **given))
    work()
    assert mails()[-1].state == "filed" and mails()[-1].conversation_id is not None


def test_a_program_that_answers_everything_is_told_nothing(houses: tuple[House, House, Sink]) -> None:
    house, server = houses[0], houses[2]
    house.say("It left today.")
    for number, signs in enumerate(
        ({"Auto_Submitted": "auto-replied"}, {"X_Autoreply": "yes"}, {"Precedence": "auto_reply"})
    ):
        raw = written("service@b.example", f"I am away ({number}).", To=str(server.mails[0]["Reply-To"]), **signs)
        house.receive(b"Authentication-Results: mx.example; dmarc=pass\r\n" + raw, "service@a.example")
    assert len(server.mails) == 1 and len(house.held) == 3
