"""The database: one engine, one session per unit of work, and the one `unit()` that commits.

A unit is opened only at the four edges (request, socket event, job, command). Safe methods read in autocommit; a write
unit on SQLite takes one in-process lock and then BEGIN IMMEDIATE before its first read, so it never upgrades a lock.
"""

import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, cast

import orjson
import structlog
from gevent import monkey
from sqlalchemy import Connection, CursorResult, Engine, create_engine, event, make_url, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session, scoped_session, sessionmaker

from models import clock, patience
from models.offload import in_pool

log = structlog.get_logger(__name__)
LOCK_WAIT = 5.0
INLINE = {"inline": True}  # key look-ups: cheaper than the way through the thread pool
STATEMENTS = 1500  # compiled and kept: about what all pages of all sides ask

session = scoped_session(sessionmaker(expire_on_commit=False))
_local = threading.local()
_write_lock = threading.Lock()
_engines: dict[bool, Engine] = {}
_listeners: dict[str, list[Callable[..., None]]] = {}


class Unavailable(Exception):
    """The database, or the store of files, is out of reach, busy or full: nothing is known to be stored; try again."""


class ReadOnly(Exception):
    """Something was changed inside a unit that only reads: an error of ours, never of a person."""


class Unit:
    """One piece of work: what it tells after the commit, and what must happen even when it is refused."""

    def __init__(self, write: bool) -> None:
        self.write = write
        self.refused = False
        self.told: list[tuple[str, Any]] = []
        self.afterwards: list[Callable[[], None]] = []


def connect(url: str) -> Engine:
    """Make the engine that every unit uses from now on; going to the same place again keeps what was compiled for it."""
    if _engines and _engines[True].url == make_url(url):
        return _engines[True]
    sqlite = url.startswith("sqlite")
    if sqlite:
        arguments: dict[str, Any] = {"connect_args": {"check_same_thread": False, "timeout": LOCK_WAIT}}
    else:
        options = "-c statement_timeout=15000 -c lock_timeout=5000 -c synchronous_commit=on -c jit=off"
        reach = {"connect_timeout": 2, "options": options} | patience.KEEPALIVES
        arguments = {"connect_args": reach, "pool_pre_ping": True}
    engine = create_engine(
        url, pool_size=10, max_overflow=20, pool_timeout=LOCK_WAIT, query_cache_size=STATEMENTS,
        json_serializer=_json, json_deserializer=orjson.loads, **arguments,
    )  # fmt: skip
    if sqlite:
        _tune_sqlite(engine)
    else:
        patience.limit(engine)
        clock.follow(engine)
    for old in _engines.values():
        old.dispose()
    clock.CLOCK.forget()
    _engines.update({True: engine, False: engine.execution_options(isolation_level="AUTOCOMMIT")})
    return engine


def _json(value: Any) -> str:
    return orjson.dumps(value, option=orjson.OPT_NON_STR_KEYS).decode()


def engine() -> Engine:
    """The engine of this process."""
    return _engines[True]


def is_sqlite() -> bool:
    return engine().dialect.name == "sqlite"


def _tune_sqlite(engine: Engine) -> None:
    @event.listens_for(engine, "connect")
    def settings(connection: Any, _: Any) -> None:
        connection.isolation_level = None  # the driver must not open transactions by itself
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "cache_size=-32768"):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        if connection.get_execution_options().get("isolation_level") != "AUTOCOMMIT":
            connection.exec_driver_sql("BEGIN IMMEDIATE")

    if monkey.is_module_patched("threading"):
        _leave_the_loop_free(engine)


def _leave_the_loop_free(engine: Engine) -> None:
    """Run SQLite statements in the hub's thread pool, so that a slow one never stalls the other sockets."""

    @event.listens_for(engine, "do_execute")
    def execute(cursor: Any, statement: str, parameters: Any, context: Any) -> bool | None:
        if context is not None and context.execution_options.get("inline"):
            return None
        in_pool(cursor.execute, statement, parameters)
        return True

    @event.listens_for(engine, "do_executemany")
    def execute_many(cursor: Any, statement: str, parameters: Any, context: Any) -> bool:
        in_pool(cursor.executemany, statement, parameters)
        return True

    @event.listens_for(engine, "commit")
    def commit(connection: Connection) -> None:
        driver = connection.connection.driver_connection
        if driver is not None and driver.in_transaction:
            try:
                in_pool(driver.execute, "COMMIT")
            except sqlite3.OperationalError as error:  # as SQLAlchemy says it of a statement: the disk is full
                raise OperationalError("COMMIT", None, error) from error


