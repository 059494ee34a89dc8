"""The table in several processes at once: `python -m tests.authorisation.shards PART OF FOLDER` performs every OFth operation."""

import json
import subprocess
import sys
import traceback
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from models import db
from tests.authorisation import table
from tests.authorisation.opening import keep, open_kept
from tests.authorisation.runner import Runner

ROOT = Path(__file__).resolve().parents[2]
PARTS = 2
LONGEST = 1800  # seconds


@dataclass
class Judged:
    """What all processes found."""

    wrong: dict[str, list[str]] = field(default_factory=dict)
    cells: Counter[str] = field(default_factory=Counter)
    seen: Counter[str] = field(default_factory=Counter)
    planted: int = 0


def judge(runner: Runner, operation: str) -> list[str]:
    """Everything that is not as the table says about one operation."""
    found = []
    for row in table.of(operation):
        for actor in row.verdicts:
            try:
                found += runner.judge(row, actor)
            except Exception:
                found.append(f"{operation} ({row.relation}) as {actor}: {traceback.format_exc(limit=-3)}")
                runner.written()
    return found


def judge_all(runner: Runner, folder: Path) -> Judged:
    """Perform every cell, in copies of a runner's world, and gather what came of it."""
    working = []
    for part in range(PARTS):
        own = folder / str(part)
        own.mkdir()
        keep(runner, own)
        command = [sys.executable, "-m", "tests.authorisation.shards", str(part), str(PARTS), str(own)]
        with (own / "log").open("w") as log:
            working.append((own, subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=subprocess.STDOUT)))  # noqa: S603
    try:
        return gathered(working)
    finally:
        for _, process in working:
            process.kill()


def gathered(working: list[tuple[Path, subprocess.Popen[bytes]]]) -> Judged:
    """Wait for all of them, and put together what each found."""
    judged = Judged()
    for own, process in working:
        if process.wait(LONGEST) != 0:
            raise AssertionError((own / "log").read_text()[-3000:])
        found = json.loads((own / "judged.json").read_text())
        judged.wrong |= found["wrong"]
        judged.cells.update(found["cells"])
        judged.seen.update(found["seen"])
        judged.planted = found["planted"]
    return judged


def judge_into(runner: Runner, folder: Path) -> None:
    """Perform every cell, and write down what came of it, for all processes of a run of tests."""
    (folder / "judged.json").write_text(json.dumps(vars(judge_all(runner, folder))))


def judged_in(folder: Path) -> Judged:
    """Read what came of it."""
    whole = json.loads((folder / "judged.json").read_text())
    return Judged(whole["wrong"], Counter(whole["cells"]), Counter(whole["seen"]), whole["planted"])


def main(part: int, parts: int, folder: Path) -> None:
    """Perform one share of the operations, and write down what was found."""
    runner = open_kept(folder)
    wrong = {operation: judge(runner, operation) for operation in table.operations()[part::parts]}
    seen = {name: len(found) for name, found in runner.tap.seen.items()}
    found = {"wrong": wrong, "cells": runner.done, "seen": seen, "planted": len(runner.stage.canaries)}
    (folder / "judged.json").write_text(json.dumps(found))
    runner.close()
    db.engine().dispose()


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3]))
