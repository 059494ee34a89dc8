"""A newer export of the same system: what was written there later is added, silently, once, and never out of order."""

import base64
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from actions import conversations, merges
from models import db
from models.conversations import Conversation
from models.files import File
from models.interactions import Interaction
from models.jobs import Delivery, Job
from models.types import now
from policy import find
from tests.channels.mails import messages, talks
from tests.channels.migrating import counted, everything, lines, migrate, number_of, reasons, remembered, talk
from tests.world import World

RENATE = {"email": "renate.messner@lehms.example"}
FIRST = (("customer", "Is it coming?"), ("agent", "On Friday."))
LATER = (("customer", "It did not."), ("agent", "On Monday."))

pytestmark = pytest.mark.usefixtures("app")


def export(folder: Path, *said: tuple[str, str], **more: Any) -> Path:
    """An export of one conversation, whose messages are a minute apart; each as a mail of its own."""
    made = talk(7, *said, customer=RENATE, **more)
    for place, one in enumerate(made["messages"]):
        one["message_id"] = f"<{place}@old.example>"
    return lines(folder, made)


def bodies() -> list[str]:
    return [one.body for one in messages(talks()[0].number)]


@pytest.fixture
def before(world: World, tmp_path: Path) -> None:
    """The conversation as it was when it was migrated."""
    migrate("jsonl", export(tmp_path, *FIRST, status="closed"))


def test_later_messages_are_added_and_a_second_time_nothing_changes(world: World, before: None, tmp_path: Path) -> None:
    newer = export(tmp_path, *FIRST, *LATER, status="open")
    jobs = number_of(Job, Delivery)
    assert counted(migrate("jsonl", newer))[:2] == [(1, 0, 1, 0), (4, 2, 2, 0)]
    assert bodies() == ["Is it coming?", "On Friday.", "It did not.", "On Monday."]
    row = talks()[0]
    assert (row.status, row.last_seq, row.waiting_since) == ("open", 4, None) and row.snippet.endswith("On Monday.")
    assert number_of(Job, Delivery) == jobs and len(remembered()) == 4
    there = everything()
    assert counted(migrate("jsonl", newer))[:2] == [(1, 0, 1, 0), (4, 0, 4, 0)] and everything() == there
    migrate("jsonl", export(tmp_path, *FIRST))  # an older one again
    assert everything() == there


def test_who_wrote_and_when_is_as_in_any_migration_and_stands_in_the_log(
    world: World, before: None, tmp_path: Path
) -> None:
    migrate("jsonl", export(tmp_path, *FIRST, *LATER))
    third, fourth = messages(talks()[0].number)[2:]
    assert (third.author_id, third.audience, third.author_organisation_id) == (
        world.renate.person_id, "customer", world.lehmanns)  # fmt: skip
    assert fourth.author_side == "staff" and third.at.year == 2020
    with db.unit(write=False):
        at = select(Interaction.at).where(Interaction.kind == "message", Interaction.organisation_id == world.lehmanns)
        assert third.at in db.session.scalars(at).all()
        log = db.session.scalars(select(Interaction.summary).where(Interaction.kind == "imported")).all()
        assert any("Added 2 later messages to 1 conversations" in one for one in log)


def test_a_dry_run_says_it_and_adds_nothing(world: World, before: None, tmp_path: Path) -> None:
    there = everything()
    report = migrate("jsonl", export(tmp_path, *FIRST, *LATER), dry_run=True)
    assert counted(report)[1] == (4, 2, 2, 0) and everything() == there


def test_files_of_later_messages_come_along(world: World, before: None, tmp_path: Path) -> None:
    newer = talk(7, *FIRST, ("customer", "See."), customer=RENATE)
    newer["messages"][2]["files"] = [{"name": "plan.txt", "base64": base64.b64encode(b"a plan").decode()}]
    report = migrate("jsonl", lines(tmp_path, newer))
    assert counted(report)[2] == (1, 1, 0, 0)
    with db.unit(write=False):
        assert [(one.name, one.state) for one in db.session.scalars(select(File))] == [("plan.txt", "attached")]
    assert counted(migrate("jsonl", lines(tmp_path, newer)))[2] == (1, 0, 1, 0)


def said_here(world: World, words: str) -> None:
    number = talks()[0].number
    with db.unit(write=True):
        conversations.reply(world.nancy, find(world.nancy, Conversation, number=number), words)


def test_what_is_older_than_what_was_written_here_since_is_not_added_and_named(
    world: World, before: None, tmp_path: Path
) -> None:
    said_here(world, "We look after you here now.")
    there = everything()
    report = migrate("jsonl", export(tmp_path, *FIRST, *LATER))
    assert counted(report)[1] == (4, 0, 2, 2) and everything() == there
    assert reasons(report) == ["chats.jsonl, 7: was written in here since: 2 later messages were not added"]


def test_what_is_newer_than_all_that_was_written_here_goes_on_after_it(
    world: World, before: None, tmp_path: Path
) -> None:
    said_here(world, "We look after you here now.")
    newer = talk(7, *FIRST, ("customer", "I wrote to the old address."), customer=RENATE, status="closed")
    newer["messages"][2]["ts"] = (now() + timedelta(hours=1)).isoformat()
    assert counted(migrate("jsonl", lines(tmp_path, newer)))[1] == (3, 1, 2, 0)
    assert bodies()[2:] == ["We look after you here now.", "I wrote to the old address."]
    assert talks()[0].status == "open" and talks()[0].waiting_since is not None  # nobody answered her yet
    there = everything()
    migrate("jsonl", lines(tmp_path, newer))
    assert everything() == there


def test_a_message_that_was_edited_there_stays_as_it_was_taken(world: World, before: None, tmp_path: Path) -> None:
    there = everything()
    migrate("jsonl", export(tmp_path, ("customer", "Is it coming? (edited)"), FIRST[1]))
    assert everything() == there


def test_an_export_whose_times_are_others_adds_nothing_and_says_so(world: World, before: None, tmp_path: Path) -> None:
    there = everything()
    for shifted in ((0, 1, 2), (0,)):  # all of them; the first alone
        newer = talk(7, *FIRST, LATER[0], customer=RENATE)
        for place in shifted:
            newer["messages"][place]["ts"] -= 7200
        report = migrate("jsonl", lines(tmp_path, newer))
        assert "do not stand here at these times" in reasons(report)[0] and everything() == there


def test_a_conversation_that_goes_on_in_another_is_left_alone(world: World, before: None, tmp_path: Path) -> None:
    number = talks()[0].number
    with db.unit(write=True):
        row = find(world.nancy, Conversation, number=number)
        later, _ = conversations.start(world.renate, "Chang again", "Still nothing.")
        merges.merge(world.steven, row, db.session.get_one(Conversation, later.id))
    there = everything()
    report = migrate("jsonl", export(tmp_path, *FIRST, *LATER))
    assert "goes on in another conversation here" in reasons(report)[0] and everything() == there


def test_a_conversation_that_held_nothing_gets_what_came(world: World, tmp_path: Path) -> None:
    migrate("jsonl", export(tmp_path, created_at="2020-05-13T13:19:00Z"))
    assert counted(migrate("jsonl", export(tmp_path, *FIRST, created_at="2020-05-13T13:19:00Z")))[1] == (2, 2, 0, 0)
    assert bodies() == ["Is it coming?", "On Friday."]
