"""Every route and event in every relation for everybody: the verdict, what is written, and every canary that is seen."""

from collections import Counter

import pytest

from policy.doing import RULES
from realtime.server import socketio
from tests.authorisation import canaries, table
from tests.authorisation.actors import SIGNED_IN
from tests.authorisation.row import ROWS
from tests.authorisation.runner import Runner
from tests.authorisation.shards import Judged, judge_into, judged_in
from tests.once import once


def operations_there_are(runner: Runner) -> set[str]:
    """Every route with its method, every event, and every verb that policy is asked about."""
    routes = {f"{method} {rule.endpoint}" for rule in runner.app.url_map.iter_rules()
              for method in rule.methods - {"HEAD", "OPTIONS"}}  # fmt: skip
    return routes | (set(socketio.server.handlers["/"]) - {"connect", "disconnect"}) | {f"may {verb}" for verb in RULES}


def test_nothing_can_be_done_that_has_no_row_and_no_row_is_about_nothing(runner: Runner) -> None:
    there, written = operations_there_are(runner), set(table.operations())
    assert not there - written, f"without a row: {sorted(there - written)}"
    assert not written - there, f"about nothing: {sorted(written - there)}"


def test_every_operation_is_allowed_to_somebody() -> None:
    allowed = {one.operation for one in ROWS if "allow" in one.verdicts.values()}
    assert not set(table.operations()) - allowed


def test_no_two_rows_of_an_operation_have_one_name() -> None:
    twice = [key for key, count in Counter((one.operation, one.relation) for one in ROWS).items() if count > 1]
    assert not twice


def test_every_text_column_has_readers() -> None:
    assert not canaries.forgotten()


@pytest.fixture(scope="module")
def judged(runner: Runner, tmp_path_factory: pytest.TempPathFactory) -> Judged:
    """Every cell of the table, performed by two processes in a copy of the world each."""
    return judged_in(once(tmp_path_factory, "shards", lambda folder: judge_into(runner, folder)))


@pytest.mark.parametrize("operation", table.operations())
def test_everybody_gets_what_the_table_says(judged: Judged, operation: str) -> None:
    found = judged.wrong[operation]
    assert not found, "\n" + "\n".join(found)


def test_the_canaries_are_seen_by_those_they_are_for(judged: Judged) -> None:
    """A tap that sees nothing proves nothing: each of the cast has read some canaries."""
    print("\ncanaries seen, of", judged.planted, "planted:", judged.seen)
    print("cells:", judged.cells, "in all", sum(judged.cells.values()))
    assert all(judged.seen.get(name, 0) > 5 for name in SIGNED_IN)
