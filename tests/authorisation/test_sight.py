"""Nobody is handed a row that is not for them, whatever is asked of policy; and a visitor may do nothing with any."""

from models import db
from policy.doing import RULES
from policy.seeing import _SEEING
from tests.authorisation import sight, table
from tests.authorisation.runner import Runner


def test_every_table_that_can_be_seen_has_readers() -> None:
    assert set(_SEEING) == set(sight.SIGHT)


def test_every_verb_has_a_row() -> None:
    assert {f"may {verb}" for verb in RULES} == {one for one in table.operations() if table.is_verb(one)}


def test_nobody_is_handed_more_than_is_for_them(runner: Runner) -> None:
    with db.unit(write=False):
        wrong = sight.beyond(runner.stage, sight.ceiling(runner.stage))
    assert not wrong, "\n" + "\n".join(wrong)


def test_a_visitor_may_do_nothing_with_a_record_of_somebody_else_in_hand(runner: Runner) -> None:
    with db.unit(write=False):
        assert not sight.in_hand(runner.stage)


def test_every_noun_that_a_token_can_be_for_is_known() -> None:
    assert set().union(*sight.OF_NOUN.values()) == set(sight.SIGHT)


def test_a_token_is_handed_nothing_of_a_noun_that_its_scopes_do_not_name(runner: Runner) -> None:
    with db.unit(write=False):
        wrong = sight.beyond_scopes(runner.stage)
    assert not wrong, "\n" + "\n".join(wrong)
