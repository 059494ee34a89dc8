"""The fault runs start and kill a product of their own."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.live import Server
from tests.world import World


@pytest.fixture
def server(world: World, database_url: str, tmp_path: Path) -> Iterator[Server]:
    """The product, running on the database of this test."""
    made = Server(database_url, tmp_path).start()
    yield made
    made.kill()
