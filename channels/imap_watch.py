"""Who fetches: one thread for each address that has a mail server, begun and ended as they are added, changed and taken away."""

import threading
from typing import Any

import structlog

from actions import mail_leases
from channels.imap_fetch import Fetcher
from models import db

log = structlog.get_logger(__name__)

SWEEP = 5.0
PATIENCE = 3.0  # seconds for all to end

_called = threading.Event()


def listen() -> None:
    """Hear of changes at once where they are made in this process."""
    db.listen("mail_source", call)


def call(news: list[Any]) -> None:
    """Let the watch look."""
    _called.set()


class Watch:
    """The threads of this process."""

    def __init__(self) -> None:
        self.running: dict[int, tuple[int, Fetcher, threading.Thread]] = {}

    def keep(self, stop: threading.Event) -> None:
        """Have one thread for each source until told to stop; then end them all."""
        called = False
        while not stop.is_set():
            try:
                self.look(called)
            except db.Unavailable as error:
                log.warning("the database is busy", error=str(error))
            except Exception:
                log.exception("the watch over mail sources stumbled")
            called = _called.wait(SWEEP)
            _called.clear()
        self.end(list(self.running))

    def look(self, called: bool = False) -> None:
        """Begin what is new, end what is gone, and call those whose source was changed or is to be tried at once."""
        with db.unit(write=False):
            known = mail_leases.known()
        self.end([key for key in self.running if key not in known])
        for key, version in known.items():
            before, fetcher, thread = self.running.get(key, (version, None, None))
            if fetcher is None or thread is None or not thread.is_alive():
                self.running[key] = version, *_begun(key)
            elif before != version or called:
                self.running[key] = version, fetcher, thread
                fetcher.called.set()

    def end(self, keys: list[int]) -> None:
        """End some of them, and wait a little until they have."""
        ended = [self.running.pop(key) for key in keys]
        for _, fetcher, _ in ended:
            fetcher.end()
        for _, _, thread in ended:
            thread.join(PATIENCE)


def _begun(key: int) -> tuple[Fetcher, threading.Thread]:
    fetcher = Fetcher(key)
    thread = threading.Thread(target=fetcher.run, name=f"mail-source-{key}", daemon=True)
    thread.start()
    return fetcher, thread
