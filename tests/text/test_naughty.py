"""Every awkward string goes in by form, API, socket and import, and comes out by page, API and push unchanged."""

import html
import re
from collections.abc import Callable

from actions import conversations
from models import db
from models.conversations import Conversation
from policy import find, threads
from tests.client import Client
from tests.live import token_of
from tests.text.strings import kept, naughty, storable
from tests.world import World
from web.product import Product


def bodies(world: World, number: str) -> list[str]:
    with db.unit(write=False):
        found = find(world.renate, Conversation, number=number)
        return [one["body"] for one in threads.messages(world.renate, found, "Northwind", limit=2000)]


def shown(page: str) -> list[str]:
    """What a browser would read in the messages of a page."""
    found = re.findall(r'<div class="msg-body">(.*?)</div></div>', page, re.S)
    return [html.unescape(re.sub(r"<(?!br)[^>]*>", "", one).replace("<br>", "\n")) for one in found]


def test_by_form_and_page(app: Product, world: World, as_: Callable[..., Client]) -> None:
    renate = as_(world.renate)
    texts = [one for one in naughty() if one and storable(one)]
    with db.unit(write=True):
        number = conversations.start(world.renate, "Awkward", "begins")[0].number
    for one in texts:
        answer = renate.post(f"/portal/requests/{number}/messages", {"body": one})
        assert answer.status_code == 303, (one, answer.status_code)
    assert bodies(world, number)[1:] == [kept(one) for one in texts]
    page = renate.get(f"/portal/requests/{number}").get_data(as_text=True)
    last = shown(page)
    assert last == [kept(one) for one in texts][-len(last) :]


def test_by_api(app: Product, world: World) -> None:
    token, http = token_of(world.renate), app.test_client()
    given = {"Authorization": f"Bearer {token}"}
    texts = [one for one in naughty() if one and storable(one)]
    made = http.post("/api/v1/conversations", json={"subject": "Awkward", "body": "begins"}, headers=given).get_json()
    for one in texts:
        answer = http.post(f"/api/v1/conversations/{made['number']}/messages", json={"body": one}, headers=given)
        assert answer.status_code == 201, (one, answer.get_json())
        assert answer.get_json()["body"] == kept(one)
    assert bodies(world, made["number"])[1:] == [kept(one) for one in texts]


def test_subjects_of_requests(app: Product, world: World, as_: Callable[..., Client]) -> None:
    for one in naughty():
        with db.unit(write=True):
            try:
                made, _ = conversations.start(world.renate, one, "x")
            except Exception as error:
                assert type(error).__name__ == "Invalid", one  # noqa: PT017
                assert not one.strip() or not storable(one) or len(one) > 200
                continue
        with db.unit(write=False):
            assert find(world.renate, Conversation, number=made.number).subject == kept(one)
