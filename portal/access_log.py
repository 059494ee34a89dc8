"""Who has seen our data: for managers, the readers by what they are and never by name."""

from flask import render_template, request, url_for

from models.shares import ReadLog
from policy import require, visible
from portal import words
from portal.blueprint import blueprint
from web.actor import actor
from web.paging import page

ORDER = [ReadLog.at, ReadLog.id]


@blueprint.get("/access-log")
def access_log() -> str:
    """Every look that somebody outside the business took at this organisation's data."""
    require(actor(), "organisation:read_access_log")
    listed = page(actor(), visible(actor(), ReadLog), ORDER, request.args.get("after"))
    more = url_for("portal.access_log", after=listed.next) if listed.next else None
    template = "portal/_access_rows.html" if request.headers.get("HX-Request") else "portal/access_log.html"
    return render_template(template, listed=listed, more_url=more, words=words.of)
