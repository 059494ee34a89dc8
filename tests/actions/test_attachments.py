"""Attachments: files on messages and orders are read by whom the message or order is for, and by nobody a moment later."""

import io
import json
import uuid
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import func, select, update
from werkzeug.datastructures import FileStorage
from werkzeug.test import encode_multipart

from actions import conversations, documents, files, parties, shares
from models import db
from models.conversations import Conversation
from models.files import Attachment, File
from models.messages import Message
from models.orders import Order
from models.organisations import Organisation
from models.shares import ReadLog
from policy import Actor, Forbidden, Invalid, NotFound, Refused, find, threads
from policy.attachments import of_record
from policy.fields import DEFAULT_SETS
from tests.actions.test_files import photo, send
from tests.live import token_of
from tests.world import World
from web.product import Product


@pytest.fixture
def talk(app: Product, world: World) -> str:
    """A request of Renate in which Exotic Liquids takes part."""
    with db.unit(write=True):
        row, _ = conversations.start(world.renate, "Broken bottles", "Look.")
        parties.add(world.nancy, row, db.session.get_one(Organisation, world.exotic), subject="Bottles")
        return row.number


def say(actor: Actor, number: str, body: str, *ids: str, **how: Any) -> Any:
    with db.unit(write=True):
        return conversations.reply(actor, find(actor, Conversation, number=number), body, attachments=ids, **how)


def thread(actor: Actor, number: str) -> list[dict[str, Any]]:
    with db.unit(write=False):
        return threads.messages(actor, find(actor, Conversation, number=number), "Northwind Traders")


def order(actor: Actor, number: str) -> Any:
    return find(actor, Order, number=number)


def share(world: World, number: str, fields: tuple[str, ...], level: str = "respond") -> Any:
    with db.unit(write=True):
        exotic = db.session.get_one(Organisation, world.exotic)
        return shares.share(world.nancy, order(world.nancy, number), exotic, level, fields)


def attach(actor: Actor, number: str, name: str = "offer.jpg", audience: str | None = None) -> str:
    public_id = send(actor, name, photo())
    with db.unit(write=True):
        documents.attach(actor, order(actor, number), [public_id], audience)
    return public_id


def test_a_photo_is_sent_without_a_word_and_stands_in_the_thread(talk: str, world: World) -> None:
    public_id = send(world.renate, "pallet.jpg", photo())
    say(world.renate, talk, "", public_id)
    last = thread(world.nancy, talk)[-1]
    assert last["body"] == ""
    assert last["attachments"] == [{"id": public_id, "name": "pallet.jpg", "type": "image/jpeg", "size": len(photo()),
        "url": f"/files/{public_id}", "preview": f"/files/{public_id}/preview"}]  # fmt: skip
    with db.unit(write=False):
        assert db.session.scalar(select(Conversation.snippet)) == "Renate Messner: pallet.jpg"


def test_nothing_at_all_is_no_message(talk: str, world: World) -> None:
    with pytest.raises(Invalid, match="is empty"):
        say(world.renate, talk, "")


def test_a_file_of_somebody_else_is_not_found(talk: str, world: World) -> None:
    for owner in (world.jonas, world.greta, world.roland, world.nancy):
        with pytest.raises(NotFound):
            say(world.renate, talk, "Mine?", send(owner, "a.jpg", photo()))
    assert len([one for one in thread(world.renate, talk) if one["kind"] == "message"]) == 1


def test_a_file_is_attached_once_and_a_resend_is_the_same_message(talk: str, world: World) -> None:
    public_id, again = send(world.renate, "a.jpg", photo()), str(uuid.uuid4())
    first = say(world.renate, talk, "Look", public_id, message_client_id=again)
    second = say(world.renate, talk, "Look", public_id, message_client_id=again)
    assert (second.seq, second.duplicate) == (first.seq, True)
    with pytest.raises(Refused, match="sent already"):
        say(world.renate, talk, "Look", public_id)
    with pytest.raises(Refused, match="under this id"):
        say(world.renate, talk, "Look", send(world.renate, "b.jpg", photo()), message_client_id=again)
    with db.unit(write=False):
        assert db.session.scalar(select(func.count()).select_from(Attachment)) == 1


