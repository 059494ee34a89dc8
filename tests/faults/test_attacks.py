"""Bytes that are meant to hurt: the process lives on, grows by little, answers with nothing of its inside, and serves others."""

import json
import os
import random
import socket
import struct
from collections.abc import Callable
from pathlib import Path

import pytest

from actions import conversations
from benchmarks.chat.servers import resident
from models import db
from tests.live import Server, token_of, wait_until, wires
from tests.realtime.test_websocket import BINARY, PING, TEXT, Raw
from tests.world import World

pytestmark = pytest.mark.faults
GROWTH = 64 * 1024 * 1024  # bytes of memory
INSIDE = ("Traceback", "sqlalchemy", "psycopg", "sqlite3", "/work", ".py", "realtime.")
EVENTS = ("conversation:open", "conversation:sync", "conversation:start", "message:send", "message:read", "decision:ask",
          "decision:answer", "draft:keep", "typing", "presence", "queue:watch", "connect", "disconnect", "no:such", "")  # fmt: skip


def worker_of(server: Server) -> int:
    """The process that serves."""
    children = Path(f"/proc/{server.process.pid}/task/{server.process.pid}/children").read_text().split()
    return int(children[0])


def files_of(pid: int) -> int:
    return len(os.listdir(f"/proc/{pid}/fd"))


@pytest.fixture
def server(world: World, database_url: str, tmp_path: Path):
    made = Server(database_url, tmp_path, GUNICORN_CONFIG="benchmarks/chat/without_limits.py").start()
    yield made
    made.kill()


@pytest.fixture
def number(world: World) -> str:
    with db.unit(write=True):
        return conversations.start(world.renate, "Chang", "Is it there?")[0].number


def attacked(server: Server, attack: Callable[[], None]) -> int:
    """Attack, and return by how many bytes the process has grown; it must be the same process."""
    pid = worker_of(server)
    before = resident(pid)
    attack()
    wait_until(server.ready, 10)
    assert worker_of(server) == pid, "the process did not survive"
    return resident(pid) - before


def large_frame(server: Server, size: int) -> None:
    """Announce one huge frame and send it as long as anybody takes it."""
    client = Raw(server.port)
    client.shake()
    client.line.sendall(bytes((0x80 | TEXT, 0x80 | 127)) + struct.pack("!Q", size) + b"\0\0\0\0")
    piece = b"x" * 65536
    try:
        for _ in range(size // len(piece)):
            client.line.sendall(piece)
    except OSError:
        pass
    client.line.close()


@pytest.mark.parametrize("size", [10_000_000, 200_000_000])
def test_a_huge_frame_is_refused_before_it_is_there(world: World, server: Server, number: str, size: int) -> None:
    grown = attacked(server, lambda: [large_frame(server, size) for _ in range(5)])
    print(f"\n5 frames of {size:,} bytes: {grown / 1e6:+.1f} MB")
    assert grown <= GROWTH


def test_frames_without_end_and_pings_without_end_are_borne(world: World, server: Server, number: str) -> None:
    def attack() -> None:
        for _ in range(20):
            client = Raw(server.port)
            client.shake()
            try:
                for n in range(1500):
                    client.send(TEXT if n == 0 else 0, b"y" * 10, last=False)
                    client.send(PING, b"z" * 100)
            except OSError:
                pass
            client.line.close()

    grown = attacked(server, attack)
    print(f"\nendless pieces and pings: {grown / 1e6:+.1f} MB")
    assert grown <= GROWTH


def packet(chance: random.Random, number: str) -> tuple[int, bytes]:
    """Something that looks like Engine.IO and Socket.IO, more or less."""
    kind = chance.randrange(10)
    if kind == 0:
        return chance.choice([TEXT, BINARY, PING]), chance.randbytes(chance.randrange(100))
    if kind == 1:
        return TEXT, "".join(chance.choice("0123456789[]{}\"',:/-\\ u") for _ in range(chance.randrange(60))).encode()
    word = chance.choice(
        ["40", "41", "42", "43", "44", "45", "46", "2", "3", "5", "6", "1", "0", "42/other,", "451-", "4"]
    )
    ack = chance.choice(["", "0", "1", "99999999999999999999", "-1"])
    values = [
        None,
        True,
        -1,
        2**70,
        1e308,
        "",
        "x" * chance.randrange(3000),
        "\0",
        "\ud800",
        number,
        [],
        {},
        [[[[]]]],
        {"kind": "partner"},
    ]
    keys = [
        "conversation",
        "client_id",
        "body",
        "audience",
        "seq",
        "after",
        "on",
        "state",
        "attachments",
        "__proto__",
        "more",
    ]
    payload = {chance.choice(keys): chance.choice(values) for _ in range(chance.randrange(6))}
    arguments = [chance.choice(EVENTS), *[chance.choice([payload, *values]) for _ in range(chance.randrange(3))]]
    text = f"{word}{ack}{json.dumps(arguments)}"
    if kind == 2:
        text = text[: chance.randrange(len(text) + 1)]
    return TEXT, text.encode("utf-8", "replace")


def test_a_hundred_thousand_packets_of_nonsense(world: World, server: Server, number: str) -> None:
    seed = int(os.environ.get("FAULT_SEED", "0")) or random.randrange(10**6)  # noqa: S311
    chance, token = random.Random(seed), token_of(world.renate)  # noqa: S311
    answers: list[bytes] = []
    pid = worker_of(server)
    files = files_of(pid)

    def attack() -> None:
        sent = 0
        while sent < 100_000:
            client = Raw(server.port)
            try:
                client.sign_in(token)
                for _ in range(12):  # few are enough to be shown out, and what is sent then is read by nobody
                    client.send(*packet(chance, number))
                    sent += 1
                client.line.shutdown(socket.SHUT_WR)
                while True:
                    answers.append(client.receive()[1])
            except (OSError, EOFError, StopIteration):
                sent += 1
            client.line.close()

    grown = attacked(server, attack)
    said = b"\n".join(answers).decode(errors="replace")
    print(f"\nseed {seed}: 100,000 packets, {len(answers)} answers, {grown / 1e6:+.1f} MB")
    assert grown <= GROWTH
    assert not [word for word in INSIDE if word in said]
    wait_until(lambda: files_of(pid) <= files + 5, 60)
    with wires(server, world.nancy) as (nancy,):
        assert nancy.say(number, "Still here", audience="staff")["ok"]
    assert "Traceback" not in server.log.read_text()
