"""Mail threads: from which address of ours a mail goes out, and after which mails its reader's program puts it."""

import re

from sqlalchemy import select

from actions import former
from actions.installation import settings
from models.conversations import Conversation
from models.db import session
from models.jobs import Delivery
from models.mail_in import InboundMail, Mailbox
from models.messages import Message

_ID = re.compile(r"<[^<>\s]{1,250}>")  # what others call a Message-ID may be anything
MOST = 20


def sender(delivery: Delivery) -> str:
    """The address of the team whose conversation it is; where several are its own, the one that was written to."""
    row = session.get(Conversation, delivery.conversation_id) if delivery.conversation_id else None
    if row is None or row.team_id is None:
        return settings().mail_from
    own = select(Mailbox.address).where(Mailbox.team_id == row.team_id)
    written_to = own.join(InboundMail, InboundMail.mailbox_id == Mailbox.id).where(
        InboundMail.conversation_id == row.id
    )
    found = session.scalar(written_to.order_by(InboundMail.id.desc()).limit(1))
    return found or session.scalar(own.order_by(Mailbox.id).limit(1)) or settings().mail_from


def references(delivery: Delivery) -> list[str]:
    """The Message-IDs of what its reader has of the same matter, oldest first: our mails to them, and their own to us.

    So it is with what was migrated: mails of another system that were from the reader's address, or went to it.

    Nobody else's: where two sides do not know each other, a Message-ID names a mail server.
    """
    if delivery.conversation_id is None:
        return []
    ours = select(Delivery.created_at, Delivery.message_id).where(
        Delivery.conversation_id == delivery.conversation_id,
        Delivery.to_key == delivery.to_key,
        Delivery.id < delivery.id,
    )
    theirs = (
        select(InboundMail.received_at, InboundMail.message_id)
        .join(Message, Message.public_id == InboundMail.message_key)
        .where(
            InboundMail.conversation_id == delivery.conversation_id, Message.author_id == delivery.person_id,
            InboundMail.received_at <= delivery.created_at,
        )
    )  # fmt: skip
    rows = [*session.execute(former.mails(delivery)), *session.execute(ours), *session.execute(theirs)]
    found = sorted(rows, key=lambda one: one[0])
    ids = list(dict.fromkeys(name for _, name in found if name and _ID.fullmatch(name)))
    return ids if len(ids) <= MOST else [ids[0], *ids[1 - MOST :]]
