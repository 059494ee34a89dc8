"""Half-open lines: whoever no longer answers is let go, whoever does may be silent for as long as they like."""

import time

import pytest

from tests.live import Server, token_of
from tests.realtime.test_websocket import TEXT, raw
from tests.world import World

pytestmark = pytest.mark.faults
LONGEST = 60.0  # seconds: one interval, the time to answer, and until somebody looks


def test_who_answers_no_ping_is_let_go_and_who_does_stays(world: World, server: Server) -> None:
    with raw(server) as dead, raw(server) as alive:
        dead.sign_in(token_of(world.renate))
        alive.sign_in(token_of(world.nancy))
        alive.line.settimeout(LONGEST)
        texts, end, pings = alive.texts(), time.monotonic() + LONGEST, 0
        while pings < 3:
            assert time.monotonic() < end, "no ping came"
            if next(texts) == "2":
                pings += 1
                alive.send(TEXT, b"3")
        dead.line.settimeout(LONGEST)
        assert dead.ended()
        alive.send(TEXT, b'421["conversation:sync",{"conversation":"none","after":0}]')
        assert next(one for one in texts if one.startswith("431")) == '431[{"ok":false,"error":"not_found"}]'
