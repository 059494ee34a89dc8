"""Signing in and out, as a browser does it."""

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlalchemy import event, func, select, update
from werkzeug.test import TestResponse

from app import create_app
from config import Settings
from models import db
from models.jobs import Delivery, Job
from models.logins import SignInCode, SignInSession
from models.settings import put
from policy import Actor
from tests.client import Client
from tests.world import World, build
from web.product import Product


def fresh(client: Client) -> Client:
    """Let a browser forget that it asked for a token at a page behind the sign-in."""
    client.token()
    with client.http.session_transaction() as session:
        session.pop("sign_in", None)
    return client


@pytest.fixture
def visitor(app: Product, world: World) -> Client:
    """A browser in which nobody is signed in."""
    return fresh(Client.signed_in(app, None))


def code_for(email: str) -> str:
    with db.unit(write=False):
        query = select(Delivery.body).where(Delivery.to_address == email).order_by(Delivery.id.desc())
        return re.search(r"\b\d{6}\b", db.session.scalars(query).first()).group()


def count(table: type) -> int:
    with db.unit(write=False):
        return db.session.scalar(select(func.count()).select_from(table))


def by_code(client: Client, email: str, digits: str | None = None) -> TestResponse:
    sent = client.post("/login", {"email": email})
    assert sent.status_code == 302 and sent.location == "/login/code"
    return client.post("/login/code", {"code": digits or code_for(email)})


def test_for_an_unknown_address_as_much_is_written_as_for_a_known_one(
    app: Product, visitor: Client, world: World
) -> None:
    """What takes longer tells who is known; nothing of it stays but a line in the log."""
    written: list[str] = []

    def hear(*given: Any) -> None:
        written.extend(re.findall(r"^INSERT INTO (deliveries|jobs)", given[2]))

    before = count(Delivery), count(Job)
    event.listen(db.engine(), "before_cursor_execute", hear)
    try:
        for email in ("nobody@lehms.example", world.renate.email, world.renate.email):
            written.append("|")
            assert visitor.post("/login", {"email": email}).location == "/login/code"
    finally:
        event.remove(db.engine(), "before_cursor_execute", hear)
    assert [part.split() for part in " ".join(written).split("|")[1:]] == [["deliveries", "jobs"]] * 3
    assert (count(Delivery), count(Job)) == (before[0] + 1, before[1] + 1)


@pytest.mark.parametrize(("name", "home"), [("nancy", "/staff/"), ("renate", "/portal/"), ("charlotte", "/partners/")])
def test_everybody_lands_on_their_own_surface(visitor: Client, world: World, name: str, home: str) -> None:
    assert by_code(visitor, getattr(world, name).email).location == home


def test_a_visitor_is_asked_to_sign_in_and_then_sees_the_own_profile(visitor: Client, world: World) -> None:
    asked = visitor.get("/profile")
    assert asked.status_code == 302 and asked.location == "/login?next=/profile"
    by_code(visitor, world.renate.email)
    assert "Renate Messner" in visitor.get("/profile").text


@pytest.mark.parametrize(("wanted", "lands"), [
    ("/portal/requests/2041", "/portal/requests/2041"), ("/profile/devices", "/profile/devices"),
    ("/staff/", "/portal/"), ("https://evil.example/", "/portal/"), ("//evil.example", "/portal/"),
    ("/\\evil.example", "/portal/"), ("/login", "/portal/"), ("", "/portal/"),
])  # fmt: skip
def test_whoever_wanted_a_page_gets_there_but_never_elsewhere(
    visitor: Client, world: World, wanted: str, lands: str
) -> None:
    visitor.get("/login", query_string={"next": wanted})
    assert by_code(visitor, world.renate.email).location == lands


def test_the_cookie_changes_when_somebody_signs_in(visitor: Client, world: World) -> None:
    """Else whoever planted a cookie beforehand would be signed in as well."""
    visitor.get("/login")
    visitor.post("/login", {"email": world.renate.email})
    before = visitor.http.get_cookie("session").value
    with visitor.http.session_transaction() as session:
        token = session["csrf_token"]
    visitor.post("/login/code", {"code": code_for(world.renate.email)})
    with visitor.http.session_transaction() as session:
        assert session.get("csrf_token") != token and "sign_in" not in session
    visitor.http.set_cookie("session", before)
    assert visitor.get("/profile").status_code == 302


def test_a_wrong_code_says_so_keeps_what_was_typed_and_its_try_is_counted(visitor: Client, world: World) -> None:
    answer = by_code(visitor, world.renate.email, "12")
    assert answer.status_code == 422 and 'value="12"' in answer.text
    with db.unit(write=False):
        assert db.session.scalars(select(SignInCode.attempts)).one() == 1


def test_five_wrong_codes_are_the_end_of_it(visitor: Client, world: World) -> None:
    by_code(visitor, world.renate.email, "x")
    for _ in range(4):
        visitor.post("/login/code", {"code": "x"})
    assert visitor.post("/login/code", {"code": code_for(world.renate.email)}).status_code == 422


def test_a_code_asked_for_in_another_browser_does_not_sign_in_here(app: Product, visitor: Client, world: World) -> None:
    other = Client.signed_in(app, None)
    other.post("/login", {"email": world.roland.email})
    visitor.post("/login", {"email": world.renate.email})
    with other.http.session_transaction() as session:
        session["sign_in"] = session["sign_in"] | {"email": world.renate.email}
    assert other.post("/login/code", {"code": code_for(world.renate.email)}).status_code == 422


