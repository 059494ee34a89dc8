"""Opening the world of the table on a SQLite file of its own, with one application and everybody signed in."""

import os
import pickle
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

os.environ["LOGGIA_NO_DOTENV"] = "1"

from sqlalchemy import event

from app import create_app
from config import Settings
from models import db, storage
from models.migrations import run as migrations
from tests.authorisation.runner import Runner
from tests.authorisation.world import build_stage
from web.product import Product

FILE, KEPT = "table.db", "world.pickle"


def open_runner(folder: Path) -> Runner:
    """Make the world, the application on it, and sign everybody in."""
    db.connect(_url(folder))
    migrations.upgrade()
    app = _application(folder)
    with app.app_context(), db.unit(write=True):
        stage = build_stage()
    return Runner(app, stage, folder / FILE)


def keep(runner: Runner, folder: Path) -> None:
    """Put a copy of the world into another folder, for another process to open: making it anew takes long."""
    assert runner.keeper
    with closing(sqlite3.connect(folder / FILE)) as copy:
        runner.keeper.kept.backup(copy)
    shutil.copytree(runner.app.config["SETTINGS"].data_dir / "files", folder / "files")
    (folder / KEPT).write_bytes(pickle.dumps((runner.stage, runner.ways)))


def open_kept(folder: Path) -> Runner:
    """Open a copy of the world, in which everybody is signed in already."""
    stage, ways = pickle.loads((folder / KEPT).read_bytes())  # noqa: S301
    return Runner(_application(folder), stage, folder / FILE, ways)


def _url(folder: Path) -> str:
    return f"sqlite:///{folder / FILE}"


def _application(folder: Path) -> Product:
    settings = Settings(_env_file=None, data_dir=folder, database_url=_url(folder), secret_key="only for tests",
                        password_hash_cost=1, embedded_worker=False)  # fmt: skip
    app = create_app(settings)
    connect(app)
    return app


def connect(app: Product) -> None:
    """Connect to the world's rows and files; they are thrown away afterwards, so nobody waits for the disk."""
    storage.use(app.config["SETTINGS"])
    engine = db.connect(app.config["SETTINGS"].database_url)
    event.listen(engine, "connect", lambda connection, _: connection.execute("PRAGMA synchronous=OFF"))
