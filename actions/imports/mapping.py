"""Mapping files: which of our fields stands in which of their columns, and how their values are to be read."""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from actions.imports.reading import Unreadable

SOURCE = "import"  # what rows come from when no mapping names their source
TEXTS = ("kind", "source", "date_format", "decimal", "delimiter", "encoding")
TABLES = ("columns", "defaults", "values")


@dataclass(slots=True)
class Columns:
    """How one file is read: `columns` maps ours to theirs, `values` maps theirs to ours for one field."""

    kind: str = ""
    source: str = SOURCE
    columns: dict[str, str] | None = None
    defaults: dict[str, str] = field(default_factory=dict)
    values: dict[str, dict[str, str]] = field(default_factory=dict)
    date_format: str | None = None
    decimal: str = "."
    delimiter: str = ","
    encoding: str = "utf-8"

    def column(self, name: str) -> str:
        """What a field is called in the file, for messages about it."""
        return (self.columns or {}).get(name, name)

    def cell(self, cells: Mapping[str, Any], name: str) -> Any:
        """Return what a row says about a field: translated, else the default, else None."""
        raw = cells.get(self.column(name)) if self.columns is None or name in self.columns else None
        if isinstance(raw, str):
            raw = self.values.get(name, {}).get(raw, raw)
        if raw is None or (isinstance(raw, str) and not raw.strip()):
            return self.defaults.get(name)
        return raw


def load(file: Path) -> Columns:
    """Read a mapping file. Raises Unreadable, naming what it does not know."""
    try:
        found = tomllib.loads(file.read_bytes().decode("utf-8-sig"))
    except OSError as error:
        raise Unreadable(f"{file} cannot be read: {error.strerror}") from error
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise Unreadable(f"{file.name} is no correct TOML: {error}") from error
    if strange := [name for name in found if name not in (*TEXTS, *TABLES)]:
        raise Unreadable(f"{file.name}: {_unknown('setting', strange, (*TEXTS, *TABLES))}")
    texts: dict[str, Any] = {name: _text(file, name, found[name]) for name in TEXTS if name in found}
    made = Columns(**texts)
    made.columns = _texts(file, "columns", found["columns"]) if "columns" in found else None
    made.defaults = _texts(file, "defaults", found.get("defaults", {}))
    values = found.get("values", {})
    made.values = {
        name: _texts(file, f"values.{name}", table) for name, table in _table(file, "values", values).items()
    }
    _check(file, made)
    return made


def _check(file: Path, made: Columns) -> None:
    if len(made.delimiter) != 1:
        raise Unreadable(f"{file.name}: delimiter must be one character")
    if made.decimal not in (".", ","):
        raise Unreadable(f'{file.name}: decimal must be "." or ","')
    if not made.source.strip():
        raise Unreadable(f"{file.name}: source must name the system that the rows come from")


def _table(file: Path, name: str, value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise Unreadable(f"{file.name}: [{name}] must be a table")
    return value


def _texts(file: Path, name: str, value: Any) -> dict[str, str]:
    return {key: _text(file, f"{name}.{key}", one) for key, one in _table(file, name, value).items()}


def _text(file: Path, name: str, value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str | int | float):
        return str(value)
    raise Unreadable(f"{file.name}: {name} must be text")


def check_fields(mapping: Columns, fields: Mapping[str, Any]) -> None:
    """Refuse a mapping that names fields which the kind does not have. Raises Unreadable."""
    named = [*(mapping.columns or {}), *mapping.defaults, *mapping.values]
    if strange := [name for name in dict.fromkeys(named) if name not in fields]:
        raise Unreadable(_unknown("field", strange, fields))


def check_columns(mapping: Columns, header: list[str], fields: Mapping[str, Any]) -> None:
    """Refuse a mapping that does not fit a CSV file's header. Raises Unreadable."""
    if mapping.columns is None:
        if strange := [name for name in header if name not in fields]:
            raise Unreadable(_unknown("field", strange, fields) + ". Without a mapping, columns carry our names.")
        mapping.columns = {name: name for name in header}
    if strange := [name for name in mapping.columns.values() if name not in header]:
        raise Unreadable(_unknown("column", strange, header))
    if twice := [name for name in mapping.columns.values() if header.count(name) > 1]:
        raise Unreadable(f"the file has several columns called {twice[0]}")
    check_required(mapping, fields)


def check_required(mapping: Columns, fields: Mapping[str, Any]) -> None:
    """Refuse a mapping that leaves out what every row needs. Raises Unreadable."""
    given = {*(mapping.columns or fields), *mapping.defaults}
    if missing := [name for name, one in fields.items() if one.required and name not in given]:
        raise Unreadable(f"{', '.join(missing)}: needed in every row, so map a column or give a default")


def _unknown(what: str, strange: Iterable[str], known: Iterable[str]) -> str:
    known = list(known)
    words = []
    for name in strange:
        near = get_close_matches(name, known, 1)
        words.append(f"{name} (did you mean {near[0]}?)" if near else name)
    return f"unknown {what} {', '.join(words)}; known are {', '.join(known)}"
