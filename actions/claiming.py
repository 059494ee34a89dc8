"""Claiming: changing a row only if nobody did meanwhile, so that of many tries at once one succeeds."""

from typing import Any

from sqlalchemy import update

from models import db
from models.db import session
from models.words import Words
from policy import Refused


def claim(row: Any, words: Words, version: int | None = None, **values: Any) -> None:
    """Take the next version of a row together with some values; `version` is the one its author knew, left out: the newest.

    Raises Refused with `conflict`, and `words` for it, when somebody came first.
    """
    session.flush()
    table, known = type(row), row.version if version is None else version
    step = update(table).where(table.id == row.id, table.version == known)
    step = step.values(version=known + 1, **values).execution_options(synchronize_session=False)
    if not db.touched(step):
        raise Refused("conflict", words)
    session.refresh(row, ["version", *values])
