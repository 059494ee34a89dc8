"""Checks that verbs make on what they are given."""

import uuid
from typing import Any

from models import text
from models.conversations import Conversation
from policy import Invalid, Refused


def checked(field: str, check: Any, value: Any) -> Any:
    """Run a text check and name the field when it refuses."""
    if not isinstance(value, str):
        raise Invalid(field, "must be text")
    try:
        return check(value)
    except text.BadText as error:
        raise Invalid(field, error.words) from error


def client_id(value: str | None) -> str | None:
    """Accept a canonical lower-case UUID, the sender's own name for a message."""
    if value is None:
        return None
    try:
        if isinstance(value, str) and str(uuid.UUID(value)) == value:
            return value
    except ValueError:
        pass
    raise Invalid("client_id", "must be a UUID in lower case, as in 123e4567-e89b-42d3-a456-426614174000")


def not_merged(row: Conversation) -> None:
    """Raise Refused with `conflict` where a conversation goes on in another one."""
    if row.merged_into_id is not None:
        raise Refused("conflict", "This conversation was merged into another one and goes on there.")
