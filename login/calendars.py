"""One's own calendar: a secret address for the calendar program, with what one promised and whom one met."""

from typing import Any

from flask import Response, flash, make_response, redirect, render_template, request, url_for
from flask_babel import force_locale
from flask_babel import gettext as _

from actions import calendars
from login.face import blueprint, layout, settings, signed_in
from policy import NotFound
from web import calendars as drawn
from web.actor import actor


@blueprint.route("/profile/calendar", methods=["GET", "POST"])
@signed_in
def calendar() -> Any:
    """Say whether there is an address, and make a new one; it is shown on this answer only."""
    if actor().staff_id is None:
        raise NotFound
    address = ""
    if request.method == "POST":
        address = settings().url + url_for("login.calendar_feed", secret=calendars.make(actor()))
    return render_template(
        "shared/profile_calendar.html", layout=layout(), address=address, current=calendars.current(actor())
    )


@blueprint.post("/profile/calendar/end")
@signed_in
def end_calendar() -> Any:
    """Let the address lead nowhere from now on."""
    if actor().staff_id is None:
        raise NotFound
    calendars.end(actor())
    flash(_("The address of your calendar no longer works."), "success")
    return redirect(url_for("login.calendar"))


@blueprint.get("/calendar/<secret>.ics")
def calendar_feed(secret: str) -> Response:
    """The calendar itself, for whoever has its address."""
    who = calendars.reader(secret)
    with force_locale(who.language):
        body = drawn.calendar(settings(), calendars.promises(who), calendars.meetings(who))
    answer = make_response(body)
    answer.content_type = "text/calendar; charset=utf-8"
    answer.headers["Content-Disposition"] = 'inline; filename="calendar.ics"'
    return answer
