"""What passes: who is typing, how far others have read. At most once, never stored here."""

from typing import Any, NamedTuple

from sqlalchemy import select

from actions.addressing import audience
from models import db
from models.conversations import Conversation, Read
from models.messages import EVERYONE, STAFF
from models.people import Person
from policy import Actor, find, require
from policy.masks import Cast, cast
from realtime import events, rooms
from realtime.answering import reading
from realtime.drawing import business
from realtime.presence import OTHERS, present_readers
from realtime.server import socketio
from realtime.sockets import Socket


class Typing(NamedTuple):
    """Somebody writes, or ceases to: in which conversation, and for whom."""

    conversation_id: int
    heard_by: str
    on: bool
    side: str
    name: str
    public_id: str
    organisation_id: int | None


def typing(socket: Socket, event: events.Typing) -> None:
    """Tell those who will read it that somebody writes; an outsider writing to us is shown to us and its own side."""
    actor = socket.actor
    with reading():
        found = find(actor, Conversation, number=event.conversation)
        spoken = event.audience.model_dump() if isinstance(event.audience, events.Audience) else event.audience
        heard_by = audience(actor, found, spoken) or (STAFF if actor.side == STAFF else actor.reader)
        require(actor, "conversation:note" if heard_by == STAFF else "conversation:reply", found)
    if actor.outside and heard_by not in (EVERYONE, actor.reader):
        return
    told = Typing(found.id, heard_by, event.on, actor.side, actor.name, actor.public_id, actor.organisation_id)
    show(told, skip=socket.sid)
    OTHERS.tell("typing", told)


def show(told: Typing, skip: str | None = None) -> None:
    """Tell those of this process that somebody, here or elsewhere, writes."""
    with reading():
        row = db.session.get(Conversation, told.conversation_id)
        if row is None:
            return
        who, version = cast(row, business()), row.access_version
    for reader in present_readers(who):
        if reader == STAFF or told.heard_by in (EVERYONE, reader):
            name = who.author(reader, told.side, told.name, told.public_id, told.organisation_id, _newest(who))
            author = {key: name[key] for key in ("id", "name", "side")}
            room = rooms.of(told.conversation_id, reader, version)
            payload = {"conversation": who.number, "author": author, "on": told.on}
            socketio.server.emit("typing", payload, room=room, skip_sid=skip)


def _newest(who: Cast) -> int:
    """A seq after every introduction there has been: what is typed now belongs after it."""
    return max([0, *((one.introduced_seq or 0) + 1 for one in who.partners.values())])


def reads(actor: Actor, conversation_id: int) -> list[dict[str, Any]]:
    """How far each person has read, as the actor may know it: masked parties are left out."""
    row = db.session.get(Conversation, conversation_id)
    if row is None:
        return []
    who = cast(row, business())
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
