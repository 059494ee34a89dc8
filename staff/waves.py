"""Invitations in waves: whom to invite, how the letter looks, and how far it is."""

from typing import Any

from flask import flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.wrappers import Response

from actions import letters
from actions import waves as verbs
from actions.installation import settings
from analytics import waves as figures
from models.waves import Invitee, Wave
from models.words import LANGUAGES, name_of
from policy import Invalid, NotFound, Refused, find, require, visible
from staff import wave_words
from staff.blueprint import blueprint
from web.actor import actor
from web.errors import http_status
from web.headers import POLICY
from web.incoming import whole
from web.paging import page
from web.saying import blamed, said
from web.tables import download

STEPS = {"running": verbs.start, "paused": verbs.pause, "stopped": verbs.stop}
FRAMED = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'; base-uri 'none'; sandbox"


def the_wave(public_id: str) -> Wave:
    """A wave, for those who may do something with it."""
    require(actor(), "wave:run")
    found: Wave = find(actor(), Wave, public_id=public_id)
    return found


@blueprint.get("/invitations")
def waves() -> str:
    """The waves, the newest first."""
    require(actor(), "wave:run")
    listed = page(actor(), visible(actor(), Wave), [Wave.id], request.args.get("after"))
    more = url_for("staff.waves", after=listed.next) if listed.next else None
    template = "_rows.html" if request.headers.get("HX-Request") else "list.html"
    return render_template(f"staff/waves/{template}", listed=listed, more_url=more, words=wave_words)


@blueprint.get("/invitations/new")
def new_wave() -> str:
    """Whom to invite, and how fast."""
    require(actor(), "wave:run")
    return render_template("staff/waves/new.html", problem=None, typed={}, why="")


@blueprint.post("/invitations")
def make_wave() -> Response | tuple[str, int]:
    """Prepare a wave: nothing is sent yet."""
    form = request.form
    try:
        wave = verbs.make(
            actor(), form.get("name", ""), form.get("side", ""), country=form.get("country"), given=given(),
            **{name: number(name, usual) for name, usual in (("per_minute", 30), ("rest_days", 14), ("most_contacts", 4))},
        )  # fmt: skip
    except (Invalid, Refused) as error:
        return render_template("staff/waves/new.html", problem=error, typed=form, why=_why(error)), http_status(error)
    return redirect(url_for("staff.wave", public_id=wave.public_id), 303)


def _why(error: Invalid | Refused) -> str:
    return blamed(error) if isinstance(error, Invalid) else said(error)


def number(name: str, usual: int) -> int:
    """A whole number that was typed, or the usual one."""
    found = whole(name, request.form.get(name))
    return usual if found is None else found


def given() -> str:
    """The list that was pasted or sent as a file. Raises Invalid."""
    file = request.files.get("file")
    if not (file and file.filename):
        return request.form.get("list", "")
    try:
        return file.read().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Invalid("file", _("is not in UTF-8: save it as “CSV UTF-8”")) from error


@blueprint.get("/invitations/<public_id>")
def wave(public_id: str) -> Any:
    """One wave: how far it is, who is in it, and the letter in each language."""
    return wave_page(the_wave(public_id))


def wave_page(row: Wave, problem: Refused | None = None, status: int = 200) -> Any:
    """Render a wave, or only its next rows."""
    show = request.args.get("show", "")
    query = visible(actor(), Invitee).where(Invitee.wave_id == row.id)
    if show in figures.SHOWN:
        query = figures.joined(query).where(figures.conditions()[show])
    listed = page(actor(), query, [Invitee.id], request.args.get("after"), descending=False)
    more = url_for("staff.wave", public_id=row.public_id, show=show, after=listed.next) if listed.next else None
    shown = {
        "wave": row,
        "listed": listed,
        "more_url": more,
        "outcomes": figures.outcomes(listed.items),
        "words": wave_words,
    }
    if request.headers.get("HX-Request"):
        return render_template("staff/waves/_people.html", **shown)
    made = make_response(
        render_template("staff/waves/wave.html", **(shown | progress(row)), show=show, problem=problem), status
    )
    made.headers["Content-Security-Policy"] = f"{POLICY}; frame-src 'self'"
    return made


def progress(row: Wave) -> dict[str, Any]:
    """What is told of how far a wave is."""
    languages = [(one, name_of(one), count) for one, count in verbs.languages(row)]
    return {
        "report": figures.report(row),
        "left_out": figures.left_out(row),
        "languages": languages,
        "words": wave_words,
    }


@blueprint.get("/invitations/<public_id>/progress")
def wave_progress(public_id: str) -> str:
    """How far a wave is, fetched again and again while it runs."""
    row = the_wave(public_id)
    return render_template("staff/waves/_progress.html", wave=row, **progress(row))


@blueprint.get("/invitations/<public_id>/letters/<language>")
def wave_letter(public_id: str, language: str) -> Response:
    """The letter as it would be shown, with the name of one whom it goes to; its link leads nowhere."""
    row = the_wave(public_id)
    if language not in LANGUAGES:
        raise NotFound
    chosen = visible(actor(), Invitee).where(Invitee.wave_id == row.id, Invitee.language == language)
    listed = page(actor(), chosen, [Invitee.id], None, limit=1, descending=False).items
    organisation = listed[0].membership.organisation.name if listed and listed[0].membership else "…"
    _subject, _text, html = letters.write("invitation", language, inviter=row.by.name, organisation=organisation,
                                          link=f"{settings().url}/invitation/…")  # fmt: skip
    made = make_response(html)
    made.headers["Content-Security-Policy"] = FRAMED
    return made


@blueprint.post("/invitations/<public_id>/state")
def set_wave_state(public_id: str) -> Any:
    """Begin, pause, go on or stop."""
    row = the_wave(public_id)
    step = STEPS.get(request.form.get("state", ""))
    try:
        if step is None:
            raise Invalid("state", _("must be one of %(names)s", names=", ".join(STEPS)))
        step(actor(), row)
    except Refused as error:
        return wave_page(row, error, http_status(error))
    return redirect(url_for("staff.wave", public_id=public_id), 303)


@blueprint.post("/invitations/<public_id>/withdrawal")
def withdraw_wave(public_id: str) -> Any:
    """Let the links end that nobody used."""
    row = the_wave(public_id)
    try:
        gone = verbs.withdraw_links(actor(), row)
    except Refused as error:
        return wave_page(row, error, http_status(error))
    flash(ngettext("%(num)d link opens nothing any more.", "%(num)d links open nothing any more.", gone), "success")
    return redirect(url_for("staff.wave", public_id=public_id), 303)


@blueprint.post("/invitations/<public_id>/repetition")
def repeat_wave(public_id: str) -> Any:
    """Prepare a wave to those who did not come."""
    row = the_wave(public_id)
    try:
        made = verbs.again(actor(), row)
    except Refused as error:
        return wave_page(row, error, http_status(error))
    return redirect(url_for("staff.wave", public_id=made.public_id), 303)


@blueprint.get("/invitations/<public_id>/report.csv")
def export_wave(public_id: str) -> Response:
    """Everybody in a wave as a table."""
    row = the_wave(public_id)
    return download("invitations", wave_words.HEAD, wave_words.lines(actor(), row, said))
