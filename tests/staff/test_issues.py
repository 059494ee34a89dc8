"""Issues on the pages: opened at the desk, answered by the supplier, read by the customer as how far it is."""

import io
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import Any

import pytest
from PIL import Image
from sqlalchemy import select

from models import db
from models.conversations import Conversation
from models.files import File
from models.issues import Issue
from models.organisations import Organisation
from models.shares import ReadLog, Share
from policy import find, rows, visible
from tests.client import Client
from tests.world import World

As = Callable[[Any], Client]
NEW = {"line": "11070/1", "title": "Chang: bottles broken", "description": "Three cartons were crushed.", "defect": "damaged",
       "severity": "critical", "quantity": "3"}  # fmt: skip
HIDDEN_FROM_SUPPLIER = ("Lehmann", "Messner", "11070", "Crushed at")
HIDDEN_FROM_CUSTOMER = (
    "Exotic",
    "Charlotte",
    "PO-1001",
    "bottles broken",
    "Three cartons",
    "The glue",
    "critical",
    "120",
)


def opened() -> list[str]:
    with db.unit(write=False):
        return list(db.session.scalars(select(Issue.title).order_by(Issue.id)))


def test_a_double_click_opens_one_issue_and_leads_to_it_both_times(world: World, as_: As) -> None:
    seats = [as_(world.nancy) for _ in range(4)]
    for seat in seats:
        seat.token()
    sent = NEW | {"once": "one-click"}
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda seat: seat.post("/staff/issues", sent), seats))
    assert {answer.status_code for answer in answers} == {303}
    assert len({answer.location for answer in answers}) == 1
    assert opened() == [NEW["title"]]
    said = "is open."
    assert all(said in seat.get(answers[0].location).get_data(as_text=True) for seat in seats)


def test_a_form_sent_with_other_words_or_refused_before_is_a_form_of_its_own(world: World, as_: As) -> None:
    nancy, sent = as_(world.nancy), NEW | {"once": "one-click"}
    assert nancy.post("/staff/issues", sent | {"title": ""}).status_code == 422
    assert nancy.post("/staff/issues", sent).status_code == 303
    assert nancy.post("/staff/issues", sent | {"title": "Another one"}).status_code == 303
    assert as_(world.andrew).post("/staff/issues", sent).status_code == 303
    assert opened() == [NEW["title"], "Another one", NEW["title"]]


@pytest.fixture
def request_number(world: World, as_: As) -> str:
    """Renate tells of broken bottles."""
    said = {"subject": "Broken bottles", "body": "Crushed at Lehmanns", "about": "order_line:11070/1"}
    answer = as_(world.renate).post("/portal/requests", said)
    return str(answer.headers["Location"]).rsplit("/", 1)[1]


@pytest.fixture
def number(world: World, as_: As, request_number: str) -> str:
    """Nancy has opened an issue from the request."""
    answer = as_(world.nancy).post("/staff/issues", NEW | {"conversation": request_number, "for_customer": "yes"})
    return str(answer.headers["Location"]).rsplit("/", 1)[1]


@pytest.fixture
def shared(world: World, as_: As, number: str) -> str:
    """It is shared with Exotic Liquids as usual, with a question."""
    with db.unit(write=False):
        exotic = find(world.nancy, Organisation, id=world.exotic).public_id
    page = text(as_(world.nancy).get(f"/staff/issues/{number}"))
    names = [
        one for one in ("title", "quantity", "steps", "attachments", "order_line", "due_at") if f'value="{one}"' in page
    ]
    as_(world.nancy).post(f"/staff/issues/{number}/shares", {
        "organisation": exotic, "level": "respond", "fields": names, "message": "Please tell us the cause."})  # fmt: skip
    return number


def text(answer: Any) -> str:
    assert answer.status_code < 400, answer.status
    return str(answer.get_data(as_text=True))


def test_an_issue_is_opened_from_the_request_and_from_the_line(world: World, as_: As, request_number: str) -> None:
    nancy = as_(world.nancy)
    assert f"/staff/issues/new?line=11070/1&amp;conversation={request_number}" in text(
        nancy.get(f"/staff/conversations/{request_number}")
    )
    assert "/staff/issues/new?line=11070/1" in text(nancy.get("/staff/orders/11070"))
    form = text(nancy.get(f"/staff/issues/new?line=11070/1&conversation={request_number}"))
    assert "Lehmanns Marktstand sees how far it is" in form


@pytest.mark.parametrize("line", ["", "11070", "11070/9", "11070/x", "99999/1", "/1"])
def test_an_issue_is_about_a_line_that_there_is(world: World, as_: As, line: str) -> None:
    assert as_(world.nancy).post("/staff/issues", NEW | {"line": line}).status_code == 404


