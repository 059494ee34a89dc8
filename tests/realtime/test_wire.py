"""The live wire: what is said is acknowledged once stored, heard by those entitled, in order, and by nobody else."""

import uuid
from datetime import timedelta

import pytest
import socketio
from flask.sessions import SecureCookieSessionInterface
from sqlalchemy import func, select, update

from actions import conversations, mailboxes, parties, people, sessions
from models import db
from models.conversations import Conversation
from models.logins import SignInSession, Token
from models.messages import Message
from models.organisations import Organisation
from models.shares import Share
from models.types import now
from policy import find
from tests.live import Server, Wire, token_of, wait_until, wires
from tests.world import World
from web.product import Product


def bring_in(world: World, number: str) -> None:
    """Exotic Liquids takes part from here on."""
    with db.unit(write=True):
        row = find(world.nancy, Conversation, number=number)
        parties.add(world.nancy, row, db.session.get_one(Organisation, world.exotic), subject="Chang")


def bodies(wire: Wire) -> list[str]:
    return [one["body"] for one in wire.of("message")]


def test_agent_and_customer_talk(world: World, server: Server, number: str) -> None:
    with wires(server, world.renate, world.nancy) as (renate, nancy):
        assert renate.open(number)["last_seq"] == nancy.open(number)["last_seq"] == 1
        sent = nancy.say(number, "17 are here", audience="customer")
        assert (sent["ok"], sent["seq"], sent["prev"]) == (True, 2, 1)
        wait_until(lambda: bodies(renate) == ["17 are here"])
        assert renate.of("message")[0]["author"] == nancy.of("message")[0]["author"]
        assert renate.of("message")[0]["audience"]["kind"] == "customer"


def test_a_rival_neither_opens_nor_hears(world: World, server: Server, number: str) -> None:
    with wires(server, world.renate, world.roland, world.yoshi, world.jonas) as (renate, *others):
        renate.open(number)
        for other in others:
            assert other.open(number) == other.open("999999") == {"ok": False, "error": "not_found"}
            assert other.say(number, "Let me in") == {"ok": False, "error": "not_found"}
            assert other.ask("message:read", conversation=number, seq=1) == {"ok": False, "error": "not_found"}
        renate.say(number, "Only for you")
        wait_until(lambda: bodies(renate) == ["Only for you"])
        assert all(not other.of("message") for other in others)


def test_each_side_hears_only_what_is_for_it_and_never_a_name(world: World, server: Server, number: str) -> None:
    bring_in(world, number)
    with wires(server, world.renate, world.nancy, world.charlotte) as (renate, nancy, charlotte):
        for one in (renate, nancy, charlotte):
            assert one.open(number)["ok"]
        charlotte.say(number, "20 on time, 20 later", audience="partner")
        charlotte.say(number, "It comes, sorry for the wait", audience="everyone")
        nancy.say(number, "Tell nobody", audience="staff")
        nancy.say(number, "Dear Renate", audience="customer")
        wait_until(lambda: bodies(renate)[-1:] == ["Dear Renate"] and len(bodies(nancy)) == 4)
        assert bodies(renate) == ["It comes, sorry for the wait", "Dear Renate"]
        assert bodies(charlotte) == ["20 on time, 20 later", "It comes, sorry for the wait"]
        assert renate.of("message")[0]["author"]["name"] == "our supplier"
        for name in ("Exotic", "Charlotte", "Cooper", world.charlotte.public_id):
            assert name not in renate.all_bytes()
        for name in ("Lehmann", "Renate", "Messner", world.renate.public_id):
            assert name not in charlotte.all_bytes()


def test_a_partner_reads_nothing_said_before_it_came(world: World, server: Server, number: str) -> None:
    with wires(server, world.nancy) as (nancy,):
        nancy.say(number, "Said before, to everyone", audience="everyone")
    bring_in(world, number)
    with wires(server, world.charlotte) as (charlotte,):
        opened = charlotte.open(number)
        assert [one["kind"] for one in opened["messages"]] in ([], ["change"])
        assert "Said before" not in str(opened)


def test_prev_lets_each_reader_notice_a_gap(world: World, server: Server, number: str) -> None:
    with wires(server, world.renate, world.nancy) as (renate, nancy):
        renate.open(number)
        nancy.open(number)
        for word in ("one", "two"):
            nancy.say(number, word, audience="staff")
        nancy.say(number, "three", audience="customer")
        wait_until(lambda: bodies(renate) == ["three"])
        assert (renate.of("message")[0]["seq"], renate.of("message")[0]["prev"]) == (4, 1)


def test_the_same_message_sent_twice_is_there_once(world: World, server: Server, number: str) -> None:
    with wires(server, world.renate) as (renate,):
        renate.open(number)
        once = {"conversation": number, "body": "Hello again", "client_id": str(uuid.uuid4())}
        first, second = renate.ask("message:send", **once), renate.ask("message:send", **once)
        assert (first["seq"], second["seq"], second["duplicate"]) == (2, 2, True)
        other = renate.ask("message:send", **once | {"body": "Something else"})
        assert other["error"] == "conflict"
    with db.unit(write=False):
        assert db.session.scalar(select(func.count()).select_from(Message)) == 2


