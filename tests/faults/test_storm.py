"""Two thousand people are connected, the process dies, and all come back at once: everybody ends complete, in time."""

import asyncio
import resource
import time
from pathlib import Path

import pytest

from actions import conversations
from models import db
from models.conversations import Conversation
from policy import find
from tests.faults.crowd import Client
from tests.live import Server, token_of
from tests.world import World

pytestmark = pytest.mark.faults
MANY, THREADS = 2000, 200


async def storm(server: Server, clients: list[Client], world: World, numbers: list[str]) -> float:
    """Connect everybody, kill the process, say something meanwhile; return how long until the last has it."""
    living = [asyncio.create_task(one.live(10)) for one in clients]
    await until(lambda: all(one.caught_up_at for one in clients), 120, clients)
    await asyncio.to_thread(server.kill)
    await asyncio.to_thread(say, world, numbers)
    await asyncio.to_thread(server.start)
    begun = time.monotonic()
    await until(lambda: all(one.caught_up_at and one.last == 2 for one in clients), 120, clients)
    took = time.monotonic() - begun
    for one in clients:
        one.ended = True
    for task in living:
        task.cancel()
    await asyncio.gather(*living, return_exceptions=True)
    return took


def say(world: World, numbers: list[str]) -> None:
    with db.unit(write=True):
        for number in numbers:
            row = find(world.nancy, Conversation, number=number)
            conversations.reply(world.nancy, row, "While you were away", audience="customer")


async def until(true, seconds: float, clients: list[Client]) -> None:
    end = time.monotonic() + seconds
    while not true():
        there = sum(1 for one in clients if one.caught_up_at)
        assert time.monotonic() < end, f"{there} of {len(clients)} are there"
        await asyncio.sleep(0.1)


def test_two_thousand_come_back_within_a_minute_and_miss_nothing(
    world: World, database_url: str, tmp_path: Path
) -> None:
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(most, 16384), most))
    with db.unit(write=True):
        numbers = [conversations.start(world.renate, f"Chang {n}", "Is it there?")[0].number for n in range(THREADS)]
    tokens = [token_of(one) for one in (world.renate, world.nancy, world.greta)]
    server = Server(database_url, tmp_path, GUNICORN_CONFIG="benchmarks/chat/without_limits.py").start()
    clients = [Client(server.port, tokens[n % 3], numbers[n % THREADS]) for n in range(MANY)]
    try:
        took = asyncio.run(storm(server, clients, world, numbers))
    finally:
        server.kill()
    print(f"\n{MANY} clients caught up {took:.1f} s after the process served again")
    assert took <= 60
