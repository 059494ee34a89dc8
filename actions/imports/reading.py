"""Reading files of rows: CSV and JSON lines, with the line each row begins at and what is wrong with it."""

import csv
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TextIO

BLOCK = 1 << 20
JSON_LINES = (".jsonl", ".ndjson")


class Unreadable(Exception):
    """A file or mapping that cannot be used at all: nothing of it was imported; the message says what to change."""


@dataclass(slots=True)
class Row:
    """One record of a file, not yet understood; `problem` says why when it cannot even be read."""

    line: int
    cells: dict[str, Any] = field(default_factory=dict)
    problem: str | None = None
    file: str = ""
    extra: dict[str, Any] = field(default_factory=dict)  # what the file itself tells: an article's name and language


@contextmanager
def opened(file: Path, encoding: str) -> Iterator[TextIO]:
    """Open a text file as it is, without its byte order mark. Raises Unreadable."""
    name = "utf-8-sig" if encoding.lower().replace("_", "-") in ("utf-8", "utf8") else encoding
    try:
        with open(file, encoding=name, newline="") as text:
            yield text
    except LookupError as error:
        raise Unreadable(f"{encoding} is no encoding of text: use utf-8, cp1252 or iso-8859-1") from error
    except UnicodeError as error:
        raise Unreadable(f"{file.name} is not {encoding}: set `encoding` in the mapping, cp1252 for example") from error
    except OSError as error:
        raise Unreadable(f"{file} cannot be read: {error.strerror}") from error


def length(file: Path, encoding: str) -> int:
    """Count the lines, and make sure first that every one of them can be decoded. Raises Unreadable."""
    with opened(file, encoding) as text:
        return sum(block.count("\n") for block in iter(lambda: text.read(BLOCK), "")) + 1


def header(file: Path, encoding: str, delimiter: str) -> list[str]:
    """Return the names of a CSV file's columns. Raises Unreadable."""
    with opened(file, encoding) as text:
        try:
            found = next(csv.reader(text, delimiter=delimiter, strict=True), [])
        except csv.Error as error:
            raise Unreadable(f"{file.name}, line 1: the header cannot be read: {error}") from error
    if not any(name.strip() for name in found):
        raise Unreadable(f"{file.name} is empty: its first line must name the columns")
    return found


def rows(file: Path, encoding: str = "utf-8", delimiter: str = ",") -> Iterator[Row]:
    """Read a file of CSV or JSON lines, row by row; blank lines are passed over."""
    if file.suffix.lower() in JSON_LINES:
        yield from _json_rows(file, encoding)
        return
    with opened(file, encoding) as text:
        reader = csv.reader(text, delimiter=delimiter, strict=True)
        names = next(reader, [])
        for line, cells, problem in _records(reader):
            ragged = f"has {len(cells)} cells where the header has {len(names)}"
            wrong = problem or (ragged if len(cells) != len(names) else None)
            yield Row(line, {} if wrong else dict(zip(names, cells, strict=True)), wrong)


def _records(reader: Any) -> Iterator[tuple[int, list[str], str | None]]:
    """A record that breaks the rules of quoting is named, and reading goes on behind it."""
    while True:
        line = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield line, [], _quoting(str(error), line, reader.line_num)
        else:
            if cells:
                yield line, cells, None


def _quoting(error: str, first: int, last: int) -> str:
    where = f" (it reaches to line {last}, nothing of it was taken)" if last > first else ""
    if error == "unexpected end of data":
        return f"opens a quotation mark that is never closed{where}"
    return f"is no correct CSV: {error}{where}"


def _json_rows(file: Path, encoding: str) -> Iterator[Row]:
    with opened(file, encoding) as text:
        for number, line in enumerate(text, 1):
            if line.strip():
                yield _json_row(number, line)


def _json_row(number: int, line: str) -> Row:
    """Numbers stay the text they are written as, so that no amount passes through a float."""
    try:
        found = json.loads(line, parse_float=str, parse_int=str, parse_constant=str)
    except (ValueError, RecursionError) as error:
        return Row(number, problem=f"is no correct JSON: {error}")
    if not isinstance(found, dict):
        return Row(number, problem="must be a JSON object: {…}")
    return Row(number, found)
