"""What a run of tests makes only once, however many processes it has: whoever else asks meanwhile waits for it."""

import os
import uuid
from collections.abc import Callable
from fcntl import LOCK_EX, flock
from pathlib import Path

import pytest

_ALONE = uuid.uuid4().hex


def once(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], None]) -> Path:
    """Return the folder that `make` has filled, in this process or in another one of the same run."""
    run = os.environ.get("PYTEST_XDIST_TESTRUNUID") or _ALONE
    folder = factory.getbasetemp().parent / f"{name}-{run}"
    folder.mkdir(exist_ok=True)
    with (folder.parent / f"{folder.name}.lock").open("w") as lock:
        flock(lock, LOCK_EX)
        done, failed = (folder.parent / f"{folder.name}.{word}" for word in ("done", "failed"))
        if failed.exists():
            raise AssertionError(f"making {name} failed before, see the first failure: {failed.read_text()}")
        if not done.exists():
            try:
                make(folder)
            except BaseException as error:
                failed.write_text(repr(error))
                raise
            done.touch()
    return folder
