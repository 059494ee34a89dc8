"""The live wire under attack: rights that ended, rights that were never there, and tokens that may do less."""

import time

import pytest

from actions import conversations, orders, parties, sessions
from models import db
from models.conversations import Conversation
from models.orders import Order
from models.organisations import Organisation
from models.staff import Team
from policy import find
from tests.live import Server, Wire, token_of, wait_until, wires
from tests.realtime.conftest import database_url, live, number, server  # noqa: F401
from tests.world import World


def row_of(world: World, number: str) -> Conversation:
    return find(world.nancy, Conversation, number=number)


def bodies(wire: Wire) -> list[str]:
    return [one["body"] for one in wire.of("message")]


def test_an_agent_hears_nothing_more_of_what_went_to_another_team(world: World, server: Server, number: str) -> None:  # noqa: F811
    def give(team: str) -> None:
        with db.unit(write=True):
            to = db.session.get_one(Team, world.teams[team])
            conversations.update_fields(world.nancy, row_of(world, number), {"team": to})

    give("billing")
    with wires(server, world.otto, world.nancy) as (otto, nancy):
        assert otto.open(number)["ok"] and nancy.open(number)["ok"]
        give("support")
        assert otto.open(number) == {"ok": False, "error": "not_found"}
        assert nancy.say(number, "canary-after-the-team-changed", audience="staff")["ok"]
        wait_until(lambda: "canary-after-the-team-changed" in bodies(nancy))
        time.sleep(0.3)
        assert "canary-after-the-team-changed" not in otto.all_bytes()


@pytest.mark.parametrize("word", ["disconnect", "connect"])
def test_nobody_stays_by_only_saying_that_they_go_or_come(world: World, server: Server, number: str, word: str) -> None:  # noqa: F811
    """A client may send events of any name: these two are for the server alone."""
    with wires(server, world.renate, world.nancy) as (renate, nancy):
        assert renate.open(number)["ok"] and nancy.open(number)["ok"]
        renate.client.eio.send(f'2["{word}",{{"REMOTE_ADDR":"127.0.0.1"}}]')
        wait_until(lambda: not renate.client.connected, 3)
        with db.unit(write=True):
            sessions.revoke("login", world.renate.login_id)
        assert nancy.say(number, "canary-after-the-end", audience="customer")["ok"]
        wait_until(lambda: "canary-after-the-end" in bodies(nancy))
        time.sleep(0.3)
        assert "canary-after-the-end" not in renate.all_bytes()


def test_a_partner_does_not_begin_a_conversation_out_of_nothing(world: World, server: Server) -> None:  # noqa: F811
    with wires(server, world.charlotte) as (charlotte,):
        import uuid

        answer = charlotte.ask(
            "conversation:start", client_id=str(uuid.uuid4()), subject="Hello", body="canary-from-nothing"
        )
        assert not answer["ok"], answer


@pytest.mark.parametrize("scope", ["order", "article", "session"])
def test_a_token_for_something_else_does_not_read_conversations(
    world: World,
    server: Server,
    number: str,
    scope: str,  # noqa: F811
) -> None:
    wire = Wire(server.url, token_of(world.renate, [scope])).connect()
    try:
        for event in ("conversation:open", "conversation:sync"):
            answer = wire.ask(event, conversation=number)
            assert not answer["ok"] and "All 20" not in str(answer) and "Will all" not in str(answer), event
    finally:
        wire.close()


def test_a_token_for_orders_hears_no_queue(world: World, server: Server, number: str) -> None:  # noqa: F811
    wire = Wire(server.url, token_of(world.nancy, ["order"])).connect()
    try:
        with wires(server, world.renate, world.margaret) as (renate, margaret):
            renate.open(number)
            for one in (margaret, wire, renate):
                assert one.ask("queue:watch", on=True) == {"ok": True}
            assert renate.say(number, "canary-in-the-queue")["ok"]
            wait_until(lambda: margaret.of("queue"))
            time.sleep(0.3)
            assert not wire.of("queue") and not renate.of("queue")
    finally:
        wire.close()


def test_a_token_for_orders_does_not_write_nor_type(world: World, server: Server, number: str) -> None:  # noqa: F811
    wire = Wire(server.url, token_of(world.renate, ["order"])).connect()
    try:
        assert wire.say(number, "x")["error"] == "forbidden"
        assert wire.ask("message:read", conversation=number, seq=1)["error"] == "forbidden"
    finally:
        wire.close()


