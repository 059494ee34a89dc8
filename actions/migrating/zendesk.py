"""Zendesk: tickets with their comments, from its JSON export or as drawn from its interface, beside its users."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from actions.migrating import values
from actions.migrating.documents import Documents, Row, taken
from actions.migrating.plain import NOBODY, Author, Found, OldConversation, OldMessage, Tools, Unreadable

NAMES = {"users": ("users",), "organizations": ("organizations",), "groups": ("groups",), "comments": ("comments",)}
STATUSES = {"new": "new", "open": "open", "pending": "waiting_on_customer", "hold": "waiting_on_partner", "solved": "solved",
            "closed": "closed"}  # fmt: skip
CHANNELS = {"email": "email", "web": "portal", "chat": "chat", "native_messaging": "chat", "voice": "telephone",
            "phone": "telephone", "sms": "sms", "api": "api"}  # fmt: skip
SIDES = {"end-user": "customer", "agent": "staff", "admin": "staff"}


def read(place: Path, tools: Tools) -> Iterator[Found]:
    """Read a file of tickets, or a folder that may also hold users, organizations, groups and comments. Raises Unreadable."""
    documents = Documents(place, "tickets", NAMES, inner="ticket")
    export = Export(documents, tools)
    yield from taken(documents.rows("tickets"), export.conversation, "id")


class Export:
    """What tickets refer to, by id."""

    def __init__(self, documents: Documents, tools: Tools) -> None:
        self.tools = tools
        self.users = documents.by_id("users")
        self.organisations = documents.by_id("organizations")
        self.groups = documents.by_id("groups")
        self.comments: dict[str, list[Row]] = {}
        for _, one in documents.rows("comments"):
            if isinstance(one, dict):
                self.comments.setdefault(values.called(one.get("ticket_id")), []).append(one)

    def conversation(self, file: Path, row: Row) -> OldConversation:
        """Make a plain conversation of a ticket. Raises Unreadable."""
        number, status = values.called(row.get("id")), values.words(row.get("status"))
        if not number:
            raise Unreadable("has no id")
        if status == "deleted":
            raise Unreadable("was deleted there")
        channel = _channel(row)
        asker = self._author(row, "requester", "customer")
        old = OldConversation(
            file.name, number, subject=values.words(row.get("subject") or row.get("raw_subject")),
            status=STATUSES.get(status, "open"), priority=values.words(row.get("priority")) or "normal", channel=channel,
            requester=asker, assignee=self._author(row, "assignee", "staff"), team=self._name(row, "group", self.groups),
            organisation=self._keys(row, "organization", self.organisations),
            created_at=values.time(row.get("created_at"), self.tools), solved_at=_solved(row, self.tools),
        )  # fmt: skip
        said = values.a_list(row.get("comments")) or self.comments.get(number, [])
        for place, comment in enumerate(said, 1):
            name = f"comment {values.called(comment.get('id')) or place}"
            try:
                old.messages.append(self._message(file, name, comment, old))
            except Unreadable as error:
                old.skip(name, str(error))
        if not said and values.body(row.get("description")).strip():
            old.messages.append(OldMessage("description", asker, row["description"], old.created_at, channel=channel))
        return old

    def _message(self, file: Path, place: str, one: Row, old: OldConversation) -> OldMessage:
        body = values.body(one.get("plain_body")) or values.body(one.get("body"))
        if not body.strip() and values.body(one.get("html_body")).strip():
            body = values.of_html(one["html_body"], self.tools)
        metadata = one.get("metadata") or {}
        system = metadata.get("system") if isinstance(metadata, dict) else None
        files = [values.beside(file, values.words(a.get("file_name")), values.called(a.get("id")))
                 for a in values.a_list(one.get("attachments"))]  # fmt: skip
        return OldMessage(
            place, self._writer(one, old), body, values.time(one.get("created_at"), self.tools),
            private=one.get("public") is False, channel=_channel(one) if one.get("via") else old.channel,
            message_id=values.words(system.get("message_id")) if isinstance(system, dict) else "", files=files,
        )  # fmt: skip

    def _writer(self, comment: Row, old: OldConversation) -> Author:
        """Who wrote a comment: as its users say, else its requester, its assignee, or one of them where it was private."""
        author = self._author(comment, "author", "staff" if comment.get("public") is False else "")
        if author.side:
            return author
        same = {old.requester.key: old.requester, old.assignee.key: old.assignee}
        return same.get(author.key) or author

    def _author(self, row: Row, name: str, side: str) -> Author:
        """Somebody of a row, given whole or by id."""
        whole = row.get(name)
        key = values.called(whole.get("id") if isinstance(whole, dict) else row.get(f"{name}_id"))
        user: dict[str, Any] = {**self.users.get(key, {}), **(whole if isinstance(whole, dict) else {})}
        if not key and not user:
            return NOBODY
        return Author(values.words(user.get("name")), values.words(user.get("email")),
                      SIDES.get(values.words(user.get("role")), side), key)  # fmt: skip

    @staticmethod
    def _name(row: Row, name: str, known: dict[str, Row]) -> str:
        whole = row.get(name)
        return values.words(
            (whole if isinstance(whole, dict) else known.get(values.called(row.get(f"{name}_id")), {})).get("name")
        )

    def _keys(self, row: Row, name: str, known: dict[str, Row]) -> tuple[str, ...]:
        whole = row.get(name)
        key = values.called(whole.get("id") if isinstance(whole, dict) else row.get(f"{name}_id"))
        return tuple(filter(None, (key, self._name(row, name, known))))


def _channel(row: Row) -> str:
    via = row.get("via")
    return CHANNELS.get(values.words(via.get("channel")) if isinstance(via, dict) else "", "portal")


def _solved(row: Row, tools: Tools) -> Any:
    metrics = row.get("metric_set")
    return values.time(metrics.get("solved_at"), tools) if isinstance(metrics, dict) else None
