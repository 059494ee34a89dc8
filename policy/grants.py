"""Grants: what a partner may see and do of one record, added up from its shares."""

from collections.abc import Mapping
from dataclasses import dataclass

from models.shares import LEVELS

ALL = 0  # the line number that no line has: what is seen of those not named


@dataclass(frozen=True, slots=True)
class Grant:
    """What a partner's active shares of one record add up to: the highest level and the union of the fields.

    `lines` is None when every share shows all lines; else it says by line number which of their fields are seen, under
    ALL for lines that are not named, and a line that is neither is not seen at all.
    """

    level: str
    fields: frozenset[str]
    lines: Mapping[int, frozenset[str]] | None = None

    def of_line(self, number: int) -> frozenset[str] | None:
        """The fields that are seen of one line; None when it is not seen."""
        if self.lines is None:
            return frozenset(name.removeprefix("lines.") for name in self.fields if name.startswith("lines."))
        return self.lines.get(number, self.lines.get(ALL))

    def reaches(self, level: str) -> bool:
        return LEVELS.index(self.level) >= LEVELS.index(level)