@pytest.mark.parametrize(
    "wrong", [{"title": " "}, {"defect": "x"}, {"severity": ""}, {"quantity": "0"}, {"quantity": "x"}]
)
def test_what_is_wrong_in_the_form_is_said_and_nothing_is_opened(world: World, as_: As, wrong: dict[str, str]) -> None:
    assert as_(world.nancy).post("/staff/issues", NEW | wrong).status_code == 422
    with db.unit(write=False):
        assert not rows(world.nancy, visible(world.nancy, Issue))


def test_the_desk_finds_it_in_the_list_by_number_on_the_line_and_in_the_request(
    world: World, as_: As, number: str, request_number: str
) -> None:
    nancy = as_(world.nancy)
    for path in ("/staff/issues", f"/staff/issues?q={number}", "/staff/orders/11070", "/staff/orders/PO-1001",
                 f"/staff/conversations/{request_number}"):  # fmt: skip
        assert number in text(nancy.get(path)), path
    assert nancy.get(f"/staff/find?q={number.lower()}").headers["Location"] == f"/staff/issues/{number}"
    assert number not in text(nancy.get("/staff/issues?show=closed"))


def test_the_supplier_has_it_in_its_to_do_list_with_the_steps_that_are_its_own(
    world: World, as_: As, shared: str
) -> None:
    charlotte = as_(world.charlotte)
    assert "1 issue to answer" in text(charlotte.get("/partners/"))
    page = text(charlotte.get(f"/partners/issues/{shared}"))
    assert "Three cartons were crushed." in page and "Please tell us the cause." in page and "PO-1001/1" in page
    assert f"/partners/issues/{shared}/steps/D4" in page and f"/partners/issues/{shared}/steps/D8" not in page
    for hidden in HIDDEN_FROM_SUPPLIER:
        assert hidden not in page, hidden


def test_the_supplier_answers_and_the_customer_reads_how_far_it_is(
    world: World, as_: As, shared: str, request_number: str
) -> None:
    charlotte, renate = as_(world.charlotte), as_(world.renate)
    as_(world.nancy).post(f"/staff/issues/{shared}/costs", {"words": "Sorting", "amount": "120.50", "payer": "partner"})
    sent = {"text": "The glue was too cold.", "done": "yes", "done_on": "2026-05-06", "version": "1"}
    assert charlotte.post(f"/partners/issues/{shared}/steps/D4", sent).status_code == 303
    assert "Charlotte Cooper, Exotic Liquids" in text(as_(world.nancy).get(f"/staff/issues/{shared}"))
    for path in (f"/portal/requests/{request_number}", "/portal/orders/11070"):
        page = text(renate.get(path))
        assert "The cause is found" in page, path
        for hidden in HIDDEN_FROM_CUSTOMER:
            assert hidden not in page, (path, hidden)


def test_a_refused_answer_keeps_what_was_typed(world: World, as_: As, shared: str) -> None:
    charlotte = as_(world.charlotte)
    late = {"text": "We think it was the glue.", "done": "yes", "done_on": "2999-01-01", "version": "1"}
    answer = charlotte.post(f"/partners/issues/{shared}/steps/D4", late)
    assert answer.status_code == 422 and "We think it was the glue." in answer.get_data(as_text=True)
    stale = late | {"done_on": "", "version": "7"}
    answer = charlotte.post(f"/partners/issues/{shared}/steps/D4", stale)
    assert answer.status_code == 409 and "We think it was the glue." in answer.get_data(as_text=True)


@pytest.mark.parametrize("step", ["D2", "D8"])
def test_our_own_steps_are_not_the_suppliers_to_answer(world: World, as_: As, shared: str, step: str) -> None:
    sent = {"text": "All well", "done": "yes"}
    assert as_(world.charlotte).post(f"/partners/issues/{shared}/steps/{step}", sent).status_code == 403


def test_a_step_that_there_is_not_is_refused(world: World, as_: As, shared: str) -> None:
    for who, face in ((world.charlotte, "partners"), (world.nancy, "staff")):
        answer = as_(who).post(f"/{face}/issues/{shared}/steps/D9", {"text": "x", "done": "yes"})
        assert answer.status_code == 422


@pytest.mark.parametrize("rival", ["yoshi", "roland"])
def test_rivals_find_nothing(world: World, as_: As, shared: str, rival: str) -> None:
    seat = as_(getattr(world, rival))
    assert seat.get(f"/partners/issues/{shared}").status_code == 404
    for page in ("/partners/", "/partners/issues", "/portal/orders"):
        answer = seat.get(page)
        assert answer.status_code == 404 or shared not in answer.get_data(as_text=True)


