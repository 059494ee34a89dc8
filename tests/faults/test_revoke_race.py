"""Rights end while everybody talks: nothing that was said afterwards reaches whoever lost them, by no way there is."""

import random
import threading
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from actions import conversations, parties, sessions
from models import db
from models.conversations import Conversation
from models.organisations import Organisation
from models.staff import Team
from policy import Actor, find
from tests.faults.plant import Plant, plant, programs
from tests.faults.talks import talk, threads
from tests.live import Wire, token_of, wait_until

pytestmark = [
    pytest.mark.faults,
    pytest.mark.skipif(programs() is None, reason="no PostgreSQL and Redis of our own: NOT tested"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning", "ignore::ResourceWarning"),
]


@pytest.fixture(scope="module")
def made() -> Iterator[Plant]:
    with plant() as one:
        yield one


def pour(wire: Wire, number: str, ended: threading.Event, said: list[int]) -> None:
    """Say something to everyone 50 times a second."""
    while not ended.is_set():
        answer = wire.say(number, f"canary {len(said)}", audience="everyone")
        assert answer["ok"], answer
        said.append(answer["seq"])
        time.sleep(0.02)


@pytest.mark.parametrize("redis", ["up", "gone"])
@pytest.mark.parametrize("right", ["a partner's part", "a partner's login", "a customer's session"])
def test_nothing_said_after_a_right_ended_is_heard(made: Plant, right: str, redis: str) -> None:
    world, number = made.world, threads(made.world, 1)[0]
    loser: Actor = world.renate if "customer" in right else world.charlotte
    nancy = Wire(made.servers[0].url, token_of(world.nancy)).connect()
    other = Wire(made.servers[1].url, token_of(loser)).connect()
    ended, said = threading.Event(), list[int]()
    pouring = threading.Thread(target=pour, args=(nancy, number, ended, said), daemon=True)
    if redis == "gone":
        made.to_redis.swallow()
    try:
        assert nancy.open(number)["ok"] and other.open(number)["ok"]
        pouring.start()
        wait_until(lambda: len(said) > 20, 20)
        with db.unit(write=True):
            if right == "a partner's part":
                parties.remove(
                    world.nancy,
                    find(world.nancy, Conversation, number=number),
                    db.session.get_one(Organisation, world.exotic),
                )
            else:
                sessions.revoke("login", loser.login_id)
        last = seq_of(number)
        begun = time.monotonic()
        if right != "a partner's part":
            wait_until(lambda: not other.client.connected, 5)
            assert time.monotonic() - begun < 3
        else:
            assert other.ask("conversation:sync", conversation=number, after=0)["error"] == "not_found"
        heard = len(said)
        wait_until(lambda: len(said) > heard + 15, 20)
    finally:
        ended.set()
        pouring.join(10)
        made.to_redis.mend()
        for one in (nancy, other):
            one.close()
    assert max(said) > last
    late = [one["seq"] for one in other.of("message") if one["seq"] > last]
    assert late == []


def seq_of(number: str) -> int:
    """The newest seq that is committed by now."""
    with db.unit(write=False):
        row = db.session.query(Conversation).filter_by(number=number).one()
        return int(row.last_seq)


def test_of_fifty_who_take_a_conversation_at_once_one_has_it(made: Plant) -> None:
    world, number = made.world, threads(made.world, 1)[0]
    answers: list[int] = []
    bodies: list[str] = []
    people = [world.nancy, world.margaret, world.steven, world.andrew]

    def take(n: int) -> None:
        url = made.servers[n % 2].url
        payload = {"assignee": people[n % 4].public_id, "version": 1}
        answer = requests.patch(f"{url}/api/v1/conversations/{number}", json=payload, timeout=30,
                                headers={"Authorization": f"Bearer {tokens[n % 4]}"})  # fmt: skip
        answers.append(answer.status_code)
        bodies.append(answer.text)

    tokens = [token_of(one) for one in people]
    with db.unit(write=False):
        assert db.session.query(Conversation).filter_by(number=number).one().version == 1
    crowd = [threading.Thread(target=take, args=(n,)) for n in range(50)]
    for one in crowd:
        one.start()
    for one in crowd:
        one.join(60)
    assert (answers.count(200), answers.count(409)) == (1, 49), bodies[:3]
    assert "Traceback" not in "".join(bodies)


def test_of_fifty_who_send_one_message_again_at_two_processes_one_is_stored(made: Plant, tmp_path: Path) -> None:
    world, number = made.world, threads(made.world, 1)[0]
    wires = [Wire(made.servers[n % 2].url, token_of(world.renate)).connect() for n in range(10)]
    message = {"conversation": number, "body": "Once, please", "client_id": str(uuid.uuid4())}
    seqs: list[int] = []
    crowd = [
        threading.Thread(target=lambda wire=wire: seqs.append(wire.ask("message:send", **message)["seq"]))
        for wire in wires
        for _ in range(5)
    ]
    for one in crowd:
        one.start()
    for one in crowd:
        one.join(60)
    for wire in wires:
        wire.close()
    assert len(seqs) == 50 and len(set(seqs)) == 1


def test_everybody_talks_while_rights_change_again_and_again(made: Plant, tmp_path: Path) -> None:
    world = made.world

    def breaking(chance: random.Random) -> None:
        for n in range(30):
            with db.unit(write=True):
                newest = db.session.query(Conversation).order_by(Conversation.id.desc()).limit(5).all()
                to = db.session.get_one(Team, world.teams[("billing", "support")[n % 2]])
                conversations.update_fields(world.nancy, chance.choice(newest), {"team": to})
            time.sleep(chance.uniform(0, 0.2))

    found = talk(world, [server.url for server in made.servers], tmp_path, breaking, 8)
    assert (found.broken, found.acks > 10) == ([], True), made.logs()
