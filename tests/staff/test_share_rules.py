"""Settings at the desk: sharing rules with their switch, relations, and carriers, from page to what a partner finds."""

import re

from actions import share_rules
from models import db
from models.organisations import Organisation
from models.share_rules import ShareRule
from policy import find
from tests.world import World


def rule(world: World, key: str) -> str:
    with db.unit(write=False):
        return find(world.andrew, ShareRule, key=key).public_id


def organisation(world: World, name: str) -> str:
    with db.unit(write=False):
        return find(world.nancy, Organisation, id=getattr(world, name)).public_id


def test_an_administrator_switches_a_rule_off_and_the_supplier_finds_the_order_no_more(app, world: World, as_) -> None:
    with db.unit(write=True):
        share_rules.follow(world.orders.values())
    andrew, charlotte = as_(world.andrew), as_(world.charlotte)
    page = andrew.get("/staff/settings/sharing-rules").get_data(as_text=True)
    assert page.count("data-rule=") == 3 and "Shares by this rule: 2" in page
    assert charlotte.get("/partners/orders/PO-1001").status_code == 200
    andrew.post(f"/staff/settings/sharing-rules/{rule(world, 'supplier')}/switch", {"active": "no"})
    assert charlotte.get("/partners/orders/PO-1001").status_code == 404
    assert "PO-1001" not in charlotte.get("/partners/orders").get_data(as_text=True)


def test_a_rule_that_makes_no_sense_keeps_what_was_typed(app, world: World, as_) -> None:
    andrew, path = as_(world.andrew), f"/staff/settings/sharing-rules/{rule(world, 'carrier')}"
    assert andrew.get(path).status_code == 200
    for form in (
        {"level": "respond", "days": "5"},
        {"level": "read", "days": "soon"},
        {"level": "read", "fields": "x", "days": "5"},
    ):
        assert andrew.post(path, form).status_code == 422
    assert andrew.post(path, {"level": "read", "days": "5", "fields": ["ship_to"], "version": "1"}).status_code == 303
    assert andrew.post(path, {"level": "read", "days": "5", "fields": ["ship_to"], "version": "1"}).status_code == 409


def test_a_carrier_opens_the_shipment_it_was_given_and_sees_no_customer(app, world: World, as_) -> None:
    form = {"carrier": organisation(world, "tokyo")}
    assert as_(world.nancy).post("/staff/orders/11072/carrier", form).status_code == 303
    page = as_(world.yoshi).get("/partners/orders/11072").get_data(as_text=True)
    assert "canary-street-11072" in page and "canary-tracking-11072" in page
    for hidden in ("12 oz bottles", "customerref", "customersku", "19.00"):
        assert hidden not in page, hidden
    assert as_(world.charlotte).get("/partners/orders/11072").status_code == 404


def test_relations_are_made_and_ended_on_the_record(app, world: World, as_) -> None:
    nancy, path = as_(world.nancy), f"/staff/organisations/{organisation(world, 'tokyo')}"
    assert nancy.post(f"{path}/relations", {"kind": "distributes_for", "to": ""}).status_code == 303
    assert nancy.post(f"{path}/relations", {"kind": "supplies", "to": "Ernst Handel"}).status_code == 303
    assert nancy.post(f"{path}/relations", {"kind": "supplies", "to": "Ernst Handel"}).status_code == 409
    assert nancy.post(f"{path}/relations", {"kind": "supplies", "to": "Nobody"}).status_code == 422
    assert as_(world.yoshi).get("/partners/orders/11072").status_code == 200
    page = nancy.get(path).get_data(as_text=True)
    assert "distributes for" in page and "Ernst Handel" in page
    for one in re.findall(r"/relations/([\w-]+)/end", page):
        assert nancy.post(f"{path}/relations/{one}/end").status_code == 303
    assert as_(world.yoshi).get("/partners/orders/11072").status_code == 404
