"""Revocation in open sockets: who lost a right hears nothing that was stored after it."""

from typing import Any

from sqlalchemy import select

from models import db
from models.conversations import Conversation
from models.revocations import KNOWN
from policy import find
from policy.finding import NotFound
from realtime import rooms
from realtime.server import show_out, socketio
from realtime.sockets import SOCKETS, Socket, of_conversation


def start() -> None:
    """Begin with what was revoked before this process: its sockets are authorised after that."""
    with db.unit(write=False):
        KNOWN.begin(db.session.connection())


def apply() -> None:
    """Read what was revoked since last time and act on it; called before every delivery and event, and every second."""
    if not SOCKETS:
        return
    with db.unit(write=False):
        ended = KNOWN.fresh(db.session.connection())
    for one in ended:
        if one.kind == "conversation":
            move(one.subject_id)
        else:
            for socket in list(SOCKETS.values()):
                if _concerns(socket, one.kind, one.subject_id):
                    drop(socket)
    KNOWN.note(ended)


def _concerns(socket: Socket, kind: str, subject: int) -> bool:
    actor = socket.actor
    keys = {"login": actor.login_id, "session": actor.session_id, "membership": actor.membership_id,
            "token": actor.token_id, "staff": actor.staff_id}  # fmt: skip
    return keys[kind] == subject


def drop(socket: Socket) -> None:
    """Take a socket out of every room at once, then close it."""
    SOCKETS.pop(socket.sid, None)
    own = [*rooms.notices_for(socket.actor), *rooms.queues_of(socket.actor), *rooms.telephones_of(socket.actor)]
    for room in [*socket.rooms.values(), *own]:
        socketio.server.leave_room(socket.sid, room)
    show_out(socket.sid)


def move(conversation_id: int) -> None:
    """Re-authorise everybody who has a conversation open, and move those who stay to the room of its new version."""
    for socket in of_conversation(conversation_id):
        socket.forget(conversation_id)
        room = authorised_room(socket, conversation_id)
        if room == socket.rooms.get(conversation_id):
            continue
        socketio.server.leave_room(socket.sid, socket.rooms.pop(conversation_id))
        if room:
            socket.rooms[conversation_id] = room
            socketio.server.enter_room(socket.sid, room)


def authorised_room(socket: Socket, conversation_id: int) -> str | None:
    """The room a socket may be in now, asked of the database; None when it may no longer listen."""

    def ask() -> Any:
        return find(socket.actor, Conversation, id=conversation_id)

    try:
        with db.unit(write=False):
            ask()
            version = db.session.scalar(select(Conversation.access_version).where(Conversation.id == conversation_id))
    except NotFound:
        return None
    return rooms.of(conversation_id, socket.actor.reader, version or 0)
