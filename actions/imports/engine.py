"""Comparing the rows of a file with what is stored and writing the difference, a chunk at a time.

A row is understood in full before anything is written; what only the database can refuse is fenced by savepoints.
"""

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import bindparam, insert, select, update
from sqlalchemy.exc import DataError, IntegrityError

from actions.imports.context import Context
from actions.imports.fields import FIELDS, Field
from actions.imports.lookups import Named, Unknown
from actions.imports.reading import Row
from actions.imports.report import Report
from actions.imports.values import BadValue
from models.db import session
from models.staff import Location
from models.text import BadText
from models.types import Base, opaque

Problem = tuple[str | None, str]
Rows = dict[Hashable, Mapping[Any, Any]]  # what is stored, by the key of its row
UNIQUE = {
    "orders": ("number",), "conversations": ("number",), "order_lines": ("order_id", "line"), "staff": ("person_id",),
    "relations": ("kind", "from_id", "to_id"), "article_texts": ("article_id", "language"),
}  # fmt: skip


class Refused(ValueError):
    """A row that is understood but cannot be taken: (field or None, reason)."""

    def __init__(self, name: str | None, reason: str) -> None:
        super().__init__(reason)
        self.name = name


@dataclass(slots=True, eq=False)
class Item:
    """One row on its way: what it says by field, what is stored by column, and what shall be."""

    row: Row
    given: dict[str, Any] = field(default_factory=dict)
    key: Hashable = None
    before: Mapping[Any, Any] | None = None
    values: dict[str, Any] = field(default_factory=dict)
    id: int | None = None
    problems: list[Problem] = field(default_factory=list)

    @property
    def new(self) -> bool:
        return self.before is None


def plain(value: Any) -> Any:
    """Return what a column stores: a record's id, a list for a JSON column; what is still to be made stays itself."""
    if isinstance(value, Named) and value.id is None:
        return value
    if isinstance(value, tuple) and not hasattr(value, "id"):
        return list(value)
    return getattr(value, "id", value)


def read_fields(
    context: Context, fields: Mapping[str, Field], cells: Mapping[str, Any]
) -> tuple[dict[str, Any], list[Problem]]:
    """Read every field of a row that its mapping mentions; returns the values and what is wrong with the others."""
    mapping = context.mapping
    given: dict[str, Any] = {}
    problems: list[Problem] = []
    known = fields if mapping.columns is None else {*mapping.columns, *mapping.defaults}
    for name, one in fields.items():
        raw = mapping.cell(cells, name)
        if raw is None:
            if one.required:
                problems.append((name, "is empty: every row needs it"))
            elif name in known and (mapping.columns is not None or name in cells):
                given[name] = one.default
            continue
        try:
            given[name] = one.parse(raw, context)
        except (BadValue, BadText, Unknown) as error:
            problems.append((name, str(error)))
    return given, problems


