"""A real server for the live wire: on SQLite by itself, on PostgreSQL with Redis where they answer."""

import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest
import redis

from actions import conversations
from models import db
from tests.conftest import REDIS
from tests.databases import Backend, postgres_of_its_own, sweep
from tests.live import Server
from tests.world import World


def redis_answers() -> bool:
    try:
        return bool(redis.Redis.from_url(REDIS, socket_connect_timeout=1).ping())
    except redis.RedisError:
        return False


@pytest.fixture(scope="session")
def live(backend: Backend, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, str]]:
    """One running product for all tests of a kind of database: its rows are swept between them, it goes on."""
    folder = tmp_path_factory.mktemp(f"live-{backend.kind}")
    with ExitStack() as ending:
        if backend.kind == "sqlite":
            shutil.copy(Path(backend.place) / "empty.db", folder / "loggia.db")
            url, more = f"sqlite:///{folder / 'loggia.db'}", {}
        else:  # its worker does every job that it finds: it must find none of other tests
            url = replace(backend, place=ending.enter_context(postgres_of_its_own())).url
            more = {"REDIS_URL": REDIS} if redis_answers() else {}
        made = Server(url, folder, **more).start()
        ending.callback(made.stop)
        yield made, url


@pytest.fixture
def database_url(live: tuple[Server, str]) -> Iterator[str]:
    """The database of the running product, without rows."""
    yield live[1]
    sweep(live[1], keep=("revocations",))  # the running product counts on their numbers going up


@pytest.fixture
def server(live: tuple[Server, str], world: World) -> Server:
    """The product, running."""
    return live[0]


@pytest.fixture
def number(world: World) -> str:
    """A request that Renate has made."""
    with db.unit(write=True):
        made, _ = conversations.start(world.renate, "Chang on 11070", "Will all 20 come in time?")
        return made.number
