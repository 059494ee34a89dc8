"""Every awkward string goes over the live wire unchanged."""

import uuid

from tests.live import Server, wait_until, wires
from tests.text.strings import kept, naughty, storable
from tests.world import World

TOGETHER = 12


def bodies() -> list[str]:
    """All of them: many to a message, but alone where the ends of a message could be what breaks."""
    texts = [one for one in naughty() if one and storable(one)]
    alone = [one for one in texts if not one.isprintable() or one != one.strip()]
    others = [one for one in texts if one not in alone]
    return alone + ["\n".join(others[at : at + TOGETHER]) for at in range(0, len(others), TOGETHER)]


def test_by_socket_and_push(world: World, server: Server, number: str) -> None:
    texts = bodies()
    with wires(server, world.renate, world.nancy) as (renate, nancy):
        nancy.open(number)
        for one in texts:
            answer = renate.ask("message:send", conversation=number, body=one, client_id=str(uuid.uuid4()))
            assert answer["ok"], (one, answer)
        wait_until(lambda: len(nancy.of("message")) == len(texts))
        assert [one["body"] for one in nancy.of("message")] == [kept(one) for one in texts]
