"""The page of a wave: who is in it, the letter, how far it is; and what the people invited do with their links."""

import csv
import io
import re
from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import select, update

from actions import installation
from config import Settings
from models import db
from models.logins import Token
from models.people import ContactPoint
from models.types import now
from models.waves import Invitee, Wave
from tests.actions.test_waves import contact, contacts, tick, wave_of
from tests.channels.sink import Sink, sink
from tests.client import Client
from tests.world import World
from web.product import Product

As = Callable[..., Client]


@pytest.fixture
def server(app: Product, settings: Settings, world: World) -> Iterator[Sink]:
    with sink() as running:
        installation.use(settings.model_copy(update={"mail_url": running.url, "mail_per_minute": 0}))
        yield running


def prepared(lead: Client, **form: str) -> str:
    """Prepare a wave as a lead does; the path of its page."""
    made = lead.post("/staff/invitations", {"name": "Spring", "side": "customer"} | form)
    assert made.status_code == 303, made.text
    return made.location


def links(server: Sink) -> dict[str, str]:
    """The path in each mail, by whom it went to."""
    words = {mail["To"]: mail.get_body(("plain",)).get_content() for mail in server.mails}
    return {to: re.search(r"/invitation/\S+", body).group() for to, body in words.items()}


def test_a_lead_sees_who_and_why_not_and_the_letter_before_anything_leaves(as_: As, world: World, server: Sink) -> None:
    with db.unit():
        contact(world, 1)
        contact(world, 2, bounced_at=now())
        contact(world, 3, organisation=world.ernst)
    steven = as_(world.steven)
    assert "See who it would be" in steven.get("/staff/invitations/new").text
    page = steven.get(prepared(steven)).text
    assert "Invite 2 people" in page and "Contact 1" in page
    assert "a mail to it came back" in page and "has a login already" in page
    letter = steven.http.get(re.search(r'src="(/staff/invitations/[^"]+/letters/de)"', page).group(1))
    assert "lädt Sie" in letter.text and "Lehmanns Marktstand" in letter.text
    assert "sandbox" in letter.headers["Content-Security-Policy"]
    tick()
    assert not server.mails


def test_each_line_of_a_list_that_names_nobody_is_shown_with_its_reason(as_: As, world: World) -> None:
    contacts(world, 1)
    steven = as_(world.steven)
    given = "contact0@lehms.example\nnobody@nowhere.example\nodd@@lehms"
    page = steven.get(prepared(steven, list=given)).text
    assert "Invite 1 person" in page
    assert re.search(r"Line 2.*?nobody on record has this address", page)
    assert re.search(r"Line 3.*?is not an address", page)


def test_a_list_comes_as_a_file_too_and_what_is_no_text_is_refused(as_: As, world: World) -> None:
    contacts(world, 1)
    steven = as_(world.steven)
    how = {"name": "Spring", "side": "customer", "file": (io.BytesIO(b"mail\ncontact0@lehms.example\n"), "list.csv")}
    made = steven.post("/staff/invitations", how)
    assert "Invite 1 person" in steven.get(made.location).text
    how["file"] = (io.BytesIO(b"\xff\xfe\x00"), "list.csv")
    assert steven.post("/staff/invitations", how).status_code == 422


@pytest.mark.parametrize("form", [
    {"side": "everybody"}, {"name": " "}, {"per_minute": "0"}, {"per_minute": "601"}, {"per_minute": "many"},
    {"rest_days": "-1"}, {"most_contacts": "0"}, {"list": "\n\n", "name": ""},
])  # fmt: skip
def test_what_cannot_be_is_refused_and_what_was_typed_stays(as_: As, world: World, form: dict[str, str]) -> None:
    answer = as_(world.steven).post("/staff/invitations", {"name": "Spring", "side": "customer"} | form)
    assert answer.status_code == 422
    with db.unit(write=False):
        assert not db.session.scalars(select(Wave.id)).all()


def test_the_report_says_what_became_of_each(as_: As, app: Product, world: World, server: Sink) -> None:
    contacts(world, 4)
    server.unknown = {"contact3@lehms.example"}
    steven = as_(world.steven)
    path = prepared(steven, per_minute="600")
    assert steven.post(f"{path}/state", {"state": "running"}).status_code == 303
    tick(2)
    found = links(server)
    Client(app).get(found["contact1@lehms.example"])
    guest = Client(app)
    guest.get(found["contact2@lehms.example"])
    assert guest.post(found["contact2@lehms.example"], {"name": "Contact Two"}).status_code == 302
    table = list(csv.DictReader(io.StringIO(steven.get(f"{path}/report.csv").text.lstrip("\ufeff"))))
    assert {one["address"]: one["outcome"] for one in table if one["address"].startswith("contact")} == {
        "contact0@lehms.example": "delivered", "contact1@lehms.example": "link opened",
        "contact2@lehms.example": "signed in", "contact3@lehms.example": "came back",
    }  # fmt: skip
    (back,) = [one["reason"] for one in table if one["outcome"] == "came back"]
    assert "nobody here" in back
    page = steven.get(path).text
    for label, count in (("Invited", 4), ("Delivered", 3), ("Came back", 1), ("Link opened", 2), ("Signed in", 1)):
        assert re.search(rf"<dt>{label}</dt><dd><a[^>]*>{count}</a>", page), label


