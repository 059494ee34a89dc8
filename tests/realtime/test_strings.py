"""Every awkward string goes over the live wire unchanged."""

import uuid

from tests.live import Server, wait_until, wires
from tests.text.strings import kept, naughty, storable
from tests.world import World


def test_by_socket_and_push(world: World, server: Server, number: str) -> None:
    texts = [one for one in naughty() if one and storable(one)]
    with wires(server, world.renate, world.nancy) as (renate, nancy):
        nancy.open(number)
        for one in texts:
            answer = renate.ask("message:send", conversation=number, body=one, client_id=str(uuid.uuid4()))
            while answer.get("error") == "rate_limited":
                renate.client.sleep(answer["retry_after"])
                answer = renate.ask("message:send", conversation=number, body=one, client_id=str(uuid.uuid4()))
            assert answer["ok"], (one, answer)
        wait_until(lambda: len(nancy.of("message")) == len(texts))
        assert [one["body"] for one in nancy.of("message")] == [kept(one) for one in texts]