@contextmanager
def unit(write: bool = True) -> Iterator[Unit]:
    """Do one piece of work and store it whole or not at all; then tell the listeners what happened.

    Raises Unavailable when SQLite's one writer stays busy for 5 s or the connection is lost.
    """
    if getattr(_local, "unit", None) is not None:
        raise RuntimeError("a unit of work is already open: only the edges open one")
    locked = write and is_sqlite()
    if locked and not _write_lock.acquire(timeout=LOCK_WAIT):
        raise Unavailable("another change is still being stored")
    work = _local.unit = Unit(write)
    stored = False
    try:
        session(bind=_engines[write])
        yield work
        stored = write and not work.refused
        if stored:
            session.commit()
        elif write:
            session.rollback()  # a unit that only reads is just closed: what it read stays usable
    except OperationalError as error:
        stored = False
        session.rollback()
        raise Unavailable(str(error.orig)) from error
    except BaseException:
        stored = False
        session.rollback()
        raise
    finally:
        session.remove()
        _local.unit = None
        if locked:
            _write_lock.release()
        for later in work.afterwards:
            later()
        if stored:
            _tell_all(work)


@contextmanager
def reading() -> Iterator[Session]:
    """Read in the open unit of work, or outside of one in a short unit of its own.

    For what is asked before and between units: who is looking, whether a password is right. Raises Unavailable.
    """
    if getattr(_local, "unit", None) is not None:
        yield session()
        return
    with unit(write=False):
        yield session()


def current() -> Unit:
    """The open unit of work; asking outside of one is an error of ours."""
    work: Unit | None = getattr(_local, "unit", None)
    if work is None:
        raise RuntimeError("no unit of work is open")
    return work


def refuse() -> None:
    """Let the open unit end without storing anything."""
    current().refused = True


@contextmanager
def undone() -> Iterator[None]:
    """Do something in the open unit and leave nothing of it: neither rows nor what it tells."""
    work, point = current(), session.begin_nested()
    told, afterwards = len(work.told), len(work.afterwards)
    try:
        yield
    finally:
        point.rollback()
        del work.told[told:], work.afterwards[afterwards:]


def touched(statement: Any, using: Session | None = None, **options: Any) -> int:
    """Run an update, insert or delete and say how many rows it touched: the answer of a conditional write."""
    result = (using or session()).execute(statement, **options)
    return cast("CursorResult[Any]", result).rowcount


def tell(kind: str, what: Any) -> None:
    """Inform the listeners of `kind` once the open unit is stored; never before, and not at all if it is refused."""
    current().told.append((kind, what))


def listen(kind: str, listener: Callable[[list[Any]], None]) -> None:
    """Hear of `kind` after each commit, as a list of what one unit told in order."""
    _listeners.setdefault(kind, []).append(listener)


def forget_listeners() -> None:
    """Start afresh, for a new application in the same process."""
    _listeners.clear()


def _tell_all(work: Unit) -> None:
    kinds = dict.fromkeys(kind for kind, _ in work.told)
    for kind in kinds:
        news = [what for told, what in work.told if told == kind]
        for listener in _listeners.get(kind, []):
            try:
                listener(news)
            except Exception:
                # What is stored stays stored: readers catch up by sync, jobs by the sweep.
                log.exception("a listener failed", kind=kind)


def aside(work: Callable[[Session], None]) -> None:
    """Store something that must survive a refusal or belongs to a page that only reads, in its own short transaction.

    Inside a write unit it waits until that has ended, since SQLite has one writer.
    """
    open_unit: Unit | None = getattr(_local, "unit", None)
    if open_unit is not None and open_unit.write:
        open_unit.afterwards.append(lambda: _aside_now(work))
    else:
        _aside_now(work)


def _aside_now(work: Callable[[Session], None]) -> None:
    locked = is_sqlite()
    if locked and not _write_lock.acquire(timeout=LOCK_WAIT):
        raise Unavailable("another change is still being stored")
    try:
        with Session(_engines[True]) as own, own.begin():
            work(own)
    except OperationalError as error:
        raise Unavailable(str(error.orig)) from error
    finally:
        if locked:
            _write_lock.release()


@event.listens_for(Session, "before_flush")
def _no_writes_while_reading(flushing: Session, *_: Any) -> None:
    work: Unit | None = getattr(_local, "unit", None)
    changed = flushing.new or flushing.deleted or any(flushing.is_modified(row) for row in flushing.dirty)
    if work is not None and not work.write and flushing.bind is _engines[False] and changed:
        raise ReadOnly(f"changed while reading: {[*flushing.new, *flushing.dirty, *flushing.deleted]!r}")


def weaknesses() -> list[str]:
    """What would let this database forget an acknowledged message; empty when it is durable."""
    with engine().connect() as connection:
        if is_sqlite():
            journal = connection.execute(text("PRAGMA journal_mode")).scalar_one()
            synchronous = int(connection.execute(text("PRAGMA synchronous")).scalar_one())
            return ([] if journal == "wal" else [f"journal_mode is {journal}, not wal"]) + (
                [] if synchronous >= 2 else ["synchronous is not FULL"]
            )
        found = []
        for name in ("fsync", "full_page_writes", "synchronous_commit"):
            value = connection.execute(text(f"SHOW {name}")).scalar_one()
            if value not in ("on", "remote_apply", "remote_write"):
                found.append(f"{name} is {value}")
        return found
