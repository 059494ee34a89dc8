"""Promises: made with the call, kept by their owner, seen by leads when overdue and by the customer where chosen."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from actions import conversations, promises
from models import db
from models.conversations import Conversation
from models.interactions import Interaction
from models.orders import Order
from models.organisations import Organisation
from models.promises import Promise
from models.types import now
from policy import Invalid, find
from tests.live import token_of
from tests.world import World

CALL = {"kind": "call", "summary": "Asks for the Chang", "direction": "inbound"}


def organisation(world: World, name: str = "lehmanns") -> Organisation:
    return find(world.nancy, Organisation, id=getattr(world, name))


def made(world: World, words: str = "A date for the Chang", **how: Any) -> str:
    with db.unit(write=True):
        return promises.make(how.pop("by", world.nancy), organisation(world), words, **how).public_id


def stored(world: World, key: str) -> Promise:
    with db.unit(write=False):
        return find(world.nancy, Promise, public_id=key)


def log_of(kind: str) -> list[Interaction]:
    with db.unit(write=False):
        return list(db.session.scalars(select(Interaction).where(Interaction.kind == kind)).unique())


def test_a_call_and_what_was_promised_are_logged_with_one_form(app, world: World, as_) -> None:
    with db.unit(write=False):
        path = f"/staff/organisations/{organisation(world).public_id}"
    form = CALL | {"promise": "A date for the Chang", "promise_due": "2041-05-04T09:30", "shown": "yes"}
    assert as_(world.nancy).post(f"{path}/interactions", form).status_code == 303
    with db.unit(write=False):
        row = db.session.scalars(select(Promise)).unique().one()
    assert (row.words, row.owner.name, row.shown, row.state) == ("A date for the Chang", "Nancy Davolio", True, "open")
    assert row.due_at.isoformat() == "2041-05-04T08:30:00+00:00"  # half past nine in London
    assert len(log_of("call")) == len(log_of("promise_made")) == 1


def test_a_promise_without_a_date_is_due_tomorrow(app, world: World) -> None:
    row = stored(world, made(world))
    assert timedelta(hours=23) < row.due_at - now() < timedelta(hours=25)


def test_it_stands_at_home_and_in_the_rail_of_its_owner_alone(app, world: World, as_) -> None:
    made(world)
    page = as_(world.nancy).get("/staff/").text
    assert "A date for the Chang" in page and "A date for the Chang" in as_(world.nancy).get("/staff/promises").text
    assert "A date for the Chang" not in as_(world.margaret).get("/staff/").text


def test_the_owner_keeps_it_with_a_note_and_nobody_keeps_it_twice(app, world: World, as_) -> None:
    key = made(world)
    path = f"/staff/promises/{key}/fulfilment"
    assert as_(world.margaret).post(path).status_code == 403
    assert as_(world.nancy).post(path, {"note": "Told Renate by telephone"}).status_code == 303
    row = stored(world, key)
    assert (row.state, row.note, row.late) == ("kept", "Told Renate by telephone", False)
    assert as_(world.nancy).post(path, {"note": "Again"}).status_code == 409
    assert stored(world, key).note == "Told Renate by telephone"


def test_a_colleague_takes_it_over_and_keeps_it(app, world: World, as_) -> None:
    key = made(world)
    answer = as_(world.nancy).post(f"/staff/promises/{key}/owner", {"owner": str(world.margaret.staff_id)})
    assert answer.status_code == 303
    assert as_(world.nancy).post(f"/staff/promises/{key}/fulfilment").status_code == 403
    assert as_(world.margaret).post(f"/staff/promises/{key}/fulfilment").status_code == 303
    assert log_of("promise_handed_over")[0].detail["owner"] == {"from": "Nancy Davolio", "to": "Margaret Peacock"}


def test_whoever_keeps_it_sees_it_although_its_matter_is_another_teams(app, world: World, as_) -> None:
    with db.unit(write=True):
        talk, _ = conversations.start(world.renate, "The bill", "Is it right?")
        talk.team_id = world.teams["support"]
        key = promises.make(world.nancy, organisation(world), "Check the bill", conversation=talk).public_id
    assert as_(world.otto).get(f"/staff/promises/{key}").status_code == 404
    as_(world.nancy).post(f"/staff/promises/{key}/owner", {"owner": str(world.otto.staff_id)})
    page = as_(world.otto).get(f"/staff/promises/{key}")
    assert page.status_code == 200 and f"/staff/conversations/{talk.number}" not in page.text


def test_leads_see_what_others_should_have_kept(app, world: World, as_) -> None:
    made(world, due=now() - timedelta(hours=2))
    assert "Overdue promises of others" in as_(world.steven).get("/staff/").text
    assert "Overdue promises of others" not in as_(world.margaret).get("/staff/").text
    assert "A date for the Chang" in as_(world.steven).get("/staff/promises?view=overdue").text
    assert "A date for the Chang" not in as_(world.steven).get("/staff/promises?view=done").text


def test_a_withdrawn_promise_says_why_to_us_and_is_gone_for_the_customer(app, world: World, as_) -> None:
    key = made(world, shown=True)
    as_(world.nancy).post(f"/staff/promises/{key}/withdrawal", {"note": "They ordered elsewhere"})
    assert stored(world, key).state == "withdrawn"
    assert "They ordered elsewhere" in as_(world.steven).get(f"/staff/promises/{key}").text
    assert "A date for the Chang" not in as_(world.renate).get("/portal/").text


def test_the_customer_sees_only_what_is_chosen_and_the_rival_nothing(app, world: World, as_) -> None:
    made(world, "Shown to you", shown=True)
    made(world, "Between us")
    page = as_(world.renate).get("/portal/").text
    assert "Shown to you" in page and "Between us" not in page
    assert "Shown to you" not in as_(world.roland).get("/portal/").text


def test_it_stands_at_the_order_and_at_the_request_it_is_about(app, world: World, as_) -> None:
    with db.unit(write=True):
        talk, _ = conversations.start(world.renate, "Chang", "Will it come?")
        order = find(world.nancy, Order, number="11070")
        promises.make(world.nancy, organisation(world), "Call the carrier", order=order, shown=True)
        promises.make(world.nancy, organisation(world), "Ask the brewery", conversation=talk, shown=True)
    renate = as_(world.renate)
    order_page, request_page = (
        renate.get("/portal/orders/11070").text,
        renate.get(f"/portal/requests/{talk.number}").text,
    )
    assert "Call the carrier" in order_page and "Ask the brewery" not in order_page
    assert "Ask the brewery" in request_page and "Call the carrier" not in request_page
    assert "Ask the brewery" not in as_(world.jonas).get("/portal/").text  # a colleague's request
    assert "Call the carrier" in as_(world.nancy).get("/staff/orders/11070").text


def test_what_was_kept_is_shown_to_the_customer_without_our_note(app, world: World, as_) -> None:
    with db.unit(write=True):
        order = find(world.nancy, Order, number="11070")
        row = promises.make(world.nancy, organisation(world), "Call the carrier", order=order, shown=True)
        promises.keep(world.nancy, row, "He was rude")
    page = as_(world.renate).get("/portal/orders/11070").text
    assert "Call the carrier" in page and "He was rude" not in page


@pytest.mark.parametrize("wrong", [{"name": "exotic"}, {"internal": True}])
def test_nothing_is_shown_where_the_customer_has_no_part(app, world: World, wrong: dict[str, Any]) -> None:
    with db.unit(write=True), pytest.raises(Invalid):
        talk = None
        if wrong.get("internal"):
            talk, _ = conversations.start(world.nancy, "About them", "Between us", audience="staff",
                                          organisation=organisation(world))  # fmt: skip
            db.session.flush()
            talk = find(world.nancy, Conversation, number=talk.number)
        promises.make(
            world.nancy, organisation(world, wrong.get("name", "lehmanns")), "X", conversation=talk, shown=True
        )


def test_another_customers_order_is_no_place_for_a_promise(app, world: World) -> None:
    with db.unit(write=True), pytest.raises(Invalid, match="not an order of theirs"):
        promises.make(world.nancy, organisation(world), "X", order=find(world.nancy, Order, number="11072"))


def test_a_program_promises_hands_over_and_keeps(app, world: World) -> None:
    http, nancy = app.test_client(), {"Authorization": f"Bearer {token_of(world.nancy)}"}
    with db.unit(write=False):
        lehmanns = organisation(world).public_id
    body = {
        "organisation": lehmanns,
        "words": "A date",
        "due_at": "2041-05-04T09:30:00Z",
        "order": "11070",
        "shown": True,
    }
    made_ = http.post("/api/v1/promises", json=body, headers=nancy)
    assert made_.status_code == 201 and made_.json["state"] == "open" and made_.json["owner"]["name"] == "Nancy Davolio"
    path = f"/api/v1/promises/{made_.json['id']}"
    assert (
        http.patch(path, json={"owner": world.margaret.public_id}, headers=nancy).json["owner"]["name"]
        == "Margaret Peacock"
    )
    assert http.patch(path, json={"state": "kept"}, headers=nancy).status_code == 403
    margaret = {"Authorization": f"Bearer {token_of(world.margaret)}"}
    assert http.patch(path, json={"state": "kept", "note": "Done"}, headers=margaret).json["state"] == "kept"
    assert http.get("/api/v1/promises?state=kept", headers=nancy).json["items"][0]["note"] == "Done"


def test_a_customers_program_reads_what_is_shown_and_no_more(app, world: World) -> None:
    key = made(world, shown=True)
    renate = {"Authorization": f"Bearer {token_of(world.renate)}"}
    shown = app.test_client().get(f"/api/v1/promises/{key}", headers=renate).json
    assert shown.keys() == {"id", "words", "state", "due_at", "done_at", "created_at"}
    assert app.test_client().patch(f"/api/v1/promises/{key}", json={"state": "kept"}, headers=renate).status_code == 403


def test_the_log_of_a_shown_promise_is_the_customers_too(app, world: World) -> None:
    made(world, "Between us")
    made(world, "Shown to you", shown=True)
    assert {one.summary: one.audience for one in log_of("promise_made")} == {
        "Between us": "staff",
        "Shown to you": "customer",
    }