def test_of_ten_messages_at_once_with_one_file_one_carries_it(talk: str, world: World) -> None:
    public_id = send(world.renate, "a.jpg", photo())

    def try_it(n: int) -> bool:
        try:
            say(world.renate, talk, f"Try {n}", public_id)
        except Refused:
            return False
        return True

    with ThreadPoolExecutor(10) as pool:
        assert sum(pool.map(try_it, range(10))) == 1
    with db.unit(write=False):
        carrying = [one for one in db.session.scalars(select(Message)).unique() if one.attachments]
        assert [one.attachments for one in carrying] == [[public_id]]


def test_a_message_that_is_refused_leaves_its_file_free(talk: str, world: World) -> None:
    public_id = send(world.nancy, "a.jpg", photo())
    say(world.renate, talk, "Meanwhile")
    with pytest.raises(Refused, match="since you last looked"):
        say(world.nancy, talk, "Late", public_id, seen=1, audience="customer")
    assert say(world.nancy, talk, "Now", public_id, audience="customer").seq


def test_who_may_not_read_the_message_does_not_find_its_file(talk: str, world: World, as_: Any) -> None:
    mine = send(world.renate, "customer.jpg", photo())
    ours = send(world.nancy, "note.jpg", photo())
    theirs = send(world.charlotte, "partner.jpg", photo())
    say(world.renate, talk, "", mine)
    say(world.nancy, talk, "", ours, audience="staff")
    say(world.charlotte, talk, "", theirs)
    may = {
        mine: (world.renate, world.greta, world.nancy, world.steven), ours: (world.nancy, world.steven),
        theirs: (world.charlotte, world.charles, world.nancy, world.steven),
    }  # fmt: skip
    for actor in (world.renate, world.greta, world.jonas, world.roland, world.charlotte, world.charles, world.yoshi,
                  world.nancy, world.steven):  # fmt: skip
        client = as_(actor)
        for public_id, readers in may.items():
            there = actor in readers
            assert client.get(f"/files/{public_id}").status_code == (200 if there else 404), (actor.name, public_id)
    names = {one["name"] for message in thread(world.charlotte, talk) for one in message["attachments"]}
    assert names == {"partner.jpg"}


def test_a_partner_taken_out_does_not_find_its_own_file_a_moment_later(talk: str, world: World, as_: Any) -> None:
    public_id = send(world.charlotte, "a.jpg", photo())
    say(world.charlotte, talk, "", public_id)
    client = as_(world.charlotte)
    assert client.get(f"/files/{public_id}").status_code == 200
    with db.unit(write=True):
        row = find(world.nancy, Conversation, number=talk)
        parties.remove(world.nancy, row, db.session.get_one(Organisation, world.exotic))
    assert client.get(f"/files/{public_id}").status_code == 404
    assert as_(world.nancy).get(f"/files/{public_id}").status_code == 200


def test_a_file_leaves_with_headers_that_keep_a_browser_from_acting_on_it(talk: str, world: World, as_: Any) -> None:
    public_id = send(world.renate, "Größe.jpg", photo())
    say(world.renate, talk, "", public_id)
    headers = as_(world.nancy).get(f"/files/{public_id}").headers
    assert headers["Content-Disposition"] == "attachment; filename=\"Gr__e.jpg\"; filename*=UTF-8''Gr%C3%B6%C3%9Fe.jpg"
    assert headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert (headers["X-Content-Type-Options"], headers["Cache-Control"]) == ("nosniff", "no-store")
    assert "Messner" not in str(headers)


