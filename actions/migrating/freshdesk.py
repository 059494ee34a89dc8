"""Freshdesk: tickets with their conversations, from its account export (XML or JSON) or as drawn from its interface."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import iterparse

from actions.migrating import values
from actions.migrating.documents import ENDINGS, Documents, Row, taken
from actions.migrating.plain import NOBODY, Author, Found, OldConversation, OldMessage, Problem, Tools, Unreadable

NAMES = {"contacts": ("contacts", "users"), "agents": ("agents",), "companies": ("companies", "customers"),
         "groups": ("groups",), "conversations": ("conversations",)}  # fmt: skip
STATUSES = {"2": "open", "3": "waiting_on_customer", "4": "solved", "5": "closed", "6": "waiting_on_customer",
            "7": "waiting_on_partner"}  # fmt: skip
PRIORITIES = {"1": "low", "2": "normal", "3": "high", "4": "urgent"}
CHANNELS = {"1": "email", "2": "portal", "3": "telephone", "7": "chat", "9": "portal", "10": "email"}
WRITTEN = {"0": "email", "1": "email", "2": "portal", "6": "telephone"}  # what the source of a note means
PEOPLE, COMPANIES = ("user", "contact"), ("customer", "company")  # of the XML


def read(place: Path, tools: Tools) -> Iterator[Found]:
    """Read a file of tickets, or a folder that may also hold contacts, agents, companies and groups. Raises Unreadable."""
    export = Export(place, tools)
    yield from taken(export.tickets(), export.conversation, "display_id", "id")


class Export:
    """The files of an export, and what tickets refer to by id."""

    def __init__(self, place: Path, tools: Tools) -> None:
        self.tools, self.place = tools, place
        files = values.files_of(place, ".xml", *ENDINGS)
        self.pages = [one for one in files if one.suffix.lower() == ".xml"]
        self.documents = None
        if len(self.pages) < len(files):
            self.documents = Documents(place, "tickets", NAMES, inner="helpdesk_ticket")
        self.people = self._table("contacts", PEOPLE) | self._agents()
        self.companies = self._table("companies", COMPANIES)
        self.groups = self._table("groups", ("group",))
        self.said: dict[str, list[Row]] = {}
        for row in self._rows("conversations"):
            self.said.setdefault(values.called(row.get("ticket_id")), []).append(row)

    def tickets(self) -> Iterator[tuple[Path, Row | Problem]]:
        """All tickets, each with its file."""
        for file in self.pages:
            try:
                yield from ((file, one) for one in _elements(file, ("helpdesk-ticket",)))
            except Unreadable as error:
                yield file, Problem(file.name, "", str(error))
        if self.documents:
            yield from self.documents.rows("tickets")

    def _rows(self, kind: str) -> Iterator[Row]:
        if self.documents:
            yield from (one for _, one in self.documents.rows(kind) if isinstance(one, dict))

    def _table(self, kind: str, elements: tuple[str, ...]) -> dict[str, Row]:
        rows = [_inner(one) for one in self._rows(kind)]
        for file in self.pages:
            if file.stem.casefold().startswith(NAMES[kind]):
                rows += _elements(file, elements)
        return {values.called(one.get("id")): one for one in rows}

    def _agents(self) -> dict[str, Row]:
        """Agents are contacts that are one of them."""
        found: dict[str, Row] = {}
        for row in self._rows("agents"):
            contact = row.get("contact")
            found[values.called(row.get("id"))] = {
                **row,
                **(contact if isinstance(contact, dict) else {}),
                "agent": True,
            }
        return found

    def conversation(self, file: Path, row: Row) -> OldConversation:
        """Make a plain conversation of a ticket. Raises Unreadable."""
        number = values.called(row.get("display_id") or row.get("id"))
        if not number:
            raise Unreadable("has no id")
        if _true(row.get("deleted")) or _true(row.get("spam")):
            raise Unreadable("was deleted there, or taken for spam")
        channel = CHANNELS.get(values.called(row.get("source")), "portal")
        asker = self._person(row, "requester", "customer")
        begun = values.time(row.get("created_at"), self.tools)
        old = OldConversation(
            file.name, number, subject=values.words(row.get("subject")), channel=channel, requester=asker,
            status=STATUSES.get(values.called(row.get("status")), "open"),
            priority=PRIORITIES.get(values.called(row.get("priority")), "normal"),
            assignee=self._person(row, "responder", "staff"), organisation=self._company(row), created_at=begun,
            team=values.words(self.groups.get(values.called(row.get("group_id")), {}).get("name")),
            solved_at=_solved(row, self.tools),
        )  # fmt: skip
        first = {**row, "body": row.get("description"), "body_text": row.get("description_text"),
                 "body_html": row.get("description_html")}  # fmt: skip
        try:
            old.messages.append(OldMessage("description", asker, self._words(first), begun, channel=channel,
                                           files=self._files(row)))  # fmt: skip
        except Unreadable as error:
            old.skip("description", str(error))
        self._add(old, _notes(row) or self.said.get(values.called(row.get("id")), []))
        return old

    def _add(self, old: OldConversation, notes: list[Row]) -> None:
        for place, note in enumerate(notes, 1):
            name = f"note {values.called(note.get('id')) or place}"
            if _true(note.get("deleted")):
                old.skip(name, "was deleted there")
                continue
            try:
                old.messages.append(OldMessage(
                    name, self._writer(note, old), self._words(note), values.time(note.get("created_at"), self.tools),
                    private=_true(note.get("private")), channel=WRITTEN.get(values.words(note.get("source")), "portal"),
                    files=self._files(note),
                ))  # fmt: skip
            except Unreadable as error:
                old.skip(name, str(error))

    def _words(self, one: Row) -> str:
        """What was said: in plain words where the export has them, else of the page that it is."""
        if values.body(one.get("body_text")).strip():
            return str(one["body_text"])
        page = values.body(one.get("body_html"))
        plain = values.body(one.get("body"))
        if page and plain.strip():
            return plain
        return values.of_html(page or plain, self.tools)

    def _writer(self, note: Row, old: OldConversation) -> Author:
        """Who wrote a note: what comes in is of the customer's side."""
        side = "customer" if _true(note.get("incoming")) else "staff"
        key = values.called(note.get("user_id"))
        if key and key == old.requester.key:
            return old.requester
        author = self._person({**note, "user": None}, "user", side)
        if author.address or author.name:
            return author
        address = values.words(note.get("from_email")) if side == "customer" else ""
        return Author(address=address.partition("<")[2].rstrip(">") or address, side=side, key=key)

    def _person(self, row: Row, name: str, side: str) -> Author:
        whole = row.get(name)
        key = values.called(row.get(f"{name}_id"))
        user: dict[str, Any] = {**self.people.get(key, {}), **(whole if isinstance(whole, dict) else {})}
        called = values.words(user.get("name")) or values.words(row.get(f"{name}_name"))
        address = values.words(user.get("email"))
        if not (key or called or address):
            return NOBODY
        agent = _true(user.get("agent")) or _true(user.get("helpdesk_agent"))
        return Author(called, address, "staff" if agent and name == "user" else side, key)

    def _company(self, row: Row) -> tuple[str, ...]:
        whole = row.get("company")
        key = values.called(row.get("company_id") or row.get("owner_id"))
        known = whole if isinstance(whole, dict) else self.companies.get(key, {})
        return tuple(filter(None, (key, values.words(known.get("name")))))

    def _files(self, row: Row) -> list[Any]:
        return [
            values.beside(self.place, values.words(one.get("name") or one.get("content_file_name")), values.called(one.get("id")))
            for one in values.a_list(row.get("attachments"))
        ]  # fmt: skip


