"""Exports of other systems, made up in the words of those systems, and what a migration makes of them."""

import json
import tempfile
from pathlib import Path
from typing import Any

from sqlalchemy import func, select

from actions.migrating.report import Report
from channels.migration import Migration
from models import db
from models.types import Base
from policy import SYSTEM

EXPORTS = Path(__file__).parent / "exports"


def migrate(source: str, place: Path, matches: str = "", dry_run: bool = False) -> Report:
    """Migrate an export, with a mapping given as text."""
    with tempfile.TemporaryDirectory() as folder:
        toml = Path(folder) / "map.toml"
        toml.write_text(matches)
        return Migration(SYSTEM, source, place, toml if matches else None, dry_run).run()


def lines(folder: Path, *conversations: dict[str, Any]) -> Path:
    """An export in JSON lines."""
    file = folder / "chats.jsonl"
    file.write_text("".join(json.dumps(one) + "\n" for one in conversations))
    return file


def talk(number: Any, *said: tuple[str, str], **more: Any) -> dict[str, Any]:
    """One conversation of JSON lines: who said what, a minute apart."""
    messages = [{"from": who, "ts": 1_589_375_958 + 60 * place, "text": text} for place, (who, text) in enumerate(said)]
    return {"id": number, "messages": messages} | more


def everything() -> dict[str, list[Any]]:
    """All that is stored, table by table."""
    with db.unit(write=False):
        return {
            table.name: sorted(map(repr, db.session.execute(select(table)))) for table in Base.metadata.sorted_tables
        }


def number_of(*tables: Any) -> tuple[int, ...]:
    """How many rows tables have."""
    with db.unit(write=False):
        return tuple(db.session.scalar(select(func.count()).select_from(table)) or 0 for table in tables)


def counted(report: Report) -> list[tuple[int, int, int, int]]:
    """Read, taken, here before and refused, of conversations, messages and files."""
    counts = (report.conversations, report.messages, report.files)
    return [(one.read, one.taken, one.here, one.refused) for one in counts]
