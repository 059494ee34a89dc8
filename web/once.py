"""Once: a form that a double click, or a reload, sends again is answered as it was the first time, and does nothing more."""

import hashlib
import secrets
from collections.abc import Callable
from typing import Any

from flask import Response, has_request_context, redirect, request, session

from models import db
from models.idempotency import take
from web.actor import actor

LONGEST = 100  # of a form's key: ours are far shorter
FLASHES = "_flashes"  # where Flask keeps what it says on the next page


def key() -> str:
    """A new key for a form of a page that is being rendered; nothing for visitors, whom nothing tells apart."""
    return secrets.token_urlsafe(12) if has_request_context() and actor().person_id is not None else ""


def answer(run: Callable[[], Any], respond: Callable[[Any], Response]) -> Response:
    """Run the view, unless the same person has sent the same form with the same words: then lead to where that led."""
    given = request.form.get("once") if request.method == "POST" else None
    if not given or actor().person_id is None:
        return respond(run())
    said = _fingerprint()
    # What was typed is part of the key: whoever goes back to a form and changes it means it.
    row, new = take(f"person:{actor().person_id}", f"form:{given[:LONGEST]}:{said[:16]}", said)
    if not new:
        session[FLASHES] = [tuple(one) for one in row.body.get("flashes", [])]
        return respond(redirect(row.body["location"], 303))
    response = respond(run())
    if response.status_code == 303:
        row.status, row.body = 303, {"location": response.location, "flashes": session.get(FLASHES, [])}
    else:
        db.session.delete(row)  # it stands for no effect
    return response


def _fingerprint() -> str:
    typed = [(name, value) for name, values in request.form.lists() for value in values if name != "csrf_token"]
    return hashlib.sha256(repr((request.path, sorted(typed))).encode()).hexdigest()
