"""JSON lines, one conversation each: for whatever can be turned into that, and for chats that are kept so."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from actions.migrating import values
from actions.migrating.plain import (
    NOBODY,
    Author,
    Found,
    OldConversation,
    OldFile,
    OldMessage,
    Problem,
    Tools,
    Unreadable,
)
from models.conversations import PRIORITIES, STATUSES
from models.interactions import CHANNELS

SIDES = {"customer": "customer", "user": "customer", "agent": "staff", "staff": "staff", "system": "system"}


def read(place: Path, tools: Tools) -> Iterator[Found]:
    """Read the conversations of a file, or of a folder of them. Raises Unreadable."""
    for file in values.files_of(place, ".jsonl", ".ndjson"):
        for line, found in values.objects(file):
            if not isinstance(found, dict):
                why = f"is no correct JSON: {found}" if isinstance(found, ValueError) else "is no object"
                yield Problem(file.name, f"line {line}", why)
                continue
            try:
                yield _conversation(file, line, found, tools)
            except Unreadable as error:
                yield Problem(file.name, values.called(found.get("id")) or f"line {line}", str(error))


def _conversation(file: Path, line: int, one: dict[str, Any], tools: Tools) -> OldConversation:
    number = values.words(one.get("number", one.get("id")))
    if not number:
        raise Unreadable("has neither number nor id")
    people = {"customer": _author(one.get("customer"), "customer"), "staff": _author(one.get("agent"), "staff")}
    old = OldConversation(
        file.name, number, subject=values.words(one.get("subject")), status=_choice(one, "status", STATUSES, "closed"),
        priority=_choice(one, "priority", PRIORITIES, "normal"), channel=_choice(one, "channel", CHANNELS, "chat"),
        requester=people["customer"], assignee=people["staff"], team=values.words(one.get("team")),
        organisation=_keys(one.get("organisation")), created_at=values.time(one.get("created_at"), tools),
    )  # fmt: skip
    said = one.get("messages")
    if not isinstance(said, list):
        raise Unreadable("messages must be a list")
    for place, message in enumerate(said, 1):
        try:
            old.messages.append(_message(file, f"message {place}", message, old.channel, people, tools))
        except Unreadable as error:
            old.skip(f"message {place}", str(error))
    return old


def _choice(one: dict[str, Any], name: str, known: tuple[str, ...], default: str) -> str:
    found = values.words(one.get(name)) or default
    if found not in known:
        raise Unreadable(f"{name} “{found[:40]}” must be one of {', '.join(known)}")
    return found


def _keys(value: Any) -> tuple[str, ...]:
    return tuple(filter(None, [values.words(value)]))


def _author(value: Any, side: str) -> Author:
    """Somebody by name or address, or as {"name", "email", "id"}."""
    if isinstance(value, dict):
        name, address, key = (values.words(value.get(one)) for one in ("name", "email", "id"))
        return Author(name, address, side, key)
    words = values.words(value)
    if not words:
        return NOBODY
    return Author("", words, side) if "@" in words else Author(words, "", side, words)


def _message(file: Path, place: str, one: Any, channel: str, people: dict[str, Author], tools: Tools) -> OldMessage:
    if not isinstance(one, dict):
        raise Unreadable("is no object")
    given = one.get("from")
    named = isinstance(given, dict)
    side = SIDES.get(values.words(given.get("side") if isinstance(given, dict) else given), "" if named else None)
    if side is None:
        raise Unreadable(f"must be from one of {', '.join(SIDES)}, or from somebody by name or email")
    author = _author(given, side) if named else people.get(side, NOBODY)
    return OldMessage(
        place, author if author != NOBODY else Author(side=side), values.body(one.get("text", one.get("body"))),
        values.time(one.get("ts", one.get("at")), tools), private=one.get("private") is True, channel=channel,
        message_id=values.words(one.get("message_id")), files=[_file(file, f) for f in values.a_list(one.get("files"))],
    )  # fmt: skip


def _file(file: Path, one: dict[str, Any]) -> OldFile:
    name = values.words(one.get("name"))
    if isinstance(one.get("base64"), str):
        return values.inline(name, one["base64"])
    return values.beside(file, name, values.words(one.get("id")))
