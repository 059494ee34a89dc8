"""The mail server is slow, then ill, then well: nobody who talks notices, and each mail goes out exactly once."""

import random
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from actions import letters
from models import db
from models.jobs import Delivery, Job
from tests.channels.sink import Sink, sink
from tests.faults.plant import Plant, plant, programs
from tests.faults.talks import Found, talk
from tests.live import Server, wait_until
from tests.world import World

pytestmark = pytest.mark.filterwarnings(
    "ignore::pytest.PytestUnraisableExceptionWarning", "ignore::ResourceWarning", "ignore::DeprecationWarning"
)


@pytest.fixture
def taking() -> Iterator[Sink]:
    with sink() as running:
        yield running


def post(many: int) -> None:
    """Put mails into the outbox, beside those that the talk gives rise to."""
    with db.unit(write=True):
        for n in range(many):
            letters.post(
                "invitation", f"guest{n}@else.example", inviter="Greta", organisation="Lehmanns", link="http://x/"
            )


def waiting() -> list[str]:
    """Mails that have not gone out, and why."""
    with db.unit(write=False):
        rows = db.session.execute(select(Job.state, Job.error).where(Job.kind == "mail", Job.state != "done")).all()
    return [f"{row.state}: {row.error}" for row in rows]


def unlike(taken: Sink) -> dict[str, tuple[int, int]]:
    """Mails that the outbox has written and the server was given, by their ids, where the counts are not one and one."""
    with db.unit(write=False):
        written = Counter(db.session.scalars(select(Delivery.message_id)))
    got = Counter(str(mail["Message-ID"]) for mail in taken.mails)
    return {one: (written[one], got[one]) for one in written | got if (written[one], got[one]) != (1, 1)}


def tried(world: World, urls: list[str], folder: Path, taken: Sink, pause: float, slow: float, ill: float) -> Found:
    """Talk while the server takes `pause` for each answer for so long, then refuses for so long, then is well."""

    def breaking(_: random.Random) -> None:
        taken.pause = pause
        post(6)
        time.sleep(slow)
        taken.refuse_all = "421 4.3.2 not now"
        taken.pause = 0.0
        post(6)
        time.sleep(ill)
        taken.refuse_all, taken.parting = "", "421 4.7.0 you were too slow"

    found = talk(world, urls, folder, breaking, slow + ill + 6, 2)
    wait_until(lambda: not waiting(), 150, waiting)
    return found


@pytest.mark.faults
@pytest.mark.skipif(programs() is None, reason="no PostgreSQL and Redis of our own: NOT tested")
def test_two_processes_hand_out_each_mail_once_while_a_few_take_longer_than_a_lease(
    taking: Sink, tmp_path: Path
) -> None:
    with plant(MAIL_URL=taking.url, MAIL_PER_MINUTE="0") as made:
        assert isinstance(made, Plant)
        taking.pause = 5
        post(4)  # one process takes them all, and has them for longer than its lease; the other has nothing to do
        wait_until(lambda: not waiting(), 240, waiting)
        found = tried(made.world, [server.url for server in made.servers], tmp_path, taking, 5, 30, 4)
        assert (found.broken, found.refusals, found.lost, unlike(taking)) == ([], {}, 0, {}), made.logs()
        assert len(taking.mails) > 12


@pytest.mark.faults
def test_one_process_goes_on_talking_while_its_mail_server_is_slow_and_ill(
    world: World, database_url: str, tmp_path: Path, taking: Sink
) -> None:
    server = Server(database_url, tmp_path, MAIL_URL=taking.url, MAIL_PER_MINUTE="0").start()
    try:
        found = tried(world, [server.url], tmp_path, taking, 3, 20, 4)
    finally:
        server.kill()
    assert (found.broken, found.refusals, found.lost, unlike(taking)) == ([], {}, 0, {})
    assert len(taking.mails) > 12


@pytest.mark.smoke
def test_a_mail_that_was_taken_is_taken_whatever_the_server_says_in_parting(
    world: World, database_url: str, tmp_path: Path, taking: Sink
) -> None:
    taking.parting = "421 4.7.0 you were too slow"
    server = Server(database_url, tmp_path, MAIL_URL=taking.url, MAIL_PER_MINUTE="0").start()
    try:
        post(3)
        wait_until(lambda: not waiting(), 30, waiting)
    finally:
        server.kill()
    assert unlike(taking) == {}
