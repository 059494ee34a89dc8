"""What a migration did: how much the export holds, how much of it is here, and what could not be taken and why."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from actions.migrating.growing import Growth
from actions.migrating.plain import OldConversation, Problem
from actions.migrating.shaping import Ready

WORDS = ("conversations", "messages", "files")


@dataclass(slots=True)
class Count:
    """One row of the summary: everything read is taken, here already, or refused."""

    read: int = 0
    taken: int = 0
    here: int = 0

    @property
    def refused(self) -> int:
        return self.read - self.taken - self.here


@dataclass(slots=True)
class Report:
    """The counts of one run of one source; `stored` is what the database holds of the source afterwards."""

    source: str
    file: str
    dry_run: bool = False
    conversations: Count = field(default_factory=Count)
    messages: Count = field(default_factory=Count)
    files: Count = field(default_factory=Count)
    problems: list[Problem] = field(default_factory=list)
    stored: tuple[int, int, int] = (0, 0, 0)

    def read(self, old: OldConversation) -> None:
        """Count what an export holds."""
        for count, more in zip(self._counts(), old.size, strict=True):
            count.read += more
        self.problems += [Problem(old.file, old.number, one) for one in old.problems]

    def found_here(self, old: OldConversation) -> None:
        """Count what an earlier run has taken."""
        for count, more in zip(self._counts(), old.size, strict=True):
            count.here += more

    def found_grown(self, growth: Growth, stored: Ready | None) -> None:
        """Count what an earlier run has taken of a conversation, and what is later: stored by now, or named with the reason."""
        later = growth.later
        sizes = (0, len(later), sum(len(one.files) for one in later))
        for count, all_of_it, more in zip(self._counts(), growth.size, sizes, strict=True):
            count.here += all_of_it - more
        if stored is not None:
            self.messages.taken += stored.taken
            self.files.taken += sum(len(one.kept) for one in later)
            self.problems += [Problem(growth.old.file, growth.old.number, one) for one in stored.problems]
        else:
            words = f"{growth.reason}: {len(later):,} later messages were not added"
            self.problems.append(Problem(growth.old.file, growth.old.number, words))

    def took(self, ready: Ready) -> None:
        """Count what was stored, and name the messages that were not."""
        carried = sum(len(old.kept) for old in {id(old): old for old, _ in ready.news}.values())
        for count, more in zip(self._counts(), (1, ready.taken, carried), strict=True):
            count.taken += more
        self.problems += [Problem(ready.old.file, ready.old.number, one) for one in ready.problems]

    def refuse(self, old: OldConversation, reason: str) -> None:
        """Name a conversation that is not taken."""
        self.problems.append(Problem(old.file, old.number, reason))

    def _counts(self) -> tuple[Count, Count, Count]:
        return self.conversations, self.messages, self.files

    def lines(self) -> Iterator[str]:
        """The whole report, line by line."""
        end = " (dry run: nothing was stored)" if self.dry_run else ""
        yield f"{self.source} from {self.file}{end}"
        yield f"  {'':13} {'in export':>12} {'taken':>12} {'here before':>12} {'refused':>12} {'stored now':>12}"
        for word, one, stored in zip(WORDS, self._counts(), self.stored, strict=True):
            yield f"  {word:13} {one.read:>12,} {one.taken:>12,} {one.here:>12,} {one.refused:>12,} {stored:>12,}"
        yield from (f"  {problem}" for problem in self.problems)

    def detail(self) -> dict[str, Any]:
        """The counts, as the log keeps them."""
        counts = {word: one.taken for word, one in zip(WORDS, self._counts(), strict=True)}
        return {"kind": "migration", "source": self.source, "file": self.file, "taken": counts}
