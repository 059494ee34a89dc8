"""One client's websocket (RFC 6455): wsproto takes frames apart, and a frame leaves whole or ends the line.

In place of the driver that comes with Engine.IO: its `send` loses what the network does not take at once, it keeps a
greenlet more for each client, and it never hangs up on one that has ceased to read.
"""

import base64
import binascii
import contextlib
import socket
import struct
import threading
from collections.abc import Callable, Iterable
from typing import Any

import gevent
from wsproto.connection import Connection, ConnectionState, ConnectionType
from wsproto.events import CloseConnection, Message, Ping, TextMessage
from wsproto.frame_protocol import CloseReason, ParseFailed
from wsproto.utilities import LocalProtocolError, RemoteProtocolError, generate_accept_token

LARGEST = 256 * 1024  # bytes of one message, refused before it is assembled
PIECES = 1000  # fragments of one message
TAKEN_WITHIN = 20_000  # milliseconds in which the other end must take what was sent
FAREWELL = 0.5  # seconds that the other end has to answer a close
CHUNK = 16 * 1024
TEXT = 0x81  # a whole text message in one frame
PACKETS = "0123456"  # how every message of Engine.IO begins


class WebSocket:
    """The websocket of one client, as Engine.IO wants one: `wait`, `send` and `close`."""

    def __init__(self, handler: Callable[["WebSocket"], Any], server: Any) -> None:
        self.handler = handler

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        """Shake hands on gunicorn's socket and serve until the line ends. A request that is no handshake gets 400."""
        key = acceptable(environ)
        if key is None:
            start_response("400 Bad Request", [("Content-Type", "text/plain")])
            return [b"This address speaks websocket."]
        self.line: socket.socket = environ["gunicorn.socket"]
        self.frames = Connection(ConnectionType.SERVER)
        self.arrived: list[str] = []
        self.pieces: list[str] = []
        self.size = 0
        self.writing = threading.Lock()
        if self._shake_hands(key):
            try:
                self.handler(self)
            finally:
                self.hang_up()
        raise StopIteration  # gunicorn's way of saying that the answer was given

    def _shake_hands(self, key: str) -> bool:
        """Agree to speak websocket; False when the other end has gone meanwhile."""
        try:
            self.line.settimeout(None)
            self.line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.line.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, TAKEN_WITHIN)
            self.line.sendall(
                b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                b"Sec-WebSocket-Accept: " + generate_accept_token(key.encode()) + b"\r\n\r\n"
            )
        except OSError:
            return False
        return True

    def wait(self) -> str | None:
        """The next message; None when the line has ended or is being ended."""
        while not self.arrived:
            try:
                data = self.line.recv(CHUNK)
                if not data or self.frames.state is ConnectionState.CLOSED:
                    return None
                self.frames.receive_data(data)
                for event in self.frames.events():
                    self._take(event)
            except (ParseFailed, RemoteProtocolError) as error:
                self.close(getattr(error, "code", CloseReason.PROTOCOL_ERROR))
                return None
            except (OSError, LocalProtocolError):
                return None
            if self.frames.state is not ConnectionState.OPEN and not self.arrived:
                return None
        return self.arrived.pop(0)

    def _take(self, event: Any) -> None:
        if isinstance(event, TextMessage):
            self._gather(event)
        elif isinstance(event, Ping | CloseConnection):
            self._write(self.frames.send(event.response()))
        elif isinstance(event, Message):
            self.close(CloseReason.UNSUPPORTED_DATA)

    def _gather(self, event: TextMessage) -> None:
        """Put a message together, as long as it stays within its bounds."""
        self.size += len(event.data) if event.data.isascii() else len(event.data.encode())
        if self.size > LARGEST or len(self.pieces) >= PIECES:
            self.close(CloseReason.MESSAGE_TOO_BIG)
            return
        self.pieces.append(event.data)
        if event.message_finished:
            message = "".join(self.pieces)
            self.pieces, self.size = [], 0
            if message[:1] and message[0] in PACKETS:
                self.arrived.append(message)
            else:
                self.close(CloseReason.POLICY_VIOLATION)

    def send(self, message: str) -> None:
        """Send a message whole. Raises OSError when the line has ended."""
        if self.frames.state is not ConnectionState.OPEN:
            raise OSError("the websocket is closed")
        self._write(framed(message.encode()))

    def _write(self, frame: bytes) -> None:
        with self.writing:  # a frame never begins within another one
            taken = self.line.send(frame)  # mostly all of it at once, and cheaper than `sendall`
            if taken < len(frame):
                self.line.sendall(frame[taken:])

    def close(self, code: int = CloseReason.NORMAL_CLOSURE) -> None:
        """Say good-bye, and hang up when the other end has answered or does not."""
        if self.frames.state is not ConnectionState.OPEN:
            return
        farewell = self.frames.send(CloseConnection(code))
        gevent.spawn(self._leave, farewell)

    def _leave(self, farewell: bytes) -> None:
        later = gevent.spawn_later(FAREWELL, self.hang_up)
        try:
            self._write(farewell)
        except OSError:
            later.kill()
            self.hang_up()

    def hang_up(self) -> None:
        """End the line at once; whoever waits for it or writes to it is woken."""
        with contextlib.suppress(OSError):  # it may have ended already
            self.line.shutdown(socket.SHUT_RDWR)


def acceptable(environ: dict[str, Any]) -> str | None:
    """The key of a handshake that is one."""
    key = str(environ.get("HTTP_SEC_WEBSOCKET_KEY", ""))
    asked = (
        environ.get("REQUEST_METHOD"),
        environ.get("HTTP_UPGRADE", "").lower(),
        environ.get("HTTP_SEC_WEBSOCKET_VERSION"),
    )
    try:
        good = len(base64.b64decode(key, validate=True)) == 16
    except (binascii.Error, ValueError):
        good = False
    return key if good and asked == ("GET", "websocket", "13") and "gunicorn.socket" in environ else None


def framed(payload: bytes) -> bytes:
    """A text message in one frame as servers send it: unmasked, RFC 6455 section 5.2."""
    size = len(payload)
    if size < 126:
        return bytes((TEXT, size)) + payload
    if size < 65536:
        return struct.pack("!BBH", TEXT, 126, size) + payload
    return struct.pack("!BBQ", TEXT, 127, size) + payload
