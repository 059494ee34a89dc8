"""Unsubscribing from a mail, without signing in: a page with a button, and the one click of a mail program (RFC 8058)."""

from flask import Blueprint, render_template, request

from actions import notice_choices, unsubscribing
from models.notices import PACES
from policy import Actor, Invalid

links = Blueprint("unsubscribing", __name__, url_prefix="/unsubscribe")


@links.get("/<secret>")
def show(secret: str) -> str:
    """Say what would end, and offer it; looking changes nothing."""
    _delivery, reader = unsubscribing.opened(secret)
    return page(reader, notice_choices.of(reader).pace, usual(reader))


@links.post("/<secret>")
def choose(secret: str) -> str:
    """End these mails, or let them come again; a mail program sends nothing but its one click, and gets no redirect."""
    _delivery, reader = unsubscribing.opened(secret)
    pace = request.form.get("pace", "never")
    if pace not in PACES:
        raise Invalid("pace", "must be one of %(names)s", names=", ".join(PACES))
    before = unsubscribing.choose(reader, pace).pace
    return page(reader, pace, usual(reader) if before == "never" else before, done=True)


def usual(reader: Actor) -> str:
    """How somebody is told who chose nothing."""
    return notice_choices.usual(reader).pace


def page(reader: Actor, pace: str, before: str, done: bool = False) -> str:
    return render_template("login/unsubscribe.html", address=reader.email, pace=pace, before=before, done=done)
