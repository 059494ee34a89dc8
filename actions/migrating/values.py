"""Reading single values of exports: times, names, references, and files that lie beside an export."""

import base64
import binascii
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from actions.migrating.plain import OldFile, Tools, Unreadable
from models import text

MILLISECONDS = 100_000_000_000  # a count of seconds as large as this would be the year 5138
BLOCK = 1 << 20


def time(value: Any, tools: Tools) -> datetime | None:
    """Read a moment as UTC: seconds or milliseconds since 1970, or ISO 8601. Raises Unreadable; None for nothing."""
    if value in (None, "", "0000-00-00 00:00:00") or isinstance(value, bool):
        return None
    try:
        if isinstance(value, int | float) or str(value).replace(".", "", 1).isdigit():
            count = float(value)
            return datetime.fromtimestamp(count / 1000 if count >= MILLISECONDS else count, UTC)
        found = datetime.fromisoformat(_iso(str(value).strip()))
        return (found if found.tzinfo else found.replace(tzinfo=ZoneInfo(tools.zone))).astimezone(UTC)
    except (ValueError, OverflowError, OSError) as error:
        raise Unreadable(f"“{str(value)[:40]}” is no time") from error


def _iso(words: str) -> str:
    """As Python reads it: Zendesk and Freshdesk write `2015-08-24 11:20:00 UTC` and `… +0200` in some exports."""
    if words.endswith(" UTC"):
        return words[:-4] + "+00:00"
    head, blank, zone = words.rpartition(" ")
    return head + zone if blank and zone[:1] in "+-" and "T" not in zone and ":" in head else words


def words(value: Any) -> str:
    """A single line; nothing for what is none."""
    if value is None or isinstance(value, bool | list | dict):
        return ""
    return " ".join(str(value).split())


def called(value: Any) -> str:
    """A reference as text; nothing for none, and for the zero that stands for none."""
    found = words(value)
    return "" if found == "0" else found


def body(value: Any) -> str:
    """The words of a message; nothing for what is none."""
    return value if isinstance(value, str) else ""


def a_list(value: Any) -> list[dict[str, Any]]:
    """The objects of a list; whatever else it holds is left out."""
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def of_html(page: str, tools: Tools) -> str:
    """The words of a message written as HTML, read apart as that of a mail is. Raises Unreadable."""
    if "<" not in page and "&" not in page:
        return page
    head = b"Content-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"
    found: str = tools.read_mail(head + page.encode("utf-8", "replace"))["text"]
    return found


def beside(export: Path, name: str, *references: str) -> OldFile:
    """A file below `attachments` beside an export, under one of its references there, or under its own name."""
    safe = text.file_name(name or "file")
    folder = (export if export.is_dir() else export.parent) / "attachments"

    def read() -> bytes:
        keys = [text.file_name(one) for one in references if one]
        for place in [p for one in keys for p in (folder / one / safe, folder / f"{one}-{safe}", folder / one)]:
            if place.is_file() and place.resolve().is_relative_to(folder.resolve()):
                return place.read_bytes()
        alone = folder / safe
        if not keys and alone.is_file() and alone.resolve().is_relative_to(folder.resolve()):
            return alone.read_bytes()
        raise Unreadable("is not in the folder attachments beside the export")

    return OldFile(safe, read)


def inline(name: str, content: str) -> OldFile:
    """A file whose bytes stand in the export as base64."""

    def read() -> bytes:
        try:
            return base64.b64decode(content, validate=False)
        except (binascii.Error, ValueError) as error:
            raise Unreadable("is no base64") from error

    return OldFile(text.file_name(name or "file"), read)


def files_of(place: Path, *endings: str) -> list[Path]:
    """The files of an export: itself, or those of a folder, by name. Raises Unreadable where there are none."""
    if place.is_file():
        return [place]
    found = sorted(one for one in place.iterdir() if one.is_file() and one.suffix.lower() in endings)
    if not found:
        raise Unreadable(f"{place} holds no file that ends in {' or '.join(endings)}")
    return found


def objects(file: Path) -> Iterator[tuple[int, Any]]:
    """What a JSON file holds, each with the line or place it stands at: one object per line, or one document.

    A line that is no JSON comes as ValueError in its place. Raises Unreadable for a document that is none.
    """
    if _lines(file):
        with open(file, encoding="utf-8-sig", errors="surrogateescape") as opened:
            for number, line in enumerate(opened, 1):
                if line.strip():
                    yield number, _parsed(line)
        return
    try:
        yield 1, json.loads(file.read_bytes().decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise Unreadable(f"is no correct JSON: {error}") from error


def is_list(file: Path) -> bool:
    """Whether a JSON file is one list."""
    with open(file, "rb") as opened:
        return opened.read(BLOCK).removeprefix(b"\xef\xbb\xbf").lstrip()[:1] == b"["


def _parsed(line: str) -> Any:
    try:
        return json.loads(line.strip().encode("utf-8", "surrogateescape").decode())
    except (ValueError, RecursionError) as error:
        return error if isinstance(error, ValueError) else ValueError("it is nested too deeply")


def _lines(file: Path) -> bool:
    """Whether each line of a file is an object of its own: its first line is a whole one, and no other way to end."""
    if file.suffix.lower() in (".jsonl", ".ndjson"):
        return True
    with open(file, "rb") as opened:
        first = opened.readline(64 * BLOCK).removeprefix(b"\xef\xbb\xbf").strip()
        more = opened.readline(BLOCK).strip()
    if not more:
        return False
    try:
        return isinstance(json.loads(first), dict)
    except (ValueError, RecursionError):
        return False
