"""Sharing at the desk: one click, single lines, one person, the preview, why a partner sees it, and the reminder."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from actions import share_rules
from channels import share_endings
from models import db
from models.jobs import Delivery, Job
from models.orders import Order
from models.organisations import Organisation
from models.shares import Share
from models.types import now
from policy import find, has
from policy.fields import DEFAULT_SETS
from tests.world import World


def exotic(world: World) -> str:
    with db.unit(write=False):
        return find(world.nancy, Organisation, id=world.exotic).public_id


def form(world: World, **more) -> dict:
    return {"organisation": exotic(world), "level": "comment", "fields": list(DEFAULT_SETS["order"])} | more


def newest() -> Share:
    with db.unit(write=False):
        return db.session.execute(select(Share).order_by(Share.id.desc()).limit(1)).unique().scalar_one()


def test_a_preview_shows_what_the_partner_would_see_and_shares_nothing(app, world: World, as_) -> None:
    nancy, charles = as_(world.nancy), as_(world.charles)
    page = nancy.post("/staff/orders/11070/shares/preview", form(world)).get_data(as_text=True)
    seen = page[page.index("data-seen") : page.index("<aside")]
    assert "Chang" in seen and "It may write to us about it" in seen
    for hidden in ("canary-customerref", "canary-street", "19.00", "Lehmanns"):
        assert hidden not in seen, hidden
    assert charles.get("/partners/orders/11070").status_code == 404
    assert nancy.post("/staff/orders/11070/shares", form(world)).status_code == 303
    assert charles.get("/partners/orders/11070").status_code == 200


@pytest.mark.parametrize("changed", [{"fields": ["lines.margin"]}, {"level": "own"}, {"lines": ["9"]}, {"person": "Yoshi Nagase"},
                                     {"lines": ["1"], "level": "respond"}])  # fmt: skip
def test_what_cannot_be_shared_cannot_be_previewed_either(app, world: World, as_, changed: dict) -> None:
    path = "/staff/orders/PO-1001/shares"
    assert as_(world.nancy).post(f"{path}/preview", form(world, **changed)).status_code == 422
    assert as_(world.nancy).post(path, form(world, **changed)).status_code == 422


def test_one_line_is_shared_and_the_other_is_not_there(app, world: World, as_) -> None:
    assert as_(world.nancy).post("/staff/orders/PO-1001/shares", form(world, lines=["2"])).status_code == 303
    page = as_(world.charlotte).get("/partners/orders/PO-1001").get_data(as_text=True)
    assert "Aniseed Syrup" in page and "EL-CH-24" not in page and "Chang<" not in page
    with db.unit(write=True):
        share_rules.follow(world.orders.values())
    with db.unit(write=False):
        both = find(world.charlotte, Order, number="PO-1001").lines
        assert [line.line for line in both] == [1, 2], "the derived share adds the rest"


def test_fields_of_one_line_do_not_spread_to_another(app, world: World, as_) -> None:
    with db.unit(write=True):
        share_rules.follow(world.orders.values())
    as_(world.nancy).post("/staff/orders/PO-1001/shares", form(world, lines=["2"], fields=["lines.unit_price"]))
    with db.unit(write=False):
        first, second = find(world.charlotte, Order, number="PO-1001").lines
        assert has(second, "unit_price") and has(second, "quantity")
        assert has(first, "quantity") and not has(first, "unit_price")


def test_one_person_there_sees_it_and_a_colleague_does_not(app, world: World, as_) -> None:
    assert as_(world.nancy).post("/staff/orders/PO-1001/shares", form(world, person="charles exley")).status_code == 303
    assert as_(world.charles).get("/partners/orders/PO-1001").status_code == 200
    assert as_(world.charlotte).get("/partners/orders/PO-1001").status_code == 404


def test_the_desk_reads_why_they_see_it_by_rule_and_by_whom(app, world: World, as_) -> None:
    with db.unit(write=True):
        share_rules.follow(world.orders.values())
    nancy = as_(world.nancy)
    nancy.post("/staff/orders/PO-1001/shares", form(world, fields=["lines.unit_price"], reason="They asked"))
    page = nancy.get(f"/staff/orders/PO-1001/seen-by/{exotic(world)}").get_data(as_text=True)
    why = page[page.index('id="why"') :]
    assert "By rule: A supplier sees" in why and "By Nancy Davolio" in why and "They asked" in why
    assert "19" in page[page.index("data-seen") : page.index("<aside")]


def test_the_customers_manager_reads_who_may_see_an_order_and_no_names(app, world: World, as_) -> None:
    as_(world.nancy).post("/staff/orders/11070/shares", form(world))
    page = as_(world.greta).get("/portal/orders/11070").get_data(as_text=True)
    readers = page[page.index('id="readers"') :]
    assert "A supplier of" in readers and "quantities" in readers
    assert "Exotic" not in page and "Nancy" not in readers
    assert 'id="readers"' not in as_(world.renate).get("/portal/orders/11070").get_data(as_text=True)
    assert "A supplier of" not in as_(world.roland).get("/portal/orders/11072").get_data(as_text=True)


def test_whoever_shared_it_is_told_before_it_ends_and_makes_it_longer_with_one_click(app, world: World, as_) -> None:
    nancy = as_(world.nancy)
    nancy.post("/staff/orders/PO-1001/shares", form(world, until=(now() + timedelta(days=30)).date().isoformat()))
    share = newest()
    with db.unit(write=True):
        job = db.session.scalars(select(Job).where(Job.kind == "share_ending")).one()
        assert job.due_at == share.expires_at - timedelta(days=7)
        db.session.get_one(Share, share.id).expires_at = now() + timedelta(days=6)
    for _ in range(2):
        share_endings.tell_sharer(job.arguments)
    with db.unit(write=False):
        mails = db.session.scalars(select(Delivery).where(Delivery.kind == "share_ending")).unique().all()
    assert [one.to_address for one in mails] == [world.nancy.email] and "PO-1001" in mails[0].subject
    assert 'id="ending"' in nancy.get("/staff/").get_data(as_text=True)
    assert 'id="ending"' not in as_(world.margaret).get("/staff/").get_data(as_text=True)
    nancy.post(f"/staff/shares/{share.public_id}/extension", {"until": (now() + timedelta(days=96)).date().isoformat()})
    assert 'id="ending"' not in nancy.get("/staff/").get_data(as_text=True)
    with db.unit(write=True):
        db.session.get_one(Share, share.id).revoked_at = now()
    share_endings.tell_sharer(job.arguments)
    with db.unit(write=False):
        assert len(db.session.scalars(select(Delivery).where(Delivery.kind == "share_ending")).unique().all()) == 1
