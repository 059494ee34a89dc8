"""A sample of the table on PostgreSQL, and the events of the wire through a real server with everybody connected at once."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from app import create_app
from config import Settings
from models import db, storage
from tests.authorisation import table
from tests.authorisation.actors import SIGNED_IN
from tests.authorisation.row import ROWS, Row
from tests.authorisation.runner import WORDS, Outcome, Runner, fits
from tests.authorisation.world import Stage, build_stage
from tests.live import Server, wires

EVERY = 11


@pytest.fixture
def stage(database: str, settings: Settings) -> Stage:
    """The world of the table in the database of this test, its files in a folder of this test."""
    storage.use(settings)
    with db.unit(write=True):
        return build_stage()


@pytest.fixture
def sampler(database: str, stage: Stage, settings: Settings) -> Iterator[Runner]:
    """Everybody signed in, before an application whose database is not put back."""
    runner = Runner(create_app(settings), stage, None)
    yield runner
    runner.close()


def test_every_database_gives_the_same_verdicts(sampler: Runner, database: str) -> None:
    """Only what changes nothing: what is read, and what is denied. SQLite has the whole table."""
    if database.startswith("sqlite"):
        pytest.skip("the whole table runs on SQLite")
    wrong = []
    for row in ROWS[::EVERY]:
        for actor, verdict in row.verdicts.items():
            if verdict != "allow" or row.operation.startswith(("GET", "may")):
                wrong += sampler.judge(row, actor)
    assert not wrong, "\n" + "\n".join(wrong)


# In process the table has every event in every relation; here stand those in which somebody else could hear something.
HEARD = ("own", "to ", "other organisation", "share revoked", "about nothing")
EVENTS = [row for row in ROWS if table.is_event(row.operation) and row.relation.startswith(HEARD)]


@pytest.fixture
def server(stage: Stage, database: str, tmp_path: Path) -> Iterator[Server]:
    """The product, running."""
    made = Server(database, tmp_path).start()
    yield made
    made.kill()


def test_the_wire_gives_everybody_what_the_table_says_and_nobody_hears_more(
    stage: Stage, server: Server, settings: Settings, database: str
) -> None:
    """One connection for each of the cast, all of them with every conversation open that they may open."""
    if database.startswith("postgresql"):
        pytest.skip("tests/realtime runs the wire on PostgreSQL")
    speaker = Speaker(stage, settings)
    everybody = sorted(SIGNED_IN)
    wrong = []
    with wires(server, *(getattr(stage.cast, name) for name in everybody)) as opened:
        lines = dict(zip(everybody, opened, strict=True))
        for row in EVENTS:
            for name, line in lines.items():
                answer = line.ask(row.operation, **speaker.resolve(row.call.json, name))
                wrong += speaker.unexpected(row, name, answer)
        for name, line in lines.items():
            wrong += [f"{name} heard {leak}" for leak in speaker.tap.leaks(name, line.all_bytes())]
    assert not wrong, "\n" + "\n".join(wrong)


class Speaker(Runner):
    """Knows what stands for what in the table, without an application of its own."""

    def __init__(self, stage: Stage, settings: Settings) -> None:
        from tests.authorisation.canaries import Tap

        self.stage, self.tap, self.keeper = stage, Tap(stage), None

    def unexpected(self, row: Row, name: str, answer: dict[str, object] | None) -> list[str]:
        """What is not as the table says about one answer; whether anybody heard of it is seen at the end."""
        said = "allow" if answer is None or answer.get("ok") else WORDS.get(str(answer["error"]), str(answer["error"]))
        where, expected = f"{row.operation} ({row.relation}) as {name}", row.verdicts[name]
        found = [f"{where} was shown {leak}" for leak in self.tap.leaks(name, str(answer))]
        if expected != "nothing" and not fits(Outcome(said), expected, []):
            found.append(f"{where}: {expected} expected, {said} came")
        return found
