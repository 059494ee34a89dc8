"""A backup taken while everybody talks is brought back into an empty place: everybody notices, and sees what it holds, once."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, make_url, select, text

from models import db, settings
from models.conversations import Conversation
from tests.faults.ledger import Ledger
from tests.faults.talker import Talker
from tests.faults.talks import cast, judged, talking, threads
from tests.live import ROOT, Server, wait_until
from tests.world import World

pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning", "ignore::ResourceWarning")


@contextmanager
def empty_place(url: str, folder: Path) -> Iterator[str]:
    """Another database of the same kind with nothing in it."""
    if url.startswith("sqlite"):
        yield f"sqlite:///{folder / 'again.db'}"
        return
    admin = create_engine(url, isolation_level="AUTOCOMMIT")
    name = f"loggia_again_{os.getpid()}"
    with admin.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    yield make_url(url).set(database=name).render_as_string(hide_password=False)
    db.engine().dispose()
    with admin.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    admin.dispose()


def flask(server: Server, *words: str) -> None:
    """Type a command beside a server."""
    environment = server.environment | {"FLASK_SKIP_DOTENV": "1"}
    subprocess.run([sys.executable, "-m", "flask", *words], cwd=ROOT, env=environment, check=True)  # noqa: S603


def history() -> tuple[str, dict[str, int]]:
    """The epoch, and the last seq of each conversation."""
    with db.unit(write=False):
        rows = db.session.execute(select(Conversation.number, Conversation.last_seq))
        return settings.epoch(db.session()), {row.number: row.last_seq for row in rows}


def acknowledged(talkers: list[Talker], folder: Path) -> list[dict[str, Any]]:
    return [ack for one in talkers for ack in Ledger.read(folder / f"{one.name}.acks")]


def soon(talkers: list[Talker], folder: Path, many: int) -> None:
    """Wait until more was said than so much, however slow the machine is."""
    wait_until(lambda: len(acknowledged(talkers, folder)) > many + 10, 60)


def tried(world: World, url: str, folder: Path, seconds: float, many: int) -> dict[str, Any]:
    """Talk, back up, talk on, restore elsewhere, talk on; what became of it."""
    server = Server(url, folder, EMBEDDED_WORKER="0").start()
    talkers = cast(world, threads(world, many), [server.url], folder)
    old, _ = history()
    with empty_place(url, folder) as again:
        try:
            with talking(talkers):
                time.sleep(seconds)
                before = acknowledged(talkers, folder)
                flask(server, "backup", str(folder / "backup"))
                time.sleep(seconds)
                soon(talkers, folder, len(acknowledged(talkers, folder)))
                server.kill()
                said = acknowledged(talkers, folder)
                server.environment["DATABASE_URL"] = again
                flask(server, "restore", str(folder / "backup"))
                db.connect(again)
                new, held = history()
                server.start()
                time.sleep(seconds)
                soon(talkers, folder, len(said))
            in_it = [ack for ack in said if ack["seq"] <= held[ack["conversation"]]]
            _, broken = judged(talkers, folder, lambda ack: ack["epoch"] == new or ack in in_it)
        finally:
            server.kill()
            db.connect(url)
    return {
        "broken": broken, "another epoch": old != new, "all noticed": all(one.reloads == 1 for one in talkers),
        "older than the backup and not in it": len([ack for ack in before if ack not in in_it]),
        "younger than the backup": len(said) > len(in_it),
        "said afterwards": len(acknowledged(talkers, folder)) > len(said) + 10,
    }  # fmt: skip


def fine(found: dict[str, Any]) -> bool:
    print(f"\n{found}")
    return list(found.values()) == [[], True, True, 0, True, True]


@pytest.mark.faults
def test_everybody_sees_what_the_backup_holds_and_what_is_said_after_it(
    world: World, database_url: str, tmp_path: Path
) -> None:
    assert fine(tried(world, database_url, tmp_path, 8, 5))


@pytest.mark.smoke
def test_a_short_talk_is_backed_up_and_brought_back(world: World, database_url: str, tmp_path: Path) -> None:
    assert fine(tried(world, database_url, tmp_path, 2, 1))
