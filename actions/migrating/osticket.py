"""osTicket: its tables as CSV or JSON, put together in a database of their own that is gone when it was read."""

import csv
import json
import re
import sqlite3
import tempfile
from collections.abc import Iterator, Mapping
from itertools import chain
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

# The tables that are read, and of each the columns; a prefix (`ost_`) may stand before their names.
TABLES: dict[str, tuple[str, ...]] = {
    "ticket": ("ticket_id", "number", "user_id", "status_id", "dept_id", "staff_id", "source", "closed", "created"),
    "ticket__cdata": ("ticket_id", "subject", "priority"), "thread": ("id", "object_id", "object_type"),
    "thread_entry": ("id", "thread_id", "staff_id", "user_id", "type", "poster", "source", "title", "body", "format", "created"),
    "thread_entry_email": ("thread_entry_id", "mid"), "user": ("id", "org_id", "default_email_id", "name"),
    "user_email": ("id", "user_id", "address"), "staff": ("staff_id", "firstname", "lastname", "email"),
    "ticket_status": ("id", "name", "state"), "ticket_priority": ("priority_id", "priority"), "department": ("id", "name"),
    "organization": ("id", "name"), "attachment": ("id", "object_id", "type", "file_id", "name"), "file": ("id", "name"),
}  # fmt: skip
NEEDED = ("ticket", "thread", "thread_entry")
KEYS = {"ticket__cdata": "ticket_id", "thread": "object_id", "thread_entry": "thread_id", "thread_entry_email": "thread_entry_id",
        "user": "id", "user_email": "id", "staff": "staff_id", "ticket_status": "id", "ticket_priority": "priority_id",
        "department": "id", "organization": "id", "attachment": "object_id", "file": "id"}  # fmt: skip
PRIORITIES = {"low": "low", "normal": "normal", "high": "high", "emergency": "urgent"}
CHANNELS = {"email": "email", "web": "portal", "phone": "telephone", "api": "api"}
NULLS = ("NULL", "\\N")
Row = Mapping[str, Any]


def read(place: Path, tools: Tools) -> Iterator[Found]:
    """Read a folder with a file for each table, or one file with all of them. Raises Unreadable."""
    with tempfile.TemporaryDirectory() as folder:
        tables = sqlite3.connect(Path(folder) / "tables.db")
        try:
            tables.row_factory = sqlite3.Row
            _load(tables, place)
            export = Export(tables, place, tools)
            for ticket in tables.execute("SELECT * FROM ticket ORDER BY CAST(ticket_id AS INTEGER)"):
                try:
                    yield export.conversation(ticket)
                except Unreadable as error:
                    yield Problem(place.name, values.called(ticket["number"]), str(error))
        finally:
            tables.close()


def _load(tables: sqlite3.Connection, place: Path) -> None:
    for name, columns in TABLES.items():
        tables.execute(f'CREATE TABLE "{name}" ({", ".join(columns)})')
    found = set()
    for name, rows in chain.from_iterable(_tables(file) for file in values.files_of(place, ".csv", ".json")):
        columns = TABLES[name]
        marks = ", ".join("?" * len(columns))
        cells = ([_cell(row.get(one)) for one in columns] for row in rows)
        tables.executemany(f'INSERT INTO "{name}" VALUES ({marks})', cells)  # noqa: S608
        found.add(name)
    if missing := [name for name in NEEDED if name not in found]:
        raise Unreadable(
            f"{place.name} holds no table {' and '.join(missing)}: export each table as NAME.csv or NAME.json"
        )
    for name, key in KEYS.items():
        tables.execute(f'CREATE INDEX "of_{name}" ON "{name}" ({key})')


def _cell(value: Any) -> str | None:
    """All cells are texts, as CSV has them: whether an id is a number differs between exports."""
    return None if value is None or value in NULLS else str(value)


