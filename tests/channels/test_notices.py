"""Notices: who is told by mail that there is something new, once, and never more than they may know."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from actions import conversations, decisions, installation, mail_threads, notice_choices, releases
from channels import mail_out, notices
from config import Settings
from models import db
from models.conversations import Conversation, Party
from models.interactions import Interaction
from models.jobs import Delivery, Job
from models.logins import Login
from models.people import ContactPoint, Membership
from models.shares import FieldSet, Share
from models.types import now
from policy import Actor, find
from tests.world import World

HIDDEN_FROM_PARTNERS = ("Lehmann", "Renate", "Messner", "LEHMS", "lehms.example")
HIDDEN_FROM_CUSTOMERS = ("Exotic", "Charlotte", "Cooper", "Charles", "S1", "s1.example")


@pytest.fixture(autouse=True)
def _installed(settings: Settings, world: World) -> None:
    """Nancy wants to be told at once, as people outside are."""
    installation.use(settings)
    with db.unit():
        notice_choices.choose(world.nancy, "at_once", None)


@pytest.fixture
def number(world: World) -> str:
    """Renate's request, taken by Nancy, with Exotic Liquids brought in masked."""
    with db.unit():
        row, _ = conversations.start(world.renate, "Chang for Lehmanns\r\nMarktstand", "Will all 20 come in time?")
        row.assignee_id = world.nancy.staff_id
        fields = FieldSet(noun="conversation", fields=["subject"], hash="x")
        db.session.add(fields)
        db.session.flush()
        share = Share(subject_type="conversation", subject_id=row.id, organisation_id=world.exotic, level="comment",
                      field_set_id=fields.id)  # fmt: skip
        db.session.add(share)
        db.session.flush()
        party = Party(conversation_id=row.id, organisation_id=world.exotic, side="partner", share_id=share.id,
                      from_seq=row.last_seq, subject="Chang, 40 on order")  # fmt: skip
        db.session.add(party)
        row.heads = row.heads | {f"partner:{world.exotic}": 0}
        row.access_version += 1
        return row.number


def say(actor: Actor, number: str, body: str, audience: str | None = None) -> int:
    with db.unit():
        found = find(actor, Conversation, number=number)
        return conversations.reply(actor, found, body, audience=audience).seq


def tell(seq: int, **more: int) -> None:
    with db.unit(write=False):
        key = db.session.scalars(select(Conversation.id)).one()
    notices.tell_readers({"conversation": key, "seq": seq} | more)


def told() -> dict[str, Delivery]:
    """The newest notice to each address."""
    with db.unit():
        query = select(Delivery).where(Delivery.kind == "notice").order_by(Delivery.id)
        found = db.session.scalars(query).unique().all()
    return {one.to_address: one for one in found}


def everything(delivery: Delivery) -> str:
    return mail_out.compose(delivery, []).as_string() + delivery.body + (delivery.html or "")


def read(actor: Actor, number: str, seq: int) -> None:
    with db.unit():
        conversations.mark_read(actor, find(actor, Conversation, number=number), seq)


def test_the_customer_is_told_of_an_answer_and_its_author_is_not(world: World, number: str) -> None:
    tell(say(world.nancy, number, "Seventeen are here.", "customer"))
    assert list(told()) == [world.renate.email]
    mail = told()[world.renate.email]
    assert mail.subject == f"[#{number}] Chang for Lehmanns Marktstand"
    assert "Seventeen are here." in mail.body and "Nancy Davolio" in mail.body and f"/{number}" in mail.body


def test_the_assignee_is_told_what_the_customer_wrote(world: World, number: str) -> None:
    tell(say(world.renate, number, "And the rest?"))
    assert list(told()) == [world.nancy.email]


def test_a_partner_reads_of_a_message_to_everyone_without_any_name_of_the_customer(world: World, number: str) -> None:
    tell(say(world.renate, number, "Any news?", "everyone"))
    mail = told()[world.charles.email]  # nobody of Exotic wrote yet: its manager
    assert "Any news?" in mail.body and "a customer of Northwind Traders" in mail.body
    assert mail.subject == f"[#{number}] Chang, 40 on order"
    assert not [word for word in HIDDEN_FROM_PARTNERS if word in everything(mail)]


def test_a_customer_reads_of_a_partners_answer_as_from_our_supplier(world: World, number: str) -> None:
    tell(say(world.charlotte, number, "On the 14th.", "everyone"))
    mail = told()[world.renate.email]
    assert "On the 14th." in mail.body and "our supplier" in mail.body
    assert not [word for word in HIDDEN_FROM_CUSTOMERS if word in everything(mail)]


def test_what_a_partner_tells_only_us_reaches_only_us(world: World, number: str) -> None:
    tell(say(world.charlotte, number, "Between us: two days late."))
    assert list(told()) == [world.nancy.email]


def test_a_note_among_us_is_mailed_to_nobody(world: World, number: str) -> None:
    tell(say(world.margaret, number, "Careful", "staff"))
    assert told() == {}


