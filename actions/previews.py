"""Previews: small pictures of files, drawn later and elsewhere, shown where the file is."""

import subprocess
import sys

from sqlalchemy import select, update

from config import ROOT
from models.db import session
from models.files import File
from models.jobs import Hopeless

PATIENCE = 20  # seconds
UNDRAWABLE = 3  # the exit status by which actions/drawing.py says why; importing it would load what it keeps apart


def wanted(file_id: int) -> File | None:
    """The file of which a picture is wanted; None when there is one, or the file is gone."""
    row = session.scalar(select(File).where(File.id == file_id))
    return row if row is not None and row.preview in ("wanted", "failed") else None


def draw(kind: str, content: bytes, how: str = "small") -> bytes:
    """Draw a picture (`small` to show, or `plain`: the whole image and nothing that came along with it).

    It is done in a process with limits and without our secrets; slow, never inside a unit of work. Raises Hopeless, with
    what was the matter, when trying again would not help.
    """
    command = [sys.executable, "-m", "actions.drawing", how, kind]
    try:
        done = subprocess.run(  # noqa: S603
            command, input=content, capture_output=True, timeout=PATIENCE, check=False, cwd=ROOT,
            env={"LANG": "C.UTF-8", "PYTHONDONTWRITEBYTECODE": "1"},
        )  # fmt: skip
    except subprocess.TimeoutExpired as error:
        raise Hopeless(f"it took longer than {PATIENCE} seconds") from error
    if done.returncode == 0 and done.stdout:
        return done.stdout
    why = (
        done.stderr.decode(errors="replace")[:200]
        if done.returncode == UNDRAWABLE
        else f"it ended with {done.returncode}"
    )
    raise Hopeless(why)


def settle(file_id: int, state: str) -> None:
    """Say whether there is a picture of a file (`made`) or will not be (`failed`)."""
    session.execute(update(File).where(File.id == file_id).values(preview=state))
