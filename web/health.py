"""Whether the process lives, and whether it can serve."""

from flask import Blueprint
from sqlalchemy import text

from models import db
from models.migrations import run as migrations

blueprint = Blueprint("health", __name__)


@blueprint.get("/healthz")
def healthz() -> tuple[dict[str, str], int]:
    """Alive."""
    return {"status": "ok"}, 200


@blueprint.get("/readyz")
def readyz() -> tuple[dict[str, str], int]:
    """Ready: the database answers and its migrations are up to date."""
    with db.engine().connect() as connection:
        connection.execute(text("SELECT 1"))
    if not migrations.current():
        return {"status": "migrations are behind: run `flask upgrade`"}, 503
    return {"status": "ok"}, 200


for view in (healthz, readyz):
    view.own_units = True  # type: ignore[attr-defined]
