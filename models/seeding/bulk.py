"""Writing in sets on both databases: one way to say numbers, times and chance, and indexes only when all is there."""

import json
import random
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Column, Connection, Table, text

from models import db
from models.seeding.size import Size
from models.types import Base

DAY = 86_400
AS_IT_IS = {"no_parameters": True}  # neither : nor % mean anything
AT_ONCE = "-1000000"  # KiB that SQLite may keep of the pages it writes


class Bulk:
    """What the steps write with; the same seed chooses the same on both databases."""

    def __init__(self, connection: Connection, size: Size) -> None:
        self.connection, self.size = connection, size
        self.sqlite = connection.dialect.name == "sqlite"
        self.passing = "" if self.sqlite else "ON COMMIT DROP"  # SQLite's connection is thrown away
        self.end = int(time.time()) // DAY * DAY  # the last thing happened before today began
        self._chance = random.Random(size.seed)  # noqa: S311

    def run(self, statement: str) -> int:
        """Run one statement as it is; returns how many rows it made."""
        return self.connection.exec_driver_sql(statement, execution_options=AS_IT_IS).rowcount

    def insert(self, table: type[Base], source: str, **values: str) -> int:
        """Insert a row for each of a source, columns by SQL expressions; what is not said gets its default."""
        columns = {column.name: column for column in _table(table).columns}
        for name, column in columns.items():
            if name not in values and not column.nullable and column.default is not None:
                values[name] = self._default(column)
        said = ", ".join(self._fitting(columns[name], value) for name, value in values.items())
        return self.run(f"INSERT INTO {_table(table).name} ({', '.join(values)}) SELECT {said} FROM {source}")

    def _default(self, column: Column[Any]) -> str:
        made: Any = column.default
        value = made.arg(None) if made.is_callable else made.arg
        if isinstance(value, datetime):
            return self.at(str(self.end))
        if isinstance(value, dict | list):
            return quoted(json.dumps(value))
        if isinstance(value, bool):
            return str(value).upper()
        return str(value) if isinstance(value, int | Decimal) else quoted(value)

    def _fitting(self, column: Column[Any], value: str) -> str:
        if column.type.__class__.__name__ == "JSON" and not self.sqlite:
            return f"CAST({value} AS JSONB)"
        return value

    def numbers(self, last: int) -> str:
        """A source of the numbers from 1 on, as n.i."""
        if self.sqlite:
            return f"(WITH RECURSIVE k(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM k WHERE i < {last}) SELECT i FROM k) AS n"
        return f"(SELECT i FROM generate_series(1::bigint, {last}::bigint) AS i) AS n"

    def drawing(self) -> "Draw":
        """A new drawing of chance, other than all before."""
        return Draw(self._chance.randrange(2**29, 2**30) * 2 + 1, self._chance.randrange(2**31))

    def at(self, seconds: str) -> str:
        """The instant so many seconds after 1970, as the column keeps it."""
        if self.sqlite:
            return f"strftime('%Y-%m-%d %H:%M:%S.000000', {seconds}, 'unixepoch')"
        return f"to_timestamp({seconds})"

    def key(self, letter: str, number: str) -> str:
        """A public id of 16 characters for a number below 2^28: never the same twice, and not in order."""
        mixed = f"(CAST({number} AS BIGINT) * 2654435761 % 4294967296)"
        if self.sqlite:
            return f"('{letter}' || printf('%08x%07x', {mixed}, {number}))"
        return f"('{letter}' || lpad(to_hex({mixed}), 8, '0') || lpad(to_hex({number}), 7, '0'))"

    def less(self, one: str, other: str) -> str:
        """The smaller of two numbers."""
        return f"{'min' if self.sqlite else 'least'}({one}, {other})"

    def table(self, name: str, query: str) -> int:
        """Keep a query in a table until all is done; its first column is its key."""
        self.run(f"CREATE TEMPORARY TABLE {name} {self.passing} AS {query}")
        self.run(f"CREATE UNIQUE INDEX ix_{name} ON {name} (id)")
        if not self.sqlite:
            self.run(f"ANALYZE {name}")
        return int(self.connection.execute(text(f"SELECT count(*) FROM {name}")).scalar_one())


def next_ids(connection: Connection) -> None:
    """Let PostgreSQL give new rows the ids after those that were made; SQLite does so by itself."""
    if connection.dialect.name == "sqlite":
        return
    for table in Base.metadata.sorted_tables:
        if "id" in table.columns:
            query = f"SELECT setval(pg_get_serial_sequence('{table.name}', 'id'), max(id)) FROM {table.name} HAVING max(id) > 0"
            connection.exec_driver_sql(query)


