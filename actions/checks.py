"""Checks that verbs make on what they are given."""

import uuid
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeGuard

from models import text
from models.conversations import Conversation
from models.words import Words
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


def is_whole(value: Any) -> TypeGuard[int]:
    """Whether this is a whole number; true and false are none."""
    return isinstance(value, int) and not isinstance(value, bool)


def whole(field: str, value: Any, words: Words, least: int = 0, most: int | None = None) -> int:
    """Accept a whole number within its bounds. Raises Invalid with `words` for anything else."""
    if not is_whole(value) or value < least or (most is not None and value > most):
        raise Invalid(field, words)
    return value


def listed(lines: Any, words: Words | None = None, least: int = 0) -> Sequence[Any]:
    """Accept a list of so many lines or more. Raises Invalid with `words` for anything else, a text as well."""
    if isinstance(lines, str) or not isinstance(lines, Sequence) or len(lines) < least:
        raise Invalid("lines", words or "must be a list")
    return lines


def by_place(
    lines: Iterable[Any], known: Container[int], strange: Words, twice: Words | None, key: str = "line", **facts: Any
) -> Iterator[tuple[int, Mapping[str, Any]]]:
    """Read given lines one by one, each with its place, which it names under `key`.

    Raises Invalid: `strange` says of a `place` that it is none of `known`, `twice` that it came once more (None: it may);
    `facts` are what else they name.
    """
    seen: set[int] = set()
    for one in lines:
        place = one.get(key) if isinstance(one, Mapping) else None
        if not is_whole(place) or place not in known:
            raise Invalid("lines", strange, place=place, **facts)
        if twice and place in seen:
            raise Invalid("lines", twice, place=place, **facts)
        seen.add(place)
        yield place, one
