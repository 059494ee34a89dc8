"""Bringing a database up to date, and asking whether it is."""

from functools import cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from models import db, settings, share_rules

HERE = Path(__file__).parent


def alembic() -> Config:
    """Alembic's configuration, without a file of its own."""
    made = Config()
    made.set_main_option("script_location", str(HERE))
    made.set_main_option("path_separator", "os")
    return made


@cache
def head() -> str | None:
    """The newest revision that this code knows."""
    return ScriptDirectory.from_config(alembic()).get_current_head()


def current() -> bool:
    """Say whether the database is at the newest revision."""
    with db.engine().connect() as connection:
        return MigrationContext.configure(connection).get_current_revision() == head()


def upgrade(to: str = "head") -> None:
    """Bring the database up to date; a new one gets its epoch and the ready share rules."""
    command.upgrade(alembic(), to)
    with db.unit(write=True):
        if settings.setting(db.session(), "epoch") is None:
            settings.new_epoch(db.session())
        if to == "head":
            share_rules.install(db.session())


def downgrade(to: str) -> None:
    """Take the database back to an older revision."""
    command.downgrade(alembic(), to)
