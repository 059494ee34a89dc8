"""Resends: what was sent before under a client id, and where it may be sent again."""

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from sqlalchemy import Connection, bindparam, func, select, tuple_

from models.conversations import Conversation
from models.db import INLINE
from models.messages import Message, NewMessage, Stored


class Sent(NamedTuple):
    """A message that was sent before under a client id."""

    body_hash: int
    stored: Stored
    places: set[int]  # the conversation it stands in, and those in which that goes on since it was merged

    def again(self, new: NewMessage) -> bool:
        """Whether a message is this one sent again: the same words, to where it stands or where that goes on."""
        there = self.stored.new.conversation_id
        return new.conversation_id in self.places and replace(new, conversation_id=there).body_hash == self.body_hash


# Built once: every message asks for it. SQLite would look through all messages for a list of pairs, so there it gets a
# table of them: one look into the index for each.
_TABLE = Message.__table__.c
_PAIR = func.json_each(bindparam("keys")).table_valued("value", name="pair").c.value
_BEFORE = {
    "postgresql": select(*_TABLE).where(
        tuple_(_TABLE.author_id, _TABLE.client_id).in_(bindparam("keys", expanding=True))
    ),
    "sqlite": select(*_TABLE).where(
        _TABLE.author_id == func.json_extract(_PAIR, "$[0]"), _TABLE.client_id == func.json_extract(_PAIR, "$[1]")
    ),
}
Earlier = dict[tuple[int, str], Sent]


def sent_earlier(connection: Connection, news: Sequence[NewMessage]) -> Earlier:
    """Look for what was sent before under the client ids of new messages."""
    keys = [(new.author_id, new.client_id) for new in news if new.client_id]
    if not keys:
        return {}
    kind = connection.dialect.name
    asked = {"keys": json.dumps(keys) if kind == "sqlite" else keys}
    found = connection.execute(_BEFORE[kind], asked, execution_options=INLINE)
    return {
        (row.author_id, row.client_id): Sent(row.body_hash, _stored_before(row), _places(connection, news, row))
        for row in found.all()
    }


def sent_before(connection: Connection, new: NewMessage) -> bool:
    """Whether its author has sent a message under the same client id before."""
    return bool(sent_earlier(connection, [new]))


def _places(connection: Connection, news: Sequence[NewMessage], sent: Any) -> set[int]:
    """Where a message that was sent before may be sent again; merges are followed only for one sent elsewhere."""
    place, places = sent.conversation_id, {sent.conversation_id}
    addressed = {new.conversation_id for new in news if new.client_id == sent.client_id}
    while not addressed <= places:
        into = select(Conversation.merged_into_id).where(Conversation.id == place)
        place = connection.execute(into).scalar()
        if place is None or place in places:
            break
        places.add(place)
    return places


def _stored_before(row: Any) -> Stored:
    new = NewMessage(
        conversation_id=row.conversation_id, access_version=0, author_id=row.author_id, author_side=row.author_side,
        audience=row.audience, body=row.body, client_id=row.client_id, channel=row.channel, at=row.at,
        public_id=row.public_id,
    )  # fmt: skip
    return Stored(new, row.seq, {}, duplicate=True)
