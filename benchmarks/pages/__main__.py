"""What pages cost in a large business beside a small one, and what a chat notices of them: `make bench-pages`.

Both businesses are served as users serve them, each by a process of its own, and asked in turn, so that whatever else the
machine does meets both alike. They are compared by the CPU time of a page, that of PostgreSQL's processes included: it hardly
depends on others, as the time that passes does.
"""

import argparse
import json
import os
import secrets
import statistics
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

os.environ["LOGGIA_NO_DOTENV"] = "1"


from benchmarks.chat import servers
from benchmarks.chat.rooms import fill
from benchmarks.chat.talking import talk
from benchmarks.pages.asking import FLOOR, Asking, cookies, pages, words
from benchmarks.pages.businesses import business
from benchmarks.surroundings import compared, versions
from models import db, seeding
from tests.live import free_port

RESULTS = Path(__file__).resolve().parent.parent / "results"
SMALL = seeding.Size(2000, 10_000, 500)  # the fewest among which every list fills a page, in its middle as well
WARM = 3
TIMES, MORE = 1.1, 1.0  # T8: as many times as among few, or so many milliseconds more
OVER_FLOOR = {"sqlite": 2.0, "postgresql": 2.5}  # T9
COMMON, RARE, WORDS = "help, most common word", "help, rarest word", 3.0  # T10
LATER = 20.0  # T11: milliseconds that an acknowledgement may take longer


@contextmanager
def served(
    kind: str, size: seeding.Size, rooms: int
) -> Iterator[tuple[Asking, list[dict[str, Any]], dict[str, float]]]:
    """One business behind a server of its own, a line to it, and those who chat there."""
    with ExitStack() as ending:
        url, folder, took = ending.enter_context(business(kind, size))
        secret, port = secrets.token_hex(), free_port()
        known, cookie = pages(url, *words(url)), cookies(url, folder, secret)
        db.connect(url)
        talkers = (
            [{"auth": {"token": one.token}, "conversation": one.conversation} for one in fill(rooms)] if rooms else []
        )
        db.engine().dispose()
        server = ending.enter_context(servers.running(
            f"{kind} {size.conversations}", port, servers.gunicorn("benchmarks/chat/without_limits.py", "wsgi:app", port), "/readyz",
            DATABASE_URL=url, DATA_DIR=str(folder), PORT=str(port), SECRET_KEY=secret, DEMO="0", EMBEDDED_WORKER="0",
        ))  # fmt: skip
        yield Asking(server, cookie, known, url), talkers, took


def measure(lines: dict[str, Asking], rounds: int) -> dict[str, dict[str, list[tuple[float, float]]]]:
    """Ask both for every page in turn, again and again."""
    names = list(lines["small"].known)
    took: dict[str, dict[str, list[tuple[float, float]]]] = {name: {size: [] for size in lines} for name in names}
    for place in range(rounds + WARM):
        for name in names:
            for size in sorted(lines, reverse=place % 2 == 0):
                if place == WARM:
                    lines[size].look_for_helpers()
                spent = lines[size].ask(name)
                if place >= WARM:
                    took[name][size].append(spent)
    return took


def judged(kind: str, took: dict[str, dict[str, list[tuple[float, float]]]]) -> dict[str, Any]:
    """Every page with how it compares: to the small business (T8), to the floor (T9), the words to each other (T10)."""
    found: dict[str, Any] = {}
    for name, sizes in took.items():
        found[name] = compared(sizes, by="cpu_ms")
        found[name]["T8"] = found[name]["times"] <= TIMES or found[name]["more_ms"] <= MORE
    for name, one in found.items():
        if name.endswith("rows") or name.endswith("rows, deep"):
            floor = found[FLOOR[1] if name.startswith("requests") else FLOOR[0]]
            one["to_floor"] = one["cpu_ms"]["large"]["median"] / floor["cpu_ms"]["large"]["median"]
            one["T9"] = one["to_floor"] <= OVER_FLOOR[kind]
    common, rare = (found[name]["cpu_ms"]["large"]["median"] for name in (COMMON, RARE))
    found[COMMON] |= {"to_rarest": common / rare, "T10": common / rare <= WORDS}
    return found


