"""What a durable chat message costs beside Flask-SocketIO's echo without any memory: `make bench`."""

import argparse
import json
import os
import secrets
import socket
import statistics
import subprocess
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

os.environ["LOGGIA_NO_DOTENV"] = "1"

from sqlalchemy import create_engine, text

from benchmarks.chat import servers
from benchmarks.chat.rooms import fill
from models import db
from models.migrations import run as migrations

HERE = Path(__file__).resolve().parent
DATABASE = os.environ.get("BENCH_DATABASE_URL", "postgresql+psycopg://postgres@127.0.0.1:5432")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def product(kind: str, rooms: int, **environment: str) -> Iterator[tuple[servers.Server, list[dict[str, Any]]]]:
    """The product on an empty database of its own, as users start it, and those who talk."""
    with ExitStack() as ending:
        folder = Path(ending.enter_context(tempfile.TemporaryDirectory(prefix="loggia-bench-")))
        url = f"sqlite:///{folder / 'loggia.db'}"
        if kind == "postgresql":
            name = f"loggia_bench_chat_{uuid.uuid4().hex[:8]}"
            on_server(f"CREATE DATABASE {name}")
            ending.callback(on_server, f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
            url = f"{DATABASE}/{name}"
        db.connect(url)
        migrations.upgrade()
        talkers = [{"auth": {"token": one.token}, "conversation": one.conversation} for one in fill(rooms)]
        db.engine().dispose()
        port = free_port()
        command = servers.gunicorn("benchmarks/chat/without_limits.py", "wsgi:app", port)
        made = servers.running(
            f"product on {kind}", port, command, "/readyz", DATABASE_URL=url, DATA_DIR=str(folder), PORT=str(port),
            SECRET_KEY=secrets.token_hex(), DEMO="0", **environment,
        )  # fmt: skip
        yield ending.enter_context(made), talkers


@contextmanager
def stock(rooms: int) -> Iterator[tuple[servers.Server, list[dict[str, Any]]]]:
    """Flask-SocketIO's echo."""
    port = free_port()
    command = servers.gunicorn("benchmarks/chat/yardstick_gunicorn.py", "benchmarks.chat.stock:app", port)
    with servers.running("stock Flask-SocketIO, keeps nothing", port, command) as made:
        yield made, [{"auth": {}, "conversation": str(n // 3)} for n in range(rooms * 3)]


def on_server(statement: str) -> None:
    engine = create_engine(f"{DATABASE}/postgres", isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(statement))
    engine.dispose()


def talk(server: servers.Server, sockets: list[dict[str, Any]], seconds: float, rate: float = 0) -> dict[str, Any]:
    """Let everybody talk for a while; returns what the load saw and what it cost the server."""
    given = {
        "port": server.port,
        "sockets": sockets,
        "seconds": seconds,
        "warm": 1,
        "rate": rate,
        "audience": "customer",
    }
    load = subprocess.Popen(["node", HERE / "load.js"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)  # noqa: S603, S607
    if load.stdin is None or load.stdout is None:
        raise RuntimeError("the load has no pipes")
    load.stdin.write(json.dumps(given))
    load.stdin.close()
    before = cost = 0.0
    found: dict[str, Any] = {}
    for line in load.stdout:
        found = json.loads(line)
        if found["phase"] == "begin":
            before = server.cpu()
        elif found["phase"] == "end":
            cost = server.cpu() - before
    if load.wait() or found.get("phase") != "result" or not found["acked"]:
        raise RuntimeError(f"{server.name}: the load failed: {found}")
    found |= {"per_second": found["acked"] / seconds, "cpu_us": cost / found["acked"] * 1e6}
    return found


def main() -> None:
    """Measure each server in turn, several rounds, and print medians."""
    ask = argparse.ArgumentParser(description=__doc__)
    ask.add_argument("--rooms", type=int, default=34)
    ask.add_argument("--seconds", type=float, default=4)
    ask.add_argument("--rounds", type=int, default=3)
    ask.add_argument("--only", default="stock,sqlite,postgresql")
    asked = ask.parse_args()
    makers = {
        "stock": lambda: stock(asked.rooms),
        "sqlite": lambda: product("sqlite", asked.rooms),
        "postgresql": lambda: product("postgresql", asked.rooms),
    }
    found: dict[str, list[dict[str, Any]]] = {name: [] for name in asked.only.split(",")}
    for _ in range(asked.rounds):
        for name, several in found.items():
            with makers[name]() as (server, sockets):
                one = talk(server, sockets, asked.seconds)
                several.append(one)
                print(f"{server.name:40} {one['per_second']:8.0f}/s {one['cpu_us']:8.0f} us  ack {one['ack']}  push {one['push']}"
                      f"  refused {one['refused']} {one.get('why', '')} lost {one['lost']}", flush=True)  # fmt: skip
    for name, several in found.items():
        print(f"{name:12} median {statistics.median(o['per_second'] for o in several):8.0f}/s "
              f"{statistics.median(o['cpu_us'] for o in several):8.0f} us")  # fmt: skip


if __name__ == "__main__":
    main()
