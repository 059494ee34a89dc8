"""The bell on every page, and the page behind it: what concerns whoever looks, newest first."""

from datetime import datetime
from typing import Any

from flask import g, redirect, render_template, request, url_for

from actions import notices as verbs
from login.face import blueprint, layout, signed_in
from models import db
from models.types import now
from policy import Invalid
from web.actor import actor
from web.gate import local
from web.paging import cursor, parse
from web.product import Product


def install(app: Product) -> None:
    """Let every layout draw the bell."""
    app.jinja_env.globals["bell"] = unseen


def unseen() -> str:
    """How many notices are new to whoever looks, as it is shown; nothing where there are none. Asked once per page."""
    if "unseen" not in g:
        with db.reading():
            g.unseen = verbs.unseen(actor())
    found: int = g.unseen
    return f"{verbs.MOST_COUNTED}+" if found > verbs.MOST_COUNTED else str(found or "")


@blueprint.get("/notices")
@signed_in
def notice_list() -> str:
    """What concerns whoever looks; further pages arrive by htmx."""
    after = request.args.get("after")
    listed, place = verbs.page(actor(), parse(after, [datetime, int, int]) if after else None)
    more = url_for("login.notice_list", after=cursor(list(place))) if place else None
    template = "_rows.html" if request.headers.get("HX-Request") and after else "list.html"
    return render_template(f"shared/notices/{template}", listed=listed, more_url=more, layout=layout(), until=now())


@blueprint.get("/notices/bell")
@signed_in
def show_bell() -> str:
    """The bell by itself, for a page that heard that something is new."""
    return render_template("shared/notices/_bell.html")


@blueprint.post("/notices/seen")
@signed_in
def see_notices() -> Any:
    """Mark everything as seen that stood there when the page was made."""
    verbs.see(actor(), _moment(request.form.get("until", "")))
    return redirect(local(request.form.get("next"), url_for("login.notice_list")), 303)


def _moment(words: str) -> datetime:
    try:
        at = datetime.fromisoformat(words)
        if at.tzinfo is None or not at >= verbs.LONG_AGO:
            raise ValueError(words)
    except (ValueError, OverflowError) as error:
        raise Invalid("until", "must be a moment with its time zone") from error
    return at
