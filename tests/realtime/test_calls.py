"""The screen pop: heard by whoever's telephone it is, and by nobody else."""

import httpx

from models import db
from models.organisations import Organisation
from models.staff import Staff
from tests.live import Server, token_of, wait_until, wires
from tests.world import World


def test_a_call_appears_before_whoevers_telephone_rings_and_nobody_else(world: World, server: Server) -> None:
    with db.unit(write=True):
        db.session.get_one(Organisation, world.lehmanns).phone = "069-1234567"
        db.session.get_one(Staff, world.nancy.staff_id).extension = "42"
    system = {"Authorization": f"Bearer {token_of(world.andrew, ['call'])}"}
    with wires(server, world.nancy, world.margaret, world.renate, world.charlotte) as (nancy, *others):
        for event in ("ring", "answer", "hangup"):
            news = {"id": "c1", "event": event, "number": "+49691234567", "extension": "42"}
            assert httpx.post(f"{server.url}/api/v1/calls", json=news, headers=system).status_code == 200
        wait_until(lambda: len(nancy.of("call")) == 3)
        assert {one["state"] for one in nancy.of("call")} == {"ringing", "answered", "ended"}
        first = nancy.of("call")[0]
        assert first["organisation"]["name"] == "Lehmanns Marktstand" and "/staff/organisations/" in first["partial"]
        assert not any(one.of("call") for one in others)
