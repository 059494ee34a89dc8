"""`make mutants`: open each rule of policy, one at a time; the cells of the table that ask it must notice."""

import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import select, true

from models import db
from policy import ANONYMOUS, doing, seeing
from tests.authorisation import sight, table
from tests.authorisation.opening import open_runner
from tests.authorisation.row import ROWS, Row
from tests.authorisation.runner import Runner

SIDES = ("anonymous", "customer", "partner", "staff")
Cell = tuple[Row, str]


class Asked:
    """Which rules one cell asks: its cells are the only ones that a mutant can change."""

    def __init__(self) -> None:
        self.now: set[Any] = set()
        self.cells: dict[Any, list[Cell]] = {}

    def listen(self) -> None:
        """Put an ear on each predicate and each table's rule."""
        for verb, ways in doing.RULES.items():
            for way in range(len(ways)):
                ways[way] = [self._ear((verb, way, place), one) for place, one in enumerate(ways[way])]
        for one, rule in list(seeing._SEEING.items()):
            seeing._SEEING[one] = self._eye(one, rule)

    def _ear(self, key: Any, predicate: Callable[..., bool]) -> Callable[..., bool]:
        def ask(*given: Any) -> bool:
            self.now.add(key)
            return predicate(*given)

        return ask

    def _eye(self, one: type, rule: Callable[..., Any]) -> Callable[..., Any]:
        def ask(actor: Any) -> Any:
            self.now.add((one, actor.side))
            return rule(actor)

        return ask

    def gather(self, runner: Runner, rows: list[Row]) -> set[tuple[int, str]]:
        """Perform cells once; return those that are not as the table says even without a mutant."""
        wrong = set()
        for row in rows:
            for actor in row.verdicts:
                self.now.clear()
                if attempt(runner, row, actor):
                    wrong.add((id(row), actor))
                for key in self.now:
                    self.cells.setdefault(key, []).append((row, actor))
        return wrong


def attempt(runner: Runner, row: Row, actor: str) -> bool:
    """Whether a cell is not as the table says; falling over counts as noticing."""
    try:
        return bool(runner.judge(row, actor))
    except Exception:
        runner.written()
        return True


@contextmanager
def opened_rule(verb: str, way: int, place: int) -> Iterator[None]:
    """One predicate of one verb lets everybody pass."""
    kept = doing.RULES[verb][way]
    doing.RULES[verb][way] = [*kept[:place], lambda *_: True, *kept[place + 1 :]]
    yield
    doing.RULES[verb][way] = kept


@contextmanager
def opened_table(one: type, side: str) -> Iterator[None]:
    """One table shows all its rows to one side."""
    kept = seeing._SEEING[one]
    seeing._SEEING[one] = lambda actor: true() if actor.side == side else kept(actor)
    yield
    seeing._SEEING[one] = kept


def is_open(runner: Runner, one: type, side: str) -> bool:
    """Whether everybody of a side is shown every row anyway: then there is no rule to open."""
    actors = [actor for actor in (ANONYMOUS, *runner.stage.cast.everybody().values()) if actor.side == side]
    key = next(iter(one.__table__.primary_key.columns)).name
    with db.unit(write=False):
        every = set(db.session.scalars(select(getattr(one, key))))
        return all(set(db.session.scalars(seeing.visible(actor, one, getattr(one, key)))) == every for actor in actors)


def noticed(runner: Runner, cells: list[Cell], baseline: set[tuple[int, str]]) -> str:
    """The first cell that is not as the table says any more; those that denied something are asked first."""
    asked = sorted(cells, key=lambda cell: (cell[0].verdicts[cell[1]] == "allow", not table.is_verb(cell[0].operation)))
    for row, actor in asked:
        if (id(row), actor) not in baseline and attempt(runner, row, actor):
            return f"{row.operation} ({row.relation}) as {actor}"
    return ""


def mutants(runner: Runner) -> Iterator[tuple[str, Any, Any, type | None]]:
    """Every rule that can be opened: its name, how, whose cells, and which table it shows."""
    for verb, ways in doing.RULES.items():
        for way, and_list in enumerate(ways):
            for place in range(len(and_list)):
                yield (
                    f"{verb}, way {way + 1}, predicate {place + 1}",
                    opened_rule(verb, way, place),
                    (verb, way, place),
                    None,
                )
    for one in seeing._SEEING:
        for side in SIDES:
            if not is_open(runner, one, side):
                yield f"{one.__tablename__} for {side}", opened_table(one, side), (one, side), one


class Trial:
    """Opens every rule once, and looks who notices: first policy's own tables, then every page, event and call."""

    def __init__(self, runner: Runner) -> None:
        self.runner, self.asked, self.baseline = runner, Asked(), set[tuple[int, str]]()
        with db.unit(write=False):
            self.ceiling = sight.ceiling(runner.stage)
            self.known = set(sight.beyond(runner.stage, self.ceiling)) | set(sight.in_hand(runner.stage))
        self.asked.listen()

    def prepare(self, rows: list[Row]) -> None:
        """Learn which of these cells ask which rule, and which are wrong already."""
        self.asked.cells.clear()
        self.baseline = self.asked.gather(self.runner, rows)
        print(f"{len(rows)} rows; {len(self.baseline)} cells are not as the table says without any mutant", flush=True)

    def run(self, chosen: set[str] | None = None) -> list[str]:
        """Open the rules, or only the chosen ones; return those that nobody noticed."""
        survivors = []
        for name, opening, key, shown in mutants(self.runner):
            if chosen is None or name in chosen:
                with opening:
                    by = self.beyond(shown) or noticed(self.runner, self.asked.cells.get(key, []), self.baseline)
                print(f"{'noticed ' if by else 'SURVIVED'} {name}{': ' if by else ''}{by[:110]}", flush=True)
                survivors += [] if by else [name]
                self.count += chosen is None
        return survivors

    count = 0

    def beyond(self, shown: type | None) -> str:
        """What is handed out, or allowed to a visitor, that was not before."""
        stage = self.runner.stage
        with db.unit(write=False):
            found = set(sight.beyond(stage, self.ceiling, shown)) if shown else set(sight.in_hand(stage))
        return "; ".join(sorted(found - self.known))


def main() -> int:
    """Open every rule once, and say which opening nobody noticed."""
    began = time.monotonic()
    trial = Trial(open_runner(Path(tempfile.mkdtemp())))
    trial.prepare([row for row in ROWS if table.is_verb(row.operation)])
    survivors = trial.run()
    if survivors:
        trial.prepare([row for row in ROWS if not table.is_verb(row.operation)])
        survivors = trial.run(set(survivors))
    print(f"{trial.count} mutants, {len(survivors)} survivors, {time.monotonic() - began:.0f} s")
    return 1 if survivors else 0


if __name__ == "__main__":
    code = main()
    sys.stdout.flush()
    os._exit(code)