def test_sync_gives_what_was_missed_and_asks_to_reload_after_a_restore(
    world: World, server: Server, number: str
) -> None:
    with wires(server, world.renate, world.nancy) as (renate, nancy):
        epoch = nancy.open(number)["epoch"]
        for n in range(5):
            nancy.say(number, f"word {n}", audience="customer")
        missed = renate.ask("conversation:sync", conversation=number, after=3, epoch=epoch)
        assert [one["seq"] for one in missed["messages"]] == [4, 5, 6]
        assert renate.ask("conversation:sync", conversation=number, after=3, epoch="older")["error"] == "reset"


def test_a_stale_reply_of_staff_is_stopped(world: World, server: Server, number: str) -> None:
    with wires(server, world.renate, world.nancy) as (renate, nancy):
        renate.say(number, "One more thing")
        stopped = nancy.say(number, "All settled", audience="customer", seen=1)
        assert stopped["error"] == "conflict"
        assert nancy.say(number, "All settled", audience="customer", seen=2)["ok"]


def test_a_request_started_on_the_wire_reaches_the_queue(world: World, server: Server) -> None:
    with wires(server, world.renate, world.nancy, world.otto) as (renate, nancy, otto):
        assert nancy.ask("queue:watch", on=True) == {"ok": True}
        begun = renate.ask("conversation:start", client_id=str(uuid.uuid4()), subject="Hello", body="Is anybody there?",
                           about={"type": "order_line", "id": "11070/1"})  # fmt: skip
        assert begun["ok"]
        wait_until(lambda: [one["conversation"] for one in nancy.of("queue")])
        assert nancy.of("queue")[0]["conversation"] == begun["conversation"]
        foreign = renate.ask("conversation:start", client_id=str(uuid.uuid4()), body="Psst",
                             about={"type": "order_line", "id": "11072/1"})  # fmt: skip
        assert foreign == {"ok": False, "error": "not_found"}


def test_who_is_signed_out_hears_nothing_more(world: World, server: Server, number: str) -> None:
    with db.unit(write=True):
        pass
    with wires(server, world.renate, world.nancy) as (renate, nancy):
        renate.open(number)
        nancy.open(number)
        with db.unit(write=True):
            sessions.revoke("login", world.renate.login_id)
        nancy.say(number, "Not for her any more", audience="customer")
        wait_until(lambda: bodies(nancy) == ["Not for her any more"])
        wait_until(lambda: not renate.client.connected, 3)
        assert not renate.of("message")


def test_a_partner_whose_share_ends_hears_nothing_more(world: World, server: Server, number: str) -> None:
    bring_in(world, number)
    with wires(server, world.charlotte, world.nancy) as (charlotte, nancy):
        charlotte.open(number)
        nancy.open(number)
        with db.unit(write=True):
            db.session.execute(update(Share).values(expires_at=now()))
        nancy.say(number, "After the end", audience="everyone")
        wait_until(lambda: "After the end" in bodies(nancy))
        assert "After the end" not in bodies(charlotte)
        assert charlotte.ask("conversation:sync", conversation=number, after=0)["error"] == "not_found"


def test_a_partner_taken_out_hears_nothing_more(world: World, server: Server, number: str) -> None:
    bring_in(world, number)
    with wires(server, world.charlotte, world.nancy) as (charlotte, nancy):
        charlotte.open(number)
        nancy.open(number)
        with db.unit(write=True):
            row = find(world.nancy, Conversation, number=number)
            parties.remove(world.nancy, row, db.session.get_one(Organisation, world.exotic))
        nancy.say(number, "Among us two", audience="everyone")
        wait_until(lambda: "Among us two" in bodies(nancy))
        assert "Among us two" not in bodies(charlotte)
        assert charlotte.say(number, "Hello?")["error"] == "not_found"


def test_read_state_and_typing_reach_the_other_side(world: World, server: Server, number: str) -> None:
    with wires(server, world.renate, world.nancy) as (renate, nancy):
        renate.open(number)
        nancy.open(number)
        renate.ask("message:read", conversation=number, seq=1)
        wait_until(lambda: nancy.of("read"))
        assert (nancy.of("read")[0]["name"], nancy.of("read")[0]["seq"]) == ("Renate Messner", 1)
        nancy.client.emit("typing", {"conversation": number, "on": True, "audience": "customer"})
        wait_until(lambda: renate.of("typing"))
        assert renate.of("typing")[0]["author"]["name"] == "Nancy Davolio"


def test_a_note_being_written_is_not_seen_outside(world: World, server: Server, number: str) -> None:
    with wires(server, world.renate, world.nancy) as (renate, nancy):
        renate.open(number)
        nancy.open(number)
        nancy.client.emit("typing", {"conversation": number, "on": True, "audience": "staff"})
        nancy.say(number, "done", audience="customer")
        wait_until(lambda: bodies(renate) == ["done"])
        assert not renate.of("typing")


