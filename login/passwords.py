"""Signing in with a password, and setting one."""

from datetime import timedelta
from typing import Any

from flask import url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import EmailField, PasswordField
from wtforms.validators import Length, Optional

from actions import limits, logins, passwords
from login.face import blueprint, device, enter, layout, pending, place, remember, signed_in
from login.fields import ADDRESS, NEW_PASSWORD, OLD_PASSWORD, blame, required, show
from models import db
from models.logins import Login, SignInSession
from models.types import now
from policy import Actor, Invalid, Refused
from web.actor import actor
from web.product import own_units
from web.saying import said

FRESH = timedelta(minutes=15)  # so soon after signing in, the old password is not asked for


class PasswordForm(FlaskForm):
    """Address and password."""

    email = EmailField(
        _l("Your e-mail address"), [required(_l("Enter your e-mail address.")), Length(max=200)], render_kw=ADDRESS
    )
    password = PasswordField(
        _l("Password"), [required(_l("Enter your password.")), Length(max=200)], render_kw=OLD_PASSWORD
    )


class NewPasswordForm(FlaskForm):
    """A new password; the old one unless the sign-in was just now."""

    current = PasswordField(_l("Current password"), [Optional(), Length(max=200)], render_kw=OLD_PASSWORD)
    password = PasswordField(
        _l("New password"), [required(_l("Enter a new password.")), Length(max=200)], render_kw=NEW_PASSWORD
    )


@blueprint.route("/login/password", methods=["GET", "POST"])
@own_units
def password() -> Any:
    """Ask for a password; checking takes a moment, outside of any unit of work."""
    form = PasswordForm(email=pending().get("email"))
    if form.validate_on_submit():
        remember(email=form.email.data)
        try:
            if secret := _try(form.email.data, form.password.data):
                return enter(secret)
        except Refused as error:
            form.password.errors = [*form.password.errors, said(error)]
            return show("login/password.html", form, 429)
        form.password.errors = [*form.password.errors, _("Address and password do not fit. Try again, or use a code.")]
    return show("login/password.html", form)


def _try(email: str, given: str) -> str | None:
    login_id = logins.check_password(email, given, place())
    if login_id is None:
        return None
    with db.unit():
        return logins.sign_in(login_id, None, device(), place(), how="password")


@blueprint.route("/profile/password", methods=["GET", "POST"])
@own_units
@signed_in
def new_password() -> Any:
    """Set a password; every other device is signed out."""
    who = actor()
    stored = passwords.stored_password(who.login_id or 0)
    ask = stored is not None and not _fresh(who)
    form = NewPasswordForm()
    if form.validate_on_submit() and _accepted(form, who, stored if ask else None):
        return enter(_set(who, form))
    return show("shared/profile_password.html", form, layout=layout(), ask=ask, has_password=stored is not None)


def _fresh(who: Actor) -> bool:
    with db.reading() as session:
        found = session.get(SignInSession, who.session_id)
        return found is not None and now() - found.created_at < FRESH


def _accepted(form: NewPasswordForm, who: Actor, stored: str | None) -> bool:
    limits.demand("20 per 15 minutes", "current password", str(who.login_id))
    if stored is not None and not passwords.fits(form.current.data or "", stored):
        form.current.errors = [*form.current.errors, _("This is not your current password.")]
        return False
    try:
        form.hash = logins.hashed(form.password.data)
    except Invalid as error:
        blame(form, error, "password")
        return False
    return True


def _set(who: Actor, form: NewPasswordForm) -> str:
    remember(next=url_for("login.profile"))
    with db.unit():
        login = db.session.get_one(Login, who.login_id)
        logins.set_password(who, login, form.hash)
        return logins.sign_in(login, who.membership_id, device(), place(), how="password changed")
