"""A seeded business: the product's own rules, asked row by row, must have left every row as it stands."""

import pytest
from sqlalchemy import func, inspect, select, text

from actions import actors, conversations
from models import db, search, seeding, sequence
from models.articles import Article
from models.conversations import Conversation, Party
from models.interactions import Interaction
from models.logins import Login
from models.messages import Message, NewMessage
from models.orders import Order
from models.organisations import Organisation
from models.people import Membership, Person
from models.staff import Staff
from models.types import Base, name_key, now
from policy import SYSTEM, visible
from policy.finding import rows

SMALL = seeding.Size(conversations=400, interactions=2000, articles=60)


@pytest.fixture
def seeded(database: str) -> None:
    list(seeding.steps(SMALL, "a hash"))


def everything(table: type) -> list:
    return list(db.session.scalars(select(table).order_by(*inspect(table).primary_key)).unique())


def new(message: Message) -> NewMessage:
    return NewMessage(
        conversation_id=message.conversation_id, access_version=1, author_id=message.author_id, author_side=message.author_side,
        author_name=message.author.name, audience=message.audience, body=message.body, channel=message.channel, at=message.at,
        public_id=message.public_id, author_organisation_id=message.author_organisation_id,
    )  # fmt: skip


def before(row: Conversation) -> sequence.Head:
    """The conversation as it was when nobody had said anything yet."""
    return sequence.Head(
        id=row.id, access_version=1, last_seq=0, heads={"everyone": 0, "customer": 0}, status="new", waiting_since=None,
        first_reply_at=None, organisation_id=row.organisation_id, person_id=row.person_id, snippet="", snippet_outside={},
        updated_at=row.created_at, solved_at=None,
    )  # fmt: skip


def test_what_was_said_leaves_each_conversation_as_it_stands(seeded: None) -> None:
    with db.unit(write=False):
        said = everything(Message)
        for row in everything(Conversation):
            head = before(row)
            own = [one for one in said if one.conversation_id == row.id]
            assert [head.take(new(one)).seq for one in own] == [one.seq for one in own] != []
            names = ["last_seq", "heads", "first_reply_at", "snippet", "snippet_outside", "updated_at"]
            names += ["status", "waiting_since"] if row.status not in ("solved", "closed") else []
            assert {name: getattr(row, name) for name in names} == {name: getattr(head, name) for name in names}
            assert (row.solved_at is not None) == (row.status in ("solved", "closed"))
            assert all(one.direction == new(one).direction for one in own)


def test_the_log_says_each_message_once_as_the_product_would(seeded: None) -> None:
    with db.unit(write=False):
        logged = {row.subject_id: row for row in everything(Interaction) if row.subject_type == "message"}
        heads = {row.id: before(row) for row in everything(Conversation)}
        for message in everything(Message):
            (wanted,) = sequence._interactions(
                heads[message.conversation_id].take(new(message)), heads[message.conversation_id]
            )
            row = logged.pop(message.public_id)
            apart = ("public_id", "event_id")
            assert {name: getattr(row, name) for name in wanted if name not in apart} == {
                name: value for name, value in wanted.items() if name not in apart
            }
        assert logged == {}
        assert db.session.scalar(select(func.count()).select_from(Interaction)) == SMALL.interactions


def test_names_are_keyed_everybody_belongs_somewhere_and_nothing_hangs_in_the_air(seeded: None) -> None:
    with db.unit(write=False):
        for table in (Organisation, Person):
            assert all(row.name_key == name_key(row.name) for row in everything(table))
        members = {(one.person_id, one.organisation_id) for one in everything(Membership)}
        talks = everything(Conversation)
        assert {(one.person_id, one.organisation_id) for one in talks} <= members
        assert [(one.conversation_id, one.organisation_id) for one in everything(Party)] == [
            (one.id, one.organisation_id) for one in talks
        ]
        assert max(one.updated_at for one in talks) < now()
        if db.is_sqlite():
            assert db.session.execute(text("PRAGMA foreign_key_check")).all() == []


def test_everything_that_keeps_the_tables_in_order_is_there_again(database: str) -> None:
    def order() -> list:
        found = inspect(db.engine())
        return [
            (name, sorted(one["name"] or "" for kind in (found.get_indexes, found.get_unique_constraints, found.get_foreign_keys)
                          for one in kind(name)))
            for name in sorted(Base.metadata.tables)
        ]  # fmt: skip

    untouched, weaknesses = order(), db.weaknesses()
    list(seeding.steps(SMALL, None))
    assert order() == untouched
    assert db.weaknesses() == weaknesses


def test_people_go_on_working_in_it(seeded: None) -> None:
    with db.unit(write=True):
        login = db.session.scalars(select(Login).where(Login.email == "manager1@seed.example")).one()
        member = db.session.scalars(select(Membership).where(Membership.person_id == login.person_id)).one()
        customer = actors.of_membership(member, login_id=login.id, email=login.email)
        row = rows(customer, visible(customer, Conversation).limit(1))[0]
        said = conversations.reply(customer, row, "And now?")
        begun, _ = conversations.start(customer, "Another matter", "Where is it?")
        assert said.seq > 1
        assert int(begun.number) == 2000 + SMALL.conversations + 1
    with db.unit(write=False):
        agent = actors.of_staff(db.session.scalars(select(Staff).where(Staff.id == 2)).one(), login_id=2, email="")
        assert 0 < len(rows(agent, visible(agent, Conversation))) < SMALL.conversations
        supplier = db.session.scalars(select(Membership).where(Membership.side == "partner").limit(1)).one()
        partner = actors.of_membership(supplier, login_id=supplier.person_id, email="")
        assert rows(partner, visible(partner, Order)) != []


def test_its_articles_are_found(seeded: None) -> None:
    with db.unit(write=False):
        article = everything(Article)[0]
        found = search.articles(db.session(), article.texts[0].title, visible(SYSTEM, Article, Article.id))
        assert article.slug in [hit.slug for hit in found]


def test_a_database_that_holds_something_is_refused_and_left_alone(seeded: None) -> None:
    with pytest.raises(seeding.NotEmpty, match="not empty"):
        list(seeding.steps(SMALL, None))
    with db.unit(write=False):
        assert db.session.scalar(select(func.count()).select_from(Conversation)) == SMALL.conversations


def test_nothing_is_left_when_it_ends_half_way(database: str) -> None:
    steps = seeding.steps(SMALL, None)
    while next(steps)[0] != "conversations":
        pass
    steps.close()
    with db.unit(write=False):
        assert everything(Conversation) == everything(Organisation) == []
    assert len(list(seeding.steps(SMALL, None))) > 10
