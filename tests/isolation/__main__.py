"""`make isolation`: 50,000 random probes over generated data; prints what was asked and whatever was wrong."""

import argparse
import sys
import tempfile
import time
from pathlib import Path

from sqlalchemy import create_engine, text

from tests.isolation.generate import SMALL, Size
from tests.isolation.run import run


def asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--seed", type=int, default=int(time.time()) % 100_000, help="the same seed asks the same questions"
    )
    parser.add_argument("--questions", type=int, help="another seed for what is asked of the same business")
    parser.add_argument(
        "--folder", type=Path, help="keep the business here, and ask the one that is there already (SQLite)"
    )
    parser.add_argument("--probes", type=int, default=50_000)
    parser.add_argument(
        "--postgres", help="a server to make a database on, as postgresql+psycopg://user@host:port; SQLite without"
    )
    parser.add_argument("--shown", type=int, default=5, help="how many faults of each kind are printed")
    parser.add_argument("--small", action="store_true", help="a small business")
    return parser.parse_args()


def on_server(server: str, statement: str) -> None:
    engine = create_engine(f"{server}/postgres", isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(statement))
    engine.dispose()


def main() -> int:
    given, began = asked(), time.monotonic()
    size = SMALL if given.small else Size()
    print(f"seed {given.seed}: {size}", flush=True)
    with tempfile.TemporaryDirectory() as scratch:
        folder = given.folder or Path(scratch)
        name = f"loggia_isolation_{given.seed}"
        url = f"{given.postgres}/{name}" if given.postgres else f"sqlite:///{folder}/loggia.db"
        if given.postgres:
            on_server(given.postgres, f"CREATE DATABASE {name}")
        try:
            outcome = run(folder, url, given.seed, size, given.probes, given.questions)
        finally:
            if given.postgres:
                on_server(given.postgres, f"DROP DATABASE {name} WITH (FORCE)")
    print(outcome.table())
    for kind, words in (("disagreements", "disagreements"), ("foreign", "foreign canaries"), ("names", "masked names")):
        found = outcome.all(kind)
        print(f"{len(found)} {words}")
        for surface in sorted({one.split(":")[0] for one in found}):
            for one in [words for words in found if words.split(":")[0] == surface][: given.shown]:
                print(f"  {one[:700]}")
    print(
        f"{outcome.probes} probes in {time.monotonic() - began:.0f} s, seed {given.seed}: {'clean' if outcome.clean else 'NOT CLEAN'}"
    )
    return 0 if outcome.clean else 1


if __name__ == "__main__":
    sys.exit(main())
