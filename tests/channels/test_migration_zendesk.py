"""Zendesk: an export, made up as that product writes it, comes in as the conversations it holds."""

import json
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from actions.migrating.plain import Unreadable
from models import db
from models.messages import Message
from tests.channels.mails import talks
from tests.channels.migrating import (
    EXPORTS,
    again,
    at,
    counted,
    files,
    migrate,
    reasons,
    remembered,
    the_chang,
    told,
    utc,
)
from tests.world import World

pytestmark = pytest.mark.usefixtures("app")


def test_zendesk(world: World) -> None:
    report = migrate("zendesk", EXPORTS / "zendesk")
    chang, card = talks()
    the_chang(world, chang, "35436", "solved", "high")
    assert told(chang) == [
        (world.renate.person_id, "customer", "customer", "email", "It was due on Monday."),
        (world.nancy.person_id, "staff", "staff", "portal", "The supplier is late again."),
        ("Old Hand", "staff", "customer", "email", "On Friday,\nwe promise."),
    ]
    assert at(chang)[1] == utc(2023, 5, 2, 9) and chang.solved_at == utc(2023, 5, 3, 9)
    assert (card.subject, card.status, card.organisation_id) == ("Can I pay by card?", "waiting_on_customer", None)
    assert told(card) == [("Eve Else <eve@else.example>", "customer", "customer", "portal", "Can I pay by card?")]
    assert remembered() == ["<first@lehms.example>", "<ABCD_6123_sprut@old.zendesk.example>"]
    assert files() == [("note.txt", 8)] and counted(report) == [(3, 2, 0, 1), (4, 4, 0, 0), (2, 1, 0, 1)]
    assert reasons(report) == [
        "tickets.json, 35438: was deleted there",
        "tickets.json, 35436: comment 1003: “lost.pdf” is not in the folder attachments beside the export",
    ]


def test_zendesk_in_one_page_with_its_users_or_one_ticket_in_each_file(world: World, tmp_path: Path) -> None:
    ticket = {"id": 1, "subject": "A", "requester_id": 5, "created_at": "2023-05-02T08:00:00Z", "status": "hold"}
    comments = [{"id": 2, "author_id": 5, "body": "Hello", "created_at": "2023-05-02T08:00:00Z"},
                {"id": 3, "author_id": 6, "body": "Yes?", "created_at": "2023-05-02T09:00:00Z"}]  # fmt: skip
    users = [{"id": 5, "name": "Eve", "role": "end-user"}, {"id": 6, "name": "Abe", "role": "agent"}]
    (tmp_path / "page.json").write_text(json.dumps({"tickets": [{**ticket, "comments": comments}], "users": users}))
    migrate("zendesk", tmp_path / "page.json")
    folder = tmp_path / "each"
    folder.mkdir()
    (folder / "35.json").write_text(json.dumps({"ticket": {**ticket, "id": 35}, "comments": comments}))
    (folder / "36.json").write_text("{not json")
    (folder / "users.json").write_text(json.dumps(users))
    report = migrate("zendesk", folder)
    (folder / "users.json").write_text('{"users": [')
    with pytest.raises(Unreadable, match="users.json: is no correct JSON"):
        migrate("zendesk", folder)
    for row in talks():
        assert (row.status, [one[:2] for one in told(row)]) == (
            "waiting_on_partner", [("Eve", "customer"), ("Abe", "staff")])  # fmt: skip
    assert len(talks()) == 2 and reasons(report)[0].startswith("36.json: is no correct JSON")


def test_no_page_of_an_export_is_anything_but_words(world: World, as_: Any, tmp_path: Path) -> None:
    page = "<p>Hello</p><script>alert(1)</script><img src=x onerror=alert(2)>"
    ticket = {"id": 1, "requester": {"name": "<b>Eve</b>"}, "created_at": "2023-05-02T08:00:00Z",
              "subject": "<i>Hi</i>", "comments": [{"author_id": 1, "html_body": page, "created_at": 1}]}  # fmt: skip
    (tmp_path / "t.json").write_text(json.dumps(ticket))
    migrate("zendesk", tmp_path / "t.json")
    with db.unit(write=False):
        assert db.session.scalars(select(Message.body)).all() == ["Hello"]
    shown = as_(world.nancy).get(f"/staff/conversations/{talks()[0].number}").text
    assert "&lt;i&gt;Hi&lt;/i&gt;" in shown and "onerror" not in shown and "<i>Hi" not in shown


def test_a_second_time_nothing_changes(world: World) -> None:
    assert again("zendesk", EXPORTS / "zendesk")