def _true(value: Any) -> bool:
    return value is True or value == "true"


def _solved(row: Row, tools: Tools) -> Any:
    """When it was solved: in its statistics, or in the states of its account export."""
    found = row.get("stats") or row.get("ticket_states") or {}
    return values.time(found.get("resolved_at"), tools) if isinstance(found, dict) else None


def _notes(row: Row) -> list[Row]:
    """What was said after the first: under one of the names that the exports have for it."""
    found: Any = next((row[name] for name in ("conversations", "helpdesk_notes", "notes") if row.get(name)), [])
    return [_inner(one) for one in values.a_list(found)]


def _inner(one: Row) -> Row:
    """A row that stands in an object of its own: `{"user": {…}}`."""
    only = next(iter(one.values())) if len(one) == 1 else None
    return only if isinstance(only, dict) else one


def _elements(file: Path, names: tuple[str, ...]) -> Iterator[Row]:
    """The elements of these names in an XML file, as rows. Raises Unreadable."""
    try:
        depth = 0
        for event, element in iterparse(file, events=("start", "end")):
            depth += 1 if event == "start" else -1
            if event == "end" and depth == 1 and element.tag in names:
                found = _row(element)
                yield found if isinstance(found, dict) else {}
                element.clear()
    except (ParseError, DefusedXmlException, ValueError) as error:
        raise Unreadable(f"is no correct XML: {error}") from error


def _row(element: Element) -> Any:
    """An element as JSON would hold it: a list, an object, or its text."""
    if element.get("type") == "array":
        return [_row(one) for one in element]
    if len(element):
        return {one.tag.replace("-", "_"): _row(one) for one in element}
    return None if element.get("nil") == "true" else element.text or ""
