"""Merging: a conversation that goes on in another one of the same customer."""

from typing import Any

from flask import current_app
from pydantic import StrictStr

from actions import merges
from api import shapes
from api.operations import Given, operation
from models.conversations import Conversation
from policy import Actor, find, require


class Merge(Given):
    into: StrictStr
    confirm: list[StrictStr] = []


@operation("POST", "/conversations/<number>/merge", "conversation", body=Merge)
def merge_conversation(actor: Actor, number: str, body: Merge) -> dict[str, Any]:
    """Close a conversation and go on in another; `confirm` holds the ids of partners that would read more from here on."""
    row, into = find(actor, Conversation, number=number), find(actor, Conversation, number=body.into)
    require(actor, "conversation:merge", row)
    merges.merge(actor, row, into, body.confirm)
    return shapes.conversation(actor, into, str(current_app.config["SETTINGS"].business_name))
