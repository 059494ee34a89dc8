"""Fixtures: a fresh migrated database for each test, the cast, and clients that speak as one of them."""

import gc
import os
import shutil
import subprocess
import sys
import tempfile
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any

os.environ["LOGGIA_NO_DOTENV"] = "1"

import pytest
from sqlalchemy import Engine, Table, create_engine, insert, inspect, select, text
from sqlalchemy.orm import Session

from config import Settings
from models import db, share_rules
from models.migrations import run as migrations
from models.organisations import Organisation
from models.types import Base
from tests import world as cast
from tests.channels.dovecot import Dovecot, mail_server_can_run
from tests.client import Client
from tests.live import ROOT, Server
from tests.once import once
from web.product import Product

POSTGRES = os.environ.get("TEST_DATABASE_URL", "postgresql+psycopg://postgres@127.0.0.1:5432/test")
REDIS = os.environ.get("TEST_REDIS_URL", "redis://127.0.0.1:6379/0")


def _postgres_answers() -> bool:
    try:
        engine = create_engine(POSTGRES, connect_args={"connect_timeout": 2})
        with engine.connect() as connection:
            connection.execute(text("SELECT 1"))
        engine.dispose()
    except Exception:
        return False
    return True


BACKENDS = ["sqlite", "postgresql"] if _postgres_answers() else ["sqlite"]


def pytest_report_header() -> list[str]:
    """Say loudly which databases the suite runs on."""
    missing = "" if len(BACKENDS) == 2 else "  (PostgreSQL did not answer: NOT tested)"
    mail = (
        "dovecot"
        if mail_server_can_run()
        else "NONE (dovecot is not here, or we are not root: fetching mail NOT tested)"
    )
    return [f"databases: {', '.join(BACKENDS)}{missing}", f"mail server: {mail}"]


def pytest_collection_finish() -> None:
    """What is loaded now stays to the end: looking through it again and again took a fifth of a run."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run each test that touches the database on every database there is."""
    if "backend" in metafunc.fixturenames:
        metafunc.parametrize("backend", BACKENDS, scope="session", indirect=True)


@dataclass
class Backend:
    """Where tests keep their rows: SQLite files copied from a template, or one PostgreSQL database swept after each test."""

    kind: str
    place: str
    world: cast.World | Any = None
    rows: dict[Table, list[dict[str, Any]]] = field(default_factory=dict)

    @property
    def url(self) -> str:
        """Always the same, so that what was compiled for one test serves the next."""
        if self.kind == "sqlite":
            return f"sqlite:///{Path(self.place) / 'loggia.db'}"
        return POSTGRES.rsplit("/", 1)[0] + "/" + self.place


@pytest.fixture(scope="session")
def backend(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Backend]:
    """A migrated database of one kind."""
    if request.param == "sqlite":
        folder = tmp_path_factory.mktemp("template")
        _migrate(f"sqlite:///{folder / 'empty.db'}")
        shutil.copy(folder / "empty.db", folder / "world.db")
        db.connect(f"sqlite:///{folder / 'world.db'}")
        with db.unit(write=True):
            world = cast.build()
        rows = _snapshot()
        db.engine().dispose()
        yield Backend("sqlite", str(folder), world, rows)
        return
    with postgres_of_its_own() as place:
        made = Backend("postgresql", place)
        db.connect(made.url)
        with db.unit(write=True):
            made.world = cast.build()
        made.rows = _snapshot()
        db.engine().dispose()
        sweep(made.url)
        yield made


@contextmanager
def postgres_of_its_own() -> Iterator[str]:
    """The name of a migrated PostgreSQL database that nobody else uses, gone afterwards."""
    place = f"loggia_test_{uuid.uuid4().hex[:8]}"
    _admin(f"CREATE DATABASE {place}")
    url = Backend("postgresql", place).url
    _migrate(url)
    yield place
    keeping(url).dispose()
    _admin(f"DROP DATABASE {place} WITH (FORCE)")


def _admin(statement: str) -> None:
    engine = create_engine(POSTGRES, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(statement))
    engine.dispose()


def _migrate(url: str) -> None:
    db.connect(url)
    migrations.upgrade()
    db.engine().dispose()


@cache
def keeping(url: str) -> Engine:
    """The engine by which a database is kept clean: one for all tests, beside those that the product makes."""
    at_ease = {} if url.startswith("sqlite") else {"options": "-c synchronous_commit=off"}
    return create_engine(url, connect_args=at_ease)


def sweep(url: str, keep: tuple[str, ...] = ()) -> None:
    """Empty every table; quicker than a database of its own for each test."""
    with keeping(url).begin() as connection:
        sqlite = connection.dialect.name == "sqlite"
        connection.execute(text("PRAGMA foreign_keys=OFF" if sqlite else "SET session_replication_role = replica"))
        tables = [one for one in inspect(connection).get_table_names() if not one.startswith("article_search")]
        emptied = [f'DELETE FROM "{one}"' for one in tables if one not in ("alembic_version", "settings", *keep)]  # noqa: S608
        emptied += ["DELETE FROM article_search", "DELETE FROM settings WHERE name <> 'epoch'"]
        for statements in emptied if sqlite else ["; ".join(emptied)]:
            connection.exec_driver_sql(statements)
    with Session(keeping(url)) as session, session.begin():
        share_rules.install(session)
    SWEPT[url] += 1
    if url.startswith("postgresql") and SWEPT[url] % 16 == 0:
        _take_away_the_dead(url)


SWEPT: Counter[str] = Counter()