def test_a_conversation_about_another_customers_order_is_not_begun(world: World, server: Server) -> None:  # noqa: F811
    import uuid

    with wires(server, world.roland, world.renate) as (roland, _renate):
        for about in ({"type": "order", "id": "11070"}, {"type": "order_line", "id": "11070/1"}, {"type": "order", "id": "PO-1001"},
                      {"type": "order_line", "id": "11072/9"}, {"type": "invoice", "id": "INV-11072"}):  # fmt: skip
            answer = roland.ask("conversation:start", client_id=str(uuid.uuid4()), subject="s", body="b", about=about)
            assert answer == {"ok": False, "error": "not_found"}, about


@pytest.mark.parametrize(
    "change",
    [{"conversation": "x\0y"}, {"conversation": "²"}, {"after": 2**53}, {"epoch": "\0"}],
)
def test_odd_values_are_answered_not_served_with_a_failure(
    world: World,
    server: Server,
    number: str,
    change: dict,  # noqa: F811
) -> None:
    with wires(server, world.renate) as (renate,):
        answer = renate.ask("conversation:open", **{"conversation": number, **change})
        assert answer.get("error") != "unavailable", answer
        assert renate.ask("message:read", conversation=number, seq=2**53).get("error") != "unavailable"


def test_masked_parties_leave_no_trace_on_the_wire(world: World, server: Server, number: str) -> None:  # noqa: F811
    with db.unit(write=True):
        row = row_of(world, number)
        for partner in (world.exotic, world.tokyo):
            parties.add(world.nancy, row, db.session.get_one(Organisation, partner), subject="Chang")
    with wires(server, world.renate, world.charlotte, world.yoshi, world.nancy) as (renate, charlotte, yoshi, nancy):
        answers = {one: str(one.open(number)) for one in (renate, charlotte, yoshi, nancy)}
        for one in (renate, charlotte, yoshi):
            one.ask("presence", state="online")
            one.client.emit("typing", {"conversation": number, "on": True, "audience": "everyone"})
            assert one.say(number, "For everyone", audience="everyone")["ok"]
            assert one.ask("message:read", conversation=number, seq=3)["ok"]
        wait_until(lambda: len(bodies(nancy)) == 3)
        time.sleep(0.3)
        names = {renate: ("Renate", "Messner", "Lehmann"), charlotte: ("Charlotte", "Cooper", "Exotic"),
                 yoshi: ("Yoshi", "Nagase", "Tokyo")}  # fmt: skip
        for reader, own in names.items():
            heard = reader.all_bytes() + answers[reader] + str(reader.open(number))
            for whose, words in names.items():
                assert whose is reader or not [word for word in words if word in heard]
            for public in (world.renate, world.charlotte, world.yoshi):
                if public.name.split()[0] not in own:
                    assert public.public_id not in heard and public.organisation_public_id not in heard


def test_a_partner_who_only_looks_neither_writes_nor_shows_as_typing(world: World, server: Server, number: str) -> None:  # noqa: F811
    with db.unit(write=True):
        partner = db.session.get_one(Organisation, world.exotic)
        parties.add(world.nancy, row_of(world, number), partner, level="read", subject="Chang")
    with wires(server, world.charlotte, world.nancy) as (charlotte, nancy):
        assert charlotte.open(number)["ok"] and nancy.open(number)["ok"]
        assert charlotte.say(number, "x", audience="partner")["error"] == "forbidden"
        charlotte.client.emit("typing", {"conversation": number, "on": True})
        time.sleep(0.4)
        assert not nancy.of("typing")


def test_a_partner_sees_no_number_of_what_was_said_before_it_came(world: World, server: Server, number: str) -> None:  # noqa: F811
    with db.unit(write=True):
        row = row_of(world, number)
        conversations.reply(world.nancy, row, "canary-before", audience="everyone")
        parties.add(world.nancy, row, db.session.get_one(Organisation, world.exotic), subject="Chang")
        orders.share_with_supplier(world.nancy, find(world.nancy, Order, number="PO-1001"))
    with wires(server, world.charlotte) as (charlotte,):
        for event in ("conversation:open", "conversation:sync"):
            answer = charlotte.ask(event, conversation=number, after=0)
            assert "canary-before" not in str(answer) and "Will all" not in str(answer)
            assert not [one for one in answer["reads"] if one["side"] == "customer"]
