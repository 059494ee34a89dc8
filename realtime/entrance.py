"""The entrance to the live wire: who is let in, and who has gone."""

from collections.abc import Callable
from typing import Any

from flask import Flask
from socketio.exceptions import ConnectionRefusedError

from actions import logins
from models.db import Unavailable
from models.revocations import KNOWN
from policy import Actor
from realtime import presence, rooms
from realtime.limits import address_too_fast
from realtime.server import lives, show_out
from realtime.sockets import SOCKETS, Socket
from web import device

NAMELESS = "This mailbox is shared: open the page and give your name first."


def connecting(app: Flask, server: Any) -> Any:
    """Let in whoever has a token, or our cookie from a listed origin; everybody else is refused without a reason."""

    def connect(sid: str, environ: dict[str, Any], auth: Any = None) -> bool:
        if sid in SOCKETS:  # an event that a client calls so
            show_out(sid)
            return False
        if too_fast(app, environ):
            return False
        try:
            actor = settled(lambda: who(app, environ, auth))
        except Unavailable:  # they come again
            return False
        gone = not lives(server.manager.eio_sid_from_sid(sid, "/"))  # while the database was asked
        if gone or actor is None or actor.person_id is None:
            return False
        if actor.unnamed:
            raise ConnectionRefusedError(NAMELESS, {"error": "forbidden"})
        SOCKETS[sid] = Socket(sid, actor)
        for room in (*rooms.notices_for(actor), *rooms.telephones_of(actor)):
            server.enter_room(sid, room)
        return True

    return connect


def too_fast(app: Flask, environ: dict[str, Any]) -> bool:
    """Whether one connects too often: a browser that is signed in by itself, everybody else together with their address.

    Every page connects: the many people of one office are one address.
    """
    return bool(address_too_fast(kept_secret(app, environ) or environ.get("REMOTE_ADDR", "")))


def kept_secret(app: Flask, environ: dict[str, Any]) -> str | None:
    """What a browser of ours shows to say who signed in; whether that still holds is asked later."""
    session = app.session_interface.open_session(app, app.request_class(environ))
    return session.get("_user_id") if session else None


def who(app: Flask, environ: dict[str, Any], auth: Any) -> Actor | None:
    """Resolve the actor of a handshake, once."""
    token = auth.get("token") if isinstance(auth, dict) else None
    if token is not None:
        return logins.resolve_token(token) if isinstance(token, str) else None
    if not environ.get("HTTP_ORIGIN"):
        return None
    secret = kept_secret(app, environ)
    with app.app_context():
        return logins.resolve(secret, device.kept(app.request_class(environ))) if secret else None


def settled(ask: Callable[[], Actor | None]) -> Actor | None:
    """Who somebody is, asked while nobody lost a right: what ended before they are known here ends nothing of theirs."""
    for _ in range(5):
        read = KNOWN.read
        actor = ask()
        if KNOWN.read == read:
            return actor
    return None


def disconnecting(app: Flask, server: Any) -> Any:
    """Forget a socket that has gone, and tell those who saw it looking. One that only says so is shown out."""

    def disconnect(sid: str, *reason: Any) -> None:
        if server.manager.is_connected(sid, "/"):  # an event that a client calls so
            show_out(sid)
            return
        socket = SOCKETS.pop(sid, None)
        if socket:
            with app.app_context():
                presence.left(socket)

    return disconnect
