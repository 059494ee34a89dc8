"""Devices: where somebody is signed in, and ending it there."""

from typing import Any

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.wrappers import Response

from actions import logins
from login.face import blueprint, layout, signed_in
from models.logins import SignInSession
from models.types import now
from policy import rows, visible
from web.actor import actor


@blueprint.get("/profile/devices")
@signed_in
def devices() -> Any:
    """List the devices that are signed in, the one at hand first."""
    query = visible(actor(), SignInSession).where(SignInSession.ended_at.is_(None), SignInSession.expires_at > now())
    found = rows(actor(), query.order_by(SignInSession.last_seen_at.desc()))
    found.sort(key=lambda one: one.id != actor().session_id)
    return render_template("shared/devices.html", layout=layout(), devices=found, here=actor().session_id)


@blueprint.post("/profile/devices/<public_id>/end")
@signed_in
def end_device(public_id: str) -> Response:
    """Sign one device out."""
    logins.end_session(actor(), public_id)
    flash(_("That device is signed out."), "success")
    return redirect(url_for("login.devices"))


@blueprint.post("/profile/devices/end-others")
@signed_in
def end_other_devices() -> Response:
    """Sign all other devices out."""
    ended = logins.end_others(actor())
    flash(ngettext("%(num)s other device is signed out.", "%(num)s other devices are signed out.", ended), "success")
    return redirect(url_for("login.devices"))