class Draw:
    """Chance as arithmetic: the same number draws the same."""

    def __init__(self, factor: int, shift: int) -> None:
        self.factor, self.shift = factor, shift

    def of(self, number: str, most: int) -> str:
        """One of 0 … most - 1, at most four million."""
        return f"((CAST({number} AS BIGINT) * {self.factor} + {self.shift}) % 4294967291 / 1021 % {most})"

    def skewed(self, number: str, most: int) -> str:
        """One of 0 … most - 1, the first ones far more often: a few customers ask a lot."""
        share = f"((CAST({number} AS BIGINT) * {self.factor} + {self.shift}) % 4294967291 / 4294967291.0)"
        cut = f"CAST({most} * {share} * {share} - 0.5 AS BIGINT)"
        return f"CASE WHEN {cut} < 0 THEN 0 ELSE {cut} END"


def quoted(words: str) -> str:
    """A text as SQL says it."""
    return "'" + words.replace("'", "''") + "'"


def _table(table: type[Base]) -> Table:
    found: Any = table.__table__
    return found  # type: ignore[no-any-return]


@contextmanager
def one_transaction() -> Iterator[Connection]:
    """All or nothing. SQLite keeps what was there before beside the file meanwhile, not all that is new."""
    if not db.is_sqlite():
        with db.engine().begin() as connection:
            for setting in ("statement_timeout = 0", "lock_timeout = 5000", "maintenance_work_mem = '512MB'",
                            "work_mem = '256MB'", "synchronous_commit = off"):  # fmt: skip
                connection.execute(text(f"SET LOCAL {setting}"))
            yield connection
        return
    db.engine().dispose()
    with db.engine().connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        for pragma in ("journal_mode=DELETE", "foreign_keys=OFF", f"cache_size={AT_ONCE}", "temp_store=MEMORY"):
            connection.execute(text(f"PRAGMA {pragma}"))
        connection.execute(text("BEGIN EXCLUSIVE"))
        try:
            yield connection
        except BaseException:
            connection.execute(text("ROLLBACK"))
            raise
        else:
            connection.execute(text("COMMIT"))
        finally:
            connection.execute(text("PRAGMA journal_mode=WAL"))
            connection.invalidate()  # the next one is set as the product sets it


@contextmanager
def indexes_aside(connection: Connection) -> Iterator[None]:
    """Take indexes away, and on PostgreSQL what ties tables together, and make them again from what is there then."""
    made = _sqlite_indexes(connection) if connection.dialect.name == "sqlite" else _postgres_indexes(connection)
    for away, _ in made:
        connection.execute(text(away))
    yield
    for _, again in reversed(made):
        connection.exec_driver_sql(again, execution_options=AS_IT_IS)


def _sqlite_indexes(connection: Connection) -> list[tuple[str, str]]:
    query = "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL"
    return [(f"DROP INDEX {row.name}", row.sql) for row in connection.execute(text(query)).all()]


def _postgres_indexes(connection: Connection) -> list[tuple[str, str]]:
    ties = """SELECT conrelid::regclass AS place, conname, pg_get_constraintdef(oid) AS words FROM pg_constraint
        WHERE contype IN ('f', 'u') AND connamespace = current_schema()::regnamespace ORDER BY contype, conname"""
    plain = """SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = current_schema() AND NOT EXISTS
        (SELECT 1 FROM pg_constraint WHERE conname = indexname)"""
    found = [
        (f"ALTER TABLE {row.place} DROP CONSTRAINT {row.conname}",
         f"ALTER TABLE {row.place} ADD CONSTRAINT {row.conname} {row.words}")
        for row in connection.exec_driver_sql(ties, execution_options=AS_IT_IS)
    ]  # fmt: skip
    return found + [(f"DROP INDEX {row.indexname}", row.indexdef) for row in connection.execute(text(plain))]


def statistics() -> None:
    """Count what the planner goes by, and let PostgreSQL note which pages everybody may see."""
    with db.engine().connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        if not db.is_sqlite():
            connection.execute(text("SET statement_timeout = 0"))
        connection.execute(text("ANALYZE" if db.is_sqlite() else "VACUUM ANALYZE"))
        if not db.is_sqlite():
            connection.invalidate()
