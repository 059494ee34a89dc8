"""Units of work: stored whole or not at all, told only after that, and never upgraded from reading to writing."""

import threading

import pytest
from sqlalchemy import select

from models import db
from models.organisations import Organisation
from models.settings import Setting, next_number, put
from models.types import Money, name_key
from tests.databases import as_installed
from tests.world import World


def names() -> set[str]:
    with db.unit(write=False):
        return set(db.session.scalars(select(Setting.name)))


def test_a_unit_that_raises_stores_nothing(database: str) -> None:
    with pytest.raises(KeyError), db.unit(write=True):
        put(db.session(), "colour", "blue")
        raise KeyError
    assert "colour" not in names()


def test_a_refused_unit_stores_nothing_and_tells_nobody(database: str) -> None:
    heard: list = []
    db.listen("something", heard.extend)
    with db.unit(write=True):
        put(db.session(), "colour", "blue")
        db.tell("something", 1)
        db.refuse()
    assert "colour" not in names()
    assert heard == []


def test_listeners_hear_after_it_is_stored_and_cannot_undo_it(database: str) -> None:
    heard: list = []

    def listener(news: list) -> None:
        heard.append("colour" in names())
        raise RuntimeError("a listener that fails")

    db.listen("after", listener)
    with db.unit(write=True):
        put(db.session(), "colour", "blue")
        db.tell("after", 1)
    assert heard == [True]
    assert "colour" in names()
    db.forget_listeners()


def test_what_is_set_aside_survives_a_refusal(database: str) -> None:
    with pytest.raises(KeyError), db.unit(write=True):
        db.aside(lambda session: put(session, "tries", "1"))
        raise KeyError
    assert "tries" in names()


def test_what_is_set_aside_belongs_to_pages_that_only_read(database: str) -> None:
    with db.unit(write=False):
        db.aside(lambda session: put(session, "seen", "1"))
    assert "seen" in names()


def test_a_page_that_only_reads_cannot_write(database: str) -> None:
    with pytest.raises(db.ReadOnly), db.unit(write=False):
        db.session.add(Organisation(name="X", name_key="x"))
        db.session.flush()


def test_only_the_edges_open_a_unit(database: str) -> None:
    with db.unit(write=False), pytest.raises(RuntimeError), db.unit(write=False):
        pass


def test_numbers_are_never_given_twice(world: World) -> None:
    given: list[int] = []

    def take() -> None:
        for _ in range(10):
            with db.unit(write=True):
                given.append(next_number(db.session(), "conversations"))

    with db.unit(write=True):
        next_number(db.session(), "conversations")
    threads = [threading.Thread(target=take) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(given)) == 50


def test_the_database_would_not_forget(database: str) -> None:
    with as_installed():
        assert [one for one in db.weaknesses() if "fsync" not in one and "full_page" not in one] == []


@pytest.mark.parametrize(("text", "key"), [("Straße ", "strasse"), ("ＡＢＣ", "abc"), ("Éric", "éric")])
def test_names_are_folded_for_looking_up(text: str, key: str) -> None:
    assert name_key(text) == key


def test_money_is_rounded_half_up_once() -> None:
    from decimal import Decimal

    money = Money()
    assert money.process_result_value(money.process_bind_param(Decimal("9.80005"), None), None) == Decimal("9.8001")
