"""Whoever wants no more mails of a kind ends them with one click, without signing in, and may come back."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

import worker
from actions import conversations, installation, letters, notice_choices
from models import db
from models.conversations import Conversation
from models.interactions import Interaction
from models.jobs import Delivery
from models.people import Membership
from models.types import now
from policy import find
from tests.channels.sink import Sink, sink
from tests.channels.test_deliveries import work
from tests.world import World
from web.product import Product

ONE_CLICK = {"List-Unsubscribe": "One-Click"}


@pytest.fixture
def server(app: Product, world: World) -> Iterator[Sink]:
    with sink() as running:
        installation.use(app.config["SETTINGS"].model_copy(update={"mail_url": running.url}))
        yield running


def asked(world: World) -> str:
    with db.unit(write=True):
        return str(conversations.start(world.renate, "Chang", "Will all 20 come?")[0].number)


def told(world: World, number: str, body: str = "Yes.") -> None:
    """Nancy answers, and Renate is told by mail if she wants that."""
    with db.unit(write=True):
        row = find(world.nancy, Conversation, number=number)
        seq, key = conversations.reply(world.nancy, row, body, audience="customer").seq, row.id
    worker.JOBS["notice"]({"conversation": key, "seq": seq})
    work()


@pytest.fixture
def link(world: World, server: Sink) -> str:
    """The path in the header of a notice to Renate."""
    told(world, asked(world))
    return "/" + server.mails[-1]["List-Unsubscribe"].strip("<>").split("/", 3)[3]


def pace(who: Any) -> str:
    with db.unit(write=False):
        return notice_choices.of(who).pace


def test_a_notice_offers_the_one_click_in_its_header_and_a_link_in_both_its_texts(link: str, server: Sink) -> None:
    mail = server.mails[-1]
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert f"List-Unsubscribe: {mail['List-Unsubscribe']}\r\n".encode() in server.raws[-1]
    for part in ("plain", "html"):
        assert link in mail.get_body((part,)).get_content()


def test_looking_changes_nothing_since_programs_follow_every_link(app: Product, world: World, link: str) -> None:
    answer = app.test_client().get(link)
    assert answer.status_code == 200 and "No more of these mails" in answer.get_data(as_text=True)
    assert pace(world.renate) == "at_once"


def test_one_click_of_a_mail_program_ends_the_mails_without_session_form_token_or_redirect(
    app: Product, world: World, link: str, server: Sink
) -> None:
    assert app.test_client().post(link, data=ONE_CLICK).status_code == 200
    assert pace(world.renate) == "never"
    told(world, asked(world))
    assert len(server.mails) == 1
    with db.unit(write=False):
        logged = db.session.scalars(select(Interaction).where(Interaction.kind == "notices_chosen")).unique().one()
        assert logged.actor_id == world.renate.person_id and "link in a mail" in logged.summary


def test_clicked_twice_it_is_the_same_and_the_page_has_a_way_back(app: Product, world: World, link: str) -> None:
    browser = app.test_client()
    for _ in range(2):
        page = browser.post(link, data=ONE_CLICK).get_data(as_text=True)
    assert "mail me again" in page and 'name="pace" value="at_once"' in page
    assert "gets a mail when" in browser.post(link, data={"pace": "at_once"}).get_data(as_text=True)
    assert pace(world.renate) == "at_once"


def test_who_had_a_mail_a_day_comes_back_to_that_with_their_quiet_hours(app: Product, world: World, link: str) -> None:
    with db.unit(write=True):
        notice_choices.choose(world.renate, "daily", (1200, 400), 450)
    browser = app.test_client()
    assert 'value="daily"' in browser.post(link, data=ONE_CLICK).get_data(as_text=True)
    browser.post(link, data={"pace": "daily"})
    with db.unit(write=False):
        found = notice_choices.of(world.renate)
        assert (found.pace, found.quiet_from, found.quiet_until, found.digest_at) == ("daily", 1200, 400, 450)


def test_what_waits_for_the_digest_or_in_the_outbox_is_not_sent_any_more(
    app: Product, world: World, link: str, server: Sink
) -> None:
    number = asked(world)
    with db.unit(write=True):
        notice_choices.choose(world.renate, "daily", None)
    told(world, number)
    with db.unit(write=True):
        notice_choices.choose(world.renate, "at_once", None, version=1)
    server.refuse = "451 later"
    told(world, asked(world))
    server.refuse = ""
    app.test_client().post(link, data=ONE_CLICK)
    worker.JOBS["digest"]({"person": world.renate.person_id})
    work()
    assert len(server.mails) == 1
    with db.unit(write=False):
        newest = db.session.scalars(select(Delivery).order_by(Delivery.id.desc())).unique().first()
        assert newest.state == "failed" and "wants no such mails" in newest.error


def test_a_link_is_for_one_person_and_ends(app: Product, world: World, link: str) -> None:
    browser, (start, mac) = app.test_client(), link.rsplit(".", 1)
    for other in (f"{start}.{'0' * 64}", f"{start}.", f"{start}x.{mac}", "/unsubscribe/nothing", link[:-1], link + "0"):
        assert browser.get(other).status_code == browser.post(other, data=ONE_CLICK).status_code == 404
    assert browser.post(link, data={"pace": "hourly"}).status_code == 422
    browser.post(link, data=ONE_CLICK)
    assert pace(world.jonas) == pace(world.greta) == "at_once" and pace(world.renate) == "never"
    with db.unit(write=True):
        db.session.execute(update(Delivery).values(created_at=now() - timedelta(days=181)))
    assert browser.get(link).status_code == 404


def test_who_has_left_finds_nothing(app: Product, world: World, link: str) -> None:
    with db.unit(write=True):
        db.session.execute(update(Membership).values(ended_at=now()))
    assert app.test_client().post(link, data=ONE_CLICK).status_code == 404


@pytest.mark.parametrize("kind", ["code", "invitation", "order"])
def test_codes_invitations_and_orders_offer_no_such_link(app: Product, world: World, server: Sink, kind: str) -> None:
    facts = {"code": "1", "inviter": "G", "organisation": "L", "link": "http://x/", "number": "1", "coded": False}
    with db.unit(write=True):
        letters.post(kind, "renate@lehms.example", person_id=world.renate.person_id, about={"order_link": 0}, **facts)
    work()
    assert server.mails[-1]["List-Unsubscribe"] is None and "/unsubscribe/" not in str(server.mails[-1])
