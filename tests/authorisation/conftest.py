"""The world of the table, made once for all tests, on a SQLite file that is put back after every write."""

from collections.abc import Iterator

import pytest

from models import db
from tests.authorisation.opening import connect, open_runner
from tests.authorisation.runner import Runner


@pytest.fixture(scope="package")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runner]:
    """Everybody signed in, before one application."""
    made = open_runner(tmp_path_factory.mktemp("table"))
    yield made
    made.close()


@pytest.fixture(scope="module")
def runner(opened: Runner) -> Iterator[Runner]:
    """The world, connected: other tests of this process may have had a database of their own meanwhile."""
    connect(opened.app)
    yield opened
    db.engine().dispose()
