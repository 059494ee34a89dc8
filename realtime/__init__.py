"""The live wire: socket events in, pushes out. The wire is documented in docs/realtime.md."""

from urllib.parse import urlsplit

import gevent

import config
from realtime import bus, feed, handlers, heartbeat, revoking, watch
from realtime.leaving import before_the_end
from realtime.server import socketio
from web.product import Product

__all__ = ["before_the_end", "install", "listen", "start"]


def install(app: Product) -> None:
    """Put the Socket.IO server in front of the application."""
    settings: config.Settings = app.config["SETTINGS"]
    socketio.init_app(app, **server_options(settings))
    handlers.install(app, socketio.server)


def listen(app: Product) -> None:
    """Hear of what is stored, to tell it to those who are connected."""
    feed.listen(app)
    settings: config.Settings = app.config["SETTINGS"]
    if settings.redis_url:
        bus.connect(app, settings.redis_url)


def server_options(settings: config.Settings) -> dict[str, object]:
    """How the server is tuned: websocket only, no binary, small frames, events of one socket in order."""
    return {
        "async_handlers": False,
        "transports": ["websocket"],
        "allow_upgrades": False,
        "http_compression": False,
        "max_http_buffer_size": 256_000,
        "ping_interval": 15,
        "ping_timeout": 10,
        "cors_allowed_origins": origins(settings),
        "logger": False,
        "engineio_logger": False,
    }


def origins(settings: config.Settings) -> list[str]:
    """Where pages that may connect come from: our own address; on this machine under each of its names."""
    own = urlsplit(settings.url)
    if not config.loopback(own.hostname or ""):
        return [settings.url]
    return [settings.url, *(f"http://{name}:{settings.port}" for name in ("127.0.0.1", "localhost"))]


def start(app: Product) -> None:
    """Begin to watch over the open sockets: in the web process only."""
    revoking.start()
    bus.serve(app)
    gevent.spawn(watch.watch, app)
    gevent.spawn(heartbeat.beat, socketio.server.eio.sockets)
