"""Seen records: what an outsider gets of a row. Only permitted attributes; touching another one raises."""

from collections.abc import Iterator
from typing import Any


class Hidden(Exception):
    """An attribute that this reader may not see was touched: a template or face asks for too much."""


class Seen:
    """A frozen view of one row: the permitted `fields`, and the verbs its reader may use on it (`rights`)."""

    __slots__ = ("_children", "_fields", "_row", "rights")

    def __init__(
        self, row: Any, fields: frozenset[str], rights: frozenset[str], children: dict[str, Any] | None = None
    ) -> None:
        object.__setattr__(self, "_row", row)
        object.__setattr__(self, "_fields", fields)
        object.__setattr__(self, "_children", children or {})
        object.__setattr__(self, "rights", rights)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        if name in self._children:
            return self._children[name]
        if name in self._fields:
            return getattr(self._row, name)
        raise Hidden(f"{type(self._row).__name__}.{name}")

    def __setattr__(self, name: str, value: Any) -> None:
        raise Hidden(f"{type(self._row).__name__}.{name} is read-only")

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Seen) and other._row is self._row

    def __hash__(self) -> int:
        return hash(id(self._row))

    def __repr__(self) -> str:
        return f"<Seen {type(self._row).__name__} {getattr(self._row, 'id', '')}>"

    @property
    def id(self) -> int:
        """The key inside the database, for verbs; no face prints it."""
        key: int = self._row.id
        return key

    def names(self) -> Iterator[str]:
        """The permitted attributes."""
        yield from sorted(self._fields | self._children.keys())


def has(thing: Any, name: str) -> bool:
    """Say whether a reader may see an attribute; staff rows have them all."""
    if isinstance(thing, Seen):
        return name in thing._fields or name in thing._children
    return hasattr(thing, name)


def unwrap(thing: Any) -> Any:
    """The row behind a seen record: for verbs, which may read what they need to decide. Never for faces."""
    return thing._row if isinstance(thing, Seen) else thing
