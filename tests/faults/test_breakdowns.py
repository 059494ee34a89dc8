"""An installation of several processes breaks in one place after another: no promise is broken, and it comes back by itself."""

import contextlib
import random
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.plant import Plant, plant, programs
from tests.faults.talks import talk
from tests.live import Server, wait_until
from tests.world import World

pytestmark = [
    pytest.mark.faults,
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning", "ignore::ResourceWarning"),
]
alone = pytest.mark.skipif(programs() is None, reason="no PostgreSQL and Redis of our own: NOT tested")


@pytest.fixture(scope="module")
def made() -> Iterator[Plant]:
    """One installation, broken again and again."""
    with plant() as one:
        yield one


def urls(plant: Plant) -> list[str]:
    return [server.url for server in plant.servers]


def serves(plant: Plant) -> bool:
    return all(server.ready() for server in plant.servers)


@alone
def test_processes_are_killed_again_and_again(made: Plant, tmp_path: Path) -> None:
    def breaking(chance: random.Random) -> None:
        for _ in range(6):
            server = chance.choice(made.servers)
            server.kill()
            time.sleep(chance.uniform(0, 0.5))
            server.start()
            time.sleep(chance.uniform(0.5, 2))

    found = talk(made.world, urls(made), tmp_path, breaking, 20)
    assert (found.broken, found.acks > 200) == ([], True), made.logs()


@alone
def test_postgresql_crashes_four_times_and_is_used_again_within_five_seconds(made: Plant, tmp_path: Path) -> None:
    waits = []

    def breaking(chance: random.Random) -> None:
        for _ in range(4):
            made.postgres.crash()
            time.sleep(chance.uniform(0.2, 1.5))
            made.postgres.start()
            begun = time.monotonic()
            wait_until(lambda: serves(made), 30, made.logs)
            waits.append(time.monotonic() - begun)
            time.sleep(2)

    found = talk(made.world, urls(made), tmp_path, breaking, 20)
    print(f"served again after {', '.join(f'{one:.1f}' for one in waits)} s")
    assert (found.broken, max(waits) <= 5) == ([], True), made.logs()


@alone
def test_connections_to_postgresql_are_cut_and_ended_at_random(made: Plant, tmp_path: Path) -> None:
    def breaking(chance: random.Random) -> None:
        for _ in range(40):
            with contextlib.suppress(Exception):
                made.postgres.cut_somebody()
            time.sleep(0.2)
        for _ in range(5):
            made.to_postgres.reset()
            time.sleep(chance.uniform(0.1, 0.8))
            made.to_postgres.mend()
            time.sleep(1)

    found = talk(made.world, urls(made), tmp_path, breaking, 20)
    assert (found.broken, found.acks > 100) == ([], True), made.logs()
    wait_until(lambda: serves(made), 10, made.logs)


@alone
def test_the_line_to_postgresql_swallows_everything_for_twenty_seconds(made: Plant, tmp_path: Path) -> None:
    def breaking(chance: random.Random) -> None:
        made.to_postgres.swallow()
        time.sleep(20)
        made.to_postgres.mend()
        wait_until(lambda: serves(made), 30, made.logs)

    found = talk(made.world, urls(made), tmp_path, breaking, 35)
    assert (found.broken, found.acks > 100) == ([], True), made.logs()


@alone
@pytest.mark.parametrize("how", ["killed and wiped", "swallowed"])
def test_without_redis_all_is_acknowledged_and_everybody_ends_complete(made: Plant, tmp_path: Path, how: str) -> None:
    def breaking(chance: random.Random) -> None:
        made.redis.kill() if how == "killed and wiped" else made.to_redis.swallow()
        time.sleep(10)
        made.redis.start() if how == "killed and wiped" else made.to_redis.mend()

    found = talk(made.world, urls(made), tmp_path, breaking, 20)
    assert (found.broken, found.slowest <= 5, found.acks > 200) == ([], True, True), made.logs()


@pytest.mark.parametrize("seconds", [3, 10])
def test_another_program_holds_the_sqlite_file(world: World, tmp_path: Path, database_url: str, seconds: int) -> None:
    if not database_url.startswith("sqlite"):
        pytest.skip("SQLite only")

    def breaking(chance: random.Random) -> None:
        other = sqlite3.connect(database_url.removeprefix("sqlite:///"), isolation_level=None, timeout=10)
        other.execute("BEGIN EXCLUSIVE")
        time.sleep(seconds)
        other.execute("ROLLBACK")
        other.close()

    server = Server(database_url, tmp_path).start()
    try:
        found = talk(world, [server.url], tmp_path, breaking, seconds + 8)
    finally:
        server.kill()
    assert (found.broken, found.acks > 100) == ([], True)
