"""A real push service for tests: takes what is sent to a browser, checks who sent it, and reads it as that browser would."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import http_ece
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from py_vapid import Vapid02

from actions.push import CURVE, decoded, encoded
from tests.channels.serving import serving


@dataclass
class Browser:
    """What one browser keeps to itself, and what it has read."""

    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(CURVE))
    secret: bytes = field(default_factory=lambda: os.urandom(16))
    read: list[dict[str, str]] = field(default_factory=list)
    raw: list[bytes] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)

    @property
    def public(self) -> str:
        return encoded(self.key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint))


class PushService(ThreadingHTTPServer):
    """Keeps what it was sent for each browser; `refuse` is the status it answers with when it should not take it."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Taking)
        self.browsers: dict[str, Browser] = {}
        self.refuse: int | None = None
        self.tries = 0

    def browser(self) -> tuple[Browser, dict[str, str]]:
        """A browser that asks for a subscription, and what it says to its page."""
        made, name = Browser(), f"/push/{len(self.browsers)}"
        self.browsers[name] = made
        endpoint = f"http://127.0.0.1:{self.server_address[1]}{name}"
        return made, {"endpoint": endpoint, "p256dh": made.public, "auth": encoded(made.secret)}


class _Taking(BaseHTTPRequestHandler):
    server: PushService

    def do_POST(self) -> None:
        self.server.tries += 1
        sent = self.rfile.read(int(self.headers["Content-Length"]))
        status = self.server.refuse or self._take(self.server.browsers[self.path], sent)
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _take(self, browser: Browser, sent: bytes) -> int:
        if not Vapid02.verify(self.headers["Authorization"]) or int(self.headers["TTL"]) < 60:
            return 403
        words: Any = http_ece.decrypt(sent, private_key=browser.key, auth_secret=browser.secret, version="aes128gcm")
        browser.read.append(json.loads(words))
        browser.raw.append(sent)
        browser.headers.append(dict(self.headers))
        return 201

    def log_message(self, *_: Any) -> None:
        """Say nothing of it."""


@contextmanager
def push_service() -> Iterator[PushService]:
    """Run one while a test needs it."""
    with serving(PushService()) as server:
        yield server


__all__ = ["Browser", "PushService", "decoded", "push_service"]
