"""What concerns somebody: what others wrote that they have not read, what waits for them, and nothing of anybody else's."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from actions import approvals, conversations, notices, orders, people, promises
from models import db
from models.approvals import Approval
from models.conversations import Conversation, Read
from models.organisations import Organisation
from models.people import Membership
from models.promises import Promise
from models.shares import Share
from models.types import now
from policy import Actor, Forbidden, find
from policy.finding import NotFound
from tests.channels.test_notices import number, say  # noqa: F401
from tests.world import World


def listed(who: Actor) -> list[tuple[str, str, bool]]:
    with db.unit(write=False):
        found, _ = notices.page(who)
        return [
            (one.kind, one.row.number if one.kind in ("conversation", "order") else "", one.unseen) for one in found
        ]


def count(who: Actor) -> int:
    with db.unit(write=False):
        return notices.unseen(who)


def see(who: Actor, until: timedelta = timedelta()) -> None:
    with db.unit():
        notices.see(who, now() + until)


def read(who: Actor, number: str) -> None:  # noqa: F811
    with db.unit():
        row = find(who, Conversation, number=number)
        conversations.mark_read(who, row, 99)


pytestmark = pytest.mark.usefixtures("app")


def test_what_is_answered_concerns_whoever_asked_and_nobody_else(world: World, number: str) -> None:  # noqa: F811
    say(world.nancy, number, "Seventeen are here.", "customer")
    assert listed(world.renate) == [("conversation", number, True)] and count(world.renate) == 1
    for other in (world.jonas, world.greta, world.roland, world.charlotte, world.yoshi, world.margaret, world.andrew):
        assert ("conversation", number) not in [one[:2] for one in listed(other)], other.name


def test_what_was_read_or_said_by_oneself_is_no_notice(world: World, number: str) -> None:  # noqa: F811
    say(world.renate, number, "And the rest?")
    assert listed(world.renate) == [] and listed(world.nancy) == [("conversation", number, True)]
    read(world.nancy, number)
    assert listed(world.nancy) == [] and count(world.nancy) == 0


def test_a_note_among_us_is_a_notice_for_nobody(world: World, number: str) -> None:  # noqa: F811
    read(world.nancy, number)
    say(world.margaret, number, "Careful", "staff")
    assert listed(world.renate) == listed(world.charles) == listed(world.nancy) == []


def test_a_partner_reads_no_name_and_nothing_once_the_share_ended(world: World, number: str) -> None:  # noqa: F811
    say(world.renate, number, "Any news?", "everyone")
    with db.unit(write=False):
        (one,) = [one for one in notices.page(world.charles)[0] if one.kind == "conversation"]
        assert (one.row.subject, one.words) == ("Chang, 40 on order", "Any news?")
        assert one.author == "a customer of Northwind Traders"
    assert not [one for one in listed(world.charlotte) if one[0] == "conversation"]  # her manager answers
    say(world.charlotte, number, "Next week.")
    say(world.renate, number, "Thank you!", "everyone")
    assert ("conversation", number, True) in listed(world.charlotte)
    with db.unit():
        db.session.execute(update(Share).values(revoked_at=now()))
    assert listed(world.charles) == listed(world.charlotte) == []


def test_the_manager_hears_where_nobody_of_theirs_does(world: World, number: str) -> None:  # noqa: F811
    say(world.nancy, number, "Seventeen are here.", "customer")
    assert listed(world.greta) == []
    with db.unit():
        db.session.get_one(Membership, world.renate.membership_id).ended_at = now()
    assert listed(world.greta) == [("conversation", number, True)]


def test_marked_as_seen_it_stays_until_it_is_read_and_is_new_again_with_the_next(
    world: World, number: str  # noqa: F811
) -> None:  # fmt: skip
    say(world.nancy, number, "Seventeen are here.", "customer")
    see(world.renate)
    assert listed(world.renate) == [("conversation", number, False)] and count(world.renate) == 0
    say(world.nancy, number, "The rest comes on Monday.", "customer")
    assert listed(world.renate) == [("conversation", number, True)] and count(world.renate) == 1
    see(world.renate, -timedelta(hours=1))  # an old page: what came since is not seen by it
    assert count(world.renate) == 1
    with db.unit(write=False):  # and nobody is told that she has read it
        read_by = select(Read.seq).where(Read.person_id == world.renate.person_id)
        assert (db.session.scalar(read_by) or 0) <= 1


def test_an_approval_waits_for_whoever_looks_after_them_until_it_is_decided(world: World) -> None:
    with db.unit():
        row = db.session.get_one(Organisation, world.lehmanns)
        row.owner_id, row.approves_colleagues = world.nancy.staff_id, True
        people.invite(world.greta, find(world.greta, Organisation, id=row.id), "anna@lehms.example", "Anna", "member")
        key = db.session.scalars(select(Approval.id)).one()
    assert [one[0] for one in listed(world.nancy)] == ["approval"]
    for other in (world.margaret, world.steven, world.greta, world.renate, world.roland):
        assert listed(other) == []
    with db.unit():
        approvals.decline(world.steven, find(world.steven, Approval, id=key), "We do not know her")
    assert listed(world.nancy) == [] and [one[0] for one in listed(world.greta)] == ["decision"]
    assert listed(world.renate) == listed(world.roland) == []
    see(world.greta)
    assert count(world.greta) == 0


def test_a_promise_stands_an_hour_before_and_is_new_again_when_it_is_overdue(world: World) -> None:
    with db.unit():
        to = db.session.get_one(Organisation, world.lehmanns)
        later = promises.make(world.nancy, to, "Later", now() + timedelta(hours=5)).id
        promises.make(world.nancy, to, "Soon", now() + timedelta(minutes=30), shown=True)
    assert [one[0] for one in listed(world.nancy)] == ["promise"] and count(world.nancy) == 1
    assert listed(world.margaret) == listed(world.steven) == listed(world.renate) == []
    see(world.nancy)
    assert count(world.nancy) == 0 and len(listed(world.nancy)) == 1
    with db.unit():
        db.session.get_one(Promise, later).due_at = now()
    assert count(world.nancy) == 1
    with db.unit():
        for row in db.session.scalars(select(Promise)).unique():
            promises.keep(world.nancy, row)
    assert listed(world.nancy) == []


def test_an_order_waits_for_its_supplier_and_no_rival(world: World) -> None:
    with db.unit():
        orders.share_with_supplier(world.nancy, find(world.nancy, orders.Order, number="PO-1001"))
    assert listed(world.charlotte) == [("order", "PO-1001", True)] and listed(world.yoshi) == []
    with db.unit():
        orders.confirm(world.charlotte, find(world.charlotte, orders.Order, number="PO-1001"), "accepted")
    assert listed(world.charlotte) == listed(world.charles) == []


def test_pages_follow_one_another_and_cost_as_many_statements_as_one(world: World) -> None:
    with db.unit():
        for place in range(7):
            talk, _ = conversations.start(world.renate, f"Matter {place}", "Please look.")
            conversations.reply(world.nancy, talk, f"Answer {place}", audience="customer")
    found, place = [], None
    with db.unit(write=False):
        while True:
            some, place = notices.page(world.renate, place, limit=3)
            found += [one.words for one in some]
            if place is None:
                break
    assert found == [f"Answer {place}" for place in reversed(range(7))]
    assert statements(world.renate, 1) == statements(world.renate, 7)


def statements(who: Actor, many: int) -> int:
    told: list[str] = []

    def hear(*event: object) -> None:
        told.append(str(event[2]))

    db.event.listen(db.engine(), "before_cursor_execute", hear)
    try:
        with db.unit(write=False):
            assert len(notices.page(who, limit=many)[0]) == many
    finally:
        db.event.remove(db.engine(), "before_cursor_execute", hear)
    return len(told)


def test_a_token_for_other_things_sees_no_notices_and_marks_none(world: World, number: str) -> None:  # noqa: F811
    say(world.nancy, number, "Seventeen are here.", "customer")
    narrow = replace(world.renate, token_id=1, scopes=frozenset({"order"}))
    assert listed(narrow) == []
    with pytest.raises(Forbidden):
        see(narrow)


def test_a_link_opens_for_the_one_it_is_shown_to_and_for_nobody_else(world: World, number: str) -> None:  # noqa: F811
    say(world.nancy, number, "Seventeen are here.", "customer")
    with db.unit(write=False):
        assert find(world.renate, Conversation, number=number).number == number
        for other in (world.jonas, world.roland, world.yoshi):
            with pytest.raises(NotFound):
                find(other, Conversation, number=number)
