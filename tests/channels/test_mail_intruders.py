"""Whoever has no part in a conversation gets nothing into it by mail, whatever they know and whatever they write above it."""

import itertools
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as some
from sqlalchemy import select, update

import worker
from actions import conversations, installation, parties, reply_addresses
from models import db
from models.conversations import Conversation
from models.messages import Message
from models.organisations import Organisation
from models.people import Membership
from models.types import now
from policy import find
from tests.channels.mails import came, told, written
from tests.world import World

OURS, NUMBER = "mx.ours.example", itertools.count(1)
RENATE, CHARLOTTE = "renate.messner@lehms.example", "charlotte.cooper@s1.example"
OTHERS = ["eve@else.example", "yoshi.nagase@s4.example", "roland.mendel@ernsh.example", "jonas.lang@lehms.example"]

pytestmark = pytest.mark.usefixtures("app")


@pytest.fixture
def secrets(world: World, app: Any) -> Iterator[dict[str, list[str]]]:
    """A conversation of Renate's with Exotic Liquids, whose Charlotte has left since; all that a mail of it tells."""
    installation.use(app.config["SETTINGS"].model_copy(update={"mail_authserv": OURS}))
    with db.unit(write=True):
        row, _ = conversations.start(world.renate, "Chang", "Will all 20 come?")
        parties.add(world.nancy, row, db.session.get_one(Organisation, world.exotic), subject="Chang")
        conversations.reply(world.charlotte, find(world.charlotte, Conversation, number=row.number), "Here we are.")
        seqs = [
            conversations.reply(
                world.nancy, find(world.nancy, Conversation, number=row.number), "Yes.", audience=audience
            ).seq
            for audience in ("customer", f"partner:{world.exotic}")
        ]
        number, key = row.number, row.id
    for seq in seqs:
        worker.JOBS["notice"]({"conversation": key, "seq": seq})
    mails = [told(world, person_id=who.person_id) for who in (world.renate, world.charlotte)]
    with db.unit(write=True):
        ended = update(Membership).where(Membership.id == world.charlotte.membership_id)
        db.session.execute(ended.values(ended_at=now()))
    yield {
        "number": [number],
        "to": [reply_addresses.of(one) or "" for one in mails],
        "ids": [one.message_id or "" for one in mails],
    }


def unlucky(draw: Any, secrets: dict[str, list[str]]) -> dict[str, str]:
    """Headers that point into the conversation in some of the ways in which a mail can."""
    ids = " ".join(draw(some.lists(some.sampled_from([*secrets["ids"], "<made.up@else.example>"]), max_size=3)))
    headers = {
        "To": draw(some.sampled_from([*secrets["to"], "service@localhost"])), "In_Reply_To": ids, "References": ids,
        "Cc": draw(some.sampled_from(["", RENATE, *secrets["to"]])), "Reply_To": draw(some.sampled_from(["", RENATE])),
        "Sender": draw(some.sampled_from(["", RENATE])), "Return_Path": draw(some.sampled_from(["", f"<{RENATE}>"])),
        "Delivered_To": draw(some.sampled_from(["", *secrets["to"]])),
        "Resent_From": draw(some.sampled_from(["", RENATE])), "X_Forwarded_For": draw(some.sampled_from(["", RENATE])),
    }  # fmt: skip
    return {name: value for name, value in headers.items() if value}


def subject_of(draw: Any, number: str) -> str:
    return draw(some.sampled_from(["Hello", f"Re: #{number}", f"Re: [#{number}] Chang", f"AW: Chang ({number})"]))


