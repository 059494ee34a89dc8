"""Files on the live wire: sent over HTTP, carried by a message, heard of by whom the message is for."""

import httpx

from tests.actions.test_files import photo
from tests.live import Server, token_of, wait_until, wires
from tests.realtime.test_wire import bring_in
from tests.world import World


def upload(server: Server, token: str, name: str) -> str:
    answer = httpx.post(
        f"{server.url}/api/v1/files", files={"file": (name, photo())}, headers={"Authorization": f"Bearer {token}"}
    )
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


def test_a_photo_is_heard_of_by_those_it_is_for_and_fetched_by_nobody_else(
    world: World, server: Server, number: str
) -> None:
    bring_in(world, number)
    tokens = {one.name: token_of(one) for one in (world.renate, world.nancy, world.charlotte, world.roland)}
    public_id = upload(server, tokens[world.renate.name], "pallet.jpg")
    with wires(server, world.renate, world.nancy, world.charlotte) as (renate, nancy, charlotte):
        for wire in (renate, nancy, charlotte):
            wire.open(number)
        assert nancy.say(number, "Mine?", attachments=[public_id], audience="customer")["error"] == "not_found"
        sent = renate.say(number, "", attachments=[public_id], audience="customer")
        assert sent["ok"], sent
        assert renate.say(number, "Again", attachments=[public_id], audience="customer")["error"] == "conflict"
        wait_until(lambda: nancy.of("message"))
        heard = nancy.of("message")[0]
        assert [(one["id"], one["name"], one["type"]) for one in heard["attachments"]] == [
            (public_id, "pallet.jpg", "image/jpeg")
        ]
        assert f'href="/files/{public_id}"' in heard["partial"]
        assert "pallet.jpg" not in charlotte.all_bytes() and public_id not in charlotte.all_bytes()
        caught_up = nancy.ask("conversation:sync", conversation=number, after=sent["prev"])
        assert caught_up["messages"][0]["attachments"] == heard["attachments"]
    found = {name: httpx.get(f"{server.url}/files/{public_id}", headers={"Authorization": f"Bearer {token}"}).status_code
             for name, token in tokens.items()}  # fmt: skip
    assert found == {"Renate Messner": 200, "Nancy Davolio": 200, "Charlotte Cooper": 404, "Roland Mendel": 404}


def test_malformed_attachments_are_answered_and_nothing_is_stored(world: World, server: Server, number: str) -> None:
    with wires(server, world.renate) as (renate,):
        for odd in ("abc", [1], [None], ["x" * 40], ["a"] * 11):
            assert renate.say(number, "Hello", attachments=odd)["error"] in ("invalid", "forbidden")
    with wires(server, world.renate) as (renate,):
        assert renate.say(number, "Hello", attachments=["nothing"])["error"] == "not_found"
        assert renate.say(number, "Hello", attachments=["a", "a"])["error"] == "invalid"
        assert renate.open(number)["last_seq"] == 1