def test_each_download_of_an_outsider_is_written_down(talk: str, world: World, as_: Any) -> None:
    public_id = send(world.nancy, "a.jpg", photo())
    say(world.nancy, talk, "", public_id, audience="customer")
    for actor in (world.nancy, world.renate, world.roland):
        as_(actor).get(f"/files/{public_id}")
    with db.unit(write=False):
        found = db.session.execute(select(ReadLog).where(ReadLog.surface == "download")).unique().scalars().all()
        assert [(one.person.name, one.subject_type, one.subject_id, one.fields) for one in found] == [
            ("Renate Messner", "conversation", talk, ["attachments"])
        ]


def test_an_infected_file_is_there_for_nobody(talk: str, world: World, as_: Any) -> None:
    public_id = send(world.renate, "a.jpg", photo())
    say(world.renate, talk, "", public_id)
    with db.unit(write=True):
        db.session.execute(update(File).values(scanned="infected"))
    assert as_(world.nancy).get(f"/files/{public_id}").status_code == 404
    assert thread(world.nancy, talk)[-1]["attachments"] == []


def test_a_token_sends_a_file_and_then_a_message_with_it(talk: str, world: World, app: Product) -> None:
    http, bearer = app.test_client(), {"Authorization": f"Bearer {token_of(world.renate)}"}
    sent = http.post("/api/v1/files", data={"file": (io.BytesIO(photo()), "../pallet.jpg")}, headers=bearer)
    assert (sent.status_code, sent.json["name"], sent.json["type"]) == (201, "pallet.jpg", "image/jpeg")
    said = http.post(f"/api/v1/conversations/{talk}/messages", json={"attachments": [sent.json["id"]]}, headers=bearer)
    assert said.json["attachments"] == [sent.json]
    assert http.get(sent.json["url"], headers=bearer).data == photo()
    rival = {"Authorization": f"Bearer {token_of(world.roland)}"}
    assert http.get(sent.json["url"], headers=rival).status_code == 404
    boundary, body = encode_multipart({"file": FileStorage(io.BytesIO(b"\1" * 25 * files.MB), "film.bin")})
    kind = f"multipart/form-data; boundary={boundary}"
    large = http.post("/api/v1/files", data=body, content_type=kind, headers=bearer)
    assert (large.status_code, large.json["error"]) == (413, "too_large")
    begun = http.post("/api/v1/conversations", headers=bearer, json={"subject": "A photo", "body": "", "attachments": [
        http.post("/api/v1/files", data={"file": (io.BytesIO(photo()), "b.jpg")}, headers=bearer).json["id"]]})  # fmt: skip
    assert begun.json["messages"][0]["attachments"][0]["name"] == "b.jpg"


@pytest.mark.parametrize("odd", ["a\0b", "\ud800", "", "x" * 5000])
def test_an_odd_id_is_answered_and_not_served_with_a_failure(talk: str, world: World, app: Product, odd: str) -> None:
    http = app.test_client()
    for actor, path in ((world.renate, f"conversations/{talk}/messages"), (world.nancy, "orders/11070/attachments")):
        bearer = {"Authorization": f"Bearer {token_of(actor)}"}
        body = json.dumps({"attachments": [odd]}).encode()
        assert http.post(f"/api/v1/{path}", data=body, headers=bearer).status_code in (400, 404, 422), path


def test_a_form_brings_its_files_along_without_scripts(talk: str, world: World, as_: Any) -> None:
    client = as_(world.renate)
    form = {"body": "Two of them", "files": [(io.BytesIO(photo()), "a.jpg"), (io.BytesIO(b"words"), "b.txt")]}
    assert client.post(f"/portal/requests/{talk}/messages", form, content_type="multipart/form-data").status_code == 303
    assert [one["name"] for one in thread(world.nancy, talk)[-1]["attachments"]] == ["a.jpg", "b.txt"]
    page = client.get(f"/portal/requests/{talk}").get_data(as_text=True)
    assert "a.jpg" in page and "b.txt" in page
    bad = client.post(f"/portal/requests/{talk}/messages", {"body": "x", "files": (io.BytesIO(b"<svg>"), "a.svg")},
                      content_type="multipart/form-data")  # fmt: skip
    assert bad.status_code == 422


