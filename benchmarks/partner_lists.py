"""What a partner's list costs among few orders and among many: `make bench-lists`.

A partner sees 500 orders, once among 1,000 orders with 10,000 derived shares, once among 100,000 with 1,000,000. Each
business is a database of its own with a process of its own; both are asked in turn, so that whatever else the machine
does meets both alike.
"""

import argparse
import json
import multiprocessing
import os
import secrets
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

os.environ["LOGGIA_NO_DOTENV"] = "1"


from app import create_app
from benchmarks.many_orders import fill
from benchmarks.surroundings import SERVER, compared, on_server, versions
from config import Settings
from models import db
from models.migrations import run as migrations
from models.orders import Order
from partners.orders import wanted
from web.paging import page

SIZES = {"small": 1_000, "large": 100_000}
SEEN, SHARES_PER_ORDER = 500, 10
PAGE, LAST = 10, 50  # 500 orders are 50 pages of 10
ALLOWED_TIMES, ALLOWED_MORE = 1.2, 1.0  # times as much, or so many milliseconds more
RESULTS = Path(__file__).parent / "results"


def ways(app: Any, actor: Any, token: str) -> dict[str, Callable[[], Any]]:
    """What is measured: the function behind the partner's page, and the list of the API with everything around it."""
    client, headers = app.test_client(), {"Authorization": f"Bearer {token}"}

    def listed(after: str | None, limit: int) -> Any:
        with db.unit(write=False):
            return page(actor, wanted(actor, "", ""), [Order.id], after, limit)

    def fetched(after: str) -> Any:
        answer = client.get(f"/api/v1/orders?limit={PAGE}{after}", headers=headers)
        if answer.status_code != 200:
            raise RuntimeError(f"the API answered {answer.status_code}")
        return answer.get_json()

    after = None
    for _ in range(LAST - 1):
        after = listed(after, PAGE).next
    if len(listed(after, PAGE).items) != PAGE or listed(after, PAGE).next is not None:
        raise RuntimeError(f"the partner does not see {SEEN} orders")
    return {
        "page list, page 1": lambda: listed(None, PAGE),
        f"page list, page {LAST}": lambda: listed(after, PAGE),
        "page list, first 50 at once": lambda: listed(None, 50),
        "API list, page 1": lambda: fetched(""),
        f"API list, page {LAST}": lambda: fetched(f"&after={after}"),
    }


def serve(line: Any, url: str, folder: str, orders: int) -> None:
    """A process with one business: fill it, then time what it is asked to, until it is told to stop."""
    db.connect(url)
    migrations.upgrade()
    actor, token = fill(orders, SEEN, SHARES_PER_ORDER)
    app = create_app(
        Settings(
            _env_file=None,
            data_dir=Path(folder),
            database_url=url,
            secret_key=secrets.token_hex(),
            embedded_worker=False,
        )  # fmt: skip
    )
    found = ways(app, actor, token)
    line.send(list(found))
    while (asked := line.recv()) is not None:
        began, busy = time.perf_counter(), time.process_time()
        found[asked]()
        line.send(((time.perf_counter() - began) * 1000, (time.process_time() - busy) * 1000))
    if db.engine().dialect.name == "postgresql":
        db.engine().dispose()


@contextmanager
def businesses(kind: str, folder: Path) -> Iterator[dict[str, Any]]:
    """Both businesses of one kind of database, each behind a line to its process."""
    spawn, lines, processes = multiprocessing.get_context("spawn"), {}, []
    for size, orders in SIZES.items():
        name = f"loggia_bench_lists_{size}_{os.getpid()}"
        if kind == "postgresql":
            on_server(f"CREATE DATABASE {name}")
        (folder / size).mkdir(parents=True)
        url = f"{SERVER}/{name}" if kind == "postgresql" else f"sqlite:///{folder / size}/loggia.db"
        ours, theirs = spawn.Pipe()
        process = spawn.Process(target=serve, args=(theirs, url, str(folder / size), orders))
        process.start()
        theirs.close()
        lines[size] = ours
        processes.append((process, name))
    try:
        yield lines
    finally:
        for line in lines.values():
            with suppress(OSError):
                line.send(None)
        for process, name in processes:
            process.join(20)
            if kind == "postgresql":
                on_server(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


def measure(lines: dict[str, Any], rounds: int) -> dict[str, dict[str, list[tuple[float, float]]]]:
    """Ask both businesses in turn, every way, again and again."""
    names = [line.recv() for line in lines.values()][0]
    took: dict[str, dict[str, list[tuple[float, float]]]] = {name: {size: [] for size in lines} for name in names}
    for place in range(rounds + 5):
        for name in names:
            for size in sorted(lines, reverse=place % 2 == 0):
                lines[size].send(name)
                spent = lines[size].recv()
                if place >= 5:  # the first ones compile
                    took[name][size].append(spent)
    return took


def judged(took: dict[str, dict[str, list[tuple[float, float]]]]) -> dict[str, Any]:
    """For each way both medians, how they compare, and whether that is allowed."""
    found = {}
    for name, sizes in took.items():
        found[name] = compared(sizes, by="wall_ms")
        found[name]["kept"] = found[name]["times"] <= ALLOWED_TIMES or found[name]["more_ms"] <= ALLOWED_MORE
    return found


def printed(kind: str, found: dict[str, Any]) -> None:
    print(f"\n{kind}: milliseconds, median (quarters), of {SEEN} orders seen")
    print(f"{'':<30}{'among 1,000':>24}{'among 100,000':>24}{'times':>8}{'more':>8}{'CPU times':>11}{'least':>18}")
    for name, one in found.items():
        cells = [f"{w['median']:.2f} ({w['low']:.2f}–{w['high']:.2f})" for w in one["wall_ms"].values()]
        cpu = one["cpu_ms"]["large"]["median"] / one["cpu_ms"]["small"]["median"]
        least = " / ".join(f"{w['least']:.2f}" for w in one["wall_ms"].values())
        compared = f"{one['times']:>8.2f}{one['more_ms']:>8.2f}{cpu:>11.2f}{least:>18}"
        print(f"{name:<30}{cells[0]:>24}{cells[1]:>24}{compared}  {'kept' if one['kept'] else 'MISSED'}")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=200)
    parser.add_argument("--kinds", default="sqlite,postgresql")
    parser.add_argument("--dry", action="store_true", help="keep no result")
    given = parser.parse_args()
    result: dict[str, Any] = versions()
    for kind in given.kinds.split(","):
        with tempfile.TemporaryDirectory() as folder, businesses(kind, Path(folder)) as lines:
            result[kind] = judged(measure(lines, given.rounds))
        printed(kind, result[kind])
    if not given.dry:
        (RESULTS / f"partner_lists-{given.kinds.replace(',', '-')}.json").write_text(
            json.dumps(result, indent=1) + "\n"
        )
    return 0 if all(one["kept"] for kind in given.kinds.split(",") for one in result[kind].values()) else 1


if __name__ == "__main__":
    sys.exit(main())
