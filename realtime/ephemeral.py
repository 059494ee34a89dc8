"""What passes: who is looking, who is typing, how far others have read. At most once, never stored here."""

from typing import Any

from flask import current_app
from sqlalchemy import select

from actions.addressing import audience
from models import db
from models.conversations import Conversation, Read
from models.messages import CUSTOMER, EVERYONE, STAFF
from models.people import Person
from policy import Actor, find, require
from policy.masks import Cast
from policy.threads import Shape, cast_of
from realtime import events, rooms
from realtime.answering import Ack, reading
from realtime.server import socketio
from realtime.sockets import Socket, of_conversation
from web import templating


def business() -> str:
    return str(current_app.config["SETTINGS"].business_name)


def drawn(messages: list[Shape]) -> list[Shape]:
    """Add to each message the page's own partial, so that catching up draws what the first page drew."""
    return [one | {"partial": partial(one)} for one in messages]


def partial(message: Shape) -> str:
    """Render one message as the page does; it mentions neither who looks nor any translated word."""
    return templating.partial("shared/_message.html", message=message)


def enter(socket: Socket, conversation_id: int, room: str) -> None:
    """Let a socket hear a conversation, and tell colleagues that it looks."""
    before = socket.rooms.get(conversation_id)
    if before and before != room:
        socketio.server.leave_room(socket.sid, before)
    socket.rooms[conversation_id] = room
    socketio.server.enter_room(socket.sid, room)
    tell_viewing(conversation_id)


def left(socket: Socket) -> None:
    """Tell colleagues that a socket no longer looks."""
    for conversation_id in socket.rooms:
        tell_viewing(conversation_id)


def tell_viewing(conversation_id: int) -> None:
    """Tell staff which colleagues look at a conversation, and who of the others is present."""
    looking = of_conversation(conversation_id)
    staff = {one.actor.public_id: one.actor.name for one in looking if one.actor.side == STAFF}
    with reading():
        row = db.session.get(Conversation, conversation_id)
        if row is None:
            return
        who, version = cast_of(conversation_id, business()), row.access_version
    viewing = {"conversation": who.number, "people": [{"id": key, "name": name} for key, name in staff.items()]}
    _emit("viewing", viewing, rooms.of(conversation_id, STAFF, version))
    for reader in _readers(who):
        room = rooms.of(conversation_id, reader, version)
        _emit("presence", {"conversation": who.number, "people": _present(looking, who, reader)}, room)


def _present(looking: list[Socket], who: Cast, reader: str) -> list[dict[str, Any]]:
    """Who is here, as a reader may know them; masked parties are not told of at all."""
    found = {}
    for one in looking:
        party = who.party(reader, one.actor.side, one.actor.organisation_id)
        if one.state == "online" and not party["masked"]:
            found[one.actor.public_id] = {"id": one.actor.public_id, "name": one.actor.name, "side": one.actor.side}
    return list(found.values())


def _readers(who: Cast) -> list[str]:
    partners = [f"partner:{one.organisation_id}" for one in who.partners.values() if one.present]
    return [STAFF, *([CUSTOMER] if who.customer else []), *partners]


def presence(socket: Socket, event: events.Presence) -> Ack:
    """Say whether one is here or away."""
    socket.state = event.state
    for conversation_id in list(socket.rooms):
        tell_viewing(conversation_id)
    return {"ok": True}


def typing(socket: Socket, event: events.Typing) -> None:
    """Tell those who will read it that somebody writes; an outsider writing to us is shown to us and its own side."""
    actor = socket.actor
    with reading():
        found = find(actor, Conversation, number=event.conversation)
        spoken = event.audience.model_dump() if isinstance(event.audience, events.Audience) else event.audience
        heard_by = audience(actor, found, spoken) or (STAFF if actor.side == STAFF else actor.reader)
        require(actor, "conversation:note" if heard_by == STAFF else "conversation:reply", found)
        version = db.session.get_one(Conversation, found.id).access_version
        who = cast_of(found.id, business())
    if actor.outside and heard_by not in (EVERYONE, actor.reader):
        return
    for reader in _readers(who):
        if reader == STAFF or heard_by in (EVERYONE, reader):
            name = who.author(reader, actor.side, actor.name, actor.public_id, actor.organisation_id, who_seq(who))
            room = rooms.of(found.id, reader, version)
            payload = {
                "conversation": who.number,
                "author": {k: name[k] for k in ("id", "name", "side")},
                "on": event.on,
            }
            _emit("typing", payload, room, skip=socket.sid)


def who_seq(who: Cast) -> int:
    """A seq after every introduction there has been: what is typed now belongs after it."""
    return max([0, *((one.introduced_seq or 0) + 1 for one in who.partners.values())])


def reads(actor: Actor, conversation_id: int) -> list[dict[str, Any]]:
    """How far each person has read, as the actor may know it: masked parties are left out."""
    row = db.session.get(Conversation, conversation_id)
    if row is None:
        return []
    who = cast_of(conversation_id, business())
    query = select(Read.reader, Read.seq, Read.person_id, Person.name, Person.public_id)
    query = query.join(Person, Person.id == Read.person_id).where(Read.conversation_id == conversation_id)
    found = [shown(who, row.heads, row.last_seq, actor.reader, one) for one in db.session.execute(query).mappings()]
    return [one for one in found if one]


def shown(who: Cast, heads: dict[str, int], last: int, reader: str, read: Any) -> dict[str, Any] | None:
    """Shape one read pointer for a reader: clipped to what the reader sees, None when the party is masked."""
    side = read["reader"].split(":")[0]
    organisation = int(read["reader"].split(":")[1]) if ":" in read["reader"] else None
    party = who.party(reader, side, organisation)
    if party["masked"]:
        return None
    limit = last if reader == STAFF else max(heads[EVERYONE], heads.get(reader, 0))
    return {"id": read["public_id"], "name": read["name"], "side": side, "seq": min(read["seq"], limit)}


def _emit(name: str, payload: dict[str, Any], room: str, skip: str | None = None) -> None:
    socketio.server.emit(name, payload, room=room, skip_sid=skip)
