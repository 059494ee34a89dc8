"""Mail hooks: which mail service brings the mail of an address of ours, set by admins."""

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from actions import mail_hooks as verbs
from models.mail_hooks import SERVICES
from models.mail_in import Mailbox
from policy import Invalid
from staff.blueprint import blueprint
from staff.mail_sources import the_mailbox
from web.actor import actor
from web.errors import http_status
from web.product import product
from web.saying import blamed

NAMES = {"mailgun": "Mailgun", "sendgrid": "SendGrid", "postmark": "Postmark"}  # as they call themselves


@blueprint.get("/settings/mailboxes/<public_id>/service")
def mail_hook(public_id: str) -> str:
    """Which mail service brings the mail of an address, with the form."""
    return hook_page(the_mailbox(public_id))


def hook_page(box: Mailbox, problem: str = "", address: str = "") -> str:
    """Render the page; a new address is shown on this answer only, and a key never."""
    row = verbs.of(box)
    chosen = request.form.get("service") or (row.service if row else SERVICES[0])
    return render_template("staff/mail_in/hook.html", mailbox=box, hook=row, problem=problem, address=address,
                           chosen=chosen, names=NAMES)  # fmt: skip


@blueprint.post("/settings/mailboxes/<public_id>/service")
def set_mail_hook(public_id: str) -> str | tuple[str, int]:
    """Let a mail service bring mail, at a new address."""
    box = the_mailbox(public_id)
    try:
        secret = verbs.set_up(actor(), box, request.form.to_dict())
    except Invalid as error:
        return hook_page(box, blamed(error)), http_status(error)
    return hook_page(box, address=product().config["SETTINGS"].url + url_for("mail_hooks.bring", secret=secret))


@blueprint.post("/settings/mailboxes/<public_id>/service/removal")
def remove_mail_hook(public_id: str) -> Response:
    """Let nobody bring mail any more."""
    box = the_mailbox(public_id)
    verbs.end(actor(), box)
    flash(_("No service brings mail for %(address)s any more; what came is kept.", address=box.address), "success")
    return redirect(url_for("staff.mailboxes"), 303)
