"""What a durable chat message costs beside Flask-SocketIO's echo without any memory: `make bench`.

Everything runs in turn and several times, so that whatever else the machine does meets all alike. The first figure is the
CPU time of the server's processes for one message, which depends least on that.
"""

import argparse
import json
import os
import secrets
import statistics
import subprocess
import tempfile
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

os.environ["LOGGIA_NO_DOTENV"] = "1"


from benchmarks.chat import servers
from benchmarks.chat.rooms import fill
from benchmarks.surroundings import SERVER, on_server, versions
from models import db
from models.migrations import run as migrations
from tests.live import free_port

HERE = Path(__file__).resolve().parent
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


@contextmanager
def stock(rooms: int) -> Iterator[Made]:
    """Flask-SocketIO's echo."""
    port = free_port()
    command = servers.gunicorn("benchmarks/chat/yardstick_gunicorn.py", "benchmarks.chat.stock:app", port)
    with servers.running("stock Flask-SocketIO", port, command) as made:
        yield [made], [{"auth": {}, "conversation": str(n // 3), "port": port} for n in range(rooms * 3)]


def talk(made: Made, seconds: float, rate: float = 0, idle: float = 0) -> dict[str, Any]:
    """Let everybody talk for a while, or only be there; returns what the load saw and what it cost the servers."""
    running, sockets = made
    given = {"port": running[0].port, "sockets": sockets, "seconds": seconds, "warm": 1, "rate": rate, "idle": idle,
             "audience": "customer"}  # fmt: skip
    empty = sum(one.memory() for one in running)
    load = subprocess.Popen(["node", HERE / "load.js"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)  # noqa: S603, S607
    if load.stdin is None or load.stdout is None:
        raise RuntimeError("the load has no pipes")
    load.stdin.write(json.dumps(given))
    load.stdin.close()
    before = cost = full = 0.0
    found: dict[str, Any] = {}
    for line in load.stdout:
        found = json.loads(line)
        if found["phase"] == "begin":
            before = sum(one.cpu() for one in running)
        elif found["phase"] == "end":
            cost = sum(one.cpu() for one in running) - before
        elif found["phase"] == "connected":
            full = sum(one.memory() for one in running)
    if load.wait() or found.get("phase") != "result" or (seconds and not found["acked"]) or found["lost"]:
        raise RuntimeError(f"{running[0].name}: the load failed: {found}")
    found["kib_each"] = (full - empty) / len(sockets) / 1024
    if seconds:
        found |= {"per_second": found["acked"] / seconds, "cpu_us": cost / found["acked"] * 1e6}
    return found


def measured(asked: argparse.Namespace) -> dict[str, list[dict[str, Any]]]:
    """Every server in turn, as often as asked: at its peak, and at half of it."""
    makers: dict[str, Callable[[], Any]] = {
        "stock": lambda: stock(asked.rooms),
        "sqlite": lambda: product("sqlite", asked.rooms),
        "postgresql": lambda: product("postgresql", asked.rooms),
        "sqlite, keeps nothing": lambda: product("sqlite", asked.rooms, "without_store"),
        "postgresql, two processes": lambda: product("postgresql", asked.rooms, processes=2),
    }
    found: dict[str, list[dict[str, Any]]] = {name: [] for name in makers if asked.only in ("", name)}
    for _ in range(asked.rounds):
        for name, several in found.items():
            with makers[name]() as made:
                one = talk(made, asked.seconds)
                one["half"] = talk(made, asked.seconds, rate=one["per_second"] / 2)
                several.append(one)
                print(f"{name:28} {one['per_second']:6.0f}/s {one['cpu_us']:6.0f} us   at half: ack {one['half']['ack']} push"
                      f" {one['half']['push']}  refused {one['refused']} {one.get('why', '')}", flush=True)  # fmt: skip
    return found


def idle(asked: argparse.Namespace) -> dict[str, float]:
    """KiB of memory for each of many sockets that only listen."""
    makers: dict[str, Callable[[], Any]] = {
        "stock": lambda: stock(asked.idle // 3),
        "sqlite": lambda: product("sqlite", asked.idle // 3),
    }
    found = {}
    for name, maker in makers.items():
        with maker() as made:
            found[name] = talk(made, 0)["kib_each"]
            print(f"{name:28} {found[name]:6.1f} KiB for each of {asked.idle} sockets that only listen", flush=True)
    return found


def main() -> None:
    """Measure, print medians and ratios, and keep them."""
    ask = argparse.ArgumentParser(description=__doc__)
    ask.add_argument("--rooms", type=int, default=34)
    ask.add_argument("--seconds", type=float, default=4)
    ask.add_argument("--rounds", type=int, default=3)
    ask.add_argument("--idle", type=int, default=1500, help="sockets that only listen; 0: leave it out")
    ask.add_argument("--only", default="", help="one server by its name")
    ask.add_argument("--dry", action="store_true", help="keep no result")
    asked = ask.parse_args()
    result: dict[str, Any] = versions()
    found = measured(asked)
    for name, several in found.items():
        rate, cpu = (statistics.median(one[key] for one in several) for key in ("per_second", "cpu_us"))
        half = [one["half"] for one in several]
        tail = min(one["ack"]["p99"] / one["ack"]["p50"] for one in half)
        push = statistics.median(one["push"]["p99"] / one["ack"]["p99"] for one in half)
        result[name] = {"per_second": rate, "cpu_us": cpu, "ack_p99_to_p50_at_half": tail, "push_to_ack_p99_at_half": push,
                        "rounds": several}  # fmt: skip
    if "stock" in result:
        for name in found:
            result[name]["rate_to_stock"] = result[name]["per_second"] / result["stock"]["per_second"]
            result[name]["cpu_to_stock"] = result[name]["cpu_us"] / result["stock"]["cpu_us"]
    for name in found:
        one = {key: value for key, value in result[name].items() if key != "rounds"}
        print(f"{name:28} " + "  ".join(f"{key} {value:.2f}" for key, value in one.items()))
    if asked.idle and not asked.only:
        result["kib_for_an_idle_socket"] = idle(asked)
    if not asked.dry and not asked.only:
        (HERE.parent / "results" / "chat.json").write_text(json.dumps(result, indent=1) + "\n")


if __name__ == "__main__":
    main()
