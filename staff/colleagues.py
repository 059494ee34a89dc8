"""Who has access to an organisation's data: its people as we see them, whom we invite, and whether we approve others."""

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from actions import approvals, mailboxes, people
from actions.enrolling import SIDES
from models.approvals import Approval
from models.organisations import Organisation
from policy import Invalid, Refused, find, rows, visible
from staff.blueprint import blueprint
from web.actor import actor
from web.errors import http_status

MANY = 100


def sides_of(row: Organisation) -> list[str]:
    """On which sides an organisation may have people."""
    return [side for side, roles in SIDES.items() if set(roles) & set(row.roles)]


@blueprint.get("/organisations/<public_id>/colleagues")
def colleagues(public_id: str) -> str:
    """Its people, what waits for approval, and the settings."""
    return colleagues_page(find(actor(), Organisation, public_id=public_id))


def colleagues_page(row: Organisation, problem: Invalid | Refused | None = None) -> str:
    """Render the page, keeping what was typed."""
    members = {side: people.members(actor(), row.id, side) for side in sides_of(row)}
    shared = [one.membership_id for found in members.values() for one in found if one.mailbox]
    asked = visible(actor(), Approval).where(Approval.organisation_id == row.id)
    return render_template(
        "staff/organisations/colleagues.html", organisation=row, problem=problem, typed=request.form,
        members=members, names=mailboxes.names(actor(), shared),
        waiting=rows(actor(), asked.where(Approval.state == "waiting").order_by(Approval.id).limit(MANY)),
        decided=rows(actor(), asked.where(Approval.state != "waiting").order_by(Approval.decided_at.desc()).limit(5)),
        back=url_for("staff.colleagues", public_id=row.public_id),
    )  # fmt: skip


@blueprint.post("/organisations/<public_id>/colleagues")
def invite_colleague(public_id: str) -> Response | tuple[str, int]:
    """Invite somebody to an organisation, without anybody's approval: ours it is."""
    row, form = find(actor(), Organisation, public_id=public_id), request.form
    side = form.get("side") or next(iter(sides_of(row)), None)
    try:
        people.invite(actor(), row, form.get("email", ""), form.get("name", ""), form.get("role", "member"), side,
                      form.get("mailbox") == "yes")  # fmt: skip
    except (Invalid, Refused) as error:
        return colleagues_page(row, error), http_status(error)
    flash(_("%(email)s is invited by mail.", email=form.get("email", "")), "success")
    return redirect(url_for("staff.colleagues", public_id=public_id), 303)


@blueprint.post("/organisations/<public_id>/approval")
def require_approval(public_id: str) -> Response:
    """Let new colleagues wait for our approval, or no longer."""
    row = find(actor(), Organisation, public_id=public_id)
    approvals.set_required(actor(), row, request.form.get("required") == "yes")
    words = _("New colleagues wait for our approval.") if row.approves_colleagues else _("New colleagues join unasked.")
    flash(words, "success")
    return redirect(url_for("staff.colleagues", public_id=public_id), 303)


@blueprint.post("/organisations/<public_id>/colleagues/<person_id>/mailbox")
def set_mailbox(public_id: str, person_id: str) -> Response:
    """Say that an address is a mailbox that several share, or one person's again."""
    row = find(actor(), Organisation, public_id=public_id)
    shared = request.form.get("mailbox") == "yes"
    mailboxes.set_mailbox(actor(), people.member(actor(), person_id, row.id, request.form.get("side") or None), shared)
    flash(_("Whoever comes with it gives a name first.") if shared else _("It is one person's address."), "success")
    return redirect(url_for("staff.colleagues", public_id=public_id), 303)
