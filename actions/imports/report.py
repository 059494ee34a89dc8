"""What an import did: how many rows were read, added, changed and refused, and why, in words a person can act on."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Refusal:
    """One reason why a row was not taken; a row may have several."""

    line: int
    column: str | None
    reason: str
    file: str = ""

    def __str__(self) -> str:
        place = f"{self.file}, line {self.line}" if self.file else f"line {self.line}"
        return f"{place}, {self.column}: {self.reason}" if self.column else f"{place}: {self.reason}"


@dataclass(slots=True)
class Report:
    """The counts of one run; every row read is added, changed, unchanged or refused."""

    kind: str
    source: str
    file: str
    dry_run: bool = False
    read: int = 0
    added: int = 0
    changed: int = 0
    unchanged: int = 0
    refused: int = 0
    refusals: list[Refusal] = field(default_factory=list)

    def refuse(self, line: int, problems: list[tuple[str | None, str]], file: str = "") -> None:
        """Count one row as refused and keep its reasons."""
        self.refused += 1
        self.refusals += [Refusal(line, column, reason, file) for column, reason in problems]

    def summary(self) -> str:
        """The counts in one line."""
        counts = f"{self.read:,} rows read, {self.added:,} added, {self.changed:,} changed, "
        counts += f"{self.unchanged:,} unchanged, {self.refused:,} refused"
        return f"{self.kind} from {self.file}: {counts}" + (" (dry run: nothing was stored)" if self.dry_run else "")

    def lines(self) -> Iterator[str]:
        """The whole report, line by line."""
        yield self.summary()
        yield from (f"  {refusal}" for refusal in self.refusals)

    def detail(self) -> dict[str, Any]:
        """The counts, as the log keeps them."""
        names = ("kind", "source", "file", "read", "added", "changed", "unchanged", "refused")
        return {name: getattr(self, name) for name in names}
