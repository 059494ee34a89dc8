"""Files: taken in by token or by page, and given out by one door that asks each time who may read them."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

from flask import Blueprint, Response, g, request
from werkzeug.exceptions import NotFound as NoBytes

from actions import files as verbs
from actions import logins, reading
from api.operations import operation
from models import db, storage
from models.files import File, attached
from policy import Actor, Invalid, find
from policy.attachments import Shape, shape
from web.actor import actor
from web.gate import only
from web.product import own_units, takes_files
from web.uploads import receive

door = Blueprint("files", __name__, url_prefix="/files")


@door.before_request
def recognise() -> Any:
    """Who fetches a file may be a page or hold a token; who sends or removes one here is a page."""
    scheme, _, secret = request.headers.get("Authorization", "").partition(" ")
    if request.method == "GET" and scheme.lower() == "bearer":
        g.actor = logins.resolve_token(secret.strip()) or actor()
    return only("staff", "customer", "partner")()


def taken(who: Actor) -> Shape:
    """Take in the one file of a multipart request."""
    part = request.files.get("file")
    if part is None:
        raise Invalid("file", "is missing: send it as multipart/form-data under this name")
    row = receive(who, part.filename, part.stream, verbs)
    with db.unit(write=False):
        return shape(attached(db.session.get_one(File, row.id)))


@operation("POST", "/files", "file", status=201, files=True)
def upload(actor: Actor) -> Shape:
    """Send a file (multipart/form-data, field `file`); its id then goes into `attachments`."""
    return taken(actor)


@door.post("")
@own_units
@takes_files
def send() -> tuple[Shape, int]:
    """Take in a file that a page sends by itself, to show its progress."""
    return taken(actor()), 201


@door.delete("/<public_id>")
def take_back(public_id: str) -> tuple[str, int]:
    """Let go of a file that was not sent."""
    verbs.take_back(actor(), find(actor(), File, public_id=public_id))
    return "", 204


@door.get("/<public_id>")
@own_units
def file(public_id: str) -> Response:
    """Give a file out, to be saved and never shown as a page."""
    with db.unit(write=False):
        row = verbs.readable(find(actor(), File, public_id=public_id))
        reading.downloaded(actor(), row)
    return given(row.key, row.content_type, {"Content-Disposition": disposition(row.name), "Content-Length": row.size})


@door.get("/<public_id>/preview")
@own_units
def preview(public_id: str) -> Response:
    """A small picture of a file, drawn by us; 204 while it is in the making, 404 where there is none."""
    with db.unit(write=False):
        row = verbs.readable(find(actor(), File, public_id=public_id))
    if row.preview == "wanted":
        return Response(status=204, headers={"Retry-After": "2"})
    if row.preview != "made":
        raise NoBytes
    return given(verbs.preview_key(row.key), "image/webp", {"Content-Disposition": "inline"})


def given(key: str, kind: str, headers: dict[str, Any]) -> Response:
    """Bytes from the storage with everything that keeps a browser from acting on them."""
    try:
        pieces: Iterator[bytes] = storage.chunks(key)
    except storage.Gone as error:
        raise NoBytes from error
    response = Response(pieces, content_type=kind)
    response.headers.update(headers)
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response.headers["Cross-Origin-Resource-Policy"] = "same-origin"
    return response


def disposition(name: str) -> str:
    """The header under which a file is saved: its name, and for old clients one of plain letters."""
    plain = "".join(one if one.isascii() and one.isprintable() and one not in '"\\%' else "_" for one in name)
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"
