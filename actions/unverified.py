"""Unverified mail: what came from somebody of whom nothing proves who they are, for us alone."""

from collections.abc import Sequence

from actions import conversations
from actions.languages import in_ours
from actions.log import record
from models import db
from models.conversations import Conversation
from models.db import session
from models.messages import STAFF, NewMessage, Stored
from models.sequence import append
from models.settings import next_number
from models.words import Words
from policy import SYSTEM, Actor

STALE = (
    "last_seq",
    "heads",
    "status",
    "waiting_since",
    "snippet",
    "snippet_outside",
    "updated_at",
)  # by the first message


def begin(
    subject: str, body: str, said_to_be: str, team_id: int | None, notes: Sequence[Words] = ()
) -> tuple[Conversation, Stored]:
    """Begin a conversation that only we read, marked as not verified; it belongs to no organisation. `notes` as in `put`."""
    row = Conversation(
        number=str(next_number(session(), "conversations", 2000)), subject=subject, channel="email", status="new",
        team_id=team_id, unverified=True,
    )  # fmt: skip
    session.add(row)
    session.flush()
    stored = put(row, body, said_to_be, notes)
    nobody: dict[int | None, str] = {None: STAFF}
    record(
        _stranger(said_to_be), "conversation_started", subject, nobody, channel="email", direction="inbound",
        conversation_id=row.id, subject=("conversation", row.number),
    )  # fmt: skip
    session.expire(row, STALE)
    db.tell("conversation", row.id)
    return row, stored


def put(row: Conversation, body: str, said_to_be: str, notes: Sequence[Words] = ()) -> Stored:
    """Put what a stranger wrote into a conversation, for us alone; its author has no account and no organisation.

    `notes` say to us, behind it, what there is to know of it.
    """
    said = NewMessage(
        conversation_id=row.id, access_version=row.access_version, author_id=None, author_side="customer",
        author_name=said_to_be, signed_as=said_to_be, audience=STAFF, body=body, channel="email", change={"mail": True},
    )  # fmt: skip
    session.flush()
    news = [said, *(_note(row, words) for words in notes)]
    stored = [conversations.refused_or_stored(one) for one in append(session.connection(), news)]
    for one in stored:
        db.tell("stored", one)
    return stored[0]


def note(row: Conversation, words: Words) -> None:
    """Say to us, in the thread and in our own language, what there is to know of a mail in it."""
    conversations.say(_note(row, words))


def _note(row: Conversation, words: Words) -> NewMessage:
    return conversations.prepare_reply(SYSTEM, row, in_ours(words), audience=STAFF, channel="email")


def _stranger(said_to_be: str) -> Actor:
    return Actor(side="customer", name=said_to_be, given_name=said_to_be)