def test_what_the_supplier_saw_is_written_down_for_us_and_for_the_customer(world: World, as_: As, shared: str) -> None:
    as_(world.charlotte).get(f"/partners/issues/{shared}")
    with db.unit(write=False):
        (log,) = [one for one in rows(world.nancy, visible(world.nancy, ReadLog)) if one.subject_type == "issue"]
        assert {"title", "steps", "number"} <= set(log.fields) and "costs" not in log.fields
    assert "Charlotte Cooper" in text(as_(world.nancy).get(f"/staff/issues/{shared}"))
    theirs = text(as_(world.greta).get("/portal/access-log"))
    assert shared in theirs and "Charlotte" not in theirs


def test_the_desk_sees_beforehand_what_the_supplier_will_see(world: World, as_: As, number: str) -> None:
    with db.unit(write=False):
        exotic = find(world.nancy, Organisation, id=world.exotic).public_id
    wanted = {"organisation": exotic, "level": "read", "fields": ["title", "steps"], "message": "Please look."}
    page = text(as_(world.nancy).post(f"/staff/issues/{number}/shares/preview", wanted))
    assert "Three cartons were crushed." in page and "Return of goods" in page and 'value="Please look."' in page
    assert "finds nothing here" in text(as_(world.nancy).get(f"/staff/issues/{number}/seen-by/{exotic}"))


def test_goods_costs_and_the_end_are_kept_at_the_desk(world: World, as_: As, number: str) -> None:
    nancy = as_(world.nancy)
    nancy.post(f"/staff/issues/{number}/changes", {"return_state": "asked", "return_quantity": "3"})
    for amount in ("", "x", "-1", "1e400"):
        cost = {"words": "Sorting", "amount": amount, "payer": "us"}
        assert nancy.post(f"/staff/issues/{number}/costs", cost).status_code == 422, amount
    nancy.post(f"/staff/issues/{number}/costs", {"words": "Sorting", "amount": "1,120.50", "payer": "us"})
    for amount in ("12,50", "1.120,50", "2,000"):
        nancy.post(f"/staff/issues/{number}/costs", {"words": "More", "amount": amount, "payer": "us"})
    with db.unit(write=False):
        assert [one.amount for one in find(world.nancy, Issue, number=number).costs] == [
            Decimal("1120.50"), Decimal("12.50"), Decimal("1120.50"), Decimal("2000"),
        ]  # fmt: skip
    page = text(nancy.get(f"/staff/issues/{number}"))
    assert "1,120.50 USD" in page
    with db.unit(write=False):
        cost = find(world.nancy, Issue, number=number).costs[0].public_id
    assert nancy.post(f"/staff/issues/{number}/costs/{cost}/removal").status_code == 303
    assert nancy.post(f"/staff/issues/{number}/costs/{cost}/removal").status_code == 404
    assert nancy.post(f"/staff/issues/{number}/closure").status_code == 303
    assert "Please send back" in text(as_(world.renate).get("/portal/orders/11070"))
    assert nancy.post(f"/staff/issues/{number}/closure").status_code == 403
    assert nancy.post(f"/staff/issues/{number}/reopening").status_code == 303


def test_a_stale_form_of_an_issue_changes_nothing(world: World, as_: As, number: str) -> None:
    answer = as_(world.nancy).post(f"/staff/issues/{number}/changes", {"title": "Other", "version": "99"})
    assert answer.status_code == 409
    with db.unit(write=False):
        assert find(world.nancy, Issue, number=number).title == "Chang: bottles broken"


def test_the_due_day_of_a_step_is_changed_with_its_words(world: World, as_: As, number: str) -> None:
    sent = {"text": "", "done": "no", "due": "2026-12-24"}
    assert as_(world.nancy).post(f"/staff/issues/{number}/steps/D3", sent).status_code == 303
    with db.unit(write=False):
        assert find(world.nancy, Issue, number=number).step("D3").due_at.date().isoformat() == "2026-12-24"


def test_the_list_goes_on_where_it_ended(world: World, as_: As, number: str) -> None:
    from actions import issues
    from models.orders import Order

    with db.unit(write=True):
        line = find(world.nancy, Order, number="11072").lines[0]
        for place in range(55):
            issues.open(world.nancy, line, f"Number {place}", "Again")
    nancy = as_(world.nancy)
    page = text(nancy.get("/staff/issues"))
    assert "Number 54" in page and number not in page
    more = page.split('hx-get="')[1].split('"')[0].replace("&amp;", "&")
    assert number in text(nancy.get(more, headers={"HX-Request": "true"}))


