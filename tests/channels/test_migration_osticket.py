"""osTicket: an export, made up as that product writes it, comes in as the conversations it holds."""

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


def test_osticket(world: World) -> None:
    report = migrate("osticket", EXPORTS / "osticket", 'zone = "Europe/Berlin"\n')
    chang, card = talks()
    the_chang(world, chang, "401122", "solved", "urgent")
    assert told(chang) == [
        (world.renate.person_id, "customer", "customer", "email", "It was due on Monday."),
        (world.nancy.person_id, "staff", "staff", "email", "Late again,\nand again."),
        ("Old Hand", "staff", "customer", "email", "On Friday."),
        (None, "system", "staff", "email", "Ticket closed without comments"),
    ]
    assert at(chang)[0] == utc(2020, 6, 1, 8) and chang.solved_at == utc(2020, 6, 3, 8)
    assert (card.subject, card.priority, card.status, card.team_id) == (
        "Pay, by card",
        "low",
        "open",
        world.teams["billing"],
    )
    assert remembered() == ["<first@lehms.example>", "<abc-5@old.example>"] and files() == [("note.txt", 8)]
    assert counted(report) == [(3, 2, 0, 1), (5, 5, 0, 0), (1, 1, 0, 0)]
    assert reasons(report) == ["osticket, 401124: was deleted there"]


def test_osticket_with_all_its_tables_in_one_file(world: World) -> None:
    migrate("osticket", EXPORTS / "osticket_json")
    (row,) = talks()
    assert (row.external_reference, row.status, row.subject, row.channel) == ("100001", "closed", "Hello", "api")
    assert told(row) == [("Ann <Left>", "customer", "customer", "api", "Hello")]


def test_a_second_time_nothing_changes(world: World) -> None:
    assert again("osticket", EXPORTS / "osticket")