def test_documents_on_an_order_are_for_whom_they_were_meant(app: Product, world: World, as_: Any) -> None:
    share(world, "PO-1001", DEFAULT_SETS["order"])
    ours, theirs = attach(world.nancy, "PO-1001", "ours.jpg"), attach(world.nancy, "PO-1001", "theirs.jpg", "partner")
    back = attach(world.charlotte, "PO-1001", "back.jpg")
    with db.unit(write=False):
        assert [one["name"] for one in of_record(world.charles, order(world.charles, "PO-1001"))] == [
            "back.jpg",
            "theirs.jpg",
        ]
        assert len(of_record(world.nancy, order(world.nancy, "PO-1001"))) == 3
    for actor, seen in (
        (world.charlotte, {theirs, back}),
        (world.yoshi, set()),
        (world.roland, set()),
        (world.otto, {ours, theirs, back}),
    ):
        client = as_(actor)
        assert {one for one in (ours, theirs, back) if client.get(f"/files/{one}").status_code == 200} == seen, (
            actor.name
        )
    page = as_(world.charlotte).get("/partners/orders/PO-1001").get_data(as_text=True)
    assert "theirs.jpg" in page and "ours.jpg" not in page
    with pytest.raises(Forbidden):
        attach(world.charlotte, "PO-1001", "x.jpg", "everyone")


def test_a_share_without_documents_shows_none_and_takes_none(app: Product, world: World, as_: Any) -> None:
    held = share(world, "PO-1001", DEFAULT_SETS["order"])
    public_id = attach(world.nancy, "PO-1001", "theirs.jpg", "everyone")
    client = as_(world.charlotte)
    assert client.get(f"/files/{public_id}").status_code == 200
    with db.unit(write=True):
        shares.revoke(world.nancy, find(world.nancy, type(held), public_id=held.public_id))
    assert client.get(f"/files/{public_id}").status_code == 404
    share(world, "PO-1001", ("lines.quantity",))
    assert client.get(f"/files/{public_id}").status_code == 404
    assert "theirs.jpg" not in client.get("/partners/orders/PO-1001").get_data(as_text=True)
    form = {"files": (io.BytesIO(photo()), "a.jpg")}
    assert (
        client.post("/partners/orders/PO-1001/attachments", form, content_type="multipart/form-data").status_code == 403
    )
    with db.unit(write=False):
        assert db.session.scalar(select(func.count()).select_from(File)) == 1


def test_a_customer_finds_the_documents_of_its_order_and_not_who_else_is_concerned(
    app: Product, world: World, as_: Any
) -> None:
    attach(world.nancy, "11070", "note.jpg", "customer")
    attach(world.nancy, "11070", "internal.jpg")
    page = as_(world.jonas).get("/portal/orders/11070").get_data(as_text=True)
    assert "note.jpg" in page and "internal.jpg" not in page and "Davolio" not in page
    answer = app.test_client().get("/api/v1/orders/11070", headers={"Authorization": f"Bearer {token_of(world.jonas)}"})
    assert [one["name"] for one in answer.json["attachments"]] == ["note.jpg"]


def test_a_document_is_taken_off_an_order_and_is_gone(app: Product, world: World, as_: Any) -> None:
    public_id, client = attach(world.nancy, "11070", "note.jpg", "customer"), as_(world.nancy)
    assert client.post(f"/staff/orders/11072/attachments/{public_id}/removal").status_code == 404
    assert client.post(f"/staff/orders/11070/attachments/{public_id}/removal").status_code == 303
    assert as_(world.renate).get(f"/files/{public_id}").status_code == 404
    assert client.post(f"/staff/orders/11070/attachments/{public_id}/removal").status_code == 404