@pytest.mark.parametrize(
    "payload",
    [{}, {"conversation": "1"}, {"conversation": 1, "body": "x", "client_id": "y"}, {"conversation": None},
     {"conversation": "1", "body": "x", "client_id": "y", "more": 1}],
)  # fmt: skip
def test_a_malformed_event_gets_a_typed_error(world: World, server: Server, payload: dict) -> None:
    with wires(server, world.renate) as (renate,):
        answer = renate.ask("message:send", **payload)
        assert (answer["ok"], answer["error"]) == (False, "invalid")
        assert "Traceback" not in str(answer)


def test_a_client_that_keeps_talking_nonsense_is_shown_out(world: World, server: Server) -> None:
    with wires(server, world.renate) as (renate,):
        for _ in range(5):
            renate.client.emit("message:send", {"nonsense": True})
        wait_until(lambda: not renate.client.connected, 5)


@pytest.mark.parametrize("auth", [None, {}, {"token": "wrong"}, {"token": ""}, {"token": 5}, "token"])
def test_nobody_connects_without_a_right_token(world: World, server: Server, auth: object) -> None:
    client = socketio.Client(reconnection=False)
    with pytest.raises(socketio.exceptions.ConnectionError):
        client.connect(server.url, auth=auth, transports=["websocket"], wait_timeout=3)


def test_a_cookie_from_another_site_does_not_connect(world: World, server: Server) -> None:
    with db.unit(write=True):
        secret = sessions.sign_in(world.renate.login_id, world.renate.membership_id, device="test", address="127.0.0.1")
    for origin in ("https://evil.example", None):
        headers = {"Cookie": f"session={secret}"} | ({"Origin": origin} if origin else {})
        client = socketio.Client(reconnection=False)
        with pytest.raises(socketio.exceptions.ConnectionError):
            client.connect(server.url, headers=headers, transports=["websocket"], wait_timeout=3)


def test_a_frame_that_is_too_large_is_refused_and_the_others_go_on(world: World, server: Server, number: str) -> None:
    with wires(server, world.renate, world.nancy) as (renate, nancy):
        nancy.open(number)
        renate.client.emit(
            "message:send", {"conversation": number, "body": "x" * 600_000, "client_id": str(uuid.uuid4())}
        )
        wait_until(lambda: not renate.client.connected, 5)
        assert nancy.say(number, "still here", audience="staff")["ok"]


def test_nobody_connects_from_a_shared_mailbox_without_a_name(world: World, server: Server, number: str) -> None:
    with db.unit(write=True):
        mailboxes.set_mailbox(world.greta, people.member(world.greta, world.renate.public_id), True)
    refused, wire = [], Wire(server.url, token_of(world.renate))
    wire.client.on("connect_error", refused.append)
    with pytest.raises(socketio.exceptions.ConnectionError):
        wire.connect()
    assert refused[0]["data"] == {"error": "forbidden"} and "give your name" in refused[0]["message"]


def test_a_token_that_was_revoked_no_longer_connects(world: World, server: Server) -> None:
    token = token_of(world.renate)
    wire = Wire(server.url, token).connect()
    with db.unit(write=True):
        sessions.revoke("login", world.renate.login_id)
    wait_until(lambda: not wire.client.connected, 3)
    wire.close()


@pytest.mark.parametrize("way", ["token", "session"])
def test_whoever_came_by_what_has_run_out_since_says_and_hears_nothing_more(
    world: World, server: Server, number: str, app: Product, way: str
) -> None:
    """Nobody revoked it: its time was over while the socket was open."""
    soon = now() + timedelta(seconds=6)
    with db.unit(write=True):
        secret = sessions.sign_in(world.renate.login_id, world.renate.membership_id)
        db.session.execute(update(SignInSession).values(expires_at=soon))
    token = token_of(world.renate)
    with db.unit(write=True):
        db.session.execute(update(Token).values(expires_at=soon))
    renate = Wire(server.url, token)
    if way == "token":
        renate.connect()
    else:
        cookie = cookie_of(app, secret)
        renate.client.connect(server.url, headers={"Cookie": cookie}, transports=["websocket"], wait_timeout=5)
    with wires(server, world.nancy) as (nancy,):
        assert renate.open(number)["ok"] and nancy.open(number)["ok"]
        wait_until(lambda: now() > soon and not renate.client.connected, 15)
        nancy.say(number, "Not for her any more", audience="customer")
        wait_until(lambda: bodies(nancy) == ["Not for her any more"])
        assert not renate.of("message")
    renate.close()


def cookie_of(app: Product, secret: str) -> str:
    """What a browser that is signed in sends along."""
    signed = SecureCookieSessionInterface().get_signing_serializer(app)
    assert signed is not None
    return f"session={signed.dumps({'_user_id': secret})}"


def test_it_is_said_by_page_and_heard_live(world: World, server: Server, number: str) -> None:
    with wires(server, world.renate) as (renate,):
        renate.open(number)
        assert conversations  # the page's verb runs in another process: it is heard by sync
        with db.unit(write=True):
            conversations.reply(
                world.nancy, find(world.nancy, Conversation, number=number), "By page", audience="customer"
            )
        caught = renate.ask("conversation:sync", conversation=number, after=1)
        assert [one["body"] for one in caught["messages"]] == ["By page"]
