"""The mapping of a migration: what in our records stands for what in theirs; nothing is matched by a guess."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from actions.migrating.plain import Unreadable
from models.types import email_key

TABLES = ("organisations", "people", "teams")
KNOWN = ("source", "zone", "ours", "files_of", *TABLES)


@dataclass(slots=True)
class Matches:
    """One run: its source, and by their ids or names our organisations (reference, id or name), addresses and teams."""

    source: str
    zone: str = "UTC"
    ours: frozenset[str] = frozenset()
    files_of: str = ""  # whose the files of people are that nobody here is known to be
    organisations: Mapping[str, str] = field(default_factory=dict)
    people: Mapping[str, str] = field(default_factory=dict)
    teams: Mapping[str, str] = field(default_factory=dict)


def load(file: Path | None, source: str) -> Matches:
    """Read a mapping, or begin with none. Raises Unreadable, naming what it does not know."""
    if file is None:
        return Matches(source)
    try:
        found = tomllib.loads(file.read_bytes().decode("utf-8-sig"))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise Unreadable(f"{file.name} is no correct TOML: {error}") from error
    if strange := [name for name in found if name not in KNOWN]:
        raise Unreadable(f"{file.name}: unknown setting {', '.join(strange)}; known are {', '.join(KNOWN)}")
    tables = {name: _table(file, name, found.get(name, {})) for name in TABLES}
    ours = found.get("ours", [])
    if not isinstance(ours, list) or not all(isinstance(one, str) for one in ours):
        raise Unreadable(f"{file.name}: ours must be a list of addresses and domains")
    texts = {name: found[name] for name in ("source", "zone", "files_of") if name in found}
    if not all(isinstance(one, str) and one.strip() for one in texts.values()):
        raise Unreadable(f"{file.name}: {', '.join(texts)} must be text")
    made = Matches(**{"source": source, **texts}, ours=frozenset(map(email_key, ours)), **tables)  # type: ignore[arg-type]
    try:
        ZoneInfo(made.zone)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise Unreadable(f"{file.name}: zone “{made.zone}” is unknown: use a name such as Europe/Berlin") from error
    return made


def _table(file: Path, name: str, value: Any) -> dict[str, str]:
    if not isinstance(value, dict) or not all(isinstance(one, str | int) for one in value.values()):
        raise Unreadable(f"{file.name}: [{name}] must be a table of texts")
    return {key: str(one) for key, one in value.items()}
