"""Revocations are read by their numbers, and none is missed because its number came before it was stored."""

from models import db
from models.logins import Revocation
from models.revocations import SKIPPED, Ended, Known
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
