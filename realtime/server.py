"""The Socket.IO server: websocket only, bounded frames, no compression, JSON by orjson."""

from typing import Any

import orjson
from flask_socketio import SocketIO

from realtime.websocket import WebSocket


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
        self.server.eio._async = self.server.eio._async | {"websocket": WebSocket}


socketio = Live()


def heard(room: str) -> bool:
    """Whether anybody is in a room of this process."""
    return bool(socketio.server.manager.rooms.get("/", {}).get(room))


def show_out(sid: str) -> None:
    """Close a client's socket and its line, without waiting for it."""
    line = socketio.server.manager.eio_sid_from_sid(sid, "/")

    def end() -> None:
        socketio.server.disconnect(sid)
        if line is not None:
            socketio.server.eio.disconnect(line)

    socketio.server.start_background_task(end)
