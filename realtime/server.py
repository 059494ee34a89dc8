"""The Socket.IO server: websocket only, bounded frames, no compression, JSON by orjson."""

from collections.abc import Callable
from typing import Any

import orjson
import structlog
from flask_socketio import SocketIO

from realtime.heartbeat import Line
from realtime.websocket import WebSocket

log = structlog.get_logger(__name__)
BINARY = ("5", "6")  # kinds of packets of which parts follow


class Json:
    """orjson behind the names that Socket.IO calls."""

    @staticmethod
    def dumps(value: Any, **_: Any) -> str:
        return orjson.dumps(value).decode()

    @staticmethod
    def loads(text: str, **_: Any) -> Any:
        return orjson.loads(text)


class Live(SocketIO):  # type: ignore[misc]
    """Flask-SocketIO with our websocket."""

    def init_app(self, app: Any, **options: Any) -> None:
        super().init_app(app, async_mode="gevent", json=Json, **options)
        eio = self.server.eio
        eio._async = eio._async | {"websocket": WebSocket}
        eio.on("connect", self._met(eio.handlers["connect"]))
        eio.on("message", self._understood(eio.handlers["message"]))

    def _met(self, meet: Callable[[str, Any], Any]) -> Callable[[str, Any], Any]:
        """Make each new line one of ours: Engine.IO offers no other place to say of what kind its lines are."""

        def connect(line: str, environ: Any) -> Any:
            self.server.eio.sockets[line].__class__ = Line
            return meet(line, environ)

        return connect

    def _understood(self, take: Callable[[str, Any], None]) -> Callable[[str, Any], None]:
        """Close the line of whoever sends what is no packet: with one line in our log, however much they send."""

        def receive(line: str, data: Any) -> None:
            if not lives(line):
                return  # sent before it was shown out
            try:
                if data[:1] in BINARY:
                    raise ValueError("announces binary parts")
                take(line, data)
            except (ValueError, LookupError, TypeError, AttributeError) as error:
                log.warning("what is no packet came in, its line is closed", error=repr(error)[:200])
                self.server.start_background_task(end, line)

        return receive


socketio = Live()


def lives(line: str | None) -> bool:
    """Whether a client's line is there and not being closed."""
    known = socketio.server.eio.sockets.get(line)
    return known is not None and not known.closing


def heard(room: str) -> bool:
    """Whether anybody is in a room of this process."""
    return bool(socketio.server.manager.rooms.get("/", {}).get(room))


def show_out(sid: str) -> None:
    """Close a client's socket and its line, without waiting for it."""
    line = socketio.server.manager.eio_sid_from_sid(sid, "/")

    def leave() -> None:
        socketio.server.disconnect(sid)
        end(line)

    socketio.server.start_background_task(leave)


def end(line: str | None) -> None:
    """End a client's line; not by the server's own `disconnect`, which may wait for ever until all is sent."""
    known = socketio.server.eio.sockets.get(line)
    if known is not None:
        known.close(wait=False)
