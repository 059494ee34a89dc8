"""Migrations go up, down and up again over the loaded demo business, and no row is lost."""

import re
import shutil
from pathlib import Path

import pytest
from sqlalchemy import create_engine, inspect, text

from models import db
from models.migrations import run
from models.types import Base
from tests.databases import go_on_counting


def counts(url: str) -> dict[str, int]:
    engine = create_engine(url)
    with engine.connect() as connection:
        # What the search index keeps inside itself may be laid out anew; its rows are counted.
        inner = re.compile("alembic.*|article_search.*_(data|idx|content|docsize|config)")
        names = [name for name in inspect(connection).get_table_names() if not inner.fullmatch(name)]
        found = {name: connection.execute(text(f'SELECT count(*) FROM "{name}"')).scalar_one() for name in names}
    engine.dispose()
    return found


def revisions() -> list[str]:
    from alembic.script import ScriptDirectory

    return [one.revision for one in ScriptDirectory.from_config(run.alembic()).walk_revisions()]


def test_there_is_one_head(database: str) -> None:
    from alembic.script import ScriptDirectory

    assert len(ScriptDirectory.from_config(run.alembic()).get_heads()) == 1


def test_the_migrations_make_exactly_the_tables_of_the_models(database: str) -> None:
    there = set(inspect(db.engine()).get_table_names())
    assert {table.name for table in Base.metadata.sorted_tables} <= there


@pytest.mark.skipif(len(revisions()) < 2, reason="there is only one migration to go down to")
def test_down_and_up_again_keeps_every_row_of_the_demo(demo_database: Path, tmp_path: Path) -> None:
    for file in demo_database.glob("loggia.db*"):
        shutil.copy(file, tmp_path / file.name)
    url = f"sqlite:///{tmp_path}/loggia.db"
    before = counts(url)
    assert before["orders"] >= 830
    db.connect(url)
    for down in revisions()[1:]:
        run.downgrade(down)
        there = counts(url)
        assert there == {name: n for name, n in before.items() if name in there}
        run.upgrade()
        assert counts(url) == before
    db.engine().dispose()


def test_everything_goes_away_and_comes_back(database: str) -> None:
    run.downgrade("base")
    assert set(inspect(db.engine()).get_table_names()) <= {"alembic_version"}
    run.upgrade()
    assert run.current()
    if database.startswith("postgresql"):
        go_on_counting(database)
