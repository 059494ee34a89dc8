"""Mail brought by mail services: one address on the web for each mailbox; kept before it is answered, like piped mail."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from flask import Blueprint, request
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.sansio.multipart import Data, Epilogue, Field, File, MultipartDecoder, NeedData

from actions import mail_hooks
from channels import mail_in
from models import db
from policy import Invalid, Refused
from web.product import Product, own_units, takes_mails

blueprint = Blueprint("mail_hooks", __name__, url_prefix="/api/mail")
MOST_MB, MOST_PARTS = 100, 100  # a larger mail is not taken; a form has a dozen parts


@dataclass(frozen=True, slots=True)
class Brought:
    """A mail as it came, to whom it was brought, and what the service signed."""

    raw: bytes
    envelope: tuple[str, ...]
    signed: tuple[str, str, str] | None = None


@blueprint.post("/<secret>/mime")
@own_units
@takes_mails
def bring(secret: str) -> dict[str, bool]:
    """Take a mail as a service brings it. Answered with 200 only once it is on the disk and noted in the database.

    Whoever does not know the secret, or did not sign, learns nothing.
    """
    try:
        return {"new": _taken(secret)}
    except OSError as error:
        raise Refused("unavailable", "The system is busy. Nothing was lost; try again in a moment.") from error


def _taken(secret: str) -> bool:
    with db.unit(write=False):
        hook = mail_hooks.known(secret, request.remote_addr or "")
        key, address, read = hook.id, hook.mailbox.address_key, FORMATS[hook.service]
    brought = read()
    if len(brought.raw) > MOST_MB * 1024 * 1024:
        raise RequestEntityTooLarge
    if not brought.raw.strip():
        raise Invalid("mail", "is missing: the service has to send the raw mail (MIME)")
    with db.unit(write=True):
        mail_hooks.vouch(key, brought.raw, brought.signed)
    try:
        return mail_in.take(brought.raw, address, brought.envelope)
    except Refused as error:
        raise Refused("unavailable", "Too much at once: bring it again in a minute.") from error


def _mailgun() -> Brought:
    form = _form()
    at, token, signature = (
        form.get(name, b"").decode("utf-8", "replace") for name in ("timestamp", "token", "signature")
    )
    return Brought(form.get("body-mime", b""), _addresses(form.get("recipient", b"").decode("utf-8", "replace")),
                   (at, token, signature))  # fmt: skip


def _sendgrid() -> Brought:
    form = _form()
    envelope = _json(form.get("envelope", b"{}"))
    to = envelope.get("to")
    return Brought(form.get("email", b""), tuple(str(one) for one in to) if isinstance(to, list) else ())


def _postmark() -> Brought:
    told = _json(request.get_data(cache=False))
    raw, to = told.get("RawEmail"), told.get("OriginalRecipient")
    return Brought(raw.encode("utf-8", "replace") if isinstance(raw, str) else b"", _addresses(to))


FORMATS: dict[str, Callable[[], Brought]] = {"mailgun": _mailgun, "sendgrid": _sendgrid, "postmark": _postmark}


def _addresses(words: Any) -> tuple[str, ...]:
    return tuple(one.strip() for one in words.split(",")) if isinstance(words, str) else ()


def _json(content: bytes) -> dict[str, Any]:
    try:
        found = json.loads(content)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise Invalid("mail", "is missing: the service has to send the raw mail (MIME)")
    return found


def _form() -> dict[str, bytes]:
    """The fields of a form, byte for byte: what is read as text would lose what a mail has in other character sets."""
    content, boundary = request.get_data(cache=False), request.mimetype_params.get("boundary", "")
    try:
        if request.mimetype == "application/x-www-form-urlencoded":
            pairs = parse_qsl(content.decode("latin-1"), encoding="latin-1", max_num_fields=MOST_PARTS)
            return {name: value.encode("latin-1") for name, value in pairs}
        if request.mimetype == "multipart/form-data" and boundary:
            return _parts(MultipartDecoder(boundary.encode("latin-1"), max_parts=MOST_PARTS), content)
        return {}
    except ValueError as error:
        raise Invalid("mail", "is missing: the service has to send the raw mail (MIME)") from error


def _parts(decoder: MultipartDecoder, content: bytes) -> dict[str, bytes]:
    found: dict[str, bytearray] = {}
    decoder.receive_data(content)
    decoder.receive_data(None)
    name = ""
    while not isinstance(event := decoder.next_event(), Epilogue | NeedData):
        if isinstance(event, Field | File):
            name = event.name
            found[name] = bytearray()
        elif isinstance(event, Data) and name:
            found[name] += event.data
    return {name: bytes(value) for name, value in found.items()}


def register(app: Product) -> None:
    """Put it into the application; no page of ours sends anything there, and the secret in the address is the proof."""
    app.extensions["csrf"].exempt(blueprint)
    app.register_blueprint(blueprint)
