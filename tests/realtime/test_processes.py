"""Two web processes on one database: what one of them stores is heard at the other, with Redis and, later, without."""

import time
from collections.abc import Iterator
from dataclasses import replace

import pytest
import redis

from actions import conversations, sessions
from models import db
from tests.conftest import REDIS
from tests.databases import Backend, postgres_of_its_own, sweep
from tests.line import Line
from tests.live import Server, Wire, token_of, wait_until
from tests.realtime.conftest import redis_answers
from tests.realtime.test_wire import bodies, bring_in
from tests.world import World

pytestmark = [
    pytest.mark.skipif(not redis_answers(), reason="no Redis at 127.0.0.1:6379: two processes were not tried"),
    # A client whose server is killed leaves its end of the line to the garbage collector.
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning", "ignore::ResourceWarning"),
]


@pytest.fixture(scope="module")
def pair(backend: Backend, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, Server, Line, str]]:
    """Two running processes, and the line to Redis between them."""
    if backend.kind == "sqlite":
        pytest.skip("several processes need PostgreSQL")
    to_redis = Line(redis.Redis.from_url(REDIS).connection_pool.connection_kwargs["port"])
    with postgres_of_its_own() as place:
        url = replace(backend, place=place).url
        both = [
            Server(url, tmp_path_factory.mktemp(f"process-{n}"), REDIS_URL=f"redis://127.0.0.1:{to_redis.port}/5",
                   EMBEDDED_WORKER="0").start()
            for n in (1, 2)
        ]  # fmt: skip
        try:
            yield both[0], both[1], to_redis, url
        finally:
            for one in both:
                one.kill()
            to_redis.close()


@pytest.fixture
def database_url(pair: tuple[Server, Server, Line, str]) -> Iterator[str]:
    yield pair[3]
    sweep(pair[3], keep=("revocations",))


@pytest.fixture
def number(world: World) -> str:
    with db.unit(write=True):
        made, _ = conversations.start(world.renate, "Chang on 11070", "Will all 20 come in time?")
        return made.number


class Two:
    """People at the first process and at the second."""

    def __init__(self, pair: tuple[Server, Server, Line, str]) -> None:
        self.first, self.second, self.redis, _ = pair
        self.opened: list[Wire] = []

    def at(self, server: Server, actor) -> Wire:
        wire = Wire(server.url, token_of(actor)).connect()
        self.opened.append(wire)
        return wire


@pytest.fixture
def two(world: World, pair: tuple[Server, Server, Line, str]) -> Iterator[Two]:
    made = Two(pair)
    yield made
    made.redis.mend()
    for one in made.opened:
        one.close()


def test_what_is_said_at_one_is_heard_at_the_other_in_order_and_by_nobody_else(
    world: World, two: Two, number: str
) -> None:
    bring_in(world, number)
    nancy = two.at(two.first, world.nancy)
    renate, charlotte, roland = (two.at(two.second, one) for one in (world.renate, world.charlotte, world.roland))
    for one in (nancy, renate, charlotte):
        assert one.open(number)["ok"]
    assert roland.open(number)["error"] == "not_found"
    for n in range(20):
        assert nancy.say(number, f"word {n}", audience=("customer", "everyone", "partner", "staff")[n % 4])["ok"]
    wait_until(lambda: len(bodies(renate)) == 10 and len(bodies(charlotte)) == 10)
    assert bodies(renate) == [f"word {n}" for n in range(20) if n % 4 in (0, 1)]
    assert bodies(charlotte) == [f"word {n}" for n in range(20) if n % 4 in (1, 2)]
    pushed = renate.of("message")
    assert all(later["prev"] == earlier["seq"] for earlier, later in zip(pushed, pushed[1:], strict=False))
    assert not roland.of("message") and "Lehmann" not in charlotte.all_bytes()


def test_who_is_there_types_and_reads_is_seen_at_the_other(world: World, two: Two, number: str) -> None:
    nancy, renate = two.at(two.first, world.nancy), two.at(two.second, world.renate)
    assert nancy.open(number)["ok"] and renate.open(number)["ok"]
    wait_until(lambda: any(world.renate.public_id in str(one) for one in nancy.of("presence")))
    nancy.client.emit("typing", {"conversation": number, "on": True, "audience": "customer"})
    wait_until(lambda: renate.of("typing"))
    nancy.client.emit("typing", {"conversation": number, "on": True, "audience": "staff"})
    assert renate.ask("message:read", conversation=number, seq=1)["ok"]
    wait_until(lambda: nancy.of("read"))
    assert len(renate.of("typing")) == 1
    nancy.ask("queue:watch", on=True)
    assert renate.say(number, "One more thing")["ok"]
    wait_until(lambda: nancy.of("queue"))


def test_who_loses_the_right_at_one_is_out_at_the_other_before_anything_more_is_told(
    world: World, two: Two, number: str
) -> None:
    nancy, renate = two.at(two.first, world.nancy), two.at(two.second, world.renate)
    assert nancy.open(number)["ok"] and renate.open(number)["ok"]
    with db.unit(write=True):
        sessions.revoke("login", world.renate.login_id)
    assert nancy.say(number, "Not for her any more", audience="customer")["ok"]
    wait_until(lambda: not renate.client.connected, 3)
    assert not renate.of("message")


@pytest.mark.parametrize("gone", ["reset", "swallow"])
def test_without_redis_all_is_acknowledged_and_found_and_nobody_revoked_stays(
    world: World, two: Two, number: str, gone: str
) -> None:
    nancy, renate, greta = (
        two.at(two.first, world.nancy),
        two.at(two.second, world.renate),
        two.at(two.second, world.greta),
    )
    for one in (nancy, renate, greta):
        assert one.open(number)["ok"]
    getattr(two.redis, gone)()
    said = [nancy.say(number, f"word {n}", audience="customer") for n in range(10)]
    assert [one["seq"] for one in said] == list(range(2, 12))
    missed = renate.ask("conversation:sync", conversation=number, after=1)
    assert [one["body"] for one in missed["messages"]] == [f"word {n}" for n in range(10)]
    with db.unit(write=True):
        sessions.revoke("login", world.greta.login_id)
    wait_until(lambda: not greta.client.connected, 3)
    two.redis.mend()
    wait_until(lambda: "resync" in [name for name, _ in renate.heard], 30)
    assert nancy.say(number, "Redis is back", audience="customer")["ok"]
    wait_until(lambda: "Redis is back" in bodies(renate), 15)


def test_who_was_connected_to_a_process_that_died_is_no_longer_there(world: World, two: Two, number: str) -> None:
    renate = two.at(two.second, world.renate)
    assert renate.open(number)["ok"]
    nancy = two.at(two.first, world.nancy)
    assert nancy.open(number)["ok"]
    wait_until(lambda: any(world.nancy.public_id in str(one) for one in renate.of("presence")))
    two.first.kill()
    try:
        wait_until(lambda: world.nancy.public_id not in str(renate.of("presence")[-1]), 30)
    finally:
        two.first.start()


def test_a_process_that_ends_says_when_to_come_back_and_another_goes_on(world: World, two: Two, number: str) -> None:
    nancy = two.at(two.first, world.nancy)
    assert nancy.open(number)["ok"]
    begun = time.monotonic()
    two.first.stop()
    try:
        assert 0 <= nancy.of("going_away")[0]["in_ms"] <= 30_000
        again = two.at(two.second, world.nancy)
        assert again.say(number, "Here I am again", audience="customer")["ok"]
        assert time.monotonic() - begun < 60
    finally:
        two.first.start()
