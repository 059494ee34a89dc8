"""Releasing: one message from before a partner came, shown to it by name."""

from typing import Any

from pydantic import StrictInt, StrictStr

from actions import releases
from api.decisions import message_of
from api.operations import Given, operation
from models.conversations import Conversation
from models.organisations import Organisation
from policy import Actor, find


class Shown(Given):
    organisation: StrictStr
    seq: StrictInt
    confirm: StrictStr


@operation("POST", "/conversations/<number>/releases", "conversation", body=Shown, status=201)
def release_message(actor: Actor, number: str, body: Shown) -> dict[str, Any]:
    """Show a partner one message from before it came; `confirm` repeats the partner's id."""
    row = find(actor, Conversation, number=number)
    partner = find(actor, Organisation, public_id=body.organisation)
    return message_of(actor, row, releases.release(actor, row, partner, body.seq, body.confirm).seq)
