"""How alembic reaches the database: SQLite keeps foreign keys off while tables are rebuilt, then checks them."""

import importlib
import pkgutil

from alembic import context
from sqlalchemy import create_engine, pool, text

import models
from models import db
from models.types import Base

for module in pkgutil.iter_modules(models.__path__):
    if module.name != "migrations":
        importlib.import_module(f"models.{module.name}")


def ours(name: str | None, type_: str, _: object) -> bool:
    """Leave the search index out: it is made by its own DDL, not from the models."""
    return not (type_ == "table" and name is not None and "search" in name)


def migrate() -> None:
    """Run the migrations on a connection of their own."""
    engine = create_engine(db.engine().url, poolclass=pool.NullPool)
    sqlite = engine.dialect.name == "sqlite"
    with engine.connect() as connection:
        if sqlite:
            connection.exec_driver_sql("PRAGMA foreign_keys=OFF")
            connection.commit()
        context.configure(
            connection=connection, target_metadata=Base.metadata, render_as_batch=sqlite, include_name=ours,
            transaction_per_migration=True, compare_type=False,
        )  # fmt: skip
        with context.begin_transaction():
            context.run_migrations()
        if sqlite and (strays := connection.execute(text("PRAGMA foreign_key_check")).all()):
            raise RuntimeError(f"migration left rows without their parents: {strays[:5]}")
        connection.commit()
    engine.dispose()


migrate()
