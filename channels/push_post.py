"""One POST to a push service: encrypted for one browser (RFC 8291), signed as ours (RFC 8292), to the public network only."""

import contextlib
import http.client
import socket
import ssl
import threading
from dataclasses import dataclass
from hashlib import sha256
from typing import Any
from urllib.parse import urlsplit

import http_ece
from cryptography.hazmat.primitives.asymmetric import ec
from py_vapid import Vapid02

from actions import push
from actions.installation import settings
from models.types import now

PATIENCE = 5.0  # seconds without a byte
WHOLE = 15.0  # seconds for all of it: whoever has a device names its push service, and it may answer a byte at a time
KEPT = 24 * 3600  # seconds that a push service keeps it for a device that is off
TRUSTED = 12 * 3600  # seconds that our signature is good


@dataclass(frozen=True, slots=True)
class Request:
    """Where one word goes, and the keys it is written with; of several of one tag a service keeps the newest."""

    endpoint: str
    p256dh: str
    auth: str
    ours: ec.EllipticCurvePrivateKey | None
    tag: str


class Line(http.client.HTTPConnection):
    """A connection to the address that a host had when it was looked at: it cannot become another meanwhile."""

    def __init__(self, host: str, port: int, encrypted: bool) -> None:
        super().__init__(host, port, timeout=PATIENCE)
        self.encrypted, self.late = encrypted, False

    def connect(self) -> None:
        """Look the host up, refuse what is inside, connect to just that. Raises OSError."""
        named = self.host
        self.host = push.reachable(named, self.port)
        try:
            super().connect()
        finally:
            self.host = named
        if self.encrypted:
            self.sock: Any = ssl.create_default_context().wrap_socket(
                self.sock, server_hostname=named, do_handshake_on_connect=False
            )
        self.check()
        if self.encrypted:
            self.sock.do_handshake()

    def check(self) -> None:
        """Raise OSError when it took too long altogether: then what was read of an answer is not all of it."""
        if self.late:
            raise TimeoutError("it took too long")

    def hang_up(self) -> None:
        """End it from beside: whoever waits for an answer is woken."""
        self.late = True
        with contextlib.suppress(OSError, AttributeError):  # it may not have begun, or have ended
            socket.socket.shutdown(self.sock, socket.SHUT_RDWR)


def send(request: Request, words: bytes) -> int:
    """Hand it over; returns the status, and follows no redirect. Raises OSError."""
    parts = urlsplit(request.endpoint)
    encrypted = parts.scheme == "https"
    line = Line(parts.hostname or "", parts.port or (443 if encrypted else 80), encrypted)
    late = threading.Timer(WHOLE, line.hang_up)
    late.daemon = True
    late.start()
    try:
        path = parts.path + (f"?{parts.query}" if parts.query else "")
        line.request("POST", path or "/", written(request, words), headers(request))
        status = line.getresponse().status
        line.check()
        return status
    except http.client.HTTPException as error:
        raise OSError(f"no answer that is HTTP: {type(error).__name__}") from error
    finally:
        late.cancel()
        line.close()


def written(request: Request, words: bytes) -> bytes:
    """Encrypt for one browser, with a key that is used once."""
    encrypted: bytes = http_ece.encrypt(
        words, private_key=ec.generate_private_key(push.CURVE), dh=push.decoded(request.p256dh),
        auth_secret=push.decoded(request.auth), version="aes128gcm",
    )  # fmt: skip
    return encrypted


def headers(request: Request) -> dict[str, str]:
    """What a push service wants to know: until when, about what, and who we are."""
    parts = urlsplit(request.endpoint)
    claims = {"aud": f"{parts.scheme}://{parts.netloc}", "exp": int(now().timestamp()) + TRUSTED,
              "sub": f"mailto:{settings().mail_from}"}  # fmt: skip
    signed: dict[str, str] = Vapid02(request.ours).sign(claims)
    topic = sha256(request.tag.encode()).hexdigest()[:32]
    return signed | {"Content-Encoding": "aes128gcm", "Content-Type": "application/octet-stream", "TTL": str(KEPT),
                     "Topic": topic, "Urgency": "normal"}  # fmt: skip
