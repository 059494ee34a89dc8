"""Zammad: an export, made up as that product writes it, comes in as the conversations it holds."""

import pytest

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


def test_zammad(world: World) -> None:
    report = migrate("zammad", EXPORTS / "zammad")
    chang, invoice = talks()
    the_chang(world, chang, "22007", "open", "high")
    assert told(chang) == [
        (world.renate.person_id, "customer", "customer", "email", "It was due on Monday.\nWas it not?"),
        (world.nancy.person_id, "staff", "staff", "portal", "Late again."),
        ("Old Hand", "staff", "customer", "email", "On Friday."),
        (None, "system", "staff", "portal", "Reminder"),
    ]
    assert at(chang)[0] == utc(2021, 11, 3, 11, 51, 13, 790_000)
    assert (invoice.status, invoice.team_id, invoice.channel, invoice.assignee_id) == (
        "closed", world.teams["billing"], "telephone", None)  # fmt: skip
    assert told(invoice)[0][:2] == ("Eve Else <eve@else.example>", "customer")
    assert remembered() == ["<first@lehms.example>", "<20211103.7.73.abc@old.example>"] and files() == [("note.txt", 8)]
    assert counted(report) == [(3, 2, 0, 1), (5, 5, 0, 0), (1, 1, 0, 0)]
    assert reasons(report) == ["tickets.json, 22009: was removed there"]


def test_a_second_time_nothing_changes(world: World) -> None:
    assert again("zammad", EXPORTS / "zammad")
