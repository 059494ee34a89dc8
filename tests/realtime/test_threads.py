"""Live: a question and its answer reach those it is put to; a released message arrives once, masked, at its place."""

import uuid

import httpx

from actions import conversations, merges, parties
from models import db
from models.conversations import Conversation
from models.organisations import Organisation
from policy import find
from tests.live import Server, token_of, wait_until, wires
from tests.world import World


def bring_in(world: World, number: str, level: str = "respond") -> None:
    with db.unit(write=True):
        exotic = db.session.get_one(Organisation, world.exotic)
        parties.add(world.nancy, find(world.nancy, Conversation, number=number), exotic, level=level, subject="Chang")


def ask(server: Server, token: str, number: str, **more) -> dict:
    """Put a question through the running product, so that it is told live."""

    sent = {"question": "Chai for Chang?", "answers": ["Yes", "No"]} | more
    return httpx.post(f"{server.url}/api/v1/conversations/{number}/decisions", json=sent,
                      headers={"Authorization": f"Bearer {token}"}).json()  # fmt: skip


def test_a_question_is_answered_by_tap_on_the_screens_of_those_it_is_put_to(
    world: World, server: Server, number: str
) -> None:
    bring_in(world, number)
    with wires(server, world.nancy, world.renate, world.greta, world.charlotte) as (nancy, renate, greta, charlotte):
        for one in (nancy, renate, greta, charlotte):
            assert one.open(number)["ok"]
        made = ask(server, nancy.token, number, audience="customer", about="11070/1")["decision"]
        wait_until(lambda: renate.of("message") and greta.of("message") and nancy.of("message"))
        heard = renate.of("message")[0]
        assert heard["decision"] | {"about": "11070/1"} == made
        assert f'formaction="/decisions/{made["id"]}/answer"' in heard["partial"] and "11070" not in heard["partial"]
        assert renate.ask("decision:answer", decision=made["id"], answer="Yes") == {"ok": True}
        again = greta.ask("decision:answer", decision=made["id"], answer="No")
        assert (again["error"], again["message"]) == ("conflict", "Renate Messner has answered this already: Yes")
        assert charlotte.ask("decision:answer", decision=made["id"], answer="No")["error"] == "not_found"
        assert nancy.ask("decision:answer", decision=made["id"], answer="No")["error"] == "forbidden"
        wait_until(lambda: greta.of("conversation") and nancy.of("conversation"))
        told = greta.of("conversation")[-1]
        assert (told["change"]["answer"], told["prev"]) == ("Yes", heard["seq"])
        assert made["id"] not in charlotte.all_bytes() and "Chai" not in charlotte.all_bytes()
        caught_up = greta.ask("conversation:sync", conversation=number, after=heard["prev"])
        assert [one["decision"]["state"] for one in caught_up["messages"] if "decision" in one] == ["answered"]


def test_a_question_is_put_over_the_wire_once_and_answered_there(world: World, server: Server, number: str) -> None:
    bring_in(world, number)
    with wires(server, world.charlotte, world.nancy, world.renate) as (charlotte, nancy, renate):
        for one in (charlotte, nancy, renate):
            assert one.open(number)["ok"]
        put = {"conversation": number, "question": "Split the delivery?", "answers": ["Yes", "No"],
               "client_id": str(uuid.uuid4())}  # fmt: skip
        made, again = (charlotte.ask("decision:ask", **put) for _ in "ab")
        assert made["ok"] and again["duplicate"]
        assert [again[name] for name in ("seq", "decision")] == [made[name] for name in ("seq", "decision")]
        assert charlotte.ask("decision:ask", **put | {"answers": ["Yes", "Never"]})["error"] == "conflict"
        wait_until(lambda: nancy.of("message"))
        assert nancy.of("message")[0]["decision"]["id"] == made["decision"]
        assert nancy.ask("decision:answer", decision=made["decision"], answer="No") == {"ok": True}
        wait_until(lambda: charlotte.of("conversation"))
        assert charlotte.of("conversation")[-1]["change"]["answer"] == "No"
        assert renate.ask("decision:ask", **put | {"client_id": str(uuid.uuid4())})["error"] == "forbidden"
        for odd in ({"answers": []}, {"answers": ["Yes"]}, {"answers": "Yes"}, {"client_id": "x"}, {"about": 1}):
            asked = nancy.ask("decision:ask", **put | {"client_id": str(uuid.uuid4()), "audience": "customer"} | odd)
            assert asked["error"] == "invalid", odd
        assert made["decision"] not in renate.all_bytes() and "Split" not in renate.all_bytes()


