"""Keeps the world as it was: sees what was written to a SQLite file, and puts it back."""

import sqlite3
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import Table

from models.types import Base

# What is written although nothing is changed: who looked, who tried to sign in.
BESIDE = {
    "sessions",
    "read_log",
    "read_log_records",
    "sign_in_codes",
    "idempotency_keys",
    "alembic_version",
    "counters",
}
# Everybody was here a moment ago, and stays so: else each request would write that, and everything be put back for it.
LATELY = (
    "UPDATE sessions SET last_seen_at = '2999-01-01 00:00:00.000000'",
    "UPDATE tokens SET used_at = '2999-01-01 00:00:00.000000' WHERE purpose = 'api'",
)
SEEN = {("tokens", "used_at")}
LOOKS = {"record_read", "sign_in_failed", "signed_in", "signed_out"}


@dataclass
class Ways:
    """How everybody comes in, by name: the cookie of the page, its form token, and a token for API and wire."""

    cookies: dict[str, str] = field(default_factory=dict)
    csrf: dict[str, str] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)


class Keeper:
    """The world in memory, and a second connection that notices every commit of the application."""

    def __init__(self, file: Path) -> None:
        self.watch = sqlite3.connect(file, check_same_thread=False)
        self.kept = sqlite3.connect(":memory:", check_same_thread=False)
        for statement in LATELY:
            self.watch.execute(statement)
        self.watch.commit()
        self.watch.backup(self.kept)
        self.tables = {one.name: compared(one) for one in Base.metadata.sorted_tables if one.name not in BESIDE}
        self.before, self.version = self.read(), self._version()

    def _version(self) -> int:
        return int(self.watch.execute("PRAGMA data_version").fetchone()[0])

    def read(self) -> dict[str, list[Any]]:
        """All that stands in each table of the business."""
        return {name: self.watch.execute(query).fetchall() for name, query in self.tables.items()}

    def written(self) -> list[str]:
        """The tables of the business that changed since the last look; everything is put back as it was."""
        if self._version() == self.version:
            return []
        now = self.read()
        self.kept.backup(self.watch)
        self.version = self._version()
        return [name for name, value in now.items() if value != self.before[name]]

    def close(self) -> None:
        self.watch.close()
        self.kept.close()


def compared(table: Table) -> str:
    """The statement by which a table is read to be compared."""
    columns = ", ".join(f'"{one.name}"' for one in table.columns if (table.name, one.name) not in SEEN)
    where = f"WHERE kind NOT IN ({', '.join(map(repr, sorted(LOOKS)))})" if table.name == "interactions" else ""
    return f"SELECT {columns} FROM {table.name} {where} ORDER BY 1, 2"  # noqa: S608