def _tables(file: Path) -> Iterator[tuple[str, Iterator[dict[str, Any]]]]:
    if file.suffix.lower() == ".csv":
        if name := _table(file.stem):
            yield name, _csv(file)
        return
    try:
        found = json.loads(file.read_bytes().decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise Unreadable(f"{file.name} is no correct JSON: {error}") from error
    rows = values.a_list(found)
    if any("data" in one and "name" in one for one in rows):  # all tables in one, as phpMyAdmin writes them
        for one in rows:
            if name := _table(values.words(one.get("name"))):
                yield name, iter(values.a_list(one.get("data")))
    elif name := _table(file.stem):
        yield name, iter(rows)


def _table(called: str) -> str | None:
    """Which of the tables one is, whatever stands before its name: the longest that fits."""
    fitting = [one for one in TABLES if re.search(rf"(^|_){one}$", called.casefold())]
    return max(fitting, key=len, default=None)


def _csv(file: Path) -> Iterator[dict[str, Any]]:
    csv.field_size_limit(64 * 1024 * 1024)
    try:
        with open(file, encoding="utf-8-sig", newline="") as opened:
            yield from csv.DictReader(opened)
    except (UnicodeError, csv.Error) as error:
        raise Unreadable(f"{file.name} is no CSV in UTF-8: {error}") from error


class Export:
    """The tables of an export, asked ticket by ticket."""

    def __init__(self, tables: sqlite3.Connection, place: Path, tools: Tools) -> None:
        self.tables, self.place, self.tools = tables, place, tools

    def _one(self, table: str, key: Any) -> Row:
        found = self._all(table, key)
        return found[0] if found else dict.fromkeys(TABLES[table])

    def _all(self, table: str, key: Any, order: str = "rowid") -> list[Row]:
        if not values.called(key):
            return []
        query = f'SELECT * FROM "{table}" WHERE {KEYS[table]} = ? ORDER BY {order}'  # noqa: S608
        return [dict(one) for one in self.tables.execute(query, (key,))]

    def conversation(self, ticket: Row) -> OldConversation:
        """Make a plain conversation of a ticket. Raises Unreadable."""
        number = values.called(ticket["number"]) or values.called(ticket["ticket_id"])
        if not number:
            raise Unreadable("has neither number nor ticket_id")
        data, user = self._one("ticket__cdata", ticket["ticket_id"]), self._one("user", ticket["user_id"])
        old = OldConversation(
            self.place.name, number, subject=values.words(data["subject"]), status=self._status(ticket),
            priority=self._priority(data["priority"]), channel=_channel(ticket["source"]),
            requester=self._user(ticket["user_id"]), assignee=self._staff(ticket["staff_id"]),
            team=values.words(self._one("department", ticket["dept_id"])["name"]),
            organisation=self._organisation(user["org_id"]), created_at=values.time(ticket["created"], self.tools),
            solved_at=values.time(ticket["closed"], self.tools),
        )  # fmt: skip
        threads = [one for one in self._all("thread", ticket["ticket_id"]) if one["object_type"] == "T"]
        entries = [one for thread in threads for one in self._all("thread_entry", thread["id"], "CAST(id AS INTEGER)")]
        for entry in entries:
            place = f"entry {values.called(entry['id'])}"
            try:
                old.messages.append(self._message(place, entry, old))
            except Unreadable as error:
                old.skip(place, str(error))
        return old

    def _message(self, place: str, entry: Row, old: OldConversation) -> OldMessage:
        body = values.body(entry["body"])
        if (entry["format"] or "html") == "html":
            body = values.of_html(body, self.tools)
        mid = next((values.words(one["mid"]) for one in self._all("thread_entry_email", entry["id"])), "")
        return OldMessage(
            place, self._writer(entry, old), body, values.time(entry["created"], self.tools),
            private=entry["type"] == "N", channel=_channel(entry["source"]) if entry["source"] else old.channel,
            message_id=mid, files=self._files(entry),
        )  # fmt: skip

    def _writer(self, entry: Row, old: OldConversation) -> Author:
        """Who wrote an entry: one of theirs, a customer, or what it says where neither is there any more."""
        if entry["type"] == "M":
            found = self._user(entry["user_id"])
            return found if found != NOBODY else Author(values.words(entry["poster"]), side="customer")
        found = self._staff(entry["staff_id"])
        if found != NOBODY:
            return found
        poster = values.words(entry["poster"])
        return Author(poster, side="system" if poster.upper() == "SYSTEM" else "staff")

    def _user(self, key: Any) -> Author:
        user = self._one("user", key)
        if user["id"] is None:
            return NOBODY
        address = values.words(self._one("user_email", user["default_email_id"])["address"])
        return Author(values.words(user["name"]), address, "customer", values.called(key))

    def _staff(self, key: Any) -> Author:
        one = self._one("staff", key)
        if one["staff_id"] is None:
            return NOBODY
        name = f"{values.words(one['firstname'])} {values.words(one['lastname'])}".strip()
        return Author(name, values.words(one["email"]), "staff", values.called(key))

    def _status(self, ticket: Row) -> str:
        found = self._one("ticket_status", ticket["status_id"])
        state, name = values.words(found["state"]), values.words(found["name"]).casefold()
        if state == "deleted":
            raise Unreadable("was deleted there")
        if state in ("closed", "archived"):
            return "solved" if name == "resolved" else "closed"
        return "closed" if not state and ticket["closed"] else "open"

    def _priority(self, given: Any) -> str:
        """By its id or by its name: both are found in exports."""
        name = values.words(self._one("ticket_priority", given)["priority"]) or values.words(given)
        return PRIORITIES.get(name.casefold(), "normal")

    def _organisation(self, key: Any) -> tuple[str, ...]:
        name = values.words(self._one("organization", key)["name"])
        return tuple(filter(None, (values.called(key), name)))

    def _files(self, entry: Row) -> list[OldFile]:
        found = []
        for one in self._all("attachment", entry["id"]):
            if one["type"] in (None, "H"):
                name = values.words(one["name"]) or values.words(self._one("file", one["file_id"])["name"])
                found.append(values.beside(self.place, name, values.called(one["file_id"])))
        return found


def _channel(source: Any) -> str:
    return CHANNELS.get(values.words(source).casefold(), "portal")
