"""How a mail went is seen on the open page at once: by us, and by nobody outside."""

from collections.abc import Sequence

import httpx
import pytest
from sqlalchemy import update

import worker
from actions import conversations
from models import db
from models.conversations import Conversation
from models.jobs import Delivery, Job
from policy import find
from tests.channels.mails import told
from tests.live import Server, Wire, token_of, wait_until, wires
from tests.world import World


@pytest.fixture
def failed(world: World, number: str) -> Delivery:
    """The mail that told Renate of an answer, and did not arrive."""
    with db.unit(write=True):
        row = find(world.nancy, Conversation, number=number)
        seq = conversations.reply(world.nancy, row, "Yes, on Friday.", audience="customer").seq
        key = row.id
    worker.JOBS["notice"]({"conversation": key, "seq": seq})
    delivery = told(world, person_id=world.renate.person_id)
    with db.unit(write=True):
        db.session.execute(update(Delivery).where(Delivery.id == delivery.id).values(state="failed", error="550 no"))
        db.session.execute(update(Job).where(Job.kind == "mail").values(state="parked"))
    return delivery


def send_again(server: Server, world: World, delivery: Delivery) -> None:
    system = {"Authorization": f"Bearer {token_of(world.nancy, ['delivery', 'conversation'])}"}
    path = f"{server.url}/api/v1/deliveries/{delivery.public_id}/retries"
    assert httpx.post(path, headers=system).is_success


def heard(who: Wire) -> Sequence[tuple[str, int]]:
    return [(one["conversation"], one["seq"]) for one in who.of("mailed")]


def test_staff_who_look_hear_that_a_mail_waits_and_leaves_and_nobody_outside_does(
    world: World, server: Server, number: str, failed: Delivery
) -> None:
    looking = (world.nancy, world.margaret, world.renate, world.greta, world.roland, world.charlotte)
    with wires(server, *looking) as (nancy, margaret, *outside):
        opened = [one.open(number)["ok"] for one in (nancy, margaret, *outside)]
        assert opened == [True, True, True, True, False, False]
        send_again(server, world, failed)
        wait_until(lambda: len(heard(nancy)) >= 2 and len(heard(margaret)) >= 2)
        assert set(heard(nancy)) == set(heard(margaret)) == {(number, failed.seq)}
        answer = nancy.ask("conversation:sync", conversation=number, after=(failed.seq or 0) - 1)
        (message,) = answer["messages"]
        assert [one["state"] for one in message["mails"]] == ["sent"] and 'data-state="sent"' in message["partial"]
        assert not any(heard(one) for one in outside)
        assert "mails" not in outside[0].open(number)["messages"][-1]


def test_a_colleague_who_may_not_read_the_conversation_hears_nothing_of_its_mails(
    world: World, server: Server, number: str, failed: Delivery
) -> None:
    with db.unit(write=True):
        of_sales = update(Conversation).where(Conversation.number == number).values(team_id=world.teams["sales"])
        db.session.execute(of_sales)
    with wires(server, world.nancy, world.otto) as (nancy, otto):
        assert (nancy.open(number)["ok"], otto.open(number)["ok"]) == (True, False)
        send_again(server, world, failed)
        wait_until(lambda: len(heard(nancy)) >= 2)
        assert not heard(otto)
