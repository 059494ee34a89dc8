"""Kill -9 under load: what was acknowledged is stored exactly once, in order, and each reader ends with what is its own."""

import gc
import os
import random
import threading
import time
from pathlib import Path

import pytest

from tests.faults.talks import cast, judged, threads
from tests.live import Server
from tests.world import World

# A client whose server is killed leaves its end of the line to the garbage collector.
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning", "ignore::ResourceWarning")

KILLS, CONVERSATIONS, EACH = 10, 5, 105


def run(world: World, server: Server, folder: Path, kills: int, each: int) -> list[str]:
    """Talk while the server is killed at random moments; return the broken promises."""
    talkers = cast(world, threads(world, CONVERSATIONS), [server.url], folder)
    running = [threading.Thread(target=one.run, args=(each,), daemon=True) for one in talkers]
    for thread in running:
        thread.start()
    seed = int(os.environ.get("FAULT_SEED", "0")) or random.randrange(10**6)  # noqa: S311
    print(f"\nseed {seed}")
    chance = random.Random(seed)  # noqa: S311
    killed = 0
    while any(thread.is_alive() for thread in running):
        if killed < kills:
            time.sleep(chance.uniform(0.3, 1.2))
            server.kill()
            server.start()
            killed += 1
        else:
            time.sleep(0.1)
    acks, broken = judged(talkers, folder)
    print(f"{killed} kills, {acks} acks")
    assert killed >= kills, "everything was said before the server could be killed often enough"
    return broken


@pytest.mark.faults
def test_nothing_acknowledged_is_lost_doubled_or_disclosed(world: World, server: Server, tmp_path: Path) -> None:
    assert run(world, server, tmp_path, KILLS, EACH) == []


@pytest.mark.smoke
def test_two_kills_in_a_short_talk_lose_nothing(world: World, server: Server, tmp_path: Path) -> None:
    assert run(world, server, tmp_path, 2, 30) == []
    gc.collect()


@pytest.mark.faults
@pytest.mark.parametrize(
    ("build", "promise"),
    [("ack-before-commit", "I1"), ("no-memory", "I1"), ("lost-number", "I3"), ("room-leak", "I4/I6")],
)
def test_the_checker_turns_red_on_a_build_that_breaks_a_promise(
    world: World, database_url: str, tmp_path: Path, build: str, promise: str
) -> None:
    sabotaged = Server(database_url, tmp_path, SABOTAGE=build, GUNICORN_CONFIG="tests/faults/sabotage.py").start()
    try:
        broken = run(world, sabotaged, tmp_path, 3, 40)
    finally:
        sabotaged.kill()
    assert any(words.startswith(promise) for words in broken), broken[:5]
