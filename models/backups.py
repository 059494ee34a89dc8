"""Backups: a copy of the database while it is in use, and an empty place filled from one.

What comes back is another history: who had read on before must load everything again, so it gets an epoch of its own.
"""

import os
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from sqlalchemy import inspect

from models import db, settings
from models.types import opaque


class Unfit(Exception):
    """A backup that cannot be taken or brought back; the message is one line that says why."""


def take(file: Path) -> None:
    """Write a copy of the whole database as it is at one moment, readable by us alone; nobody has to stop. Raises Unfit."""
    if file.exists():
        raise Unfit(f"{file} is there already")
    with _whole(file) as partial:
        if db.is_sqlite():
            with closing(sqlite3.connect(_place())) as ours, closing(sqlite3.connect(partial)) as copy:
                ours.backup(copy)
            _examine(partial)
        else:
            _run("pg_dump", "--format=custom", "--no-owner", "--no-privileges", f"--file={partial}")


def restore(file: Path) -> None:
    """Fill the empty database that the settings name from a backup. Raises Unfit, and nothing was changed."""
    if inspect(db.engine()).get_table_names():
        raise Unfit("this database is not empty: a backup is brought back into an empty place only")
    if not db.is_sqlite():
        _run("pg_restore", "--exit-on-error", "--single-transaction", "--no-owner", "--no-privileges", str(file))
        begin_anew()
        return
    db.engine().dispose()
    place = Path(_place())
    with _whole(place) as partial:
        readable = f"{file.absolute().as_uri()}?mode=ro"
        with closing(sqlite3.connect(readable, uri=True)) as copy, closing(sqlite3.connect(partial)) as ours:
            _copied(copy, ours)
        _examine(partial)
        for left in ("-wal", "-shm"):
            place.with_name(place.name + left).unlink(missing_ok=True)


def begin_anew() -> None:
    """Say that the database holds another history than the one that clients have read. Raises Unfit."""
    if "settings" not in inspect(db.engine()).get_table_names():
        raise Unfit("this database is empty")
    with db.unit(write=True):
        settings.new_epoch(db.session())


def _copied(copy: sqlite3.Connection, ours: sqlite3.Connection) -> None:
    try:
        copy.backup(ours)
        changed = ours.execute("UPDATE settings SET value = ? WHERE name = 'epoch'", [opaque()]).rowcount
        ours.commit()
    except sqlite3.DatabaseError as error:
        raise Unfit(f"this is no backup of ours: {error}") from error
    if not changed:
        raise Unfit("this is no backup of ours: it has no epoch")


def _place() -> str:
    return str(db.engine().url.database)


@contextmanager
def _whole(file: Path) -> Iterator[Path]:
    """Let a file be there whole, and on the disk, or not at all."""
    partial = file.with_name(f"{file.name}.partial")
    try:
        partial.unlink(missing_ok=True)
        partial.touch(mode=0o600)
        yield partial
        for place in (partial, file.absolute().parent):
            handle = os.open(place, os.O_RDONLY)
            try:
                os.fsync(handle)
            finally:
                os.close(handle)
            if place == partial:
                partial.replace(file)
    except OSError as error:
        raise Unfit(str(error)) from error
    except sqlite3.OperationalError as error:
        raise Unfit(str(error)) from error
    finally:
        for left in ("", "-wal", "-shm", "-journal"):
            partial.with_name(partial.name + left).unlink(missing_ok=True)


def _examine(file: Path) -> None:
    """Read a copy from end to end: one that is broken is better known of today."""
    with closing(sqlite3.connect(file)) as copy:
        found = copy.execute("PRAGMA integrity_check").fetchone()[0]
    if found != "ok":
        raise Unfit(f"the copy is broken: {found}")


def _run(program: str, *arguments: str) -> None:
    """Run a program of PostgreSQL on our database; the password stays off the command line, which all may read."""
    place = shutil.which(program)
    if place is None:
        raise Unfit(f"{program} is not here: it comes with PostgreSQL's client programs")
    url = db.engine().url
    plain = url.set(drivername="postgresql", password=None).render_as_string()
    environment = os.environ | ({"PGPASSWORD": str(url.password)} if url.password else {})
    command = [place, f"--dbname={plain}", *arguments]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode:
        raise Unfit(f"{program}: {' '.join(done.stderr.split()) or f'ended with {done.returncode}'}"[:500])
