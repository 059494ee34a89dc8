"""Events in: what people do on the live wire, by the same verbs as pages and API."""

from typing import Any

import config
from actions import conversations, decisions, drafts, parties
from actions import reading as looks
from actions.addressing import audience
from actions.resends import place
from models import db, writer
from models.conversations import Conversation
from models.db import Unavailable
from models.decisions import Decision
from models.messages import NewMessage, Stored
from models.orders import Order, OrderLine
from models.sequence import REAUTHORISE, Answer
from models.settings import epoch
from policy import Actor, Forbidden, Invalid, Refused, find, require, threads
from realtime import drawing, entrance, ephemeral, events, presence, queues, revoking, rooms
from realtime.answering import Ack, answering, reading
from realtime.sockets import SOCKETS, Socket
from web.product import Product

PAGE = 200


def install(app: Product, server: Any) -> None:
    """Register the handlers on the server itself: fewer layers, and the events of a socket stay in order."""
    settings: config.Settings = app.config["SETTINGS"]
    wire = Wire(settings.business_name)
    server.on("connect", entrance.connecting(app, server))
    server.on("disconnect", entrance.disconnecting(app, server))
    for name, schema, work in (
        ("conversation:open", events.Open, wire.open),
        ("conversation:sync", events.Open, wire.sync),
        ("conversation:start", events.Start, wire.start),
        ("message:read", events.ReadUpTo, wire.read),
        ("draft:keep", events.Keep, wire.keep),
        ("decision:ask", events.Ask, wire.ask),
        ("decision:answer", events.Answer, wire.answer),
        ("decision:withdraw", events.Withdraw, wire.withdraw),
        ("typing", events.Typing, ephemeral.typing),
        ("presence", events.Presence, presence.presence),
        ("queue:watch", events.Watch, queues.watch),
    ):
        server.on(name, answering(app, name, schema, work))
    # What was revoked is asked for in the transaction that stores the message.
    server.on("message:send", answering(app, "message:send", events.Send, wire.send, before=lambda: None))


class Wire:
    """The events that read or write; each ends in the verb that the page uses."""

    def __init__(self, business: str) -> None:
        self.business = business

    def open(self, socket: Socket, event: events.Open) -> Ack:
        """Join a conversation and catch up."""
        with reading():
            found = readable(socket.actor, event.conversation)
            answer = self._caught_up(socket.actor, found, event)
            version = db.session.get_one(Conversation, found.id).access_version
        room = rooms.of(found.id, socket.actor.reader, version)
        presence.enter(socket, found.id, room)
        socket.remember(event.conversation, found)
        return answer

    def sync(self, socket: Socket, event: events.Open) -> Ack:
        """Catch up without joining."""
        with reading():
            found = readable(socket.actor, event.conversation)
            return self._caught_up(socket.actor, found, event)

    def _caught_up(self, actor: Actor, found: Any, event: events.Open) -> Ack:
        now = epoch(db.session())
        if event.epoch is not None and event.epoch != now:
            return {"ok": False, "error": "reset", "epoch": now}
        last = threads.last_seq(actor, found)
        after = min(event.after, last)
        messages = threads.messages(actor, found, self.business, after=after, limit=PAGE)
        return {
            "ok": True, "conversation": found.number, "last_seq": last, "epoch": now,
            "messages": drawing.drawn(messages),
            "more": bool(messages) and messages[-1]["seq"] < last and len(messages) == PAGE,
            "reads": ephemeral.reads(actor, found.id),
        }  # fmt: skip

    def start(self, socket: Socket, event: events.Start) -> Ack:
        """Begin a conversation with its first message."""
        actor = socket.actor
        with db.unit(write=True):
            subject = event.subject or event.body.strip().split("\n")[0][:80] or "Chat"
            made, stored = begin(actor, subject, event)
            answer = {"conversation": made.number, "epoch": epoch(db.session())}
        return acknowledged(actor, stored, answer["epoch"]) | answer

    def send(self, socket: Socket, event: events.Send) -> Ack:
        """Say something: acknowledged once it is stored, and not before."""
        found = socket.remembered(event.conversation)
        new = as_remembered(socket.actor, found, event)
        answer = writer.store(new) if new else REAUTHORISE
        if answer == REAUTHORISE:
            found, answer = self._asked(socket, event)
        if answer == REAUTHORISE:  # rights change at this very moment: the same message may be sent again
            raise Unavailable("rights are changing")
        stored = conversations.refused_or_stored(answer)
        return acknowledged(socket.actor, stored) | elsewhere(socket.actor, found, stored)

    def _asked(self, socket: Socket, event: events.Send) -> tuple[Any, Answer]:
        """Store a message of which the database says at this moment that it may be sent."""
        for _ in range(3):
            revoking.apply()
            if socket.sid not in SOCKETS:
                raise Forbidden("message:send")
            with reading():
                found = find(socket.actor, Conversation, number=event.conversation)
                new = prepared(socket.actor, found, event)
            answer = writer.store(new)
            if answer != REAUTHORISE:
                break
        socket.remember(event.conversation, found)
        return found, answer

    def read(self, socket: Socket, event: events.ReadUpTo) -> Ack:
        """Say how far one has read."""
        with db.unit(write=True):
            found = find(socket.actor, Conversation, number=event.conversation)
            conversations.mark_read(socket.actor, found, event.seq)
        return {"ok": True}

    def keep(self, socket: Socket, event: events.Keep) -> Ack:
        """Keep what somebody has begun to write; an empty one is let go."""
        with db.unit(write=True):
            found = find(socket.actor, Conversation, number=event.conversation)
            to = addressed(socket.actor, found, event.audience)
            kept = drafts.keep(socket.actor, found, event.body, audience=to, message_client_id=event.client_id)
        return {"ok": True, "kept": kept}

    def ask(self, socket: Socket, event: events.Ask) -> Ack:
        """Put a question with a few fixed answers: acknowledged as a message is."""
        actor = socket.actor
        with db.unit(write=True):
            found = find(actor, Conversation, number=event.conversation)
            made, stored = decisions.ask(
                actor, found, event.question, event.answers, audience=addressed(actor, found, event.audience),
                about=event.about, message_client_id=event.client_id, channel="chat",
            )  # fmt: skip
            answer = {"decision": made.public_id, "epoch": epoch(db.session())}
        return acknowledged(actor, stored, answer["epoch"]) | answer | elsewhere(actor, found, stored)

    def answer(self, socket: Socket, event: events.Answer) -> Ack:
        """Choose one of the answers to a question; the first that chooses counts."""
        with db.unit(write=True):
            decisions.answer(socket.actor, find(socket.actor, Decision, public_id=event.decision), event.answer)
        return {"ok": True}

    def withdraw(self, socket: Socket, event: events.Withdraw) -> Ack:
        """Take a question back."""
        with db.unit(write=True):
            decisions.withdraw(socket.actor, find(socket.actor, Decision, public_id=event.decision))
        return {"ok": True}


