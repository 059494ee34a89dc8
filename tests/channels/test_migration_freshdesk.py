"""Freshdesk: an export, made up as that product writes it, comes in as the conversations it holds."""

from pathlib import Path

import pytest

from tests.channels.mails import talks
from tests.channels.migrating import EXPORTS, again, at, counted, files, migrate, reasons, the_chang, told, utc
from tests.world import World

pytestmark = pytest.mark.usefixtures("app")


def test_freshdesk_by_its_account_export(world: World) -> None:
    report = migrate("freshdesk", EXPORTS / "freshdesk_xml")
    (chang,) = talks()
    the_chang(world, chang, "1201", "closed", "urgent")
    assert told(chang) == [
        (world.renate.person_id, "customer", "customer", "email", "It was due on Monday."),
        (world.nancy.person_id, "staff", "staff", "portal", "Late again."),
        ("Old Hand", "staff", "customer", "email", "On Friday."),
    ]
    assert at(chang)[0] == utc(2022, 3, 1, 9) and chang.solved_at == utc(2022, 3, 2, 9)
    assert counted(report)[:2] == [(2, 1, 0, 1), (4, 3, 0, 1)]
    assert reasons(report) == [
        "Tickets0.xml, 1201: note 5003 was deleted there",
        "Tickets0.xml, 1202: was deleted there, or taken for spam",
    ]


def test_freshdesk_by_its_interface(world: World) -> None:
    report = migrate("freshdesk", EXPORTS / "freshdesk_json", '[organisations]\n"31" = "LEHMS"\n')
    (card,) = talks()
    assert (card.external_reference, card.status, card.priority, card.channel, card.organisation_id) == (
        "77", "waiting_on_customer", "low", "portal", world.lehmanns)  # fmt: skip
    assert told(card) == [
        ("Eve Else <eve@else.example>", "customer", "customer", "portal", "Can I pay by card?"),
        ("Old Hand", "staff", "customer", "email", "Yes & gladly."),
        ("ann@else.example", "customer", "customer", "email", "Thanks!"),
    ]
    assert files() == [("card.txt", 8)] and not report.problems


def test_an_xml_that_would_grow_without_end_is_refused(world: World, tmp_path: Path) -> None:
    bomb = '<!DOCTYPE a [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><helpdesk-tickets><helpdesk-ticket>&b;</helpdesk-ticket>'
    (tmp_path / "Tickets0.xml").write_text(bomb)
    report = migrate("freshdesk", tmp_path)
    assert not talks() and "is no correct XML" in reasons(report)[0]


def test_a_second_time_nothing_changes(world: World) -> None:
    assert again("freshdesk", EXPORTS / "freshdesk_xml")
