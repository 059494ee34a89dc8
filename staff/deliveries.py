"""The outbox: what went out, what failed, and what is parked, with a way to try again."""

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from actions import deliveries as verbs
from actions import jobs
from models.jobs import Delivery, Job
from policy import find, require, rows, visible
from staff.blueprint import blueprint
from web.actor import actor
from web.gate import local
from web.paging import page


@blueprint.get("/deliveries")
def deliveries() -> str:
    """Mails, the newest first, and the parked jobs above them."""
    require(actor(), "job:retry")
    parked = rows(actor(), visible(actor(), Job).where(Job.state == "parked").order_by(Job.id.desc()).limit(50))
    listed = page(actor(), visible(actor(), Delivery), [Delivery.id], request.args.get("after"))
    more = url_for("staff.deliveries", after=listed.next) if listed.next else None
    template = "_rows.html" if request.headers.get("HX-Request") else "list.html"
    return render_template(f"staff/deliveries/{template}", listed=listed, more_url=more, parked=parked)


@blueprint.post("/jobs/<public_id>/retries")
def retry_job(public_id: str) -> Response:
    """Try a parked job again."""
    jobs.retry(actor(), find(actor(), Job, public_id=public_id))
    flash(_("It is being tried again."), "success")
    return redirect(url_for("staff.deliveries"), 303)


@blueprint.post("/deliveries/<public_id>/retries")
def retry_delivery(public_id: str) -> Response:
    """Send a mail again that failed."""
    verbs.retry(actor(), find(actor(), Delivery, public_id=public_id))
    flash(_("It is being sent again."), "success")
    return redirect(local(request.args.get("next"), url_for("staff.home")), 303)