def letter(draw: Any, intruder: str, secrets: dict[str, list[str]], body: str) -> bytes:
    """A mail of somebody who has no part in the conversation, or that cannot be told to be of who has."""
    number, headers = secrets["number"][0], unlucky(draw, secrets)
    passed = f"{OURS}; dmarc=pass header.from=lehms.example"
    if intruder == "a stranger":
        name = draw(some.sampled_from(["", "Renate Messner", RENATE, f"Renate <{RENATE}>"]))
        sender = draw(some.sampled_from(OTHERS))
        headers["Authentication-Results"] = passed
        return written(f'"{name}" <{sender}>' if name else sender, body, subject_of(draw, number), **headers)
    if intruder == "a former colleague":
        return written(CHARLOTTE, body, subject_of(draw, number), Authentication_Results=passed, **headers)
    if intruder == "a forged sender":
        said = draw(some.sampled_from(["dmarc=fail", "spf=pass; dmarc=fail (p=none)", "dkim=pass; dmarc = fail"]))
        raw = written(RENATE, body, subject_of(draw, number), Authentication_Results=f"{OURS}; {said}", **headers)
        others = draw(some.sampled_from(["", f"mx.else.example; {passed.partition(';')[2]}", "dmarc=pass"]))
        return (b"Authentication-Results: " + others.encode() + b"\r\n" if others else b"") + raw
    if intruder == "two senders":
        raw = written(RENATE, body, subject_of(draw, number), Authentication_Results=passed, **headers)
        second = draw(some.sampled_from([b"From: eve@else.example\n", b"FROM: Renate <" + RENATE.encode() + b">\n"]))
        return second + raw if draw(some.booleans()) else raw.replace(b"To:", second + b"To:", 1)
    if intruder == "a mailing list":
        marks = some.sampled_from(
            [{"List_Id": "<all.lehms.example>"}, {"Precedence": "list"}, {"List_Unsubscribe": "<mailto:x@y.example>"}]
        )
        return written(RENATE, body, subject_of(draw, number), **headers, **draw(marks), Authentication_Results=passed)
    plain = {"To": "service@localhost", "References": "<made.up@else.example>", "Authentication_Results": passed}
    return written(RENATE, body, subject_of(draw, number), **plain)  # nothing but the number says where


INTRUDERS = [
    "a stranger",
    "a former colleague",
    "a forged sender",
    "two senders",
    "a mailing list",
    "a number in the subject",
]


def begun_by_themselves(world: World, row: Conversation) -> bool:
    """Whether it is a matter of their own: who has no part in Renate's may still write to us about something else."""
    known = {(one.person_id, one.organisation_id) for one in (world.jonas, world.roland, world.yoshi)}
    return (row.person_id, row.organisation_id) in known


@pytest.mark.parametrize("intruder", INTRUDERS)
@settings(  # each mail is filed for good: looking for a smaller one would take minutes
    max_examples=8,
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(data=some.data())
def test_none_of_them_gets_anything_into_a_conversation(
    world: World, secrets: dict[str, list[str]], intruder: str, data: Any
) -> None:
    body = f"This is mail {next(NUMBER)} of an intruder."
    came(letter(data.draw, intruder, secrets, body))
    with db.unit(write=False):
        query = (
            select(Conversation).join(Message, Message.conversation_id == Conversation.id).where(Message.body == body)
        )
        where = list(db.session.scalars(query).unique())
        assert secrets["number"][0] not in [one.number for one in where]
        assert intruder == "a number in the subject" or all(
            (one.unverified and one.organisation_id is None) or begun_by_themselves(world, one) for one in where
        )


def test_whoever_takes_part_gets_in_by_the_same_ways(world: World, secrets: dict[str, list[str]]) -> None:
    """The others could all fail for another reason."""
    passed = f"{OURS}; dmarc=pass header.from=lehms.example"
    for n, headers in enumerate(({"To": secrets["to"][0]}, {"In_Reply_To": secrets["ids"][0]})):
        came(written(RENATE, f"Mine {n}.", Authentication_Results=passed, **headers))
    with db.unit(write=False):
        said = select(Message.body).join(Conversation).where(Conversation.number == secrets["number"][0])
        assert {"Mine 0.", "Mine 1."} <= set(db.session.scalars(said))