def test_malformed_answers_are_answered_in_words(world: World, server: Server, number: str) -> None:
    with wires(server, world.renate) as (renate,):
        for odd in ({}, {"decision": "x"}, {"decision": 1, "answer": "Yes"}, {"decision": "x", "answer": "a" * 300}):
            assert renate.ask("decision:answer", **odd)["error"] == "invalid"
        assert renate.ask("decision:answer", decision="x", answer="Yes")["error"] == "not_found"


def test_a_released_message_comes_live_in_sequence_and_without_a_name(
    world: World, server: Server, number: str
) -> None:
    bring_in(world, number, "comment")

    with wires(server, world.nancy, world.charlotte, world.renate) as (nancy, charlotte, renate):
        last = charlotte.open(number)["last_seq"]
        renate.open(number)
        with db.unit(write=False):
            exotic = db.session.get_one(Organisation, world.exotic).public_id
        sent = {"organisation": exotic, "seq": 1, "confirm": exotic}
        made = httpx.post(f"{server.url}/api/v1/conversations/{number}/releases", json=sent,
                          headers={"Authorization": f"Bearer {nancy.token}"})  # fmt: skip
        assert made.status_code == 201
        wait_until(lambda: charlotte.of("message"))
        heard = charlotte.of("message")[0]
        assert (heard["prev"], heard["seq"]) == (last, made.json()["seq"])
        assert heard["released"]["author"]["name"].startswith("a customer of ")
        for name in ("Lehmann", "Renate", "Messner", world.renate.public_id):
            assert name not in charlotte.all_bytes()
        caught_up = charlotte.ask("conversation:sync", conversation=number, after=0)
        assert [one["seq"] for one in caught_up["messages"]] == [last, heard["seq"]]
        assert not renate.of("message")


def test_an_acknowledgement_lost_before_a_merge_is_given_again(world: World, server: Server, number: str) -> None:
    with db.unit(write=True):
        into = conversations.start(world.renate, "Still nothing", "Hello?")[0].number
    with wires(server, world.renate) as (renate,):
        once = {"body": "And the caps leak", "client_id": str(uuid.uuid4())}
        first = renate.ask("message:send", conversation=number, **once)
        with db.unit(write=True):
            old, new = (find(world.nancy, Conversation, number=one) for one in (number, into))
            merges.merge(world.nancy, old, new)
        shown = ("ok", "message", "client_id", "seq", "epoch", "at")
        again = renate.ask("message:send", conversation=number, **once)
        assert [again[name] for name in shown] == [first[name] for name in shown] and again["duplicate"]
        assert "conversation" not in again
        led = renate.ask("message:send", conversation=into, **once)
        assert led == again | {"conversation": number}  # its seq is one of the old conversation
        assert (
            renate.ask("message:send", conversation=number, body="New", client_id=str(uuid.uuid4()))["error"]
            == "conflict"
        )
    sent = {"headers": {"Authorization": f"Bearer {token_of(world.renate)}"}, "json": once}
    for one in (number, into):
        answer = httpx.post(f"{server.url}/api/v1/conversations/{one}/messages", **sent)
        assert answer.status_code == 201
        assert (answer.json()["id"], answer.json()["body"]) == (first["message"], "And the caps leak")
