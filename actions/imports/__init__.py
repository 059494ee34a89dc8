"""Importing the records of other systems from files: repeatable, row by row, and without telling anybody."""

from collections.abc import Callable, Iterator
from datetime import datetime
from itertools import islice
from pathlib import Path

from actions.imports import mapping as mappings
from actions.imports import markdown, reading
from actions.imports.articles import Articles
from actions.imports.billing import Invoices, Shipments
from actions.imports.context import Context
from actions.imports.conversations import Conversations
from actions.imports.engine import Importer
from actions.imports.fields import FIELDS
from actions.imports.interactions import Interactions
from actions.imports.lookups import Lookups
from actions.imports.mapping import Columns
from actions.imports.order_lines import OrderLines
from actions.imports.orders import Orders
from actions.imports.organisations import Organisations, Relations
from actions.imports.people import People
from actions.imports.products import Products
from actions.imports.reading import Row, Unreadable
from actions.imports.report import Report
from actions.imports.staff import StaffMembers
from actions.log import record_privately
from models import db, search
from policy import Actor, require

__all__ = ["KINDS", "Report", "Unreadable", "run"]

Progress = Callable[[int, int], None]  # lines done, lines in all
Move = Callable[[datetime], datetime]
CHUNK = 1_000

_IMPORTERS: tuple[type[Importer], ...] = (
    Organisations, Relations, People, StaffMembers, Products, Orders, OrderLines, Shipments, Invoices, Interactions,
    Articles, Conversations,
)  # fmt: skip
_PLURALS = {"person": "people", "staff": "staff"}
KINDS: dict[str, type[Importer]] = {_PLURALS.get(one.kind, f"{one.kind}s"): one for one in _IMPORTERS}


def run(
    actor: Actor,
    kind: str,
    file: Path | str,
    mapping: Path | str | None = None,
    dry_run: bool = False,
    progress: Progress | None = None,
    move: Move | None = None,
) -> Report:
    """Import one file, or folder of articles, in the open unit of work; a bad row never stops the good ones.

    `kind` is a plural or singular of KINDS. A dry run does everything and lets the unit store nothing. Raises
    Forbidden, and Unreadable when the file or its mapping cannot be used at all.
    """
    require(actor, "import:run")
    importer_class, file = _importer(kind), Path(file)
    columns = _columns(importer_class.kind, mapping)
    total = _check(importer_class.kind, file, columns)
    report = Report(kind=importer_class.kind, source=columns.source, file=file.name, dry_run=dry_run)
    importer = importer_class(Context(actor, columns, Lookups(columns.source), move), report)
    for chunk in _chunks(_rows(importer_class.kind, file, columns)):
        importer.take(chunk)
        if progress:
            progress(report.read if file.is_dir() else min(chunk[-1].line, total), total)
    if importer_class is Articles and not dry_run:
        search.rebuild(db.session())
    summary = f"Imported {report.summary()}"
    record_privately(actor, "imported", summary, report.detail())
    if dry_run:
        db.refuse()
    return report


def _importer(kind: str) -> type[Importer]:
    found = KINDS.get(kind) or next((one for one in _IMPORTERS if one.kind == kind), None)
    if found is None:
        raise Unreadable(f"{kind} cannot be imported: use {', '.join(KINDS)}")
    return found


def _columns(kind: str, mapping: Path | str | None) -> Columns:
    columns = mappings.load(Path(mapping)) if mapping else Columns(kind=kind)
    if columns.kind and columns.kind not in (kind, _PLURALS.get(kind, f"{kind}s")):
        raise Unreadable(f"the mapping is for {columns.kind}, not for {kind}")
    mappings.check_fields(columns, FIELDS[kind])
    if kind == "article":
        columns.columns = {name: name for name in FIELDS[kind]} | (columns.columns or {})
    return columns


def _check(kind: str, file: Path, columns: Columns) -> int:
    """Refuse what cannot work before any row is read; returns how many lines (or files) there are."""
    if kind == "article":
        return len(markdown.files(file))
    total = reading.length(file, columns.encoding)
    if file.suffix.lower() in reading.JSON_LINES:
        mappings.check_required(columns, FIELDS[kind])
    else:
        header = reading.header(file, columns.encoding, columns.delimiter)
        mappings.check_columns(columns, header, FIELDS[kind])
    return total


def _rows(kind: str, file: Path, columns: Columns) -> Iterator[Row]:
    if kind == "article":
        return markdown.rows(file, columns.encoding)
    return reading.rows(file, columns.encoding, columns.delimiter)


def _chunks(rows: Iterator[Row]) -> Iterator[list[Row]]:
    while chunk := list(islice(rows, CHUNK)):
        yield chunk
