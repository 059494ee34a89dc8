"""The databases of tests: made and migrated once, filled with the cast in one step, and swept after each test."""

import os
import uuid
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy import Engine, Table, create_engine, event, insert, inspect, select, text
from sqlalchemy.orm import Session
from sqlalchemy.pool import Pool

from models import db, share_rules
from models.migrations import run as migrations
from models.types import Base
from tests import world as cast

POSTGRES = os.environ.get("TEST_DATABASE_URL", "postgresql+psycopg://postgres@127.0.0.1:5432/test")


def _postgres_answers() -> bool:
    try:
        engine = create_engine(POSTGRES, connect_args={"connect_timeout": 2})
        with engine.connect() as connection:
            connection.execute(text("SELECT 1"))
        engine.dispose()
    except Exception:
        return False
    return True


def at_ease(connection: Any, _: Any) -> None:
    """Let no test wait for the disk of the database server: what it would lose with its machine, nobody misses."""
    if isinstance(connection, psycopg.Connection):
        connection.execute("SET synchronous_commit TO off")
        connection.commit()


event.listen(Pool, "connect", at_ease)


@contextmanager
def as_installed() -> Iterator[None]:
    """Connect as the product does where it is used."""
    event.remove(Pool, "connect", at_ease)
    db.engine().dispose()
    yield
    db.engine().dispose()
    event.listen(Pool, "connect", at_ease)


BACKENDS = ["sqlite", "postgresql"] if _postgres_answers() else ["sqlite"]


@dataclass
class Backend:
    """Where tests keep their rows: SQLite files copied from a template, or one PostgreSQL database swept after each test."""

    kind: str
    place: str
    world: cast.World | Any = None
    rows: dict[Table, list[dict[str, Any]]] = field(default_factory=dict)

    @property
    def url(self) -> str:
        """Always the same, so that what was compiled for one test serves the next."""
        if self.kind == "sqlite":
            return f"sqlite:///{Path(self.place) / 'loggia.db'}"
        return POSTGRES.rsplit("/", 1)[0] + "/" + self.place


@contextmanager
def postgres_of_its_own() -> Iterator[str]:
    """The name of a migrated PostgreSQL database that nobody else uses, gone afterwards."""
    place = f"loggia_test_{uuid.uuid4().hex[:8]}"
    _admin(f"CREATE DATABASE {place}")
    url = Backend("postgresql", place).url
    migrate(url)
    yield place
    keeping(url).dispose()
    _admin(f"DROP DATABASE {place} WITH (FORCE)")


def _admin(statement: str) -> None:
    engine = create_engine(POSTGRES, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(statement))
    engine.dispose()


def migrate(url: str) -> None:
    db.connect(url)
    migrations.upgrade()
    db.engine().dispose()


@cache
def keeping(url: str) -> Engine:
    """The engine by which a database is kept clean: one for all tests, beside those that the product makes."""
    return create_engine(url)


def sweep(url: str, keep: tuple[str, ...] = ()) -> None:
    """Empty every table; quicker than a database of its own for each test."""
    with keeping(url).begin() as connection:
        sqlite = connection.dialect.name == "sqlite"
        connection.execute(text("PRAGMA foreign_keys=OFF" if sqlite else "SET session_replication_role = replica"))
        there = inspect(connection)
        tables = [one for one in there.get_table_names() if not one.startswith("article_search")]
        emptied = [f'DELETE FROM "{one}"' for one in tables if one not in ("alembic_version", "settings", *keep)]  # noqa: S608
        emptied += ["DELETE FROM article_search", "DELETE FROM settings WHERE name <> 'epoch'"]
        ready = not sqlite and there.has_schema(READY)
        if ready:
            emptied += [f"INSERT INTO {one} SELECT * FROM {READY}.{one}" for one in RULES]  # noqa: S608
        for statements in emptied if sqlite else ["; ".join(emptied)]:
            connection.exec_driver_sql(statements)
    if not ready:
        _make_ready(url)
    SWEPT[url] += 1
    if url.startswith("postgresql") and SWEPT[url] % 16 == 0:
        _take_away_the_dead(url)


READY, RULES = "ready", ("field_sets", "share_rules")  # the schema of a PostgreSQL database with what is never missing


def _make_ready(url: str) -> None:
    """Install the rules that every installation has, and on PostgreSQL keep a copy of them."""
    with Session(keeping(url)) as session, session.begin():
        share_rules.install(session)
        if url.startswith("postgresql"):
            copies = [f"CREATE TABLE {READY}.{one} AS TABLE {one}" for one in RULES]
            session.connection().exec_driver_sql("; ".join([f"CREATE SCHEMA {READY}", *copies]))


SWEPT: Counter[str] = Counter()


def _take_away_the_dead(url: str) -> None:
    """Rows deleted by every test would stay in the way of each look, where the server does not vacuum by itself."""
    with keeping(url).connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM"))


def go_on_counting(url: str) -> None:
    """New tables count from one: far above the cast, which is put back with the numbers it had."""
    with keeping(url).begin() as connection:
        for name in inspect(connection).get_sequence_names():
            connection.execute(text(f'ALTER SEQUENCE "{name}" RESTART WITH 100000'))


def whole(url: str) -> bool:
    """Whether the tables are there: a test of migrations may have taken them away."""
    with keeping(url).connect() as connection:
        return inspect(connection).has_table("settings")


KEPT = "kept"  # the schema of a PostgreSQL database in which the cast waits to be put back


def snapshot() -> dict[Table, list[dict[str, Any]]]:
    """Everything there is, to be put back before the next test."""
    with db.engine().connect() as connection:
        found = {table: connection.execute(select(table)).mappings().all() for table in Base.metadata.sorted_tables}
    return {
        table: [dict(row) for row in rows]
        for table, rows in found.items()
        if rows and table.name not in ("settings", *RULES)
    }


def restore(url: str, rows: dict[Table, list[dict[str, Any]]]) -> None:
    with keeping(url).begin() as connection:
        if connection.dialect.name == "sqlite":
            connection.execute(text("PRAGMA defer_foreign_keys=ON"))
        else:
            connection.execute(text("SET session_replication_role = replica"))
        if inspect(connection).has_schema(KEPT):
            columns = {
                one: ", ".join(f'"{column.name}"' for column in one.columns if not column.computed) for one in rows
            }
            copied = [f'INSERT INTO "{one}" ({columns[one]}) SELECT {columns[one]} FROM {KEPT}."{one}"' for one in rows]  # noqa: S608
            connection.exec_driver_sql("; ".join(copied))
            return
        for table, given in rows.items():
            connection.execute(insert(table), given)
        if connection.dialect.name == "postgresql":
            kept = [f'CREATE TABLE {KEPT}."{one}" AS TABLE "{one}"' for one in rows]
            connection.exec_driver_sql("; ".join([f"CREATE SCHEMA {KEPT}", *kept]))


def hang_up() -> None:
    """Let go of a file, which is another one in the next test; connections to a server stay, since it knows them by then."""
    if db.is_sqlite():
        db.engine().dispose()
