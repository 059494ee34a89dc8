"""Fixtures: a fresh migrated database for each test, the cast, and clients that speak as one of them."""

import gc
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

os.environ["LOGGIA_NO_DOTENV"] = "1"

import pytest
from sqlalchemy import select

from config import Settings
from models import db
from models.organisations import Organisation
from tests import world as cast
from tests.channels.dovecot import Dovecot, mail_server_can_run
from tests.client import Client
from tests.databases import (
    BACKENDS,
    Backend,
    go_on_counting,
    hang_up,
    migrate,
    postgres_of_its_own,
    restore,
    snapshot,
    sweep,
    whole,
)
from tests.live import ROOT, Server
from tests.once import once
from web.product import Product

REDIS = os.environ.get("TEST_REDIS_URL", "redis://127.0.0.1:6379/0")


def pytest_report_header() -> list[str]:
    """Say loudly which databases the suite runs on."""
    missing = "" if len(BACKENDS) == 2 else "  (PostgreSQL did not answer: NOT tested)"
    mail = (
        "dovecot"
        if mail_server_can_run()
        else "NONE (dovecot is not here, or we are not root: fetching mail NOT tested)"
    )
    there = (ROOT.parent / "shared" / "data").is_dir()
    real = "real chats and mails" if there else "NONE (shared/data is not here: real chats and mails NOT tested)"
    proxy = "nginx" if nginx_can_run() else "NONE (nginx is not here: deploy/nginx.conf NOT tested)"
    return [f"proxy: {proxy}", f"databases: {', '.join(BACKENDS)}{missing}", f"mail server: {mail}", f"data: {real}"]


def nginx_can_run() -> bool:
    """Whether there is an nginx to try what operators copy."""
    return bool(shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin"))


def pytest_collection_finish() -> None:
    """What is loaded now stays to the end: looking through it again and again took a fifth of a run."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run each test that touches the database on every database there is."""
    if "backend" in metafunc.fixturenames:
        metafunc.parametrize("backend", BACKENDS, scope="session", indirect=True)


@pytest.fixture(scope="session")
def backend(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Backend]:
    """A migrated database of one kind."""
    if request.param == "sqlite":
        folder = tmp_path_factory.mktemp("template")
        migrate(f"sqlite:///{folder / 'empty.db'}")
        shutil.copy(folder / "empty.db", folder / "world.db")
        db.connect(f"sqlite:///{folder / 'world.db'}")
        with db.unit(write=True):
            world = cast.build()
        rows = snapshot()
        db.engine().dispose()
        yield Backend("sqlite", str(folder), world, rows)
        return
    with postgres_of_its_own() as place:
        made = Backend("postgresql", place)
        db.connect(made.url)
        with db.unit(write=True):
            made.world = cast.build()
        made.rows = snapshot()
        db.engine().dispose()
        sweep(made.url)
        yield made


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
    if not whole(backend.url):
        migrate(backend.url)
        go_on_counting(backend.url)
    yield backend.url
    sweep(backend.url)


@pytest.fixture
def database(database_url: str) -> Iterator[str]:
    """A connected database without the application."""
    db.connect(database_url)
    yield database_url
    hang_up()


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
    hang_up()


@pytest.fixture
def world(request: pytest.FixtureRequest, backend: Backend, database_url: str) -> cast.World:
    """The cast, in the database of this test (with the application, when the test uses it)."""
    request.getfixturevalue("app" if "app" in request.fixturenames else "database")
    with db.unit(write=False):
        there = db.session.scalar(select(Organisation.id).limit(1))
    if not there:
        restore(database_url, backend.rows)
    return replace(backend.world)


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