def beside(line: Asking, talkers: list[dict[str, Any]], slowest: str, rounds: int) -> dict[str, Any]:
    """A chat alone and while somebody asks for the slowest page again and again, in turn."""
    found: dict[str, list[dict[str, Any]]] = {"alone": [], "beside": []}
    for _ in range(rounds):
        for name, several in found.items():
            over = threading.Event()
            other = threading.Thread(target=again_and_again, args=(line, slowest, over))
            if name == "beside":
                other.start()
            try:
                several.append(talk(([line.server], talkers), 6, rate=40))
            finally:
                over.set()
            if name == "beside":
                other.join()
    p99 = {name: [one["ack"]["p99"] for one in several] for name, several in found.items()}
    more = statistics.median(p99["beside"]) - statistics.median(p99["alone"])
    return {"page": slowest, "ack_p99_ms": p99, "more_ms": more, "T11": more <= LATER}


def again_and_again(line: Asking, name: str, over: threading.Event) -> None:
    while not over.is_set():
        line.ask(name)


def printed(kind: str, found: dict[str, Any]) -> None:
    print(f"\n{kind}: milliseconds, median (quarters)")
    print(f"{'':<32}{'small':>22}{'large':>22}{'times':>7}{'more':>8}{'CPU small, large':>20}")
    for name, one in found.items():
        cells = [f"{w['median']:.1f} ({w['low']:.1f}–{w['high']:.1f})" for w in one["wall_ms"].values()]
        cpu = " ".join(f"{w['median']:.1f}" for w in one["cpu_ms"].values())
        said = [f"{key} {'kept' if one[key] else 'MISSED'}" for key in ("T8", "T9", "T10") if key in one]
        ratio = "".join(f" {key} {one[key]:.2f}" for key in ("to_floor", "to_rarest") if key in one)
        print(
            f"{name:<32}{cells[0]:>22}{cells[1]:>22}{one['times']:>7.2f}{one['more_ms']:>8.2f}{cpu:>20}  {', '.join(said)}{ratio}",
            flush=True,
        )


def both(kind: str, asked: argparse.Namespace) -> dict[str, Any]:
    """Measure on one kind of database."""
    large = seeding.Size(asked.conversations, asked.conversations * 5, asked.conversations // 10)
    chat = kind == "sqlite" and asked.rooms
    with (
        served(kind, SMALL, 0) as (few, _, _),
        served(kind, large, asked.rooms if chat else 0) as (many, talkers, took),
    ):
        found = judged(kind, measure({"small": few, "large": many}, asked.rounds))
        printed(kind, found)
        result: dict[str, Any] = {"seconds": took, "pages": found}
        if chat:
            slowest = max(found, key=lambda name: found[name]["wall_ms"]["large"]["median"])
            result["chat"] = beside(many, talkers, slowest, 3)
            print(f"chat beside {slowest}: {result['chat']}", flush=True)
        return result


def main() -> int:
    """Measure, print and keep the result; 1 where a target is missed."""
    ask = argparse.ArgumentParser(description=__doc__)
    ask.add_argument("--rounds", type=int, default=30)
    ask.add_argument("--conversations", type=int, default=1_000_000)
    ask.add_argument("--kinds", default="sqlite,postgresql")
    ask.add_argument(
        "--rooms", type=int, default=10, help="rooms of three that chat beside the slowest page; 0: leave it out"
    )
    ask.add_argument("--dry", action="store_true", help="keep no result")
    asked = ask.parse_args()
    result: dict[str, Any] = versions() | {"conversations": asked.conversations, "rounds": asked.rounds}
    for kind in asked.kinds.split(","):
        result[kind] = both(kind, asked)
    if not asked.dry:
        (RESULTS / "pages.json").write_text(json.dumps(result, indent=1) + "\n")
    kept = [
        one[key]
        for kind in asked.kinds.split(",")
        for one in result[kind]["pages"].values()
        for key in ("T8", "T9", "T10")
        if key in one
    ]
    kept += [result[kind]["chat"]["T11"] for kind in asked.kinds.split(",") if "chat" in result[kind]]
    return 0 if all(kept) else 1


if __name__ == "__main__":
    sys.exit(main())
