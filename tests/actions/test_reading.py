"""The read log: who outside saw which fields of what, once an hour and device, by page, API and socket."""

from dataclasses import replace

import pytest
from sqlalchemy import select

from actions import orders, reading
from models import db
from models.interactions import Interaction
from models.orders import Order
from models.shares import ReadLog
from policy import find
from tests.world import World


def look(actor, fields: list[str] | None = None, surface: str = "page") -> None:
    with db.unit(write=False):
        reading.saw(actor, "order", "PO-1001", fields or ["number", "lines.quantity"], None, surface)


def seen() -> list[ReadLog]:
    with db.unit(write=False):
        return list(db.session.execute(select(ReadLog).order_by(ReadLog.id)).unique().scalars())


def test_a_look_is_kept_with_its_fields(world: World) -> None:
    look(world.charlotte)
    assert [(one.person_id, one.fields, one.surface) for one in seen()] == [
        (world.charlotte.person_id, ["lines.quantity", "number"], "page")
    ]


def test_looking_again_within_the_hour_is_one_look(world: World) -> None:
    look(world.charlotte)
    look(world.charlotte, ["lines.quantity", "number"])
    assert len(seen()) == 1


@pytest.mark.parametrize("surface", ["api", "socket"])
def test_other_surfaces_fields_and_devices_are_looks_of_their_own(world: World, surface: str) -> None:
    look(world.charlotte)
    look(world.charlotte, surface=surface)
    look(world.charlotte, ["number"])
    look(replace(world.charlotte, token_id=7))
    assert len(seen()) == 4


@pytest.mark.parametrize("one_of_us", ["nancy", "andrew"])
def test_we_ourselves_are_not_written_down(world: World, one_of_us: str) -> None:
    look(getattr(world, one_of_us))
    assert seen() == []


def test_a_look_stands_on_the_records_of_the_supplier_and_of_who_waits_for_it_once(world: World) -> None:
    look(world.charlotte)
    look(world.charlotte)
    with db.unit(write=False):
        log = select(Interaction.organisation_id, Interaction.audience, Interaction.summary)
        found = db.session.execute(log.where(Interaction.kind == "record_read")).all()
    assert {row.organisation_id for row in found} == {world.exotic, world.lehmanns, world.ernst}
    assert {(row.audience, row.summary) for row in found} == {
        ("staff", "Charlotte Cooper (Exotic Liquids) saw PO-1001")
    }


def test_a_look_survives_a_refusal(world: World) -> None:
    with db.unit(write=True) as work:
        reading.saw(world.charlotte, "order", "PO-1001", ["number"], None, "page")
        work.refused = True
    assert len(seen()) == 1


def test_the_fields_are_those_that_were_shown(world: World) -> None:
    with db.unit(write=True):
        orders.share_with_supplier(world.nancy, find(world.nancy, Order, number="PO-1001"))
    with db.unit(write=False):
        names = reading.fields_of(find(world.charlotte, Order, number="PO-1001"))
    assert {"number", "required_at", "lines.supplier_sku", "lines.product"} <= set(names)
    assert not {"lines", "lines.unit_price", "customer_reference"} & set(names)
