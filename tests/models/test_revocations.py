"""Revocations are read by their numbers, and none is missed because its number came before it was stored."""

from actions import sessions
from models import db
from models.logins import Revocation
from models.revocations import KNOWN, SKIPPED, Ended, Known
from policy import Actor
from realtime.entrance import settled
from tests.world import World


def test_a_revocation_that_is_committed_after_a_later_one_is_read_all_the_same(world: World) -> None:
    known = Known()
    known.note([Ended(7, "login", 1)])
    known.note([Ended(9, "login", 1)])
    assert {6, 8} <= set(known.skipped)
    with db.unit(write=True):
        db.session.add_all(Revocation(id=key, kind="login", subject_id=key) for key in (6, 9, 12))
        db.session.flush()
        assert [one.id for one in known.fresh(db.session.connection())] == [6, 12]
        known.note(known.fresh(db.session.connection()))
        assert known.fresh(db.session.connection()) == []
        db.refuse()
    assert 6 not in known.skipped and {8, 10, 11} <= set(known.skipped)


def test_a_great_leap_of_the_numbers_is_not_asked_for_one_by_one() -> None:
    known = Known()
    known.note([Ended(10, "login", 1), Ended(10_000_000, "login", 1)])
    assert len(known.skipped) <= SKIPPED + 10


def test_whoever_connects_while_their_right_ends_is_asked_for_again(world: World) -> None:
    """What was acted on while they were not here yet would not be acted on again."""
    answers = [world.renate, None]

    def ask() -> Actor | None:
        if len(answers) == 2:  # her login ends after she was found, and before she is here
            with db.unit(write=True):
                sessions.revoke("login", world.renate.login_id)
            with db.unit(write=False):
                KNOWN.note(KNOWN.fresh(db.session.connection()))
        return answers.pop(0)

    assert settled(ask) is None and answers == []
