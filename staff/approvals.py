"""Approvals at the desk: whom managers outside would like to invite or make a manager, decided one by one."""

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from actions import approvals as verbs
from models.approvals import Approval
from policy import Actor, Invalid, find, visible
from staff import queues
from staff.blueprint import blueprint
from web.actor import actor
from web.gate import local
from web.paging import page


def waiting(who: Actor, organisation_id: int | None = None) -> int | str | None:
    """How many wait for us, in all or of one organisation, counted up to 100 and no further."""
    query = visible(who, Approval, Approval.id).where(Approval.state == "waiting")
    if organisation_id is not None:
        query = query.where(Approval.organisation_id == organisation_id)
    return queues.count(query, Approval.id)


@blueprint.get("/approvals")
def approval_queue() -> str:
    """Everything that waits for us, what was asked first at the top."""
    return queue_page()


def queue_page(problem: Invalid | None = None) -> str:
    """Render the queue, keeping what was typed."""
    query = visible(actor(), Approval).where(Approval.state == "waiting")
    listed = page(actor(), query, [Approval.id], request.args.get("after"), descending=False)
    more = url_for("staff.approval_queue", after=listed.next) if listed.next else None
    template = "_rows.html" if request.headers.get("HX-Request") else "queue.html"
    return render_template(f"staff/approvals/{template}", listed=listed, more_url=more, problem=problem,
                           back=url_for("staff.approval_queue"))  # fmt: skip


@blueprint.post("/approvals/<public_id>/decision")
def decide_approval(public_id: str) -> Response | tuple[str, int]:
    """Approve it, or decline it with a reason."""
    row = find(actor(), Approval, public_id=public_id)
    decision = request.form.get("decision")
    try:
        if decision == "approve":
            verbs.approve(actor(), row)
            flash(_("Approved: %(name)s.", name=row.name), "success")
        elif decision == "decline":
            verbs.decline(actor(), row, request.form.get("reason", ""))
            flash(_("Declined: %(name)s. Whoever asked reads your reason.", name=row.name), "success")
        else:
            raise Invalid("decision", _("must be approve or decline"))
    except Invalid as error:
        return queue_page(error), 422
    return redirect(local(request.form.get("next"), url_for("staff.approval_queue")), 303)
