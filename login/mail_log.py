"""Filing mail: a secret address of one's own, at which mail is filed on the record of its customer."""

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from actions import log_addresses
from login.face import blueprint, layout, settings, signed_in
from policy import NotFound
from web.actor import actor


@blueprint.route("/profile/mail-log", methods=["GET", "POST"])
@signed_in
def mail_log() -> Any:
    """Say whether there is an address, and make a new one; it is shown on this answer only."""
    if actor().staff_id is None:
        raise NotFound
    address = log_addresses.make(actor()) if request.method == "POST" else ""
    return render_template(
        "shared/profile_mail_log.html", layout=layout(), address=address, current=log_addresses.current(actor()),
        checked=bool(settings().mail_authserv),
    )  # fmt: skip


@blueprint.post("/profile/mail-log/end")
@signed_in
def end_mail_log() -> Any:
    """Let the address lead nowhere from now on."""
    if actor().staff_id is None:
        raise NotFound
    log_addresses.end(actor())
    flash(_("The address no longer works: what comes to it is held."), "success")
    return redirect(url_for("login.mail_log"))
