"""Between the processes: what one of them stored is told to the others, so that each can tell those who are connected to it.

Redis carries it and nothing depends on it: what is lost there is fetched from the database by the clients' next sync.
A batch says what was told, not what anybody may see of it: each process asks policy for its own people.
"""

import contextlib
import threading
import time
import uuid
from collections import deque
from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Any

import gevent
import orjson
import redis
import structlog
from flask import Flask

from models import db
from models.files import Attached
from models.messages import NewMessage, Stored
from realtime import ephemeral, feed, presence
from realtime.server import socketio
from realtime.sockets import SOCKETS

log = structlog.get_logger(__name__)
PATIENCE = 0.5  # seconds that Redis may take to answer
PAUSE = 1.0  # seconds before it is tried again
ALIVE = 2.0  # seconds between two signs of life
SOON = 0.2  # seconds until the others learn who has come or gone
MOST = 5_000  # pieces of news that wait for Redis; older ones are left to the sync
News = tuple[str, Any]


class Bus:
    """The line of one process to the others."""

    def __init__(self, url: str) -> None:
        self.me = uuid.uuid4().hex
        options: dict[str, Any] = {"socket_connect_timeout": PATIENCE, "socket_timeout": PATIENCE, "retry": None}
        self.redis = redis.Redis.from_url(url, **options)
        self.channel = f"loggia:{self.redis.connection_pool.connection_kwargs.get('db', 0)}:told"
        self.waiting: deque[News] = deque(maxlen=MOST)
        self.some = threading.Event()
        self.serving = False
        self.silent_until = 0.0

    def tell(self, kind: str, news: Any) -> None:
        """Let the others know, soon: a process that serves nobody does it at once, since it may end."""
        self.waiting.append((kind, news))
        if self.serving:
            self.some.set()
        elif time.monotonic() >= self.silent_until:
            self.flush()

    def flush(self) -> None:
        """Publish all that waits as one message; what Redis does not take is lost."""
        told = [self.waiting.popleft() for _ in range(len(self.waiting))]
        try:
            if told:
                self.redis.publish(self.channel, orjson.dumps([self.me, told], default=list))
        except redis.RedisError as error:
            log.warning("redis is gone: other processes learn by sync", error=str(error), lost=len(told))
            self.silent_until = time.monotonic() + PAUSE

    def publish(self) -> None:
        """Publish what has come."""
        self.some.wait()
        self.some.clear()
        self.flush()
        gevent.sleep(max(0.0, self.silent_until - time.monotonic()))

    def listen(self, app: Flask) -> None:
        """Hear the others until the line is lost; whenever it is there (again), fetch what was missed."""
        try:
            with contextlib.closing(self.redis.pubsub(ignore_subscribe_messages=True)) as line:
                line.subscribe(self.channel)
                self.returned()
                last = time.monotonic()
                while time.monotonic() - last < 2 * ALIVE:
                    if message := line.get_message(timeout=ALIVE):
                        last = time.monotonic()
                        self.heard(app, message["data"])
            log.warning("redis is silent: not even our own signs of life come back")
        except redis.RedisError as error:
            log.warning("redis does not answer", error=str(error))
        gevent.sleep(PAUSE)

    def returned(self) -> None:
        """The line is there (again): fetch what was missed, and ask who looks at what elsewhere."""
        if SOCKETS:
            socketio.server.emit("resync", {})
        self.tell("hello", None)
        self.say_who_is_here()

    def say_who_is_here(self) -> None:
        """Let the others know who looks at what in this process."""
        self.tell("looking", [self.me, presence.here()])

    def heard(self, app: Flask, data: bytes) -> None:
        """Act on what another process told."""
        try:
            sender, told = orjson.loads(data)
            if sender == self.me:
                return
            for kind, news in told:
                self.act(app, kind, news)
        except Exception:
            log.exception("another process was not understood")

    def act(self, app: Flask, kind: str, news: Any) -> None:
        """Tell our own people of one kind of news."""
        if kind in feed.KINDS:
            feed.tell(app, kind, [_stored(one) for one in news] if kind == "stored" else news)
        elif kind == "hello":
            self.say_who_is_here()
        elif kind == "looking":
            with app.app_context():
                presence.elsewhere(*news)
        elif kind == "typing":
            with app.app_context():
                ephemeral.show(ephemeral.Typing(*news))

    def live(self) -> None:
        """Say who looks at what here: soon after it has changed, and every few seconds as a sign of life."""
        end = time.monotonic() + ALIVE
        while time.monotonic() < end and not presence.OTHERS.stale:
            gevent.sleep(SOON)
        presence.OTHERS.stale = False
        self.say_who_is_here()


def connect(app: Flask, url: str) -> Bus:
    """Tell the other processes from now on whatever is told here after a commit."""
    bus = Bus(url)
    for kind in feed.KINDS:
        db.listen(kind, partial(bus.tell, kind))
    app.extensions["bus"] = bus
    return bus


def serve(app: Flask) -> None:
    """Hear the others as well: in the web process only."""
    bus: Bus | None = app.extensions.get("bus")
    if bus is None:
        return
    bus.serving = True
    presence.connect(bus.tell)
    for work in (bus.publish, lambda: bus.listen(app), bus.live):
        gevent.spawn(_for_ever, work)


def _for_ever(work: Callable[[], None]) -> None:
    while True:
        try:
            work()
        except Exception:
            log.exception("the line between the processes stumbled")
            gevent.sleep(PAUSE)


def _stored(told: dict[str, Any]) -> Stored:
    new = told["new"]
    files = tuple(Attached(**one) for one in new["attachments"])
    return Stored(
        NewMessage(**new | {"at": datetime.fromisoformat(new["at"]), "attachments": files}), told["seq"], told["prev"]
    )
