"""The writer: stores prepared messages from sockets durably. The place for sharing one commit among many."""

from collections.abc import Sequence

from models import db
from models.messages import NewMessage, Stored
from models.sequence import Answer, append


def store(news: Sequence[NewMessage]) -> list[Answer]:
    """Store messages in one transaction and tell the listeners; only then may anybody be told that they are stored.

    Raises Unavailable when the outcome is unknown: sending again under the same client id is safe.
    """
    with db.unit(write=True):
        answers = append(db.session.connection(), news)
        for answer in answers:
            if isinstance(answer, Stored) and not answer.duplicate:
                db.tell("stored", answer)
    return answers
