"""What people ask for at random is what the design says, on every surface; `make isolation` asks 50,000 times."""

from datetime import timedelta
from pathlib import Path

from models import db
from tests.isolation import facts, model
from tests.isolation.facts import Actor, Order, Rule, Share, World
from tests.isolation.generate import Size
from tests.isolation.run import WAYS, run

TINY = Size(suppliers=8, distributors=3, customers=6, carriers=2, orders=48, field_sets=20, shares=150, conversations=8)
PROBES, SEED = 300, 20


def test_people_see_what_the_design_says_and_nothing_else_on_any_surface(tmp_path: Path) -> None:
    outcome = run(tmp_path, f"sqlite:///{tmp_path}/loggia.db", SEED, TINY, PROBES)
    db.engine().dispose()
    assert outcome.probes >= PROBES and len(outcome.surfaces) == len(WAYS) + 1
    assert outcome.surfaces["find order"].shown and outcome.surfaces["page: order"].shown
    for kind in ("disagreements", "foreign", "names"):
        assert not outcome.all(kind), kind


def world_of(share: Share) -> World:
    """An order of company 1 with two lines, and one share of it with company 2."""
    made = World(facts.now())
    made.orders[1] = Order(1, "PO-1", "purchase", "sent", 1, None, None, None, {1: None, 2: None})
    made.shares["order", 1] = [share]
    return made


def test_a_partner_sees_a_share_until_it_ends_and_only_while_its_rule_is_on() -> None:
    clerk, share = Actor("partner", 5, 2), Share(2, None, "read", ["ship_to", "lines.quantity"], {2}, None, None, None)
    world = world_of(share)
    seen = model.order(world, clerk, world.orders[1])
    assert (
        seen is not None
        and seen.shows("ship_to")
        and seen.lines == {2: {"lines.line", "lines.product", "lines.quantity"}}
    )
    share.expires_at = world.now
    assert model.order(world, clerk, world.orders[1]) is None
    share.expires_at, share.rule = world.now + timedelta(days=1), 1
    world.rules[1] = Rule(1, "purchase", "organisation", ["sent"], 90, False)
    assert model.order(world, clerk, world.orders[1]) is None
    world.rules[1].active = True
    assert model.order(world, clerk, world.orders[1]) is not None


def test_what_is_shared_with_one_person_only_that_person_and_the_manager_see() -> None:
    world = world_of(Share(2, 5, "read", [], None, None, None, None))
    seen = {
        who: model.order(world, Actor("partner", who, 2, role), world.orders[1])
        for who, role in ((5, "member"), (6, "member"), (7, "manager"))
    }
    assert [who for who, view in seen.items() if view] == [5, 7]
