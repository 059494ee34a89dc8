"""Logging a call, meeting, letter or note in two actions and a line, with what was promised."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from flask import flash, redirect, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from actions import interactions
from models.conversations import Conversation
from models.organisations import Organisation
from models.people import Person
from policy import Invalid, find
from staff.blueprint import blueprint
from web.actor import actor
from web.gate import local


def moment(words: str | None) -> datetime | None:
    """Read a date and time of a form, in the zone of whoever typed it. Raises Invalid."""
    if not words:
        return None
    try:
        return datetime.fromisoformat(words).replace(tzinfo=ZoneInfo(actor().zone)).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise Invalid("promise_due", _("is not a date and time")) from error


@blueprint.post("/organisations/<public_id>/interactions")
def log_interaction(public_id: str) -> Response:
    """Write it down, and what was promised."""
    row, form = find(actor(), Organisation, public_id=public_id), request.form
    person = find(actor(), Person, public_id=form["person"]) if form.get("person") else None
    conversation = find(actor(), Conversation, number=form["conversation"]) if form.get("conversation") else None
    interactions.log(
        actor(), row, form.get("kind", "call"), form.get("summary", ""), person=person, conversation=conversation,
        direction=form.get("direction", "inbound"), promise=form.get("promise") or None,
        promise_due=moment(form.get("promise_due")), shown=form.get("shown") == "yes",
    )  # fmt: skip
    flash(_("Logged."), "success")
    return redirect(local(form.get("next"), url_for("staff.organisation", public_id=public_id)), 303)
