"""Bells: whoever is connected hears that something may concern them; their page then asks what, as pages ask."""

from collections.abc import Iterable

from sqlalchemy import select

from actions.recipients import recipients
from models import db
from models.conversations import Conversation
from models.messages import STAFF, Message, Stored
from realtime import rooms
from realtime.server import socketio

_said: dict[tuple[int, str], int] = {}  # conversation and audience of what was said within the last second: its seq


def said(news: list[Stored]) -> None:
    """Remember what was said, so that a lively chat rings once a second and nobody waits for it."""
    for one in news:
        if one.new.kind == "message" and one.new.audience != STAFF:
            _said[one.new.conversation_id, one.new.audience] = one.seq


def ring() -> None:
    """Tell those of them who are connected here; once a second."""
    waiting = [(key, _said.pop(key)) for key in list(_said)]
    for (conversation_id, _audience), seq in waiting:
        with db.unit(write=False):
            row = db.session.get(Conversation, conversation_id)
            query = select(Message).where(Message.conversation_id == conversation_id, Message.seq == seq)
            message = db.session.scalars(query).unique().one_or_none()
            people = {one.person.id for one in recipients(row, message)} if row and message else set()
        tell(people)


def concern(news: Iterable[Iterable[int | None]]) -> None:
    """Tell some people, once each."""
    tell({person for people in news for person in people if person})


def tell(people: set[int]) -> None:
    """Say no more than that there may be something: every page asks for what its reader may see."""
    if people:
        socketio.server.emit("notices", {}, room=[rooms.notices_of(one) for one in sorted(people)])
