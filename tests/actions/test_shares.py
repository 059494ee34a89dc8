"""Shares: what a partner may see, from when until when, and who may decide it."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from actions import conversations, parties, shares
from models import db
from models.conversations import Conversation
from models.interactions import Interaction
from models.orders import Order
from models.organisations import Organisation
from models.people import Person
from models.shares import FieldSet, Share
from models.types import now
from policy import Forbidden, Invalid, NotFound, Refused, find, has
from policy.fields import DEFAULT_SETS
from tests.world import World


def order(actor, number: str = "PO-1001"):
    return find(actor, Order, number=number)


def organisation(world: World, name: str) -> Organisation:
    return find(world.nancy, Organisation, id=getattr(world, name))


def give(world: World, to: str = "exotic", number: str = "PO-1001", level: str = "respond", **how) -> str:
    with db.unit(write=True):
        fields = how.pop("fields", DEFAULT_SETS["order"])
        return shares.share(
            world.nancy, order(world.nancy, number), organisation(world, to), level, fields, **how
        ).public_id


def the_share(world: World, public_id: str) -> Share:
    return find(world.nancy, Share, public_id=public_id)


def test_a_supplier_sees_only_the_fields_shared_with_it(world: World) -> None:
    give(world, fields=["lines.quantity"])
    with db.unit(write=False):
        seen = order(world.charlotte)
        assert (has(seen.lines[0], "quantity"), has(seen.lines[0], "unit_price"), has(seen, "customer_reference")) == (
            True, False, False,
        )  # fmt: skip


@pytest.mark.parametrize("rival", ["yoshi", "roland", "renate"])
def test_nobody_else_outside_sees_a_shared_order(world: World, rival: str) -> None:
    give(world)
    with db.unit(write=False), pytest.raises(NotFound):
        order(getattr(world, rival))


def test_an_unknown_field_is_refused_by_name(world: World) -> None:
    with pytest.raises(Invalid, match=r"lines\.margin") as refused:
        give(world, fields=["number", "lines.margin"])
    assert refused.value.field == "fields"


@pytest.mark.parametrize(
    ("how", "field"),
    [({"level": "own"}, "level"), ({"fields": "number"}, "fields"), ({"to": "ernst"}, "organisation")],
)
def test_what_cannot_be_shared_is_refused_naming_why(world: World, how: dict, field: str) -> None:
    with pytest.raises(Invalid) as refused:
        give(world, **how)
    assert refused.value.field == field


def test_a_share_cannot_end_in_the_past(world: World) -> None:
    with pytest.raises(Invalid, match="past"):
        give(world, expires_at=now() - timedelta(days=1))


def test_a_share_with_one_person_needs_somebody_who_works_there(world: World) -> None:
    with db.unit(write=False):
        stranger = db.session.get_one(Person, world.yoshi.person_id)
    with pytest.raises(Invalid, match="does not work"):
        give(world, person=stranger)


def test_a_share_with_one_person_is_not_seen_by_a_colleague(world: World) -> None:
    with db.unit(write=False):
        charles = db.session.get_one(Person, world.charles.person_id)
    give(world, person=charles)
    with db.unit(write=False):
        assert order(world.charles).number == "PO-1001"
        with pytest.raises(NotFound):
            order(world.charlotte)


def test_a_manager_sees_what_is_shared_with_a_colleague(world: World) -> None:
    with db.unit(write=False):
        charlotte = db.session.get_one(Person, world.charlotte.person_id)
    give(world, person=charlotte)
    with db.unit(write=False):
        assert order(world.charles).number == "PO-1001"
        for rival in (world.yoshi, world.renate):
            with pytest.raises(NotFound):
                order(rival)


def test_a_share_of_an_open_order_ends_90_days_after_it_is_required(world: World) -> None:
    with db.unit(write=True):
        order(world.nancy).required_at = required = now() + timedelta(days=10)
    public_id = give(world)
    with db.unit(write=False):
        assert abs(the_share(world, public_id).expires_at - required - timedelta(days=90)) < timedelta(seconds=1)


def test_the_same_fields_in_any_order_are_one_field_set(world: World) -> None:
    give(world, fields=["ordered_at", "required_at"])
    give(world, to="tokyo", fields=["required_at", "ordered_at", "ordered_at"])
    with db.unit(write=False):
        sets = [one.fields for one in db.session.scalars(select(FieldSet))]
        assert sets.count(["ordered_at", "required_at"]) == 1


def test_sharing_the_same_again_is_the_same_share(world: World) -> None:
    assert give(world) == give(world)


def test_sharing_the_same_with_another_end_moves_the_end(world: World) -> None:
    first, end = give(world), now() + timedelta(days=7)
    assert give(world, expires_at=end) == first
    with db.unit(write=False):
        assert the_share(world, first).expires_at == end


def test_two_shares_add_up(world: World) -> None:
    give(world, level="read", fields=["lines.quantity"])
    give(world, level="comment", fields=["lines.pack"])
    with db.unit(write=False):
        line = order(world.charlotte).lines[0]
        assert has(line, "quantity") and has(line, "pack")


def test_a_share_taken_back_is_found_no_more_and_only_once(world: World) -> None:
    public_id = give(world)
    with db.unit(write=True):
        shares.revoke(world.nancy, the_share(world, public_id))
    with db.unit(write=False), pytest.raises(NotFound):
        order(world.charlotte)
    with db.unit(write=True), pytest.raises(Refused):
        shares.revoke(world.nancy, the_share(world, public_id))


def test_a_share_that_has_ended_is_found_no_more_nor_extended(world: World) -> None:
    public_id = give(world)
    with db.unit(write=True):
        the_share(world, public_id).expires_at = now() - timedelta(seconds=1)
    with db.unit(write=False), pytest.raises(NotFound):
        order(world.charlotte)
    with db.unit(write=True), pytest.raises(Refused):
        shares.extend(world.nancy, the_share(world, public_id), now() + timedelta(days=1))


@pytest.mark.parametrize("outsider", ["renate", "charlotte", "yoshi"])
def test_nobody_outside_shares_revokes_or_extends(world: World, outsider: str) -> None:
    public_id, actor = give(world), getattr(world, outsider)
    with db.unit(write=True):
        row, made = order(world.nancy), the_share(world, public_id)
        for verb in (
            lambda: shares.share(actor, row, row.organisation, "edit", []),
            lambda: shares.revoke(actor, made),
            lambda: shares.extend(actor, made, now() + timedelta(days=1)),
        ):
            with pytest.raises(Forbidden):
                verb()


def test_every_step_stands_on_both_records_with_the_fields_in_detail(world: World) -> None:
    public_id = give(world, number="11070", to="exotic", fields=["ordered_at"], level="read")
    with db.unit(write=True):
        shares.extend(world.nancy, the_share(world, public_id), now() + timedelta(days=9))
    with db.unit(write=True):
        shares.revoke(world.nancy, the_share(world, public_id))
    with db.unit(write=False):
        for name in ("lehmanns", "exotic"):
            log = (
                select(Interaction).where(Interaction.organisation_id == getattr(world, name)).order_by(Interaction.id)
            )
            found = db.session.execute(log).unique().scalars().all()
            assert [one.kind for one in found] == ["shared", "share_extended", "share_revoked"]
            assert {one.audience for one in found} == {"staff"}
        assert found[0].summary.startswith("11070 shared with Exotic Liquids: read, 1 field, until ")
        assert found[0].detail["fields"] == ["ordered_at"]


def test_sharing_from_a_conversation_stands_on_its_customers_timeline(world: World) -> None:
    with db.unit(write=True):
        row, _ = conversations.start(world.renate, "Chang", "In time?", about=("order_line", "11070/1"))
    with db.unit(write=True):
        row = find(world.nancy, Conversation, number=row.number)
        shares.share(world.nancy, order(world.nancy), organisation(world, "exotic"), "respond", [], conversation=row)
    with db.unit(write=False):
        on_record = select(Interaction.kind).where(Interaction.organisation_id == world.lehmanns)
        assert "shared" in db.session.scalars(on_record).all()


def test_revoking_the_share_of_a_conversation_takes_its_party_out(world: World) -> None:
    with db.unit(write=True):
        row, _ = conversations.start(world.renate, "Chang", "In time?")
        parties.add(world.nancy, row, organisation(world, "exotic"))
        number = row.number
    with db.unit(write=True):
        before = find(world.nancy, Conversation, number=number).access_version
        shares.revoke(world.nancy, find(world.nancy, Share, subject_type="conversation"))
    with db.unit(write=False):
        row = find(world.nancy, Conversation, number=number)
        assert row.access_version > before
        assert set(row.heads) == {"everyone", "customer"}
        with pytest.raises(NotFound):
            find(world.charlotte, Conversation, number=number)
