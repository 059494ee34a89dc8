"""Messages are stored once, in sequence, and each reader is told its own previous one."""

import uuid

import pytest

from models import db
from models.conversations import Conversation, Party
from models.messages import NewMessage, Stored
from models.sequence import CONFLICT, NOT_FOUND, REAUTHORISE, STALE, append
from tests.world import World


@pytest.fixture
def thread(world: World) -> int:
    """A conversation of Lehmanns in which Exotic Liquids takes part."""
    with db.unit(write=True):
        row = Conversation(number="2041", subject="Chang", organisation_id=world.lehmanns, person_id=world.renate.person_id,
                           heads={"everyone": 0, "customer": 0, f"partner:{world.exotic}": 0})  # fmt: skip
        db.session.add(row)
        db.session.flush()
        db.session.add(Party(conversation_id=row.id, organisation_id=world.lehmanns, side="customer"))
        return row.id


def new(conversation: int, actor, audience: str, body: str = "Hello", **more) -> NewMessage:
    return NewMessage(
        conversation_id=conversation, access_version=more.pop("access_version", 1), author_id=actor.person_id,
        author_side=actor.side, author_organisation_id=actor.organisation_id, audience=audience, body=body,
        client_id=more.pop("client_id", str(uuid.uuid4())), **more,
    )  # fmt: skip


def store(*news: NewMessage) -> list[Stored | str]:
    with db.unit(write=True):
        return append(db.session.connection(), news)


def test_each_reader_is_told_the_previous_message_it_may_see(world: World, thread: int) -> None:
    partner = f"partner:{world.exotic}"
    answers = store(
        new(thread, world.renate, "customer"), new(thread, world.nancy, "everyone"), new(thread, world.nancy, partner),
        new(thread, world.nancy, "staff"), new(thread, world.charlotte, "everyone"),
    )  # fmt: skip
    assert [a.seq for a in answers] == [1, 2, 3, 4, 5]
    assert answers[0].prev == {"staff": 0, "customer": 0}
    assert answers[1].prev == {"staff": 1, "customer": 1, partner: 0}
    assert answers[2].prev == {"staff": 2, partner: 2}
    assert answers[3].prev == {"staff": 3}
    assert answers[4].prev == {"staff": 4, "customer": 2, partner: 3}


def test_the_same_message_sent_again_is_answered_but_not_stored_again(world: World, thread: int) -> None:
    once = new(thread, world.renate, "customer")
    first, again = store(once)[0], store(once)[0]
    assert (again.seq, again.duplicate, again.public_id) == (first.seq, True, first.public_id)


def test_the_same_id_within_one_batch_is_one_message(world: World, thread: int) -> None:
    once = new(thread, world.renate, "customer")
    first, again = store(once, once)
    assert (first.seq, again.seq, again.duplicate) == (1, 1, True)


def test_the_same_id_with_other_words_is_a_conflict(world: World, thread: int) -> None:
    once = new(thread, world.renate, "customer")
    store(once)
    assert store(new(thread, world.renate, "customer", "Other words", client_id=once.client_id)) == [CONFLICT]


def test_a_message_prepared_under_older_rights_is_sent_back(world: World, thread: int) -> None:
    assert store(new(thread, world.renate, "customer", access_version=7)) == [REAUTHORISE]


def test_a_message_to_somebody_who_does_not_take_part_is_sent_back(world: World, thread: int) -> None:
    assert store(new(thread, world.nancy, f"partner:{world.tokyo}")) == [REAUTHORISE]


def test_a_message_into_nothing_is_not_found(world: World, thread: int) -> None:
    assert store(new(999_999, world.renate, "customer")) == [NOT_FOUND]


def test_a_reply_written_without_seeing_the_newest_message_is_stopped(world: World, thread: int) -> None:
    store(new(thread, world.renate, "customer"))
    assert store(new(thread, world.nancy, "customer", seen=0)) == [STALE]
    assert store(new(thread, world.nancy, "customer", seen=1))[0].seq == 2
    # one's own newer message never stops one
    assert store(new(thread, world.nancy, "customer", seen=1))[0].seq == 3


def test_a_reply_is_not_stopped_by_what_its_author_may_not_see(world: World, thread: int) -> None:
    store(new(thread, world.nancy, "staff"))
    assert store(new(thread, world.renate, "customer", seen=0))[0].seq == 2


def test_one_bad_message_of_a_batch_leaves_the_others(world: World, thread: int) -> None:
    answers = store(new(thread, world.renate, "customer"), new(thread, world.renate, "customer", access_version=2),
                    new(thread, world.renate, "customer"))  # fmt: skip
    assert [a.seq if isinstance(a, Stored) else a for a in answers] == [1, REAUTHORISE, 2]
