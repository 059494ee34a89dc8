"""Once a partner's right has ended its open socket hears nothing more: no word, no typing, no pointer, no presence."""

import pytest

from actions import parties
from models import db
from models.conversations import Conversation
from models.organisations import Organisation
from policy import Actor, find
from tests import endings
from tests.endings import Ending
from tests.live import Server, Wire, wait_until, wires
from tests.realtime.test_wire import bodies, bring_in
from tests.world import World


def introduced(world: World, number: str) -> None:
    """Exotic Liquids takes part and is known by name, so that it would hear of the customer's pointer and presence too."""
    bring_in(world, number)
    with db.unit(write=True):
        row = find(world.steven, Conversation, number=number)
        parties.introduce(world.steven, row, db.session.get_one(Organisation, world.exotic))


def all_happens(number: str, renate: Wire, nancy: Wire, word: str) -> None:
    """Everything that a reader hears of: somebody types, speaks, reads, goes away and comes back."""
    before = len(renate.of("presence"))
    nancy.client.emit("typing", {"conversation": number, "on": True, "audience": "everyone"})
    assert nancy.say(number, word, audience="everyone")["ok"]
    wait_until(lambda: word in bodies(renate))
    last = renate.of("message")[-1]["seq"]
    assert nancy.ask("message:read", conversation=number, seq=last)["ok"]
    assert renate.ask("message:read", conversation=number, seq=last)["ok"]
    for state in ("away", "online"):
        assert nancy.ask("presence", state=state)["ok"]
    wait_until(lambda: len(renate.of("presence")) >= before + 2 and renate.of("typing"))
    wait_until(lambda: any(one["seq"] == last for one in renate.of("read")))


def went_and_came(wire: Wire, who: Actor) -> bool:
    """Whether somebody was heard to go and to be back: the last that is told of them, however late it is heard."""
    here = [who.public_id in [one["id"] for one in told["people"]] for told in wire.of("presence")]
    return here[-2:] == [False, True]


KINDS = ("message", "typing", "read", "presence")


@pytest.mark.parametrize("ending", endings.OF_TALK, ids=lambda one: one.__name__)
def test_an_open_socket_hears_nothing_more_and_its_rival_never_did(
    world: World, server: Server, number: str, ending: Ending
) -> None:
    introduced(world, number)
    with wires(server, world.renate, world.nancy, world.charlotte, world.yoshi) as (renate, nancy, charlotte, yoshi):
        for one in (renate, nancy, charlotte):
            assert one.open(number)["ok"]
        assert yoshi.open(number)["error"] == "not_found"
        all_happens(number, renate, nancy, "While you may hear it")
        wait_until(lambda: all(charlotte.of(kind) for kind in KINDS) and went_and_came(charlotte, world.nancy))
        ending(world)
        heard = {kind: len(charlotte.of(kind)) for kind in KINDS}
        all_happens(number, renate, nancy, "After the end")
        all_happens(number, renate, nancy, "And once more")
        assert {kind: len(charlotte.of(kind)) for kind in KINDS} == heard
        assert "After the end" not in charlotte.all_bytes()
        assert not [kind for kind in KINDS if yoshi.of(kind)]


@pytest.mark.parametrize(
    "ending", (endings.taken_back, endings.expired, endings.taken_out), ids=lambda one: one.__name__
)
def test_what_it_asks_is_refused_and_reaches_nobody(world: World, server: Server, number: str, ending: Ending) -> None:
    bring_in(world, number)
    with wires(server, world.renate, world.nancy, world.charlotte) as (renate, nancy, charlotte):
        for one in (renate, nancy, charlotte):
            one.open(number)
        ending(world)
        seen = nancy.open(number)["last_seq"]
        charlotte.client.emit("typing", {"conversation": number, "on": True, "audience": "everyone"})
        refused = {"ok": False, "error": "not_found"}
        assert charlotte.say(number, "Am I still here?", audience="everyone") == refused
        assert charlotte.open(number) == refused
        assert charlotte.ask("conversation:sync", conversation=number, after=0) == refused
        assert charlotte.ask("message:read", conversation=number, seq=1) == refused
        assert nancy.open(number)["last_seq"] == seen
        assert not [one for one in (renate, nancy) if one.of("typing")]
        assert nancy.ask("message:send", conversation=number, body="To whom?", audience="partner",
                         client_id="8d0b4c1e-6a53-4b9f-9a3c-2f1d3b9a7c11")["error"] == "invalid"  # fmt: skip


def test_who_is_brought_in_again_hears_what_follows_on_the_same_socket(
    world: World, server: Server, number: str
) -> None:
    bring_in(world, number)
    with wires(server, world.renate, world.nancy, world.charlotte) as (renate, nancy, charlotte):
        for one in (renate, nancy, charlotte):
            one.open(number)
        endings.expired(world)
        nancy.say(number, "While away", audience="everyone")
        bring_in(world, number)
        opened = charlotte.open(number)
        assert opened["ok"] and "While away" not in str(opened)
        renate.say(number, "Welcome back", audience="everyone")
        wait_until(lambda: "Welcome back" in bodies(charlotte))
        assert bodies(charlotte) == ["Welcome back"]


def test_a_party_whose_share_has_ended_is_told_of_as_gone(world: World, server: Server, number: str) -> None:
    bring_in(world, number)
    endings.expired(world)
    with wires(server, world.renate, world.nancy) as (renate, nancy):
        renate.open(number)
        nancy.open(number)
        nancy.say(number, "Only us two now", audience="everyone")
        wait_until(lambda: bodies(renate) == ["Only us two now"])
        assert "our supplier" not in renate.of("message")[0]["audience"]["names"]
        assert "Exotic Liquids" not in nancy.of("message")[0]["audience"]["names"]
