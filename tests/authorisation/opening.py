"""Opening the world of the table on a SQLite file of its own, with one application and everybody signed in."""

import os
from pathlib import Path

os.environ["LOGGIA_NO_DOTENV"] = "1"

from app import create_app
from config import Settings
from models import db
from models.migrations import run as migrations
from tests.authorisation.runner import Runner
from tests.authorisation.world import build_stage


def open_runner(folder: Path) -> Runner:
    """Make the world, the application on it, and sign everybody in."""
    file = folder / "table.db"
    url = f"sqlite:///{file}"
    db.connect(url)
    migrations.upgrade()
    settings = Settings(_env_file=None, data_dir=folder, database_url=url, secret_key="only for tests", password_hash_cost=1,
                        embedded_worker=False)  # fmt: skip
    app = create_app(settings)
    with app.app_context(), db.unit(write=True):
        stage = build_stage()
    return Runner(app, stage, file)
