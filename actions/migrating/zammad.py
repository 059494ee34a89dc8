"""Zammad: tickets with their articles as its interface gives them, with names (`expand=true`) or beside its tables."""

from collections.abc import Iterator
from email.utils import parseaddr
from pathlib import Path

from actions.mails import signs
from actions.migrating import values
from actions.migrating.documents import Documents, Row, taken
from actions.migrating.plain import NOBODY, Author, Found, OldConversation, OldMessage, Tools, Unreadable

NAMES = {
    "articles": ("ticket_articles", "articles"), "users": ("users",), "organizations": ("organizations",),
    "groups": ("groups",), "states": ("ticket_states", "states"), "priorities": ("ticket_priorities", "priorities"),
}  # fmt: skip
STATUSES = {"new": "new", "open": "open", "pending reminder": "waiting_on_customer", "pending close": "waiting_on_customer",
            "closed": "closed", "merged": "closed"}  # fmt: skip
# What a fresh installation calls by these ids, for exports that hold no tables of them.
STATES = {
    "1": "new",
    "2": "open",
    "3": "pending reminder",
    "4": "closed",
    "5": "merged",
    "6": "removed",
    "7": "pending close",
}
PRIORITIES = {"1": "low", "2": "normal", "3": "high"}
SENDERS = {"1": "Agent", "2": "Customer", "3": "System"}
SIDES = {"Agent": "staff", "Customer": "customer", "System": "system"}
CHANNELS = {"email": "email", "phone": "telephone", "web": "portal", "note": "portal", "sms": "sms", "chat": "chat"}
NO_OWNER = ("1", "-")


def read(place: Path, tools: Tools) -> Iterator[Found]:
    """Read a file of tickets, or a folder that may also hold articles, users and so on. Raises Unreadable."""
    documents = Documents(place, "tickets", NAMES)
    export = Export(documents, tools)
    yield from taken(documents.rows("tickets"), export.conversation, "number", "id")


class Export:
    """What tickets refer to, by id."""

    def __init__(self, documents: Documents, tools: Tools) -> None:
        self.tools = tools
        self.users = documents.by_id("users")
        self.logins = {values.words(one.get("login")): one for one in self.users.values()}
        self.tables = {name: documents.by_id(name) for name in ("organizations", "groups", "states", "priorities")}
        self.articles: dict[str, list[Row]] = {}
        for _, one in documents.rows("articles"):
            if isinstance(one, dict):
                self.articles.setdefault(values.called(one.get("ticket_id")), []).append(one)

    def conversation(self, file: Path, row: Row) -> OldConversation:
        """Make a plain conversation of a ticket. Raises Unreadable."""
        number = values.called(row.get("number"))
        if not number:
            raise Unreadable("has no number")
        state = self._name(row, "state", "states") or STATES.get(values.called(row.get("state_id")), "")
        if state == "removed":
            raise Unreadable("was removed there")
        said = values.a_list(row.get("articles")) or self.articles.get(values.called(row.get("id")), [])
        old = OldConversation(
            file.name, number, subject=values.words(row.get("title")), status=STATUSES.get(state, "open"),
            priority=self._priority(row), channel=_channel(said[0]) if said else "portal",
            requester=self._person(row, "customer", "customer"), assignee=self._owner(row),
            team=self._name(row, "group", "groups"), organisation=self._organisation(row),
            created_at=values.time(row.get("created_at"), self.tools),
            solved_at=values.time(row.get("close_at"), self.tools),
        )  # fmt: skip
        for place, article in enumerate(said, 1):
            name = f"article {values.called(article.get('id')) or place}"
            try:
                old.messages.append(self._message(file, name, article, old))
            except Unreadable as error:
                old.skip(name, str(error))
        return old

    def _message(self, file: Path, place: str, one: Row, old: OldConversation) -> OldMessage:
        body = values.body(one.get("body"))
        if values.words(one.get("content_type")).startswith("text/html"):
            body = values.of_html(body, self.tools)
        files = [values.beside(file, values.words(a.get("filename")), values.called(a.get("id")))
                 for a in values.a_list(one.get("attachments"))]  # fmt: skip
        return OldMessage(
            place, self._writer(one, old), body, values.time(one.get("created_at"), self.tools),
            private=one.get("internal") is True, channel=_channel(one), message_id=values.words(one.get("message_id")),
            to=tuple(signs.addresses_in(f"{values.words(one.get('to'))}, {values.words(one.get('cc'))}")),
            files=files,
        )  # fmt: skip

    def _writer(self, one: Row, old: OldConversation) -> Author:
        """Who wrote an article: a customer as its From says, since an agent may have written it down for them."""
        sender = values.words(one.get("sender")) or SENDERS.get(values.called(one.get("sender_id")), "")
        side = SIDES.get(sender, "")
        if side == "customer":
            name, address = parseaddr(values.words(one.get("from")))
            if "@" in address:
                return Author(name, address, side)
            found = self._person(one, "origin_by", side)
            return found if found != NOBODY else old.requester
        if side == "system":
            return Author(side=side)
        return self._person(one, "created_by", side)

    def _owner(self, row: Row) -> Author:
        nobody = values.called(row.get("owner_id")) in NO_OWNER or values.words(row.get("owner")) in NO_OWNER
        return NOBODY if nobody else self._person(row, "owner", "staff")

    def _person(self, row: Row, name: str, side: str) -> Author:
        """Somebody of a row, by id, or by the login that expanded rows hold."""
        key, login = values.called(row.get(f"{name}_id")), values.words(row.get(name))
        user = self.users.get(key) or self.logins.get(login) or {}
        if not user and not login:
            return Author(key=key, side=side) if key else NOBODY
        full = f"{values.words(user.get('firstname'))} {values.words(user.get('lastname'))}".strip()
        address = values.words(user.get("email")) or (login if "@" in login else "")
        return Author(full or ("" if address else login), address, side, key)

    def _name(self, row: Row, name: str, table: str) -> str:
        known = self.tables[table].get(values.called(row.get(f"{name}_id")), {})
        return values.words(row.get(name)) or values.words(known.get("name"))

    def _priority(self, row: Row) -> str:
        """`2 normal` in its own words; the number leads."""
        name = self._name(row, "priority", "priorities").split(" ")[-1]
        return name or PRIORITIES.get(values.called(row.get("priority_id")), "normal")

    def _organisation(self, row: Row) -> tuple[str, ...]:
        keys = values.called(row.get("organization_id")), self._name(row, "organization", "organizations")
        return tuple(filter(None, keys))


def _channel(article: Row) -> str:
    return CHANNELS.get(values.words(article.get("type")), "portal")
