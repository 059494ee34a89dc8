"""The queues of staff, live: rows that changed are drawn at most twice a second, for those who look at a list."""

from typing import Any

import gevent
from flask import Flask, current_app

from models import db
from models.conversations import Conversation
from realtime import casts, events, rooms
from realtime.answering import Ack
from realtime.server import heard, socketio
from realtime.sockets import SOCKETS, Socket
from web import templating

PACE = 0.5  # seconds between two pushes of the same row
_watching: set[str] = set()  # sids
_changed: dict[int, None] = {}
_drawing: list[Any] = []


def watch(socket: Socket, event: events.Watch) -> Ack:
    """Begin or cease to hear of the rows of the lists that a member of staff may see; nothing for everybody else."""
    (_watching.add if event.on else _watching.discard)(socket.sid)
    for room in rooms.queues_of(socket.actor):
        (socketio.server.enter_room if event.on else socketio.server.leave_room)(socket.sid, room)
    return {"ok": True}


def changed(conversation_ids: list[int]) -> None:
    """Note rows that changed, and draw them a little later: many messages are one push."""
    _watching.intersection_update(SOCKETS)
    if not _watching:
        return
    _changed.update(dict.fromkeys(conversation_ids))
    if not _drawing:
        app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
        _drawing.append(gevent.spawn_later(PACE, _draw_soon, app))


def _draw_soon(app: Flask) -> None:
    _drawing.clear()
    with app.app_context():
        draw_changed()


def draw_changed() -> None:
    """Push what changed since the last time."""
    ids = list(_changed)
    _changed.clear()
    draw(ids)


def draw(conversation_ids: list[int]) -> None:
    """Push rows to those who look at a list in which they stand."""
    pushes = []
    with db.unit(write=False):
        for row in casts.conversations(conversation_ids):
            targets = [room for room in rooms.queues_for(row) if heard(room)]
            if targets:
                pushes.append((_payload(row), targets))
    for payload, targets in pushes:
        socketio.server.emit("queue", payload, room=targets)


def _payload(row: Conversation) -> dict[str, Any]:
    return {
        "conversation": row.number, "status": row.status, "assignee": row.assignee_id,
        "partial": templating.partial("staff/queues/_row.html", conversation=row),
    }  # fmt: skip
