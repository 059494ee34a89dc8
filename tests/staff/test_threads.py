"""Questions and earlier messages at every surface, by plain forms: what is offered, shown, answered and refused."""

import re

import pytest
from sqlalchemy import select

from actions import conversations, limits, parties
from models import db
from models.conversations import Conversation
from models.decisions import Decision
from models.messages import Message
from models.organisations import Organisation
from policy import find
from tests.client import Client
from tests.text.strings import kept, naughty, storable
from tests.world import World


@pytest.fixture
def talk(world: World) -> dict[str, str]:
    """Renate asks about her line; Exotic Liquids comes and may respond."""
    with db.unit(write=True):
        made, _ = conversations.start(
            world.renate, "Lehmanns needs Chang", "The caps leak", about=("order_line", "11070/1")
        )
        exotic = find(world.nancy, Organisation, id=world.exotic)
        parties.add(world.nancy, made, exotic, level="respond", subject="Chang")
        return {"number": made.number, "exotic": exotic.public_id}


def ask(who: Client, talk: dict[str, str], surface: str = "staff", **more) -> None:
    form = {"question": "Chai for Chang?", "answers": ["Yes", "No", "", ""], "audience": "customer"} | more
    answer = who.post(f"/{surface}/conversations/{talk['number']}/decisions", form)
    assert answer.status_code == 303, answer.get_data(as_text=True)


def card(page: str) -> str:
    return re.findall(r'formaction="(/decisions/[^"]+/answer)"', page)[0]


def test_a_question_is_put_and_answered_without_scripts(world: World, talk: dict[str, str], as_) -> None:
    nancy, renate = as_(world.nancy), as_(world.renate)
    ask(nancy, talk, about="11070/1")
    page = renate.get(f"/portal/requests/{talk['number']}").get_data(as_text=True)
    assert 'data-side="customer"' in page and "Chai for Chang?" in page
    answered = renate.post(card(page), {"answer": "Yes"})
    assert (answered.status_code, answered.headers["Location"]) == (303, f"/portal/requests/{talk['number']}")
    page = renate.get(f"/portal/requests/{talk['number']}").get_data(as_text=True)
    assert 'data-state="answered"' in page
    again = as_(world.greta).post(card(page), {"answer": "No"})
    assert again.status_code == 409 and "Renate Messner has answered this already: Yes" in again.get_data(as_text=True)


def test_it_is_shown_at_the_line_it_is_about_and_on_the_customers_record(
    world: World, talk: dict[str, str], as_
) -> None:
    nancy, renate = as_(world.nancy), as_(world.renate)
    ask(nancy, talk, about="11070/1")
    assert "not answered yet" in nancy.get("/staff/orders/11070").get_data(as_text=True)
    renate.post(card(renate.get(f"/portal/requests/{talk['number']}").get_data(as_text=True)), {"answer": "Yes"})
    order = nancy.get("/staff/orders/11070").get_data(as_text=True)
    assert "Chai for Chang?" in order and "<b>Yes</b> Renate Messner" in order
    with db.unit(write=False):
        lehmanns = find(world.nancy, Organisation, id=world.lehmanns).public_id
    assert "Chai for Chang? → Yes" in nancy.get(f"/staff/organisations/{lehmanns}").get_data(as_text=True)
    assert "Chai for Chang?" not in as_(world.otto).get("/staff/orders/11070").get_data(as_text=True)


def test_a_supplier_puts_a_question_and_takes_it_back(world: World, talk: dict[str, str], as_) -> None:
    charlotte = as_(world.charlotte)
    ask(charlotte, talk, "partners", question="Split the delivery?")
    page = charlotte.get(f"/partners/conversations/{talk['number']}").get_data(as_text=True)
    assert charlotte.post(card(page).replace("answer", "withdrawal"), {}).status_code == 303
    assert "This question was taken back" in as_(world.nancy).get(f"/staff/conversations/{talk['number']}").get_data(
        as_text=True
    )


def test_what_was_typed_is_kept_when_a_question_cannot_be_put(world: World, talk: dict[str, str], as_) -> None:
    form = {"question": "Chai for Chang?", "answers": ["Yes", "Yes"], "audience": "customer"}
    answer = as_(world.nancy).post(f"/staff/conversations/{talk['number']}/decisions", form)
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422 and "must be 2 to 4" in page and "Chai for Chang?</textarea>" in page


def test_an_earlier_message_is_shown_by_name(world: World, talk: dict[str, str], as_) -> None:
    nancy, charlotte = as_(world.nancy), as_(world.charlotte)
    place = f"/staff/conversations/{talk['number']}/parties/{talk['exotic']}/releases"
    page = nancy.get(place).get_data(as_text=True)
    assert "The caps leak" in page and "Exotic Liquids may read these words" in page
    assert "must name Exotic Liquids" in nancy.post(place, {"seq": "1"}).get_data(as_text=True)
    assert nancy.post(place, {"seq": "1", "confirm": talk["exotic"]}).status_code == 303
    assert "shown to Exotic Liquids" in nancy.get(place).get_data(as_text=True)
    page = charlotte.get(f"/partners/conversations/{talk['number']}").get_data(as_text=True)
    assert "The caps leak" in page and "a customer of" in page and "Messner" not in page


def test_a_note_is_not_offered_and_refused_in_words(world: World, talk: dict[str, str], as_) -> None:
    with db.unit(write=True):
        row = find(world.nancy, Conversation, number=talk["number"])
        seq = conversations.reply(world.nancy, row, "Do not tell them", audience="staff").seq
        party = find(world.nancy, Conversation, number=talk["number"]).parties[-1]
        party.from_seq = db.session.query(Message).filter_by(conversation_id=row.id).count()
    place = f"/staff/conversations/{talk['number']}/parties/{talk['exotic']}/releases"
    nancy = as_(world.nancy)
    assert "Do not tell them" not in nancy.get(place).get_data(as_text=True)
    refused = nancy.post(place, {"seq": str(seq), "confirm": talk["exotic"]})
    assert refused.status_code == 422 and "never shown outside" in refused.get_data(as_text=True)


def test_every_awkward_string_is_kept_as_question_and_answer_or_refused(
    world: World, talk: dict[str, str], as_
) -> None:
    nancy, number, tried = as_(world.nancy), talk["number"], 0
    for text in naughty()[3::16]:
        if not storable(text):
            continue
        limits.forget()
        answer = nancy.http.post(f"/staff/conversations/{number}/decisions", headers={"X-CSRFToken": nancy.token()}, data={
            "question": text, "answers": [text, "another"], "audience": "customer"})  # fmt: skip
        assert answer.status_code in (303, 422), text
        if answer.status_code == 303:
            tried += 1
            with db.unit(write=False):
                newest = db.session.scalars(select(Decision).order_by(Decision.id.desc())).unique().first()
                assert (newest.question, newest.answers[0]) == (kept(text), kept(text))
    assert tried > 10
