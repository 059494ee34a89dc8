"""The Socket.IO server: websocket only, bounded frames, no compression, JSON by orjson."""

from typing import Any

import orjson
from engineio.async_drivers import gevent as driver
from engineio.async_drivers._websocket_wsgi import SimpleWebSocketWSGI
from flask_socketio import SocketIO
from gevent.event import Event
from gevent.selectors import DefaultSelector

LARGEST_FRAME = 256 * 1024  # bytes, refused before it is assembled


class Json:
    """orjson behind the names that Socket.IO calls."""

    @staticmethod
    def dumps(value: Any, **_: Any) -> str:
        return orjson.dumps(value).decode()

    @staticmethod
    def loads(text: str, **_: Any) -> Any:
        return orjson.loads(text)


class BoundedWebSocket(SimpleWebSocketWSGI):  # type: ignore[misc]
    """A websocket that refuses large messages while they arrive, and declines compression, which hides them."""

    def __init__(self, handler: Any, server: Any) -> None:
        super().__init__(
            handler, server, thread_class=driver.Thread, event_class=Event, selector_class=DefaultSelector,
            max_message_size=LARGEST_FRAME,
        )  # fmt: skip

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Any:
        environ.pop("HTTP_SEC_WEBSOCKET_EXTENSIONS", None)
        return super().__call__(environ, start_response)


class Live(SocketIO):  # type: ignore[misc]
    """Flask-SocketIO with our websocket."""

    def init_app(self, app: Any, **options: Any) -> None:
        super().init_app(app, async_mode="gevent", json=Json, **options)
        self.server.eio._async = self.server.eio._async | {"websocket": BoundedWebSocket}


socketio = Live()
