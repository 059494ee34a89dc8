"""Invitations: whoever was invited by mail looks at it, and accepts."""

from typing import Any

from flask import render_template
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import PasswordField, StringField
from wtforms.validators import Length, Optional

from actions import logins, people, waves
from login.face import blueprint, device, enter, place
from login.fields import NEW_PASSWORD, blame, required, show
from models import db
from policy import Invalid, NotFound
from web.product import own_units


class InvitationForm(FlaskForm):
    """How a newcomer wants to be called, and a password for those who like one."""

    name = StringField(_l("Your name"), [required(_l("Enter your name.")), Length(max=200)])
    password = PasswordField(_l("Password (optional)"), [Optional(), Length(max=200)], render_kw=NEW_PASSWORD)


@blueprint.route("/invitation/<secret>", methods=["GET", "POST"])
@own_units
def invitation(secret: str) -> Any:
    """Show an invitation; only accepting it changes anything."""
    try:
        with db.reading():
            who = people.invited(secret)
        db.aside(lambda at: waves.opened(at, secret))
        form = InvitationForm(name=who.name)
        if not who.newcomer:
            del form.name, form.password
        if form.validate_on_submit() and (session_secret := _accept(secret, form, who.newcomer)):
            return enter(session_secret)
        return show("login/invitation.html", form, invited=who, secret=secret)
    except NotFound:
        return render_template("login/invitation_gone.html"), 404


@blueprint.post("/invitation/<secret>/refusal")
def refuse_invitation(secret: str) -> Any:
    """Want no invitation to this address, this one or another."""
    try:
        waves.decline(secret)
    except NotFound:
        return render_template("login/invitation_gone.html"), 404
    return render_template("login/declined.html")


def _accept(secret: str, form: InvitationForm, newcomer: bool) -> str | None:
    try:
        hashed = logins.hashed(form.password.data) if newcomer and form.password.data else None
        name = form.name.data if newcomer else None
        with db.unit():
            return people.accept(secret, name, hashed, device(), place())
    except Invalid as error:
        blame(form, error, "name")
        return None
