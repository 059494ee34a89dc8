"""Access: somebody may have lost, or gained, the right to hear a conversation."""

from models import db
from models.conversations import Conversation
from models.db import session
from models.logins import Revocation


def access_changed(row: Conversation) -> None:
    """Make every process ask again who may listen to a conversation."""
    row.access_version += 1
    session.add(Revocation(kind="conversation", subject_id=row.id))
    session.flush()
    db.tell("access", row.id)
