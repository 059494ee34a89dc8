"""The writer: those who write at the same moment share a commit, and what is wrong with one is no matter of the others."""

import threading
from collections import Counter
from collections.abc import Iterator

import pytest
from sqlalchemy import event, select

from actions import sessions
from models import db, writer
from models.conversations import Conversation
from models.db import Unavailable
from models.messages import Message, NewMessage, Stored
from models.revocations import KNOWN
from models.sequence import INVALID, REAUTHORISE
from tests.live import wait_until
from tests.models.test_messages import new, thread  # noqa: F401
from tests.world import World


@pytest.fixture(autouse=True)
def all_is_known(world: World) -> Iterator[None]:
    """This process has acted on every revocation there is."""
    with db.unit(write=False):
        KNOWN.begin(db.session.connection())
    yield
    KNOWN.last, KNOWN.skipped = 0, {}


def together(news: list[NewMessage]) -> list[Stored | str]:
    """Let everybody write while another commit still runs; return the answers."""
    answers: dict[int, Stored | str] = {}
    busy = writer.Waiting(news[0])
    writer.DESK.come(busy)
    assert busy.leads
    try:
        people = [
            threading.Thread(target=lambda place=place, one=one: answers.update({place: writer.store(one)}))
            for place, one in enumerate(news)
        ]
        for place, person in enumerate(people):
            person.start()
            wait_until(lambda place=place: len(writer.DESK.waiting) == place + 2)
        writer.DESK.waiting.popleft()
    finally:
        writer.DESK.hand_over()
    for person in people:
        person.join(20)
    return [answers[place] for place in range(len(news))]


def test_twenty_who_write_at_once_share_one_commit_and_stay_in_order(world: World, thread: int) -> None:  # noqa: F811
    news = [new(thread, world.renate if n % 2 else world.nancy, "customer", f"word {n}") for n in range(20)]
    counted: Counter[str] = Counter()

    def count(connection: object) -> None:
        counted.update(["commit"])

    event.listen(db.engine(), "commit", count)
    try:
        answers = together(news)
    finally:
        event.remove(db.engine(), "commit", count)
    assert [one.seq for one in answers] == list(range(1, 21))
    assert counted["commit"] == 1
    with db.unit(write=False):
        said = db.session.scalars(select(Message.body).where(Message.conversation_id == thread).order_by(Message.seq))
        assert list(said) == [f"word {n}" for n in range(20)]
        assert db.session.get_one(Conversation, thread).last_seq == 20


def test_whoever_gives_up_while_they_wait_holds_nobody_up(world: World, thread: int, monkeypatch) -> None:  # noqa: F811
    busy = writer.Waiting(new(thread, world.nancy, "customer"))
    writer.DESK.come(busy)
    monkeypatch.setattr(db, "LOCK_WAIT", 0.05)
    with pytest.raises(Unavailable):
        writer.store(new(thread, world.renate, "customer", "too long"))
    impatient = writer.Waiting(new(thread, world.renate, "customer", "gone"))
    writer.DESK.come(impatient)
    writer.DESK.batch()
    writer.DESK.waiting.append(impatient)
    writer.DESK.hand_over([busy])
    assert impatient.leads
    writer.DESK.leave(impatient)  # at the moment in which it was told to store
    assert together([new(thread, world.nancy, "customer", "heard")])[0].seq == 1


def test_one_with_much_to_say_leaves_the_turn_to_those_who_wait(world: World, thread: int) -> None:  # noqa: F811
    """Everybody else would be stored one by one between the many of the first."""
    order: list[str] = []

    def say(name: str, words: int) -> None:
        for _ in range(words):
            assert isinstance(writer.store(new(thread, world.nancy, "customer", name)), Stored)
            order.append(name)

    first = threading.Thread(target=say, args=("much", 30))
    first.start()
    wait_until(lambda: order)
    others = [threading.Thread(target=say, args=("one", 1)) for _ in range(5)]
    for other in others:
        other.start()
    for one in (first, *others):
        one.join(20)
    assert order.count("one") == 5
    assert "much" in order[-5:], "they waited until the first had said it all"


def test_a_row_that_the_database_refuses_fails_alone(world: World, thread: int) -> None:  # noqa: F811
    news = [new(thread, world.nancy, "customer", f"word {n}") for n in range(9)]
    news[4].author_id = 10**9  # nobody
    answers = together(news)
    assert [one if isinstance(one, str) else one.seq for one in answers] == [1, 2, 3, 4, INVALID, 5, 6, 7, 8]


def test_nothing_is_stored_on_the_word_of_a_moment_ago_once_somebody_lost_a_right(world: World, thread: int) -> None:  # noqa: F811
    with db.unit(write=True):
        sessions.revoke("login", world.renate.login_id)
    assert together([new(thread, world.renate, "customer"), new(thread, world.nancy, "customer")]) == [REAUTHORISE] * 2
    with db.unit(write=False):
        KNOWN.note(KNOWN.fresh(db.session.connection()))
        assert db.session.get_one(Conversation, thread).last_seq == 0
    assert together([new(thread, world.nancy, "customer")])[0].seq == 1


def test_no_message_makes_the_database_look_through_a_whole_table(world: World, thread: int) -> None:  # noqa: F811
    if not db.is_sqlite():
        pytest.skip("PostgreSQL decides by how much there is, and here is little")
    asked: list[tuple[str, object]] = []

    def note(_c: object, _cursor: object, statement: str, parameters: object, _x: object, many: bool) -> None:
        if statement.startswith(("SELECT", "UPDATE")):
            asked.append((statement, parameters[0] if many else parameters))

    event.listen(db.engine(), "before_cursor_execute", note)
    try:
        together([new(thread, world.renate, "customer", f"word {n}", client_id=f"{n}") for n in range(3)])
    finally:
        event.remove(db.engine(), "before_cursor_execute", note)
    with db.engine().connect() as connection:
        steps = {
            step[-1] for statement, given in asked
            for step in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", given)
        }  # fmt: skip
    assert any("messages USING INDEX" in step for step in steps)
    assert not [step for step in steps if step.startswith("SCAN") and "VIRTUAL TABLE" not in step]
