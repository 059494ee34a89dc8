"""Exports in JSON as programs draw them from an interface: documents of many shapes, read as rows of a few kinds."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from actions.migrating import values
from actions.migrating.plain import Found, OldConversation, Problem, Unreadable

Row = dict[str, Any]
ENDINGS = (".json", ".jsonl", ".ndjson")


@dataclass(frozen=True, slots=True)
class Documents:
    """The files of an export. What a file holds is told by how its name begins; the rest are of the main kind.

    A document is a row, a list of rows, or an object that holds lists of them by their kind.
    """

    place: Path
    main: str
    names: Mapping[str, tuple[str, ...]]  # kind: how the names of its files begin
    inner: str = ""  # the key under which each row stands, where it stands in an object of its own

    def rows(self, kind: str) -> Iterator[tuple[Path, Row | Problem]]:
        """The rows of a kind, each with its file; those of the main kind that cannot be read come as problems."""
        for file in values.files_of(self.place, *ENDINGS):
            own = self._kind(file)
            if own != kind and values.is_list(file):
                continue  # such a file holds rows of its own kind alone, and is large
            try:
                for line, found in values.objects(file):
                    if own != kind and self._is_row(found):
                        break  # so do lines of rows
                    yield from ((file, one) for one in self._of(file, line, found, own, kind))
            except Unreadable as error:
                if own == kind:
                    yield file, self._wrong(Problem(file.name, "", str(error)), kind)

    def by_id(self, kind: str, key: str = "id") -> dict[str, Row]:
        """The rows of a kind by their ids, for what others refer to."""
        return {values.called(one.get(key)): one for _, one in self.rows(kind) if isinstance(one, dict)}

    def _kind(self, file: Path) -> str:
        stem = file.stem.casefold()
        return next((kind for kind, names in self.names.items() if stem.startswith(names)), self.main)

    def _of(self, file: Path, line: int, found: Any, own: str, kind: str) -> Iterator[Row | Problem]:
        lists = isinstance(found, dict) and any(isinstance(found.get(one), list) for one in (self.main, *self.names))
        if lists and not self._is_row(found):
            found, own = found.get(kind, []), kind
        if own != kind:
            return
        for place, one in enumerate(found if isinstance(found, list) else [found], 1):
            if isinstance(one, dict):
                yield self._whole(one)
            else:
                where = f"row {place}" if isinstance(found, list) else f"line {line}"
                why = f"is no correct JSON: {one}" if isinstance(one, ValueError) else "is no object"
                yield self._wrong(Problem(file.name, where, why), kind)

    def _wrong(self, problem: Problem, kind: str) -> Problem:
        """What is wrong in a table that others refer to spoils them all: raises Unreadable; else it is one row less."""
        if kind != self.main:
            raise Unreadable(str(problem))
        return problem

    def _is_row(self, found: Any) -> bool:
        """Whether an object is a row and no list of them: it has an id of its own."""
        return isinstance(found, dict) and bool({"id", "display_id", self.inner} & found.keys())

    def _whole(self, found: Row) -> Row:
        """A row that stands in an object of its own, together with what stands beside it there."""
        inner = found.get(self.inner)
        return {**found, **inner} if isinstance(inner, dict) else found


def taken(
    found: Iterable[tuple[Path, Row | Problem]], make: Callable[[Path, Row], OldConversation], *called: str
) -> Iterator[Found]:
    """Make a conversation of each ticket; what cannot be one is a problem, named by the first of these fields that it has."""
    for file, row in found:
        if isinstance(row, Problem):
            yield row
            continue
        try:
            yield make(file, row)
        except Unreadable as error:
            number = next((row[name] for name in called if row.get(name)), None)
            yield Problem(file.name, values.called(number), str(error))
