"""The world of the table, once for all tests of a module, on a SQLite file that is put back after every write."""

from collections.abc import Iterator

import pytest

from models import db
from tests.authorisation.opening import open_runner
from tests.authorisation.runner import Runner


@pytest.fixture(scope="module")
def runner(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runner]:
    """Everybody signed in, before one application."""
    made = open_runner(tmp_path_factory.mktemp("table"))
    yield made
    made.close()
    db.engine().dispose()
