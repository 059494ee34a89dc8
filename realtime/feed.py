"""Live pushes out: what was stored is told once to each reader that may see it, after the commit."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

import structlog
from gevent import sleep
from socketio import PubSubManager
from sqlalchemy import select

from models import db
from models.conversations import Conversation
from models.messages import STAFF, Stored
from policy.masks import cast
from policy.threads import shape_new
from realtime import calls, ephemeral, revoking, rooms
from realtime.server import socketio
from realtime.sockets import SOCKETS
from web import templating
from web.product import Product

log = structlog.get_logger(__name__)
CONNECT_WITHIN = 10.0  # seconds between opening a websocket and saying who one is
SLOWEST = 500  # packets waiting for one socket before it is shown out


def listen(app: Product) -> None:
    """Hear of what is stored."""

    def hear(work: Any) -> Any:
        def listener(news: list[Any]) -> None:
            with app.app_context():
                work(news)

        return listener

    db.listen("stored", hear(messages))
    db.listen("conversation", hear(queue_rows))
    db.listen("read", hear(reads))
    db.listen("access", hear(access))
    db.listen("call", hear(calls.tell))


def anybody() -> bool:
    """Whether somebody may hear: a socket of this process, or those of others by way of Redis."""
    return bool(SOCKETS) or isinstance(socketio.server.manager, PubSubManager)


def messages(news: list[Stored]) -> None:
    """Push messages and changes to every reader that may see them, with that reader's `prev`."""
    if not anybody():
        return
    revoking.apply()
    grouped: dict[int, list[Stored]] = defaultdict(list)
    for stored in news:
        grouped[stored.new.conversation_id].append(stored)
    with db.unit(write=False):
        business = ephemeral.business()
        whose = {row.id: (cast(row, business), readers(row)) for row in conversations(grouped)}
    for conversation_id, group in grouped.items():
        who, entitled = whose[conversation_id]
        for stored in group:
            for reader, prev in stored.prev.items():
                if reader in entitled:
                    push(stored, reader, prev, shape_new(stored, reader, who))
    queue_rows(list(grouped))


def conversations(ids: Iterable[int]) -> list[Conversation]:
    """Read several conversations at once."""
    return list(db.session.scalars(select(Conversation).where(Conversation.id.in_(list(ids)))).unique())


def readers(row: Conversation) -> set[str]:
    """The readers that are entitled at this moment: an expired share hears nothing more."""
    partners = {
        f"partner:{party.organisation_id}" for party in row.parties if party.side == "partner" and party.takes_part
    }
    return {STAFF, "customer"} | partners


def push(stored: Stored, reader: str, prev: int, shape: dict[str, Any]) -> None:
    """Send one message to one reader's room."""
    room = rooms.of(stored.new.conversation_id, reader, stored.new.access_version)
    payload = shape | {"prev": prev, "message": shape["id"], "partial": ephemeral.partial(shape)}
    socketio.server.emit("message" if shape["kind"] == "message" else "conversation", payload, room=room)


def queue_rows(conversation_ids: list[int]) -> None:
    """Tell staff that rows of the lists they look at have changed."""
    if not anybody():
        return
    pushes = []
    with db.unit(write=False):
        for row in conversations(conversation_ids):
            payload = {
                "conversation": row.number,
                "status": row.status,
                "assignee": row.assignee_id,
                "partial": templating.partial("staff/queues/_row.html", conversation=row),
            }
            pushes.append((payload, rooms.queues_for(row)))
    for payload, targets in pushes:
        socketio.server.emit("queue", payload, room=targets)


def reads(news: list[dict[str, Any]]) -> None:
    """Tell the others how far somebody has read."""
    for read in news:
        with db.unit(write=False):
            row = db.session.get_one(Conversation, read["conversation_id"])
            who = cast(row, ephemeral.business())
        for reader in readers(row):
            shown = ephemeral.shown(who, row.heads, row.last_seq, reader, read)
            if shown:
                room = rooms.of(row.id, reader, row.access_version)
                socketio.server.emit("read", {"conversation": row.number, **shown}, room=room)


def access(conversation_ids: list[int]) -> None:
    """Rights changed on conversations: re-authorise those who listen."""
    for conversation_id in dict.fromkeys(conversation_ids):
        revoking.move(conversation_id)


def watch(app: Product) -> None:
    """Every second: apply revocations and expiries, show out the silent and the slow. Runs beside the web server."""
    while True:
        sleep(1)
        try:
            with app.app_context():
                revoking.apply()
                expire()
            tidy()
        except db.Unavailable:
            pass
        except Exception:
            log.exception("the live wire stumbled")


def expire() -> None:
    """Re-authorise partners whose share of an open conversation has run out."""
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


_waiting: dict[str, int] = {}
