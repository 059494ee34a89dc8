"""Every second: end what was revoked and what ran out, and show out the silent and the slow. Beside the web server."""

import structlog
from flask import Flask
from gevent import sleep

from models import db
from realtime import bells, presence, revoking
from realtime.server import socketio
from realtime.sockets import SOCKETS

log = structlog.get_logger(__name__)
CONNECT_WITHIN = 10.0  # seconds between opening a websocket and saying who one is
SLOWEST = 500  # packets waiting for one socket before it is shown out
_waiting: dict[str, int] = {}


def watch(app: Flask) -> None:
    """Keep watch until the process ends."""
    while True:
        sleep(1)
        try:
            with app.app_context():
                revoking.apply()
                expire()
                bells.ring()
                presence.forget_silent()
            tidy()
        except db.Unavailable:
            pass
        except Exception:
            log.exception("the live wire stumbled")


def expire() -> None:
    """Show out whose session or token has run out, and re-authorise partners whose share of an open conversation has."""
    for socket in [one for one in list(SOCKETS.values()) if one.over]:
        revoking.drop(socket)
    open_to_partners = {key for s in SOCKETS.values() if s.actor.side == "partner" for key in s.rooms}
    for conversation_id in open_to_partners:
        revoking.move(conversation_id)


def tidy() -> None:
    """Close sockets that never said who they are, and those that do not take what is sent."""
    eio = socketio.server.eio
    known = {socketio.server.manager.eio_sid_from_sid(sid, "/") for sid in list(SOCKETS)}
    for eio_sid, socket in list(eio.sockets.items()):
        waited = _waiting.setdefault(eio_sid, 0) + 1
        _waiting[eio_sid] = waited
        if (eio_sid not in known and waited > CONNECT_WITHIN) or socket.queue.qsize() > SLOWEST:
            socketio.server.start_background_task(socket.close, wait=False)
    for gone in _waiting.keys() - eio.sockets.keys():
        del _waiting[gone]
