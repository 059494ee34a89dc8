"""The clock that all go by: another's is followed where ours is wrong, and left alone where it is a little off."""

from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from itsdangerous import BadSignature

from models import db
from models.clock import CLOCK, Clock
from models.types import now
from web.cookies import Cookies


def off(seconds: float) -> float:
    """How far from the other clock one is, in whole seconds, once it has looked at it."""
    clock, ahead = Clock(), timedelta(seconds=seconds)
    clock.compare(lambda: datetime.now(UTC) - ahead)
    return round((clock.now() - datetime.now(UTC)).total_seconds())


@pytest.mark.parametrize(("wrong_by", "corrected_by"), [(600, -600), (-600, 600), (0.5, 0), (-1.5, 0)])
def test_a_clock_that_is_wrong_follows_the_other(wrong_by: float, corrected_by: float) -> None:
    assert off(wrong_by) == corrected_by


def test_work_on_the_database_looks_at_its_clock(database: str) -> None:
    CLOCK.ahead, CLOCK.compared = timedelta(minutes=10), None
    with db.unit(write=False):
        db.session.connection()
        follows = not db.is_sqlite()
        assert (abs(now() - datetime.now(UTC)) < timedelta(seconds=5)) == follows
    CLOCK.forget()


def test_a_cookie_that_was_signed_a_moment_ahead_is_good_and_one_that_is_too_old_is_not() -> None:
    app = Flask("cookies")
    app.secret_key = "only for tests"
    serializer = Cookies().get_signing_serializer(app)
    assert serializer
    CLOCK.ahead = -timedelta(minutes=10)
    ahead = serializer.dumps({"who": "Renate"})
    CLOCK.ahead = timedelta(days=40)
    old = serializer.dumps({"who": "Renate"})
    CLOCK.forget()
    assert serializer.loads(ahead, max_age=3600) == {"who": "Renate"}
    with pytest.raises(BadSignature):
        serializer.loads(old, max_age=3600)
    with pytest.raises(BadSignature):
        serializer.loads(("X" if ahead[0] != "X" else "Y") + ahead[1:], max_age=3600)
