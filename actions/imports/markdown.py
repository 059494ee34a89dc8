"""Reading a folder of Markdown files as articles: what stands above the text, the text, and the languages."""

import json
import re
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from typing import Any

from actions.imports.reading import Row, Unreadable, opened

_NAME = re.compile(r"(?P<slug>.+?)\._?(?P<language>[a-z]{2})")  # delivery.de.md, delivery._de.md
_KEY = re.compile(r"([A-Za-z_][\w-]*):(?:\s+(.*))?$")
_HEADING = re.compile(r"^#\s+(.+?)\s*#*\s*$", re.MULTILINE)
SUFFIXES = (".md", ".markdown")


def files(place: Path) -> list[Path]:
    """All Markdown files below a folder, or the one file; an article's own stands before its translations."""
    if place.is_file():
        return [place]
    if not place.is_dir():
        raise Unreadable(f"{place} is neither a folder nor a file")
    found = [file for file in place.rglob("*") if file.suffix in SUFFIXES and file.is_file()]
    return sorted(found, key=lambda file: (*_reference(place, file), file.name))


def _reference(place: Path, file: Path) -> tuple[str, str]:
    """An article's reference is its path without language and suffix; the language is empty for its own file."""
    match = _NAME.fullmatch(file.stem)
    slug, language = (match["slug"], match["language"]) if match else (file.stem, "")
    folder = file.parent.relative_to(place) if place.is_dir() else Path()
    return (folder / slug).as_posix(), language


def rows(place: Path, encoding: str = "utf-8") -> Iterator[Row]:
    """Read each file as one row; an article takes the keywords of its translations, so that search finds it by them."""
    by_article = groupby(files(place), key=lambda file: _reference(place, file)[0])
    for reference, versions in by_article:
        files_of = list(versions)
        group = [_row(place, file, reference, encoding) for file in files_of]
        words = [word for row in group for word in row.cells.get("keywords", [])]
        if words:
            group[0].cells["keywords"] = list(dict.fromkeys(words))
        group[0].extra["leads"] = "translation" if _reference(place, files_of[0])[1] else "article"
        yield from group


def _row(place: Path, file: Path, reference: str, encoding: str) -> Row:
    name = file.relative_to(place).as_posix() if place.is_dir() else file.name
    try:
        with opened(file, encoding) as stream:
            words = stream.read().replace("\r\n", "\n")
    except Unreadable as error:
        return Row(1, problem=str(error), file=name, extra={"reference": reference})
    cells, body = split(words)
    heading = _HEADING.search(body)
    slug = reference.rsplit("/", 1)[-1]
    cells.setdefault("title", heading[1] if heading else _heading(slug))
    cells["language"] = cells.get("language") or _reference(place, file)[1] or "en"
    cells["body"] = body
    cells |= {name: _words(cells[name]) for name in ("keywords", "related") if name in cells}
    if "category" not in cells and "/" in reference:
        cells["category"] = "/".join(_heading(part) for part in reference.split("/")[:-1])
    return Row(1, cells, file=name, extra={"reference": reference, "slug": slug})


def _heading(name: str) -> str:
    """Make words of a file's or folder's name."""
    return name.replace("-", " ").replace("_", " ").strip().capitalize()


def _words(given: Any) -> list[str]:
    """A list may also stand as words with commas between them, as writers of front matter do."""
    parts = given if isinstance(given, list) else re.split(r"[,;、，]", str(given))
    return [part.strip() for part in parts if part.strip()]


def split(words: str) -> tuple[dict[str, Any], str]:
    """Part a file into its front matter and its text."""
    if not words.startswith("---\n"):
        return {}, words
    head, found, body = words[4:].partition("\n---\n")
    if words[4:].startswith("---\n"):
        head, found, body = "", "---", words[8:]
    return (front_matter(head), body.lstrip("\n")) if found else ({}, words)


def front_matter(head: str) -> dict[str, Any]:
    """Read the simple YAML that front matter is written in: words, quoted words, lists, folded text."""
    found: dict[str, Any] = {}
    key = ""
    for line in head.split("\n"):
        if match := _KEY.match(line):
            key = match[1]
            found[key] = _value((match[2] or "").strip())
        elif key and line.strip().startswith("- "):
            found[key] = [*(found[key] if isinstance(found[key], list) else []), _word(line.strip()[2:].strip())]
        elif key and line.startswith(" ") and isinstance(found[key], str):
            found[key] = f"{found[key]} {line.strip()}".strip()
    return found


def _value(raw: str) -> Any:
    if raw.startswith("[") and raw.endswith("]"):
        return [_word(part) for part in re.findall(r'"(?:[^"\\]|\\.)*"|\'[^\']*\'|[^,\s][^,]*', raw[1:-1])]
    return "" if raw in ("|", ">", "|-", ">-", "null", "~") else _word(raw)


def _word(raw: str) -> str:
    raw = raw.strip()
    if raw.startswith('"') and raw.endswith('"') and len(raw) > 1:
        try:
            return str(json.loads(raw))
        except ValueError:
            return raw[1:-1]
    if raw.startswith("'") and raw.endswith("'") and len(raw) > 1:
        return raw[1:-1].replace("''", "'")
    return raw