class Importer:
    """One kind of row with a table of its own, found again by source and external reference."""

    kind: str
    model: type[Base]

    def __init__(self, context: Context, report: Report) -> None:
        self.context, self.report = context, report
        self.fields = FIELDS[self.kind]
        self.seen: dict[Hashable, int] = {}

    @property
    def table(self) -> Any:
        return self.model.__table__

    # what a kind may do differently

    def key(self, item: Item) -> Hashable:
        """By what a row is found again."""
        return item.given["external_reference"]

    def stored(self, keys: Sequence[Any]) -> Rows:
        """Read what is stored of these rows, in a constant number of statements."""
        found = select(self.table).where(
            self.table.c.source == self.context.source, self.table.c.external_reference.in_(keys)
        )
        return {row["external_reference"]: row for row in session.execute(found).mappings()}

    def numbered(self, item: Item) -> None:
        """See each row in the order of the file, before anything about it is known to be right."""

    def derive(self, item: Item) -> None:
        """Add to `item.values` what follows from the rest. Raises Refused."""

    def needs_more(self, item: Item) -> bool:
        """Say whether something outside of the table differs."""
        return False

    def beside(self, items: Sequence[Item]) -> None:
        """Write what stands outside of the table, with `item.id` known."""

    def settle(self, items: Sequence[Item]) -> None:
        """Do what concerns all understood rows of the chunk, the unchanged ones too."""

    # how it goes

    def take(self, rows: Iterable[Row]) -> None:
        """Import one chunk of rows."""
        items = [self._understand(row) for row in rows]
        self._find([item for item in items if not item.problems])
        for item in items:
            if not item.problems:
                self._decide(item)
        good = [item for item in items if not item.problems]
        changing = [item for item in good if item.new or self.differs(item)]
        self.prepare(changing)
        self._store(changing)
        self.settle([item for item in good if not item.problems])
        self._count(items, {id(item) for item in changing})

    def _understand(self, row: Row) -> Item:
        item = Item(row)
        if row.problem:
            item.problems.append((None, row.problem))
            return item
        item.given, item.problems = read_fields(self.context, self.fields, row.cells)
        if self.context.mapping.columns is None:
            strange = [name for name in row.cells if name not in self.fields]
            item.problems += [(name, "is no field of this kind") for name in strange]
        self.numbered(item)
        if not item.problems:
            self._recognise(item)
        return item

    def _recognise(self, item: Item) -> None:
        item.key = self.key(item)
        before = self.seen.setdefault(item.key, item.row.line)
        if before != item.row.line:
            item.problems.append((None, f"stands in line {before} already"))

    def _find(self, items: Sequence[Item]) -> None:
        stored = self.stored([item.key for item in items]) if items else {}
        for item in items:
            item.before = stored.get(item.key)
            item.id = item.before["id"] if item.before else None

    def _decide(self, item: Item) -> None:
        item.values = {
            one.column: plain(item.given[name])
            for name, one in self.fields.items() if one.column and name in item.given
        }  # fmt: skip
        try:
            self.derive(item)
        except Refused as error:
            item.problems.append((error.name, str(error)))

    def differs(self, item: Item) -> bool:
        """Say whether a stored row would become another."""
        return bool(self.changes(item)) or self.needs_more(item)

    def changes(self, item: Item) -> dict[str, Any]:
        before = item.before or {}
        return {name: value for name, value in item.values.items() if before[name] != value}

    def prepare(self, items: Sequence[Item]) -> None:
        """Make the locations that rows about to be written name for the first time."""
        for item in items:
            place = item.given.get("location")
            if isinstance(place, Named) and place.id is None:
                self.context.lookups.make(Location, place)
            if isinstance(place, Named):
                item.values["location_id"] = place.id

    def _store(self, items: Sequence[Item]) -> None:
        """Write; when the database refuses, halve until the bad row stands alone."""
        if not items:
            return
        try:
            with session.begin_nested():
                self.write(items)
        except (IntegrityError, DataError) as error:
            if len(items) == 1:
                items[0].problems.append((None, f"the database refused it: {str(error.orig).splitlines()[0]}"))
                return
            middle = len(items) // 2
            self._store(items[:middle])
            self._store(items[middle:])

    def write(self, items: Sequence[Item]) -> None:
        """Insert what is new, update what differs, then what stands beside."""
        new = [item for item in items if item.new]
        more = {"source": self.context.source} if "source" in self.table.c else {}
        for item, made in zip(new, insert_rows(self.table, [more | item.values for item in new]), strict=True):
            item.id = made
        update_rows(self.table, [(item.id, self.changes(item)) for item in items if not item.new])
        self.beside(items)

    def _count(self, items: Sequence[Item], changing: set[int]) -> None:
        report = self.report
        for item in items:
            report.read += 1
            if item.problems:
                named = [(name and self.context.mapping.column(name), reason) for name, reason in item.problems]
                report.refuse(item.row.line, named, item.row.file)
            elif item.new:
                report.added += 1
            elif id(item) in changing:
                report.changed += 1
            else:
                report.unchanged += 1


def insert_rows(table: Any, rows: Sequence[Mapping[str, Any]]) -> list[int]:
    """Insert rows and return their ids in order; rows that name the same columns go in one statement.

    The ids come back by what is unique about each row: asking for them in order would cost one statement per row.
    """
    unique = UNIQUE.get(table.name, ("public_id",))
    more = {"public_id": opaque} if unique == ("public_id",) else {}
    rows = [{**row, **{name: make() for name, make in more.items()}} for row in rows]
    ids: dict[tuple[Any, ...], int] = {}
    for group in _alike(rows):
        step = insert(table).returning(table.c.id, *(table.c[name] for name in unique))
        for made in session.execute(step, [rows[place] for place in group]):
            ids[tuple(made[1:])] = made[0]
    return [ids[tuple(row.get(name) for name in unique)] for row in rows]


def add_rows(table: Any, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows whose ids nobody needs."""
    if rows:
        session.connection().execute(insert(table), list(rows))


def update_rows(table: Any, changes: Sequence[tuple[int | None, dict[str, Any]]]) -> None:
    """Update rows by id, raising their version; rows that change the same columns go in one statement."""
    changes = [(key, values) for key, values in changes if values]
    for group in _alike([values for _, values in changes]):
        columns = changes[group[0]][1]
        sets: dict[str, Any] = {name: bindparam(f"new_{name}", type_=table.c[name].type) for name in columns}
        if "version" in table.c:
            sets["version"] = table.c.version + 1
        step = update(table).where(table.c.id == bindparam("key")).values(sets)
        rows = [{"key": changes[one][0]} | {f"new_{n}": v for n, v in changes[one][1].items()} for one in group]
        session.connection().execute(step, rows)


def _alike(rows: Sequence[Mapping[str, Any]]) -> list[list[int]]:
    groups: dict[frozenset[str], list[int]] = {}
    for place, row in enumerate(rows):
        groups.setdefault(frozenset(row), []).append(place)
    return list(groups.values())