def test_the_conversation_about_it_is_one_and_the_same(world: World, as_: As, shared: str, request_number: str) -> None:
    with db.unit(write=False):
        talks = rows(world.charlotte, visible(world.charlotte, Conversation))
        assert [one.number for one in talks] == [request_number]


def taken_at_the_customers() -> bytes:
    """A photo that tells whose yard it shows, and where that is."""
    facts, made = Image.Exif(), io.BytesIO()
    facts[0x013B] = "Lehmanns Marktstand"  # the artist
    facts.get_ifd(0x8825).update({1: "N", 2: (50.0, 6.0, 40.0), 3: "E", 4: (8.0, 40.0, 55.0)})
    Image.new("RGB", (80, 60), "brown").save(made, "JPEG", exif=facts)
    return made.getvalue()


JPEG = taken_at_the_customers()


def photo_of_renate(world: World, as_: As, number: str, content: bytes = JPEG) -> str:
    """Renate sends a photo in her request; returns its id."""
    sent = {"body": "It came like this", "files": (io.BytesIO(content), "lehmanns-hof.jpg")}
    assert as_(world.renate).post(f"/portal/requests/{number}/messages", sent).status_code == 303
    with db.unit(write=False):
        return str(rows(world.nancy, visible(world.nancy, File).where(File.name == "lehmanns-hof.jpg"))[0].public_id)


def test_a_photo_of_the_customer_reaches_the_supplier_without_its_name(
    world: World, as_: As, shared: str, request_number: str
) -> None:
    photo = photo_of_renate(world, as_, request_number)
    nancy, charlotte = as_(world.nancy), as_(world.charlotte)
    assert "lehmanns-hof.jpg" in text(nancy.get(f"/staff/issues/{shared}"))
    put = nancy.post(f"/staff/issues/{shared}/attachments", {"copies": [photo], "audience": "everyone"})
    assert put.status_code == 303
    page = text(charlotte.get(f"/partners/issues/{shared}"))
    assert "photo 1.jpg" in page and "lehmanns-hof" not in page
    with db.unit(write=False):
        copy = rows(world.charlotte, visible(world.charlotte, File))[0].public_id
    given = charlotte.get(f"/files/{copy}").data
    shown = Image.open(io.BytesIO(given))
    assert (shown.format, shown.size, dict(shown.getexif())) == ("JPEG", (80, 60), {})
    assert b"Lehmanns" in JPEG and b"Lehmanns" not in given and b"Exif" not in given
    assert charlotte.get(f"/files/{photo}").status_code == 404
    assert copy not in text(as_(world.renate).get(f"/portal/requests/{request_number}"))


def test_a_photo_that_cannot_be_read_is_not_copied(world: World, as_: As, shared: str, request_number: str) -> None:
    broken = b"\xff\xd8\xff\xe0 no picture, written at Lehmanns"
    photo = photo_of_renate(world, as_, request_number, broken)
    put = as_(world.nancy).post(f"/staff/issues/{shared}/attachments", {"copies": [photo], "audience": "everyone"})
    assert put.status_code == 409
    with db.unit(write=False):
        assert not rows(world.charlotte, visible(world.charlotte, File))


def test_only_who_reads_a_photo_puts_a_copy_of_it_anywhere(
    world: World, as_: As, shared: str, request_number: str
) -> None:
    photo = photo_of_renate(world, as_, request_number)
    with db.unit(write=True):
        team = find(world.nancy, Conversation, number=request_number)
        team.team_id = world.teams["support"]
    answer = as_(world.otto).post(f"/staff/issues/{shared}/attachments", {"copies": [photo], "audience": "everyone"})
    assert answer.status_code == 404
    answer = as_(world.charlotte).post(f"/partners/issues/{shared}/attachments", {"copies": [photo]})
    assert answer.status_code == 422


def test_taking_the_issue_back_says_that_the_supplier_still_talks_with_us(
    world: World, as_: As, shared: str, request_number: str
) -> None:
    nancy = as_(world.nancy)
    with db.unit(write=False):
        shares = rows(world.nancy, visible(world.nancy, Share).where(Share.subject_type == "issue"))
        exotic = find(world.nancy, Organisation, id=world.exotic).public_id
    back = nancy.post(f"/staff/shares/{shares[0].public_id}/revocation", follow_redirects=True)
    assert "Exotic Liquids still takes part in the conversation." in text(back)
    assert as_(world.charlotte).get(f"/partners/issues/{shared}").status_code == 404
    assert nancy.post(f"/staff/conversations/{request_number}/parties/{exotic}/removal").status_code == 303
    assert as_(world.charlotte).get(f"/partners/conversations/{request_number}").status_code == 404