def _take_away_the_dead(url: str) -> None:
    """Rows deleted by every test would stay in the way of each look, where the server does not vacuum by itself."""
    with keeping(url).connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM"))


@pytest.fixture
def database_url(backend: Backend, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a migrated database without rows (or, on SQLite, with the cast already in it when the test asks for it)."""
    if backend.kind == "sqlite":
        template = "world.db" if "world" in request.fixturenames else "empty.db"
        for left in Path(backend.place).glob("loggia.db*"):
            left.unlink()
        shutil.copy(Path(backend.place) / template, Path(backend.place) / "loggia.db")
        yield backend.url
        return
    if not _whole(backend.url):
        _migrate(backend.url)
        go_on_counting(backend.url)
    yield backend.url
    sweep(backend.url)


def go_on_counting(url: str) -> None:
    """New tables count from one: far above the cast, which is put back with the numbers it had."""
    with keeping(url).begin() as connection:
        for name in inspect(connection).get_sequence_names():
            connection.execute(text(f'ALTER SEQUENCE "{name}" RESTART WITH 100000'))


def _whole(url: str) -> bool:
    """Whether the tables are there: a test of migrations may have taken them away."""
    with keeping(url).connect() as connection:
        return inspect(connection).has_table("settings")


@pytest.fixture
def database(database_url: str) -> Iterator[str]:
    """A connected database without the application."""
    db.connect(database_url)
    yield database_url
    db.engine().dispose()


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    """Settings for a test: cheap password hashes, no embedded worker."""
    return Settings(_env_file=None, data_dir=tmp_path, database_url=database_url, secret_key="only for tests",
                    password_hash_cost=1, embedded_worker=False)  # fmt: skip


APPLICATIONS: dict[str, Product] = {}


@pytest.fixture
def app(settings: Settings) -> Iterator[Product]:
    """The application on a fresh database: built once for all tests with settings alike, and begun anew for each."""
    from app import begin, create_app

    alike = settings.model_copy(update={"data_dir": ROOT}).model_dump_json()
    if alike in APPLICATIONS:
        begin(APPLICATIONS[alike], settings)
    else:
        APPLICATIONS[alike] = create_app(settings)
    yield APPLICATIONS[alike]
    db.engine().dispose()


@pytest.fixture
def world(request: pytest.FixtureRequest, backend: Backend, database_url: str) -> cast.World:
    """The cast, in the database of this test (with the application, when the test uses it)."""
    request.getfixturevalue("app" if "app" in request.fixturenames else "database")
    with db.unit(write=False):
        there = db.session.scalar(select(Organisation.id).limit(1))
    if not there:
        _restore(database_url, backend.rows)
    return replace(backend.world)


KEPT = "kept"  # the schema of a PostgreSQL database in which the cast waits to be put back
READY = ("settings", "share_rules", "field_sets")  # what every installation has


def _snapshot() -> dict[Table, list[dict[str, Any]]]:
    """Everything there is, to be put back before the next test."""
    with db.engine().connect() as connection:
        found = {table: connection.execute(select(table)).mappings().all() for table in Base.metadata.sorted_tables}
    return {table: [dict(row) for row in rows] for table, rows in found.items() if rows and table.name not in READY}


def _restore(url: str, rows: dict[Table, list[dict[str, Any]]]) -> None:
    with keeping(url).begin() as connection:
        if connection.dialect.name == "sqlite":
            connection.execute(text("PRAGMA defer_foreign_keys=ON"))
        else:
            connection.execute(text("SET session_replication_role = replica"))
        if inspect(connection).has_schema(KEPT):
            columns = {
                one: ", ".join(f'"{column.name}"' for column in one.columns if not column.computed) for one in rows
            }
            copied = [f'INSERT INTO "{one}" ({columns[one]}) SELECT {columns[one]} FROM {KEPT}."{one}"' for one in rows]  # noqa: S608
            connection.exec_driver_sql("; ".join(copied))
            return
        for table, given in rows.items():
            connection.execute(insert(table), given)
        if connection.dialect.name == "postgresql":
            kept = [f'CREATE TABLE {KEPT}."{one}" AS TABLE "{one}"' for one in rows]
            connection.exec_driver_sql("; ".join([f"CREATE SCHEMA {KEPT}", *kept]))


@pytest.fixture(scope="session")
def demo_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the demo business, loaded once a run as a user loads it; tests work on copies of its files."""
    return once(tmp_path_factory, "demo", _load_demo)


def _load_demo(folder: Path) -> None:
    environment = Server(f"sqlite:///{folder}/loggia.db", folder, DEMO="1").environment | {"FLASK_SKIP_DOTENV": "1"}
    for command in ("upgrade", "demo"):
        subprocess.run(  # noqa: S603
            [sys.executable, "-m", "flask", command], cwd=ROOT, env=environment, check=True, capture_output=True
        )


@pytest.fixture
def dovecot() -> Iterator[Dovecot]:
    """A mail server of its own, with one user and an empty folder; in a short path, since it makes sockets there."""
    if not mail_server_can_run():
        pytest.skip("dovecot is not here, or we are not root")
    folder = Path(tempfile.mkdtemp(prefix="dovecot-", dir="/tmp"))
    made = Dovecot(folder).start()
    yield made
    made.stop()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def as_(app: Product, world: cast.World) -> Callable[..., Client]:
    """Make a browser-like client signed in as one of the cast: `as_(world.renate)`; `as_(None)` is a visitor."""
    return lambda actor: Client.signed_in(app, actor)
