"""A business at scale in an empty database: made by the database itself, in sets, so that minutes are enough.

It knows what each table must hold to agree with the others (heads with messages, the log with what was said, the index
with the articles) and writes it as the verbs would have left it; the verbs themselves would take days.
"""

import time
from collections.abc import Iterator

from sqlalchemy import select

from models import db
from models.seeding import goods, help_centre, lexicon, people, talks
from models.seeding.bulk import Bulk, indexes_aside, next_ids, one_transaction, statistics
from models.seeding.size import Size
from models.types import Base

DOORS = (people.ADMIN, people.AGENT, people.MANAGER, people.SUPPLIER)
FROM_THE_START = {"settings", "field_sets", "share_rules"}  # what `flask upgrade` puts into a new database


class NotEmpty(Exception):
    """The database holds something already: nothing was written."""


def steps(size: Size, password_hash: str | None) -> Iterator[tuple[str, int, float]]:
    """Fill the database step by step, in one transaction; yields the name of each, its rows and its seconds.

    Everybody may sign in: two of us and the managers by the password, if there is one. Raises NotEmpty before anything
    is written.
    """
    refuse_unless_empty()
    with one_transaction() as connection:
        bulk = Bulk(connection, size)
        began = time.monotonic()
        with indexes_aside(connection):
            for part in (lexicon, people, goods, talks, help_centre):
                for name, work in part.STEPS:
                    began, rows = time.monotonic(), work(bulk, password_hash) if part is people else work(bulk)
                    yield name, rows, time.monotonic() - began
            next_ids(connection)
            began = time.monotonic()
        yield "indexes", 0, time.monotonic() - began
    began = time.monotonic()
    statistics()
    yield "statistics", 0, time.monotonic() - began


def refuse_unless_empty() -> None:
    """Raise NotEmpty, naming the table, where there is anything but what every installation begins with."""
    with db.engine().connect() as connection:
        for table in Base.metadata.sorted_tables:
            if table.name not in FROM_THE_START and connection.execute(select(table).limit(1)).first() is not None:
                raise NotEmpty(f"the database is not empty: there is something in {table.name}. Give it an empty one.")
