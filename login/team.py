"""The team: a manager outside invites colleagues, sets their roles and removes them; the others read who does."""

from typing import Any

from flask import Blueprint, flash, redirect, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response
from wtforms import BooleanField, EmailField, SelectField, StringField
from wtforms.validators import Length

from actions import approvals, mailboxes, people
from login.face import layout
from login.fields import blame, options, required, show
from models.approvals import Approval
from models.organisations import Organisation
from policy import Invalid, Refused, find
from web.actor import actor
from web.gate import guard

SURFACES = {"portal": "customer", "partners": "partner"}


class InviteForm(FlaskForm):
    """Whom to invite, and as what."""

    email = EmailField(_l("E-mail address"), [required(_l("Enter the address.")), Length(max=200)])
    name = StringField(_l("Name"), [required(_l("Enter the name.")), Length(max=200)])
    role = SelectField(_l("Role"), choices=options({"member": _l("Member"), "manager": _l("Manager")}))
    mailbox = BooleanField(_l("A mailbox that several share, such as orders@: each gives their name"))


def blueprint(surface: str) -> Blueprint:
    """Make the team pages of one surface: `portal_team` and `partners_team`."""
    made = Blueprint(f"{surface}_team", __name__, url_prefix=f"/{surface}/team")
    made.add_url_rule("", "index", index, methods=["GET", "POST"])
    made.add_url_rule("/<public_id>/role", "role", role, methods=["POST"])
    made.add_url_rule("/<public_id>/remove", "remove", remove, methods=["POST"])
    made.add_url_rule("/<public_id>/mailbox", "mailbox", mailbox, methods=["POST"])
    made.add_url_rule("/approvals/<public_id>/withdrawal", "withdraw", withdraw, methods=["POST"])
    return guard(made, SURFACES[surface])


def index() -> Any:
    """List the colleagues; managers invite one here."""
    form = InviteForm()
    if form.validate_on_submit():
        try:
            made = people.invite(
                actor(), _organisation(), form.email.data, form.name.data, form.role.data, mailbox=form.mailbox.data
            )
        except (Invalid, Refused) as error:
            blame(form, error if isinstance(error, Invalid) else Invalid("email", error.words), "email")
        else:
            flash(_invited(made, form.email.data), "success")
            return redirect(url_for(".index"))
    members, asked = people.members(actor()), approvals.waiting_or_declined(actor())
    names = mailboxes.names(actor(), [one.membership_id for one in members if one.mailbox])
    return show(
        "shared/members.html",
        form,
        layout=layout(),
        members=members,
        organisation=_organisation(),
        asked=asked,
        names=names,
    )


def _invited(made: object, email: str) -> str:
    if isinstance(made, Approval):
        return _("We look at it first: %(email)s gets the invitation once it is approved.", email=email)
    return _("%(email)s is invited by mail.", email=email)


def _organisation() -> Any:
    return find(actor(), Organisation, id=actor().organisation_id)


def role(public_id: str) -> Response:
    """Make a colleague a member or a manager."""
    waits = people.set_role(actor(), people.member(actor(), public_id), request.form.get("role", ""))
    flash(
        _("We look at it first: the role changes once it is approved.") if waits else _("The role is changed."),
        "success",
    )
    return redirect(url_for(".index"))


def mailbox(public_id: str) -> Any:
    """Say that a colleague's address is a mailbox that several share, or one person's again."""
    shared = request.form.get("mailbox") == "yes"
    mailboxes.set_mailbox(actor(), people.member(actor(), public_id), shared)
    flash(
        _("Whoever comes with this address gives a name first.") if shared else _("It is one person's address."),
        "success",
    )
    return redirect(url_for(".index"))


def remove(public_id: str) -> Any:
    """Remove a colleague."""
    people.remove(actor(), people.member(actor(), public_id))
    flash(_("Your colleague is removed and signed out everywhere."), "success")
    return redirect(url_for(".index"))


def withdraw(public_id: str) -> Response:
    """Take back what waits for approval."""
    approvals.withdraw(actor(), find(actor(), Approval, public_id=public_id))
    flash(_("It is taken back."), "success")
    return redirect(url_for(".index"))
