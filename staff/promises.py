"""Promises at the desk: mine first, what is overdue, and one with all that can be done about it."""

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy import Select
from werkzeug.wrappers import Response

from actions import promises as verbs
from models.conversations import Conversation
from models.orders import Order
from models.promises import Promise
from models.staff import Staff
from models.types import now
from policy import Actor, Invalid, Refused, find, first, rows, visible
from staff import queues
from staff.blueprint import blueprint
from staff.interactions import moment
from web.actor import actor
from web.errors import http_status
from web.gate import local
from web.incoming import whole
from web.paging import next_url, page
from web.saying import said

VIEWS = ("mine", "overdue", "open", "done")


def unkept(who: Actor) -> Select[Any]:
    """Promises that are still to be kept."""
    return visible(who, Promise).where(Promise.done_at.is_(None), Promise.withdrawn_at.is_(None))


def mine(who: Actor) -> Select[Any]:
    """What one has still to keep oneself."""
    return unkept(who).where(Promise.owner_id == who.staff_id)


def overdue(who: Actor) -> Select[Any]:
    """What should have been kept by now, whoever promised it."""
    return unkept(who).where(Promise.due_at < now())


def of_order(row: Order) -> list[Promise]:
    """What was promised about an order and is still to be kept."""
    return rows(actor(), unkept(actor()).where(Promise.order_id == row.id).order_by(Promise.due_at).limit(20))


@blueprint.get("/promises")
def promises() -> str:
    """Promises, what is due first on top; further pages arrive by htmx."""
    who, view = actor(), request.args.get("view", "mine")
    view = view if view in VIEWS else "mine"
    done = visible(who, Promise).where(Promise.done_at.is_not(None) | Promise.withdrawn_at.is_not(None))
    query = {"mine": mine(who), "overdue": overdue(who), "open": unkept(who), "done": done}[view]
    order = [Promise.due_at, Promise.id]
    listed = page(who, query, order, request.args.get("after"), descending=view == "done")
    more = next_url("staff.promises", listed)
    template = "_rows.html" if request.headers.get("HX-Request") else "list.html"
    return render_template(f"staff/promises/{template}", listed=listed, more_url=more, view=view)


def the_promise(public_id: str) -> Promise:
    return find(actor(), Promise, public_id=public_id)


@blueprint.get("/promises/<public_id>")
def promise(public_id: str) -> str:
    """One promise: to whom, about what, and what can be done about it."""
    return promise_page(the_promise(public_id))


def promise_page(row: Promise, problem: str | None = None) -> str:
    """Render a promise, keeping what was typed when something went wrong."""
    about = first(actor(), Conversation, id=row.conversation_id) if row.conversation_id else None
    return render_template("staff/promises/promise.html", promise=row, problem=problem, typed=request.form,
                           conversation=about, colleagues=queues.colleagues())  # fmt: skip


def done(row: Promise, words: str) -> Response:
    """Say that it is done, and lead back to where it was done."""
    flash(words, "success")
    return redirect(local(request.form.get("next"), url_for("staff.promise", public_id=row.public_id)), 303)


@blueprint.post("/promises/<public_id>/fulfilment")
def keep_promise(public_id: str) -> Response | tuple[str, int]:
    """Say that a promise is kept, and how."""
    row = the_promise(public_id)
    try:
        verbs.keep(actor(), row, request.form.get("note", ""))
    except Refused as error:
        return promise_page(row, said(error)), http_status(error)
    return done(row, _("Kept."))


@blueprint.post("/promises/<public_id>/withdrawal")
def withdraw_promise(public_id: str) -> Response | tuple[str, int]:
    """Take a promise back, and say why."""
    row = the_promise(public_id)
    try:
        verbs.withdraw(actor(), row, request.form.get("note", ""))
    except Refused as error:
        return promise_page(row, said(error)), http_status(error)
    return done(row, _("Withdrawn."))


@blueprint.post("/promises/<public_id>/owner")
def hand_over_promise(public_id: str) -> Response | tuple[str, int]:
    """Let a colleague keep it."""
    row, to = the_promise(public_id), find(actor(), Staff, id=whole("owner", request.form.get("owner")))
    try:
        verbs.hand_over(actor(), row, to)
    except (Invalid, Refused) as error:
        return promise_page(row, said(error)), http_status(error)
    flash(_("%(name)s keeps this promise now.", name=to.name), "success")
    return redirect(url_for("staff.promises"), 303)


@blueprint.post("/promises/<public_id>/changes")
def change_promise(public_id: str) -> Response | tuple[str, int]:
    """Change until when, and whether the customer sees it."""
    row, form = the_promise(public_id), request.form
    try:
        verbs.change(actor(), row, moment(form.get("promise_due")), form.get("shown") == "yes")
    except (Invalid, Refused) as error:
        return promise_page(row, said(error)), http_status(error)
    return done(row, _("Saved."))


@blueprint.post("/orders/<number>/promises")
def promise_about_order(number: str) -> Response:
    """Promise something about an order to whom it is with."""
    row, form = find(actor(), Order, number=number), request.form
    verbs.make(actor(), row.organisation, form.get("promise", ""), moment(form.get("promise_due")), order=row,
               shown=form.get("shown") == "yes")  # fmt: skip
    flash(_("Promised."), "success")
    return redirect(url_for("staff.order", number=number), 303)
