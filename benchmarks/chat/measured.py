"""Those that are measured: the product on each database, and its yardsticks."""

import os
import secrets
import sys
import tempfile
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from benchmarks.chat import servers
from benchmarks.chat.rooms import fill
from benchmarks.surroundings import SERVER, on_server
from models import db
from models.migrations import run as migrations
from tests.live import free_port

YARDSTICKS = Path(__file__).resolve().parent / "yardsticks"
REDIS = os.environ.get("BENCH_REDIS_URL", "redis://127.0.0.1:6379/9")
Made = tuple[list[servers.Server], list[dict[str, Any]]]


@contextmanager
def product(kind: str, rooms: int, config: str = "without_limits", processes: int = 1) -> Iterator[Made]:
    """The product on an empty database of its own, as users start it, and those who talk."""
    with ExitStack() as ending:
        folder = Path(ending.enter_context(tempfile.TemporaryDirectory(prefix="loggia-bench-")))
        url = f"sqlite:///{folder / 'loggia.db'}"
        if kind == "postgresql":
            name = f"loggia_bench_chat_{uuid.uuid4().hex[:8]}"
            on_server(f"CREATE DATABASE {name}")
            ending.callback(on_server, f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
            url = f"{SERVER}/{name}"
        db.connect(url)
        migrations.upgrade()
        talkers = [{"auth": {"token": one.token}, "conversation": one.conversation} for one in fill(rooms)]
        db.engine().dispose()
        more = {"REDIS_URL": REDIS} if processes > 1 else {}
        made, secret = [], secrets.token_hex()
        for _ in range(processes):
            port = free_port()
            command = servers.gunicorn(f"benchmarks/chat/{config}.py", "wsgi:app", port)
            one = servers.running(
                f"product, {kind}", port, command, "/readyz", DATABASE_URL=url, DATA_DIR=str(folder), PORT=str(port),
                SECRET_KEY=secret, DEMO="0", EMBEDDED_WORKER="0", **more,
            )  # fmt: skip
            made.append(ending.enter_context(one))
        for place, talker in enumerate(talkers):
            talker["port"] = made[place % processes].port
        yield made, talkers


def gunicorn(port: int) -> list[str]:
    """Flask-SocketIO's echo, as its documentation shows it."""
    return servers.gunicorn(str(YARDSTICKS / "gunicorn_settings.py"), "benchmarks.chat.yardsticks.stock:app", port)


def uvicorn(port: int) -> list[str]:
    """python-socketio's echo on asyncio."""
    app = "benchmarks.chat.yardsticks.asgi:app"
    return [
        sys.executable,
        "-m",
        "uvicorn",
        app,
        "--port",
        str(port),
        "--log-level",
        "error",
        "--ws",
        "websockets-sansio",
    ]


def websockets(port: int) -> list[str]:
    """A room server of Python's `websockets` alone."""
    return [sys.executable, str(YARDSTICKS / "raw.py"), str(port)]


def ws(port: int) -> list[str]:
    """A room server of npm's `ws` alone."""
    return ["node", str(YARDSTICKS / "ws.js"), str(port)]


@contextmanager
def yardstick(name: str, command: Callable[[int], list[str]], rooms: int, raw: bool = False) -> Iterator[Made]:
    """A server that keeps nothing and asks nobody, and those who talk to it."""
    port = free_port()
    talkers = [{"auth": {}, "conversation": str(n // 3), "port": port, "raw": raw} for n in range(rooms * 3)]
    with servers.running(name, port, command(port), "/" if raw else "/socket.io/") as made:
        yield [made], talkers


def all_of(rooms: int) -> dict[str, Callable[[], Any]]:
    """Everything that is measured in one run, by name."""
    return {
        "stock": lambda: yardstick("stock", gunicorn, rooms),
        "python-socketio on uvicorn": lambda: yardstick("uvicorn", uvicorn, rooms),
        "python websockets": lambda: yardstick("websockets", websockets, rooms, raw=True),
        "npm ws": lambda: yardstick("ws", ws, rooms, raw=True),
        "sqlite": lambda: product("sqlite", rooms),
        "postgresql": lambda: product("postgresql", rooms),
        "keeps nothing": lambda: product("sqlite", rooms, "without_store"),
        "postgresql, two processes": lambda: product("postgresql", rooms, processes=2),
    }
