"""Addressing: what an outside word for an audience means in one conversation."""

from typing import Any

from models.conversations import Conversation
from models.messages import CUSTOMER, EVERYONE, STAFF
from policy import Actor, Invalid
from policy.seen import unwrap


def audience(actor: Actor, conversation: Any, word: Any) -> str | None:
    """Turn `everyone`, `customer`, `partner`, `staff`, or {kind, organisation} into the stored audience.

    None stays None. An outsider's own side may be named by its kind. Staff name a partner by its public id, unless there is only one.
    Raises Invalid.
    """
    if word is None or word == "":
        return None
    kind, organisation = (word.get("kind"), word.get("organisation")) if isinstance(word, dict) else (word, None)
    if isinstance(kind, str) and kind.startswith("partner:"):
        kind, organisation = "partner", kind.split(":", 1)[1]
    if kind in (EVERYONE, CUSTOMER, STAFF):
        return str(kind)
    if kind != "partner":
        raise Invalid("audience", "must be everyone, customer, partner or staff")
    if actor.side == "partner":
        return actor.reader
    return _partner(unwrap(conversation), organisation)


def _partner(conversation: Conversation, public_id: str | None) -> str:
    present = [p for p in conversation.parties if p.side == "partner" and p.takes_part]
    if public_id is not None:
        present = [p for p in present if public_id in (p.organisation.public_id, str(p.organisation_id))]
    if len(present) != 1:
        raise Invalid("audience", "names no single partner of this conversation: say which organisation")
    return f"partner:{present[0].organisation_id}"
