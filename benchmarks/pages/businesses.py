"""Seeded businesses to measure in: made once and kept as a template, afterwards copied in seconds."""

import hashlib
import os
import shutil
import tempfile
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import create_engine, text

from benchmarks.surroundings import SERVER, on_server
from models import db, seeding
from models.migrations import run as migrations

KEPT = Path(os.environ.get("BENCH_TEMPLATES", tempfile.gettempdir())) / "loggia-bench-templates"


@contextmanager
def business(kind: str, size: seeding.Size) -> Iterator[tuple[str, Path, dict[str, float]]]:
    """A copy of a seeded business for one measurement: its address, its folder, and how long both took."""
    copy = sqlite if kind == "sqlite" else postgresql
    with (
        tempfile.TemporaryDirectory(prefix="loggia-bench-pages-", dir=KEPT.parent) as folder,
        copy(size, Path(folder)) as made,
    ):
        url, took = made
        yield url, Path(folder), took


def named(size: seeding.Size) -> str:
    """What a template is called: another one for another size, schema or way of seeding."""
    sources = sorted(Path(seeding.__file__).parent.glob("*.py"))
    words = "".join(file.read_text() for file in sources) + f"{size}{migrations.head()}"
    return f"loggia_bench_seed_{size.conversations}_{hashlib.sha256(words.encode()).hexdigest()[:8]}"


def seed(url: str, size: seeding.Size) -> None:
    """Fill a new database."""
    db.connect(url)
    migrations.upgrade()
    for name, rows, seconds in seeding.steps(size, None):
        print(f"  {name:<16}{rows:>12,}{seconds:>8.1f} s", flush=True)
    db.engine().dispose()


@contextmanager
def sqlite(size: seeding.Size, folder: Path) -> Iterator[tuple[str, dict[str, float]]]:
    KEPT.mkdir(exist_ok=True)
    template, took = KEPT / f"{named(size)}.db", {}
    if not template.exists():
        began, half = time.monotonic(), KEPT / f"{uuid.uuid4().hex}.db"
        seed(f"sqlite:///{half}", size)
        half.replace(template)
        took["seeded"] = time.monotonic() - began
    began = time.monotonic()
    shutil.copyfile(template, folder / "loggia.db")
    yield f"sqlite:///{folder / 'loggia.db'}", took | {"copied": time.monotonic() - began}


@contextmanager
def postgresql(size: seeding.Size, folder: Path) -> Iterator[tuple[str, dict[str, float]]]:
    template, copy, took = named(size), f"loggia_bench_pages_{uuid.uuid4().hex[:8]}", {}
    if not there(template):
        began, half = time.monotonic(), f"loggia_bench_half_{uuid.uuid4().hex[:8]}"
        on_server(f"CREATE DATABASE {half}")
        seed(f"{SERVER}/{half}", size)
        on_server(f"ALTER DATABASE {half} RENAME TO {template}")
        took["seeded"] = time.monotonic() - began
    began = time.monotonic()
    on_server(f"CREATE DATABASE {copy} TEMPLATE {template}")
    try:
        yield f"{SERVER}/{copy}", took | {"copied": time.monotonic() - began}
    finally:
        on_server(f"DROP DATABASE IF EXISTS {copy} WITH (FORCE)")


def there(name: str) -> bool:
    """Whether the server has a database."""
    engine = create_engine(f"{SERVER}/postgres")
    with engine.connect() as connection:
        found = connection.execute(text("SELECT 1 FROM pg_database WHERE datname = :name"), {"name": name}).first()
    engine.dispose()
    return found is not None
