"""Live pushes out: what was stored is told once to each reader that may see it, after the commit."""

from collections import defaultdict
from collections.abc import Callable
from functools import partial
from typing import Any

from flask import Flask

from models import db
from models.conversations import Conversation
from models.messages import STAFF, Stored
from policy.masks import cast
from policy.threads import shape_new
from realtime import bells, calls, casts, drawing, ephemeral, queues, revoking, rooms
from realtime.server import heard, socketio
from realtime.sockets import SOCKETS

Payload = dict[str, Any]


def tell(app: Flask, kind: str, news: list[Any]) -> None:
    """Tell those who are connected here what was stored, here or by another process; after what was revoked until then."""
    if not SOCKETS:
        return
    with app.app_context():
        revoking.apply()
        TOLD[kind](news)


def messages(news: list[Stored]) -> None:
    """Push messages and changes to every reader that may see them, with that reader's `prev`."""
    known = casts.of(news)
    for stored in news:
        whose = known.get(stored.new.conversation_id)
        if whose is not None:
            push(stored, whose)
    queues.changed([stored.new.conversation_id for stored in news])
    bells.said(news)


def push(stored: Stored, whose: casts.Known) -> None:
    """Send one message to the rooms of its readers; those who are shown the same are sent the same."""
    sendings: list[tuple[Payload, list[str]]] = []
    for reader, prev in stored.prev.items():
        room = rooms.of(stored.new.conversation_id, reader, stored.new.access_version)
        if reader not in whose.readers or not heard(room):
            continue
        shape = shape_new(stored, reader, whose.cast) | {"prev": prev}
        same = next((targets for payload, targets in sendings if payload == shape), None)
        if same is None:
            sendings.append((shape, [room]))
        else:
            same.append(room)
    for shape, targets in sendings:
        payload = shape | {"message": shape["id"], "partial": drawing.partial(shape)}
        socketio.server.emit("message" if shape["kind"] == "message" else "conversation", payload, room=targets)


def reads(news: list[Payload]) -> None:
    """Tell the others how far somebody has read."""
    by_conversation: dict[int, list[Payload]] = defaultdict(list)
    for read in news:
        by_conversation[read["conversation_id"]].append(read)
    for row in casts.conversations(by_conversation):
        for read in by_conversation[row.id]:
            _read(row, read)
    bells.concern([[read["person_id"]] for read in news])


def _read(row: Conversation, read: Payload) -> None:
    who = cast(row, drawing.business())
    for reader in casts.readers(row):
        shown = ephemeral.shown(who, row.heads, row.last_seq, reader, read)
        if shown:
            room = rooms.of(row.id, reader, row.access_version)
            socketio.server.emit("read", {"conversation": row.number, **shown}, room=room)


def mailed(news: list[Any]) -> None:
    """Tell staff at which messages it has changed how their mails went; what has changed they ask for themselves."""
    by_conversation: dict[int, set[int]] = defaultdict(set)
    for conversation_id, seq in news:
        by_conversation[conversation_id].add(seq)
    for row in casts.conversations(by_conversation):
        room = rooms.of(row.id, STAFF, row.access_version)
        for seq in sorted(by_conversation[row.id]):
            socketio.server.emit("mailed", {"conversation": row.number, "seq": seq}, room=room)


def access(conversation_ids: list[int]) -> None:
    """Rights changed on conversations: re-authorise those who listen."""
    for conversation_id in dict.fromkeys(conversation_ids):
        revoking.move(conversation_id)


def revoked(news: list[Any]) -> None:
    """Somebody lost a right: what was revoked has been acted on before anything is told."""


TOLD: dict[str, Callable[[list[Any]], None]] = {
    "stored": messages, "conversation": queues.changed, "read": reads, "access": access, "call": calls.tell,
    "revoked": revoked, "concern": bells.concern, "mailed": mailed,
}  # fmt: skip
KINDS = tuple(TOLD)


def listen(app: Flask) -> None:
    """Hear of what is stored."""
    for kind in KINDS:
        db.listen(kind, partial(tell, app, kind))
