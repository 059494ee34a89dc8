"""Bells: whoever is connected hears that something may concern them; their page then asks what, as pages ask."""

import time
from collections.abc import Iterable
from typing import NamedTuple

from actions.recipients import hearers
from models import db
from models.conversations import Conversation
from models.messages import STAFF, Stored
from realtime import rooms
from realtime.server import socketio

KEPT = 10.0  # seconds in which the same people are rung while their rights stand
MOST = 10_000


class Talk(NamedTuple):
    """Those who may hear one another in a conversation, until rights on it change."""

    conversation_id: int
    audience: str
    access_version: int


class Hearers(NamedTuple):
    """Who may want to know what is said there, until when that holds, and which authors had spoken when it was asked."""

    people: set[int]
    until: float
    authors: set[int | None]


_said: dict[Talk, set[int | None]] = {}  # where something was said within the last second, and by whom
_heard: dict[Talk, Hearers] = {}


def said(news: list[Stored]) -> None:
    """Remember that something was said, so that a lively chat rings once a second and nobody waits for it."""
    for one in news:
        new = one.new
        if new.kind == "message" and new.audience != STAFF:
            talk = Talk(new.conversation_id, new.audience, new.access_version)
            _said.setdefault(talk, set()).add(new.author_id)


def ring() -> None:
    """Tell those of them who are connected here, once a second; but not somebody who heard nobody else."""
    waiting = [(talk, _said.pop(talk)) for talk in list(_said)]
    for talk, authors in waiting:
        people = _hearers(talk, authors)
        tell(people - authors if len(authors) == 1 else people)


def _hearers(talk: Talk, authors: set[int | None]) -> set[int]:
    """Who may want to know: asked again now and then, and when somebody else speaks, who may want to know from now on.

    Where a partner takes part it is asked each time, since a share may end by itself.
    """
    moment = time.monotonic()
    known = _heard.get(talk)
    if known is not None and moment < known.until and authors <= known.authors:
        return known.people
    with db.unit(write=False):
        row = db.session.get(Conversation, talk.conversation_id)
        people = {one.person.id for one in hearers(row, talk.audience)} if row else set()
        lasts = row is not None and not any(party.side == "partner" for party in row.parties)
    if len(_heard) >= MOST:
        _heard.clear()
    if lasts:
        _heard[talk] = Hearers(people, moment + KEPT, authors | known.authors if known else authors)
    return people


def concern(news: Iterable[Iterable[int | None]]) -> None:
    """Tell some people, once each."""
    tell({person for people in news for person in people if person})


def tell(people: set[int]) -> None:
    """Say no more than that there may be something: every page asks for what its reader may see."""
    if people:
        socketio.server.emit("notices", {}, room=[rooms.notices_of(one) for one in sorted(people)])
