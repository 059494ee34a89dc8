"""Who is looking at what, here and in other processes; told to those who may know, never stored."""

import time
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from models import db
from models.conversations import Conversation
from models.messages import CUSTOMER, STAFF
from policy.masks import Cast, cast
from realtime import events, rooms
from realtime.answering import Ack, reading
from realtime.drawing import business
from realtime.server import socketio
from realtime.sockets import SOCKETS, Socket, of_conversation

BELIEVED = 7.0  # seconds after which a process that said nothing counts as gone


class Looker(NamedTuple):
    """Somebody who looks at a conversation, as far as others are told of it."""

    conversation_id: int
    public_id: str
    name: str
    side: str
    organisation_id: int | None
    state: str


class Others:
    """What the other processes said of those who are connected to them, and how to tell them of ours."""

    def __init__(self) -> None:
        self.tell: Callable[[str, Any], None] = lambda kind, news: None
        self.lookers: dict[str, list[Looker]] = {}  # by process
        self.heard: dict[str, float] = {}
        self.stale = False  # what they know of ours is no longer so

    def at(self, conversation_id: int) -> list[Looker]:
        """Those who look at a conversation elsewhere; a process that fell silent has nobody."""
        moment = time.monotonic()
        alive = [key for key, at in self.heard.items() if moment - at < BELIEVED]
        return [one for key in alive for one in self.lookers[key] if one.conversation_id == conversation_id]


OTHERS = Others()


def connect(tell: Callable[[str, Any], None]) -> None:
    """Count with the other processes from now on."""
    OTHERS.tell = tell


def here() -> list[Looker]:
    """Everybody who looks at something in this process."""
    return [looker(one, key) for one in list(SOCKETS.values()) for key in list(one.rooms)]


def looker(socket: Socket, conversation_id: int) -> Looker:
    who = socket.actor
    return Looker(conversation_id, who.public_id, who.name, who.side, who.organisation_id, socket.state)


def elsewhere(process: str, told: Iterable[Iterable[Any]]) -> None:
    """Another process says who is connected to it; where that changed, ours are told."""
    before, now = set(OTHERS.lookers.get(process, ())), {Looker(*one) for one in told}
    OTHERS.lookers[process], OTHERS.heard[process] = list(now), time.monotonic()
    for conversation_id in {one.conversation_id for one in before ^ now}:
        if of_conversation(conversation_id):
            show(conversation_id)


def forget_silent() -> None:
    """Let go of those who were connected to a process that is gone."""
    moment = time.monotonic()
    for process in [key for key, at in OTHERS.heard.items() if moment - at >= BELIEVED]:
        gone = OTHERS.lookers.pop(process)
        del OTHERS.heard[process]
        for conversation_id in {one.conversation_id for one in gone}:
            if of_conversation(conversation_id):
                show(conversation_id)


def enter(socket: Socket, conversation_id: int, room: str) -> None:
    """Let a socket hear a conversation, and tell the others that it looks, unless they know that of another one of theirs."""
    before = socket.rooms.get(conversation_id)
    if before and before != room:
        socketio.server.leave_room(socket.sid, before)
    known = looker(socket, conversation_id) in lookers(conversation_id)
    socket.rooms[conversation_id] = room
    socketio.server.enter_room(socket.sid, room)
    if known:
        show(conversation_id, only=socket.sid)
    else:
        changed([conversation_id])


def left(socket: Socket) -> None:
    """Tell the others that somebody no longer looks; another socket of theirs may."""
    changed([key for key in socket.rooms if looker(socket, key) not in lookers(key)])


def presence(socket: Socket, event: events.Presence) -> Ack:
    """Say whether one is here or away."""
    socket.state = event.state
    changed(list(socket.rooms))
    return {"ok": True}


def changed(conversation_ids: list[int]) -> None:
    """Somebody of this process came, went or is away: tell ours, and the other processes."""
    for conversation_id in conversation_ids:
        show(conversation_id)
    OTHERS.stale = OTHERS.stale or bool(conversation_ids)


def lookers(conversation_id: int) -> list[Looker]:
    """Everybody who looks at a conversation, here or elsewhere."""
    return [looker(one, conversation_id) for one in of_conversation(conversation_id)] + OTHERS.at(conversation_id)


def show(conversation_id: int, only: str | None = None) -> None:
    """Tell staff which colleagues look at a conversation, and who of the others is present; or just one socket of theirs."""
    looking = lookers(conversation_id)
    staff = {one.public_id: one.name for one in looking if one.side == STAFF}
    with reading():
        row = db.session.get(Conversation, conversation_id)
        if row is None:
            return
        who, version = cast(row, business()), row.access_version
    viewing = {"conversation": who.number, "people": [{"id": key, "name": name} for key, name in staff.items()]}
    told = [(STAFF, "viewing", viewing)]
    for reader in present_readers(who):
        told.append((reader, "presence", {"conversation": who.number, "people": _present(looking, who, reader)}))
    for reader, name, payload in told:
        if only is None:
            socketio.server.emit(name, payload, room=rooms.of(conversation_id, reader, version))
        elif only in SOCKETS and SOCKETS[only].actor.reader == reader:
            socketio.server.emit(name, payload, room=only)


def _present(looking: list[Looker], who: Cast, reader: str) -> list[dict[str, Any]]:
    """Who is here, as a reader may know them; masked parties are not told of at all."""
    found = {}
    for one in looking:
        party = who.party(reader, one.side, one.organisation_id)
        if one.state == "online" and not party["masked"]:
            found[one.public_id] = {"id": one.public_id, "name": one.name, "side": one.side}
    return list(found.values())


def present_readers(who: Cast) -> list[str]:
    """The readers that a conversation has at this moment."""
    partners = [f"partner:{one.organisation_id}" for one in who.partners.values() if one.present]
    return [STAFF, *([CUSTOMER] if who.customer else []), *partners]
