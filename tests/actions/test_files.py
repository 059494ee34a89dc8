"""Files: what is taken in and what is not, who may fetch it, and what becomes of those that nobody sends."""

import io
import struct
import zlib
from datetime import timedelta
from typing import Any

import pytest
from PIL import Image
from sqlalchemy import select, update
from werkzeug.http import parse_options_header

import worker
from actions import conversations, files
from api.files import disposition
from models import db, storage, text
from models.files import File
from models.jobs import Job
from models.types import now
from policy import Actor, Invalid, NotFound, Refused, find
from tests.text.strings import naughty
from tests.world import World
from web import uploads
from web.product import Product

PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj 2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 400]>>endobj\ntrailer<</Root 1 0 R>>"  # noqa: E501


def photo(width: int = 900, height: int = 600, turned: bool = False) -> bytes:
    made, image = io.BytesIO(), Image.new("RGB", (width, height), "navy")
    exif = image.getexif()
    exif[0x010F] = "cnr-camera"
    if turned:
        exif[0x0112] = 6
    image.save(made, "JPEG", exif=exif)
    return made.getvalue()


def bomb() -> bytes:
    """A PNG of a few kilobytes that says it has 2.5 thousand million pixels."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", 50_000, 50_000, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0" * 10**6)) + chunk(b"IEND", b"")
    )


def send(actor: Actor, name: str, content: bytes) -> str:
    """Upload a file as a page or a token would; returns its id."""
    return uploads.receive(actor, name, io.BytesIO(content), files).public_id


def work() -> None:
    """Let the worker do everything that is due."""
    while worker.work_once():
        pass


def state(public_id: str) -> Any:
    with db.unit(write=False):
        return db.session.scalar(select(File).where(File.public_id == public_id))


@pytest.mark.parametrize(
    ("name", "content", "kind"),
    [
        ("photo.jpg", photo(), "image/jpeg"), ("photo.png", photo(), "image/jpeg"), ("offer.pdf", PDF, "application/pdf"),
        ("list.csv", b"a;b\n1;2\n", "text/csv"), ("note.txt", "Grüße".encode(), "text/plain"),
        ("order.xml", b"<?xml version='1.0'?><Order/>", "application/xml"),
        ("prices.xlsx", b"PK\x03\x04" + b"\0" * 60, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        ("no ending", b"\x01\x02\x03\xff\xfe", "application/octet-stream"),
    ],
)  # fmt: skip
def test_the_kind_of_a_file_is_told_by_its_content(name: str, content: bytes, kind: str) -> None:
    assert files.inspect(name, io.BytesIO(content)).content_type == kind


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("drawing.svg", b'<svg xmlns="http://www.w3.org/2000/svg"/>', "acts by itself"),
        ("photo.png", b"<html><script>1</script>", "scripts"),
        ("photo.png", b"just words", "not what its name says"), ("offer.pdf", photo(), "not what its name says"),
        ("page.html", b"words", "acts by itself"), ("setup.exe", b"words", "acts by itself"),
        ("photo.jpg", b"MZ" + b"\0" * 99, "acts by itself"),
        ("run", b"#!/bin/sh\nrm -rf /", "acts by itself"), ("note.txt", "<!DOCTYPE html><p>".encode("utf-16"), "scripts"),
        ("note.txt", b"\xef\xbb\xbf <svg onload=alert(1)>", "scripts"), ("empty.pdf", b"", "is empty"),
    ],
)  # fmt: skip
def test_what_would_act_by_itself_or_is_not_what_it_says_is_not_taken(name: str, content: bytes, why: str) -> None:
    with pytest.raises(Invalid, match=why):
        files.inspect(name, io.BytesIO(content))


def test_a_file_that_is_too_large_is_refused_in_words() -> None:
    with pytest.raises(Refused, match=r"has 25.0 MB; at most 20 MB"):
        files.inspect("film.bin", io.BytesIO(b"\x01" * 25 * files.MB))


def test_names_keep_what_can_be_seen_and_lose_paths_and_what_turns_them_round() -> None:
    for sent, kept in (
        ("../../etc/passwd", "passwd"), ("C:\\Users\\me\\Bild.jpg", "Bild.jpg"), ("in\u202egpj.voice.jpg", "ingpj.voice.jpg"),
        ("a\r\nb.jpg", "ab.jpg"),
        ("..", "file"), ("", "file"), ("Größe 100%.jpg", "Größe 100%.jpg"), ("写真 📷.jpg", "写真 📷.jpg"),
        ("x" * 300 + ".jpg", "x" * 116 + ".jpg"),
    ):  # fmt: skip
        assert text.file_name(sent) == kept


def test_awkward_names_come_back_whole_in_the_header_and_break_nothing() -> None:
    for sent in naughty():
        name = text.file_name(sent)
        header = disposition(name)
        kind, options = parse_options_header(header)
        assert (kind, options["filename"]) == ("attachment", name), sent
        assert header.isascii() and header.isprintable()


def test_an_awkward_name_is_shown_and_saved_as_it_is(app: Product, world: World, as_: Any) -> None:
    name = "<b>Bild<b> 'n\" 写真; 100%.jpg"
    row = state(send(world.renate, name, photo()))
    answer = as_(world.renate).get(f"/files/{row.public_id}")
    assert row.name == name
    assert parse_options_header(answer.headers["Content-Disposition"])[1]["filename"] == name


def test_the_space_of_a_person_and_of_an_organisation_ends(app: Product, world: World) -> None:
    send(world.renate, "a.bin", b"\x01" * 1000)
    with db.unit(write=True):
        db.session.execute(update(File).values(size=499.9995 * files.MB))
    with pytest.raises(Refused, match="500 MB today"):
        send(world.renate, "b.bin", b"\x01" * 1000)
    send(world.jonas, "b.bin", b"\x01" * 1000)
    with db.unit(write=True):
        db.session.execute(update(File).values(size=4999.9995 * files.MB, created_at=now() - timedelta(days=3)))
    with pytest.raises(Refused, match="5,000 MB of Lehmanns Marktstand are used"):
        send(world.greta, "c.bin", b"\x01" * 1000)
    send(world.roland, "d.bin", b"\x01" * 1000)


def test_what_nobody_sends_is_cleared_away_after_a_day_and_what_was_sent_stays(app: Product, world: World) -> None:
    unused, used = send(world.renate, "a.jpg", photo()), send(world.renate, "b.jpg", photo())
    with db.unit(write=True):
        conversations.start(world.renate, "A photo", "", attachments=[used])
    work()
    keys = {one: state(one).key for one in (unused, used)}
    with db.unit(write=True):
        db.session.execute(update(Job).where(Job.kind == "unused_file").values(due_at=now()))
    work()
    assert state(unused) is None and state(used).state == "attached"
    with pytest.raises(storage.Gone):
        storage.read(keys[unused])
    with pytest.raises(storage.Gone):
        storage.read(files.preview_key(keys[unused]))
    assert storage.read(keys[used]) == photo()


def test_bytes_that_never_came_take_no_space_for_long(app: Product, world: World) -> None:
    with db.unit(write=True):
        row = files.announce(world.renate, files.inspect("a.jpg", io.BytesIO(photo())))
    with db.unit(write=False), pytest.raises(NotFound):
        find(world.renate, File, public_id=row.public_id)
    with db.unit(write=True):
        db.session.execute(update(Job).where(Job.kind == "unused_file").values(due_at=now()))
    work()
    assert state(row.public_id) is None


def test_a_picture_is_shown_upright_small_and_without_what_the_camera_wrote(
    app: Product, world: World, as_: Any
) -> None:
    public_id = send(world.renate, "a.jpg", photo(2000, 1000, turned=True))
    assert as_(world.renate).get(f"/files/{public_id}/preview").status_code == 204
    work()
    answer = as_(world.renate).get(f"/files/{public_id}/preview")
    shown = Image.open(io.BytesIO(answer.data))
    assert (answer.content_type, shown.size, dict(shown.getexif())) == ("image/webp", (320, 640), {})
    assert b"cnr-camera" not in answer.data


def test_the_first_page_of_a_pdf_is_shown(app: Product, world: World, as_: Any) -> None:
    public_id = send(world.renate, "offer.pdf", PDF)
    work()
    assert Image.open(io.BytesIO(as_(world.renate).get(f"/files/{public_id}/preview").data)).size == (480, 640)


@pytest.mark.parametrize("content", [bomb(), photo()[:400], b"\x89PNG\r\n\x1a\n" + b"\xff" * 500])
def test_a_poison_file_is_parked_where_leads_see_it_and_the_next_is_drawn(
    app: Product, world: World, as_: Any, content: bytes
) -> None:
    poison, sound = send(world.renate, "a.png", content), send(world.renate, "b.jpg", photo())
    work()
    assert (state(poison).preview, state(sound).preview) == ("failed", "made")
    assert f"no preview of file {poison}" in as_(world.steven).get("/staff/deliveries").get_data(as_text=True)
    assert as_(world.renate).get(f"/files/{poison}").data == content
