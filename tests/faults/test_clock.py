"""One process has a clock of its own, ten minutes ahead and then behind: order, leases, mails, codes and sessions stay sane."""

import random
import re
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import requests
from sqlalchemy import select

from models import db
from models.conversations import Conversation
from models.messages import Message
from models.types import now
from tests.channels.sink import Sink, sink
from tests.faults.plant import Plant, plant, programs
from tests.faults.talks import talk
from tests.faults.test_mail_server import post, unlike, waiting
from tests.live import Server, wait_until

FAKED = next(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"), None)
JUMPS = ("+10m", "-10m")
A_LITTLE = timedelta(seconds=5)

pytestmark = [
    pytest.mark.faults,
    pytest.mark.skipif(
        programs() is None or FAKED is None, reason="no libfaketime, PostgreSQL and Redis of our own: NOT tested"
    ),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning", "ignore::ResourceWarning"),
]


@pytest.fixture
def taking() -> Iterator[Sink]:
    with sink() as running:
        yield running


class Elsewhen:
    """The second process of an installation lives in another time."""

    def __init__(self, made: Plant) -> None:
        self.server = made.servers[1]

    def jump(self, to: str) -> None:
        """Go on in another time: what it held is left to the others."""
        self.server.kill()
        self.server.environment |= {"LD_PRELOAD": str(FAKED), "FAKETIME": to}
        self.server.start()


@pytest.fixture
def made(taking: Sink) -> Iterator[tuple[Plant, Elsewhen]]:
    with plant(MAIL_URL=taking.url, MAIL_PER_MINUTE="0") as one:
        yield one, Elsewhen(one)


def out_of_time(since: timedelta) -> list[str]:
    """Messages that say they were written when they were not, or before what stands above them."""
    found = []
    with db.unit(write=False):
        for key in db.session.scalars(select(Conversation.id)):
            wanted = select(Message.seq, Message.at).where(Message.conversation_id == key).order_by(Message.seq)
            last = now() - since
            for row in db.session.execute(wanted):
                if not last - A_LITTLE <= row.at <= now() + A_LITTLE:
                    found.append(f"{key}/{row.seq} at {row.at}, after {last}")
                last = max(last, row.at)
    return found


@pytest.mark.parametrize("to", JUMPS)
def test_everybody_talks_at_processes_whose_clocks_do_not_agree(
    made: tuple[Plant, Elsewhen], taking: Sink, tmp_path: Path, to: str
) -> None:
    plant, clock = made
    begun = time.monotonic()
    clock.jump(to)
    taking.pause = 0.3  # so that there is always a lease that another might take for run out

    def breaking(_: random.Random) -> None:
        for _ in range(3):
            post(8)
            time.sleep(4)

    found = talk(plant.world, [server.url for server in plant.servers], tmp_path, breaking, 15, 3)
    taking.pause = 0.0
    wait_until(lambda: not waiting(), 60, waiting)
    assert (found.broken, found.refusals, found.lost, unlike(taking)) == ([], {}, 0, {}), plant.logs()
    assert out_of_time(timedelta(seconds=time.monotonic() - begun + 60)) == []
    assert found.acks > 100


def page(browser: requests.Session, server: Server, path: str, **typed: str) -> requests.Response:
    """Fetch a page, and send its form where something was typed."""
    shown = browser.get(f"{server.url}{path}", timeout=10)
    if not typed:
        return shown
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', shown.text)
    assert token, shown.text[:500]
    return browser.post(f"{server.url}{path}", data=typed | {"csrf_token": token.group(1)}, timeout=10,
                        headers={"Referer": f"{server.url}{path}"}, allow_redirects=False)  # fmt: skip


@pytest.mark.parametrize("to", JUMPS)
@pytest.mark.parametrize("asked_at", [0, 1])
def test_a_code_that_one_process_gives_opens_the_door_at_the_other(
    made: tuple[Plant, Elsewhen], taking: Sink, to: str, asked_at: int
) -> None:
    plant, clock = made
    clock.jump(to)
    first, second = plant.servers[asked_at], plant.servers[1 - asked_at]
    with requests.Session() as browser:
        assert page(browser, first, "/login", email=plant.world.renate.email).status_code == 302
        wait_until(lambda: taking.mails, 20)
        words = taking.mails[0].get_body(("plain",)).get_content()
        code = "".join(re.findall(r"\d", words.partition("Your code is")[2])[:6])
        entered = page(browser, second, "/login/code", code=code)
        assert entered.status_code == 302, entered.text[:2000]
        for server in (second, first, second):
            assert page(browser, server, "/portal/requests").status_code == 200
            assert "Renate" in page(browser, server, "/portal/").text