def test_a_later_mail_never_carries_an_earlier_message_the_reader_may_not_see(world: World, number: str) -> None:
    say(world.charlotte, number, "Between us: two days late.")
    say(world.margaret, number, "Careful", "staff")
    tell(say(world.charlotte, number, "On the 14th.", "everyone"))
    assert "two days late" not in everything(told()[world.renate.email])
    assert "Careful" not in everything(told()[world.nancy.email])
    assert "two days late" in told()[world.nancy.email].body


def test_whoever_has_read_it_gets_no_mail(world: World, number: str) -> None:
    seq = say(world.nancy, number, "Seventeen are here.", "customer")
    read(world.renate, number, seq)
    tell(seq)
    assert told() == {}


def test_the_same_job_run_twice_is_one_mail(world: World, number: str) -> None:
    seq = say(world.nancy, number, "Seventeen are here.", "customer")
    tell(seq)
    tell(seq)
    with db.unit():
        assert len(db.session.scalars(select(Delivery)).unique().all()) == 1


def test_a_second_message_waits_ten_minutes_and_then_tells_all_that_is_unread(world: World, number: str) -> None:
    tell(say(world.nancy, number, "One", "customer"))
    two, three = say(world.nancy, number, "Two", "customer"), say(world.nancy, number, "Three", "customer")
    tell(two)
    tell(three)
    with db.unit():
        late = db.session.scalars(select(Job).where(Job.unique_key.like("%:after:%"))).all()
        assert len(late) == 1 and now() + timedelta(minutes=9) < late[0].due_at < now() + timedelta(minutes=11)
        arguments = dict(late[0].arguments)
        db.session.execute(update(Delivery).values(created_at=now() - timedelta(minutes=11)))
    notices.tell_readers(arguments)
    mail = told()[world.renate.email]
    assert mail.seq == three and "Two" in mail.body and "Three" in mail.body and "One" not in mail.body


def test_nobody_is_told_after_their_right_ended(world: World, number: str) -> None:
    seq = say(world.charlotte, number, "On the 14th.", "everyone")
    later = say(world.nancy, number, "Thanks to all", "everyone")
    with db.unit():
        db.session.get(Membership, world.renate.membership_id).ended_at = now()
        db.session.execute(update(Share).values(revoked_at=now()))
    tell(seq)
    tell(later)
    assert {world.renate.email, world.charlotte.email, world.charles.email}.isdisjoint(told())


def test_an_address_nobody_proved_and_a_disabled_login_get_nothing(world: World, number: str) -> None:
    seq = say(world.nancy, number, "Seventeen are here.", "customer")
    with db.unit():
        db.session.execute(update(ContactPoint).values(verified_at=None))
        db.session.get(Login, world.renate.login_id).disabled_at = now()
    tell(seq)
    assert world.renate.email not in told()


def test_the_mail_stands_on_the_readers_own_timeline(world: World, number: str) -> None:
    tell(say(world.nancy, number, "Dear both", "everyone"))
    with db.unit(write=False):
        jobs = [dict(one) for one in db.session.scalars(select(Job.arguments).where(Job.kind == "mail"))]
    for job in jobs:
        mail_out.deliver(job)
    with db.unit(write=False):
        rows = db.session.scalars(select(Interaction).where(Interaction.kind == "mail_sent")).unique().all()
        stands = {(row.organisation_id, row.audience) for row in rows}
    assert stands == {(world.lehmanns, "customer"), (world.exotic, f"partner:{world.exotic}")}


def test_later_mails_on_the_same_matter_thread_under_the_first(world: World, number: str) -> None:
    tell(say(world.nancy, number, "One", "customer"))
    with db.unit():
        first = db.session.scalars(select(Delivery)).unique().one()
        first.created_at = now() - timedelta(minutes=11)
    tell(say(world.nancy, number, "Two", "customer"))
    with db.unit(write=False):
        second = db.session.scalars(select(Delivery).order_by(Delivery.id.desc())).unique().first()
        mail = mail_out.compose(second, mail_threads.references(second))
        assert mail["In-Reply-To"] == first.message_id == mail["References"]


def test_a_question_comes_with_its_answers_and_what_is_told_anew_without_whose_it_was(
    world: World, number: str
) -> None:
    with db.unit():
        row = find(world.nancy, Conversation, number=number)
        asked = decisions.ask(world.nancy, row, "Chai for Chang?", ["Yes", "No"], audience="customer")[1].seq
        exotic = row.parties[-1].organisation
        shown = releases.release(world.nancy, row, exotic, 1, exotic.public_id).seq
    tell(asked)
    tell(shown)
    mails = told()
    assert "Yes / No" in everything(mails[world.renate.email])
    partner = everything(mails[world.charles.email])
    assert "Will all 20 come in time?" in partner and "written earlier by a customer of" in partner
    assert not [name for name in HIDDEN_FROM_PARTNERS if name in partner]
