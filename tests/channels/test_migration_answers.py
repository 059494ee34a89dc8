"""An answer to a mail of another system lands where that mail is now, for whoever takes part there."""

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from actions import conversations, installation, merges
from models import db
from models.conversations import Conversation
from models.logins import Login
from models.people import ContactPoint, Membership
from models.types import now
from tests.channels.mails import came, mails, messages, talks, written
from tests.channels.migrating import lines, migrate, talk
from tests.world import World

RENATE, ROLAND = "Renate Messner <renate.messner@lehms.example>", "roland.mendel@ernsh.example"
EVE = "Eve <eve@else.example>"
PASS = {"Authentication_Results": "mx.ours.example; dmarc=pass"}
OLD = {"In_Reply_To": "<answer@old.example>", **PASS}

pytestmark = pytest.mark.usefixtures("app")


@pytest.fixture
def old(world: World, app: Any, tmp_path: Path) -> None:
    """A thread of Renate and of somebody at our old address, migrated; our mail server checks senders."""
    export = talk(7, ("customer", "Is it coming?"), ("agent", "On Friday."), customer="renate.messner@lehms.example")
    export["messages"][0]["message_id"] = "<asked@lehms.example>"
    export["messages"][1]["message_id"] = "answer@old.example"
    migrate("jsonl", lines(tmp_path, export, talk(8, ("customer", "And mine?"), customer="eve@else.example")))
    installation.use(app.config["SETTINGS"].model_copy(update={"mail_authserv": "mx.ours.example"}))


def test_an_answer_to_an_old_mail_lands_in_its_conversation(world: World, old: None) -> None:
    came(written(RENATE, "It is Friday.", "Re: whatever", **OLD))
    row = talks()[0]
    assert [one.body for one in messages(row.number)] == ["Is it coming?", "On Friday.", "It is Friday."]
    last = messages(row.number)[-1]
    assert (last.author_id, last.audience, len(talks())) == (world.renate.person_id, "customer", 2)
    assert (row.external_reference, row.status) == ("7", "open")


def test_it_lands_where_that_conversation_goes_on(world: World, old: None) -> None:
    with db.unit(write=True):
        old_one = select(Conversation).where(Conversation.external_reference == "7")
        row = db.session.scalars(old_one).unique().one()
        later, _ = conversations.start(world.renate, "Chang again", "Still nothing.")
        merges.merge(world.steven, row, db.session.get_one(Conversation, later.id))
    came(written(RENATE, "It is Friday.", **OLD))
    assert messages()[-1].conversation_id == talks()[-1].id and talks()[-1].subject == "Chang again"


@pytest.mark.parametrize("sender", [ROLAND, EVE])
def test_nobody_else_gets_in_by_an_old_message_id(world: World, old: None, sender: str) -> None:
    before = len(messages(talks()[0].number))
    came(written(sender, "Me too.", **OLD))
    assert len(messages(talks()[0].number)) == before
    assert talks()[-1].unverified and talks()[-1].organisation_id is None and messages()[-1].audience == "staff"


@pytest.mark.parametrize("checked", [{}, {"Authentication_Results": "mx.ours.example; dmarc=fail"},
                                     {"Authentication_Results": "mx.evil.example; dmarc=pass"}])  # fmt: skip
def test_a_sender_whom_our_mail_server_does_not_vouch_for_gets_nowhere(
    world: World, old: None, checked: dict[str, str]
) -> None:
    before = len(messages(talks()[0].number))
    came(written(RENATE, "Forged.", **{**OLD, "Authentication_Results": "", **checked}))
    assert len(messages(talks()[0].number)) == before and talks()[-1].unverified


def test_whoever_left_the_company_gets_nowhere(world: World, old: None) -> None:
    with db.unit(write=True):
        db.session.execute(
            update(Membership).where(Membership.person_id == world.renate.person_id).values(ended_at=now())
        )
    before = len(messages(talks()[0].number))
    came(written(RENATE, "From elsewhere.", **OLD))
    assert len(messages(talks()[0].number)) == before and talks()[-1].unverified


def test_who_works_there_and_has_proven_nothing_yet_is_heard_by_us_alone(world: World, old: None) -> None:
    with db.unit(write=True):
        db.session.execute(update(ContactPoint).values(verified_at=None))
        db.session.execute(
            update(Login).where(Login.person_id == world.renate.person_id).values(email="x@y", email_key="x@y")
        )
    came(written(RENATE, "It is Friday.", **OLD))
    said = messages(talks()[0].number)
    assert [(one.body, one.audience, one.author_id) for one in said[2:3]] == [("It is Friday.", "staff", None)]
    assert "nobody proved yet" in said[3].body


def test_a_stranger_goes_on_in_the_conversation_that_only_we_read(world: World, old: None, tmp_path: Path) -> None:
    export = talk(9, ("customer", "And mine?"), customer="eve@else.example")
    export["messages"][0]["message_id"] = "eves@else.example"
    migrate("jsonl", lines(tmp_path, export))
    mine = talks()[-1].number
    came(written(EVE, "Well?", In_Reply_To="<eves@else.example>", **PASS))
    assert [one.body for one in messages(mine)][:2] == ["And mine?", "Well?"]
    assert messages(mine)[1].audience == "staff" and "nobody proved yet" in str(mails()[-1].reason)
    came(written(ROLAND, "And me?", In_Reply_To="<eves@else.example>", **PASS))
    assert "And me?" not in [one.body for one in messages(mine)]