def test_nobody_can_tell_whether_an_account_exists(app: Product, visitor: Client, world: World) -> None:
    answers = []
    for email in (world.renate.email, "nobody@lehms.example"):
        client = Client.signed_in(app, None)
        sent = client.post("/login", {"email": email})
        page = client.post("/login/code", {"code": "000000"})
        password = client.post("/login/password", {"email": email, "password": "wrong password"})
        strip = re.compile(re.escape(email) + r'|name="csrf[_-]token"[^>]*|X-CSRFToken[^}]*')
        answers.append([sent.status_code, sent.location, *(strip.sub("", one.text) for one in (page, password))])
    assert answers[0] == answers[1]


@pytest.mark.parametrize("email", ["", "   ", "x" * 300])
def test_an_address_is_needed(visitor: Client, world: World, email: str) -> None:
    assert visitor.post("/login", {"email": email}).status_code == 422


def test_too_many_tries_are_answered_with_429_and_words(visitor: Client, world: World) -> None:
    for number in range(30):
        visitor.post("/login", {"email": f"person{number}@example.com"})
    answer = visitor.post("/login", {"email": world.renate.email})
    assert answer.status_code == 429 and "tried too often" in answer.text


def test_a_form_without_its_csrf_token_changes_nothing(visitor: Client, world: World) -> None:
    assert visitor.http.post("/login", data={"email": world.renate.email}).status_code == 400
    assert count(Delivery) == 0


def test_signing_out_ends_the_session_for_good(as_: Callable[[Actor], Client], world: World) -> None:
    client = as_(world.renate)
    client.get("/profile")
    before = client.http.get_cookie("session").value
    assert client.post("/logout").location == "/login"
    client.http.set_cookie("session", before)
    assert client.get("/profile").status_code == 302
    assert client.get("/logout").status_code == 405


def test_a_password_signs_in_once_it_is_set(as_: Callable[[Actor | None], Client], world: World) -> None:
    owner, other = as_(world.renate), as_(world.renate)
    saved = owner.post("/profile/password", {"password": "three quiet words"})
    assert saved.location == "/profile" and owner.get("/profile").status_code == 200
    assert other.get("/profile").status_code == 302  # every other device is signed out
    visitor = fresh(as_(None))
    form = {"email": world.renate.email, "password": "three quiet words"}
    assert visitor.post("/login/password", form | {"password": "three noisy words"}).status_code == 422
    assert visitor.post("/login/password", form).location == "/portal/"


def test_after_a_while_the_old_password_is_asked_for(as_: Callable[[Actor], Client], world: World) -> None:
    client = as_(world.renate)
    client.post("/profile/password", {"password": "three quiet words"})
    with db.unit():
        old = func.datetime("now", "-1 hour") if db.is_sqlite() else func.now() - func.make_interval(0, 0, 0, 0, 1)
        db.session.execute(update(SignInSession).values(created_at=old))
    client._token = None
    wrong = client.post("/profile/password", {"current": "guess", "password": "four even quieter words"})
    assert wrong.status_code == 422 and "not your current password" in wrong.text
    right = {"current": "three quiet words", "password": "four even quieter words"}
    assert client.post("/profile/password", right).status_code == 302


def test_a_weak_password_is_refused_beside_its_field(as_: Callable[[Actor], Client], world: World) -> None:
    answer = as_(world.renate).post("/profile/password", {"password": "short"})
    assert answer.status_code == 422 and "at least 10 characters" in answer.text


# ---- the demo


@pytest.fixture
def demo(settings: Settings) -> Iterator[Product]:
    made = create_app(settings.model_copy(update={"demo": True}))
    yield made
    db.engine().dispose()


@pytest.fixture
def guest(demo: Product) -> Client:
    """A browser in front of the demo."""
    return fresh(Client.signed_in(demo, None))


@pytest.fixture
def cast(demo: Product) -> World:
    with db.unit():
        made = build()
        put(db.session(), "demo_accounts", f"{made.renate.email},{made.nancy.email},{made.charlotte.email}")
    return made


def test_demo_accounts_are_one_click(cast: World, guest: Client) -> None:
    page = guest.get("/login").text
    assert page.index("Renate Messner") < page.index("Nancy Davolio") < page.index("Charlotte Cooper")
    assert "Roland Mendel" not in page
    assert guest.post("/login/demo", {"email": cast.nancy.email}).location == "/staff/"


def test_the_demo_mailbox_shows_the_code(cast: World, guest: Client) -> None:
    guest.post("/login", {"email": cast.renate.email})
    listed = guest.get("/login/mailbox").text
    path = re.search(r'href="(/login/mailbox/[^"?]+)"', listed).group(1)
    assert code_for(cast.renate.email) in guest.get(path).text


@pytest.mark.parametrize("path", ["/login/mailbox", "/login/mailbox/x"])
def test_without_the_demo_its_doors_do_not_exist(visitor: Client, world: World, path: str) -> None:
    assert visitor.get(path).status_code == 404
    assert visitor.post("/login/demo", {"email": world.nancy.email}).status_code == 404
    assert "demo" not in visitor.get("/login").text


@pytest.mark.parametrize("how", [
    {"environ_overrides": {"REMOTE_ADDR": "203.0.113.9"}}, {"base_url": "http://rebound.example/"},
])  # fmt: skip
def test_the_demos_doors_open_from_this_machine_only(cast: World, guest: Client, how: dict) -> None:
    assert guest.get("/login/mailbox", **how).status_code == 404
    assert guest.post("/login/demo", {"email": cast.nancy.email}, **how).status_code in (400, 404)
    assert "Renate" not in guest.get("/login", **how).text
