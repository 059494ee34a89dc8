"""Exports of other systems, made up in the words of those systems, and what a migration makes of them."""

import json
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import func, select

from actions.migrating.report import Report
from channels.migration import Migration
from models import db
from models.conversations import Conversation
from models.files import File
from models.former import FormerMail
from models.types import Base
from policy import SYSTEM
from tests.channels.mails import messages
from tests.world import World

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


def told(row: Conversation) -> list[tuple[Any, ...]]:
    """Who said what to whom."""
    return [(one.author_id or one.signed_as, one.author_side, one.audience, one.channel, one.body)
            for one in messages(row.number)]  # fmt: skip


def at(row: Conversation) -> list[datetime]:
    return [one.at for one in messages(row.number)]


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[arg-type, misc]


def remembered() -> list[str]:
    with db.unit(write=False):
        return list(db.session.scalars(select(FormerMail.message_id).order_by(FormerMail.id)))


def files() -> list[tuple[str, int]]:
    with db.unit(write=False):
        return [(one.name, one.size) for one in db.session.scalars(select(File).order_by(File.id))]


def reasons(report: Any) -> list[str]:
    return [str(one) for one in report.problems]


def the_chang(world: World, row: Conversation, number: str, status: str, priority: str) -> None:
    """The matter that each of the samples tells in its own way."""
    assert (row.external_reference, row.subject, row.status, row.priority) == (
        number, "Where is the Chang?", status, priority)  # fmt: skip
    assert (row.organisation_id, row.person_id, row.assignee_id, row.team_id, row.channel) == (
        world.lehmanns, world.renate.person_id, world.nancy.staff_id, world.teams["support"], "email")  # fmt: skip


def again(source: str, place: Path) -> bool:
    """Migrate an export, and once more: whether that changed nothing."""
    assert migrate(source, place).conversations.taken
    before = everything()
    return migrate(source, place).conversations.taken == 0 and everything() == before