def readable(actor: Actor, number: str) -> Any:
    """Find a conversation that an actor may read, and write down a partner's look before anything of it leaves."""
    found = find(actor, Conversation, number=number)
    require(actor, "conversation:read", found)
    if actor.side == "partner":
        looks.saw_conversation(actor, found, "socket")
    return found


def begin(actor: Actor, subject: str, event: events.Start) -> tuple[Conversation, Stored]:
    """Begin a conversation: a partner only about an order that is shared with it."""
    about = about_of(actor, event.about)
    if actor.side == "partner":
        order = find(actor, Order, number=about[1].partition("/")[0] if about else "")
        return parties.start_as_partner(actor, order, subject, event.body, event.client_id, event.attachments)
    return conversations.start(
        actor, subject, event.body, about=about, channel="chat", message_client_id=event.client_id,
        attachments=event.attachments,
    )  # fmt: skip


def about_of(actor: Actor, about: events.About | None) -> tuple[str, str] | None:
    """Find the record a conversation is to be about among those the actor may see."""
    if about is None:
        return None
    if about.type == "order":
        find(actor, Order, number=about.id)
    elif about.type == "order_line":
        number, _, line = about.id.rpartition("/")
        order = find(actor, Order, number=number)
        if line not in {str(one.line) for one in order.lines}:
            find(actor, OrderLine, id=-1)
    else:
        find(actor, Order, number="")
    return about.type, about.id


def elsewhere(actor: Actor, found: Any, stored: Stored) -> Ack:
    """Where a message stands that was sent again to the conversation that its own goes on in; else nothing."""
    if stored.new.conversation_id == found.id:
        return {}
    with reading():
        return {"conversation": place(actor, found, stored).number}


def as_remembered(actor: Actor, found: Any | None, event: events.Send) -> NewMessage | None:
    """The message that an event asks to store, as far as what was found earlier tells; None where the database must be asked."""
    if found is None or event.attachments:
        return None
    try:
        return prepared(actor, found, event)
    except (Forbidden, Invalid, Refused):
        return None  # it may be allowed by now


def prepared(actor: Actor, found: Any, event: events.Send) -> NewMessage:
    """The message that an event asks to store, allowed and well-formed."""
    return conversations.prepare_reply(
        actor, found, event.body, audience=addressed(actor, found, event.audience),
        message_client_id=event.client_id, channel="chat", seen=event.seen, attachments=event.attachments,
    )  # fmt: skip


def addressed(actor: Actor, found: Any, word: events.Audience | str | None) -> str | None:
    """The stored audience that an event names."""
    return audience(actor, found, word.model_dump() if isinstance(word, events.Audience) else word)


def acknowledged(actor: Actor, stored: Stored, now: str = "") -> Ack:
    """The ack of a stored message, as its author reads it."""
    answer = {
        "ok": True, "message": stored.public_id, "client_id": stored.new.client_id, "seq": stored.seq,
        "epoch": stored.epoch or now, "at": stored.at.isoformat(),
    }  # fmt: skip
    if stored.duplicate:
        return answer | {"duplicate": True}
    return answer | {"prev": stored.prev.get(actor.reader, stored.seq - 1)}
