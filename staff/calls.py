"""Calls at the desk: whom to call back, whose call it was, and what was said in it."""

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy import Select
from werkzeug.wrappers import Response

from actions import callers
from actions import calls as verbs
from models.calls import Call
from models.organisations import Organisation
from models.people import Person
from models.types import name_key
from policy import Actor, Invalid, Refused, find, rows, visible
from staff.blueprint import blueprint
from staff.interactions import moment
from web.actor import actor
from web.errors import http_status
from web.gate import local
from web.paging import next_url, page
from web.saying import blamed, said

VIEWS = ("waiting", "all")
FEW = 8


def waiting(who: Actor) -> Select[tuple[Call]]:
    """Callers that we missed and nobody has called back."""
    missed = visible(who, Call).where(Call.state == "missed", Call.direction == "inbound")
    return missed.where(Call.returned_at.is_(None))


@blueprint.get("/calls")
def calls() -> str:
    """Whom to call back, or all calls, the latest first; further pages arrive by htmx."""
    view = request.args.get("view") if request.args.get("view") in VIEWS else "waiting"
    query = waiting(actor()) if view == "waiting" else visible(actor(), Call)
    listed = page(actor(), query, [Call.rang_at, Call.id], request.args.get("after"))
    more = next_url("staff.calls", listed)
    template = "_rows.html" if request.headers.get("HX-Request") else "list.html"
    return render_template(f"staff/calls/{template}", listed=listed, more_url=more, view=view)


def the_call(public_id: str) -> Call:
    return find(actor(), Call, public_id=public_id)


@blueprint.get("/calls/<public_id>")
def call(public_id: str) -> str:
    """One call: whose it is, what was said, and what is still to do."""
    return call_page(the_call(public_id))


def call_page(row: Call, problem: str | None = None) -> str:
    """Render a call, with those who may be calling where we do not know."""
    q = request.args.get("q", "").strip()[:100]
    found = callers.of(row.number) if row.organisation is None else []
    named: list[Organisation] = []
    if q and row.organisation is None:
        own = visible(actor(), Organisation).where(Organisation.name_key.contains(name_key(q), autoescape=True))
        named = rows(actor(), own.order_by(Organisation.name_key).limit(FEW))
    return render_template("staff/calls/call.html", call=row, found=found, named=named, q=q, problem=problem,
                           typed=request.form)  # fmt: skip


@blueprint.post("/calls/<public_id>/caller")
def file_call(public_id: str) -> Response | tuple[str, int]:
    """Say whose call it was; a name makes a new contact of theirs."""
    row, form = the_call(public_id), request.form
    organisation = find(actor(), Organisation, public_id=form.get("organisation", ""))
    person = find(actor(), Person, public_id=form["person"]) if form.get("person") else None
    try:
        verbs.file(actor(), row, organisation, person, form.get("name", ""))
    except (Invalid, Refused) as error:
        return call_page(row, said(error)), http_status(error)
    flash(_("It is on the record of %(name)s now.", name=organisation.name), "success")
    return redirect(url_for("staff.call", public_id=public_id), 303)


@blueprint.post("/calls/<public_id>/notes")
def note_call(public_id: str) -> Response | tuple[str, int]:
    """Write down what was said, and what was promised."""
    row, form = the_call(public_id), request.form
    try:
        verbs.write_down(
            actor(), row, form.get("summary", ""), promise=form.get("promise") or None,
            promise_due=moment(form.get("promise_due")), shown=form.get("shown") == "yes",
        )  # fmt: skip
    except Invalid as error:
        return call_page(row, blamed(error)), http_status(error)
    flash(_("Logged."), "success")
    return redirect(url_for("staff.organisation", public_id=row.organisation.public_id), 303)


@blueprint.post("/calls/<public_id>/return")
def return_call(public_id: str) -> Response | tuple[str, int]:
    """Say that somebody who was missed has been called back."""
    row = the_call(public_id)
    try:
        verbs.call_back(actor(), row)
    except Refused as error:
        return call_page(row, said(error)), http_status(error)
    flash(_("Called back."), "success")
    return redirect(local(request.form.get("next"), url_for("staff.calls")), 303)
