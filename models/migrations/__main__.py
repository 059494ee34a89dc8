"""`python -m models.migrations`: bring the database up to date before serving; exit 3 when nobody can sign in yet."""

import sys

from sqlalchemy import text

from config import load
from models import db
from models.migrations import run

EMPTY = 3


def main() -> int:
    """Upgrade only when the database is behind, so that a second start takes no time."""
    settings = load()
    settings.refuse_unsafe()
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    db.connect(settings.database)
    if not run.current():
        run.upgrade()
    with db.engine().connect() as connection:
        return 0 if connection.execute(text("SELECT id FROM logins LIMIT 1")).first() else EMPTY


sys.exit(main())