def test_a_link_that_ended_unused_is_counted_so(as_: As, world: World, server: Sink) -> None:
    contacts(world, 1)
    steven = as_(world.steven)
    path = prepared(steven)
    steven.post(f"{path}/state", {"state": "running"})
    tick(2)
    with db.unit():
        db.session.execute(update(Token).values(expires_at=now()))
    assert "link ended unused" in steven.get(f"{path}?show=expired").text
    assert re.search(r"<dt>Link ended unused</dt><dd><a[^>]*>1</a>", steven.get(f"{path}/progress").text)


def test_a_running_wave_is_followed_paused_and_stopped_on_its_page(as_: As, world: World, server: Sink) -> None:
    contacts(world, 4)
    steven = as_(world.steven)
    path = prepared(steven, per_minute="12")
    steven.post(f"{path}/state", {"state": "running"})
    tick()
    running = steven.get(f"{path}/progress").text
    assert "1 of 4 written to" in running and 'hx-trigger="every 2s"' in running
    steven.post(f"{path}/state", {"state": "paused"})
    paused = steven.get(path).text
    assert "Go on" in paused and 'hx-trigger="every 2s"' not in paused
    assert steven.post(f"{path}/state", {"state": "paused"}).status_code == 409
    steven.post(f"{path}/state", {"state": "stopped"})
    assert re.search(r"<dt>Withdrawn</dt><dd><a[^>]*>3</a>", steven.get(path).text)
    assert steven.post(f"{path}/withdrawal").status_code == 303
    again = steven.post(f"{path}/repetition")
    assert again.status_code == 303 and "those who did not come to" in steven.get(again.location).text


def test_the_page_of_a_wave_that_halted_says_why_and_offers_to_go_on(as_: As, world: World, server: Sink) -> None:
    contacts(world, 30)
    server.unknown = {"contact1@lehms.example", "contact2@lehms.example"}
    steven = as_(world.steven)
    path = prepared(steven, per_minute="240")
    steven.post(f"{path}/state", {"state": "running"})
    tick(2)
    page = steven.get(path).text
    assert "2 of 20 mails came back or were refused: that is 10 %" in page and "Go on after this look" in page


def test_whoever_wants_no_invitations_gets_none(as_: As, app: Product, world: World, server: Sink) -> None:
    contacts(world, 1)
    steven = as_(world.steven)
    steven.post(f"{prepared(steven)}/state", {"state": "running"})
    tick(2)
    (link,) = links(server).values()
    guest = Client(app)
    assert "invite me no more" in guest.get(link).text
    assert guest.post(f"{link}/refusal").status_code == 200
    assert guest.get(link).status_code == 404 and guest.post(f"{link}/refusal").status_code == 404
    with db.unit(write=False):
        point = db.session.scalars(select(ContactPoint).where(ContactPoint.value_key == "contact0@lehms.example")).one()
        assert point.declined_at is not None
    assert {one.reason for one in of(wave_of(world, rest_days=0)) if one.address.startswith("contact")} == {
        "unsubscribed"
    }


def of(wave: Wave) -> list[Invitee]:
    with db.unit(write=False):
        return list(db.session.scalars(select(Invitee).where(Invitee.wave_id == wave.id)).unique())


def test_agents_and_people_outside_find_no_waves(as_: As, world: World) -> None:
    path = f"/staff/invitations/{wave_of(world).public_id}"
    assert as_(world.nancy).get("/staff/invitations").status_code == 403
    assert as_(world.nancy).get(path).status_code == 403
    assert as_(world.nancy).post(f"{path}/state", {"state": "running"}).status_code == 403
    assert as_(world.greta).get(path).status_code == 404
    assert "Invitations" not in as_(world.nancy).get("/staff/").text
    assert "/staff/invitations" in as_(world.steven).get("/staff/").text


def test_many_are_shown_in_pages(as_: As, world: World) -> None:
    contacts(world, 60)
    steven = as_(world.steven)
    path = f"/staff/invitations/{wave_of(world).public_id}?show=waiting"
    first = steven.get(path).text
    more = re.search(r'hx-get="([^"]*after=[^"]+)"', first).group(1).replace("&amp;", "&")
    rest = steven.get(more, headers={"HX-Request": "true"}).text
    shown = re.findall(r"<b>(Contact \d+)</b>", first + rest)
    assert len(shown) == len(set(shown)) == 60
