"""Signing in with a six-digit code, and signing out."""

from typing import Any
from urllib.parse import unquote

from flask import redirect, render_template, request, session, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import logout_user
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response
from wtforms import EmailField, StringField
from wtforms.validators import Length

from actions import logins, mail_checks, paper_codes
from login import demo
from login.face import blueprint, device, enter, onward, pending, place, remember
from login.fields import ADDRESS, required, show
from models import db
from policy import Refused
from web.actor import actor
from web.product import own_units
from web.saying import said

PAPERS = "/orders/"
DIGITS = {"autocomplete": "one-time-code", "inputmode": "numeric", "autofocus": True}


class EmailForm(FlaskForm):
    """The address that a code is sent to."""

    email = EmailField(
        _l("Your e-mail address"), [required(_l("Enter your e-mail address.")), Length(max=200)], render_kw=ADDRESS
    )


class CodeForm(FlaskForm):
    """The code from the mail."""

    code = StringField(
        _l("Six-digit code"), [required(_l("Enter the code from the mail.")), Length(max=20)], render_kw=DIGITS
    )


@blueprint.route("/login", methods=["GET", "POST"])
def sign_in() -> Any:
    """Ask for the address and send a code."""
    if actor().side != "anonymous" and not demo.is_open():
        return redirect(onward(actor(), request.args.get("next")))
    if request.args.get("next"):
        remember(next=request.args["next"])
    form = EmailForm(email=pending().get("email"))
    if form.validate_on_submit():
        return _code_sent(form)
    return _asked(form)


def _asked(form: EmailForm, status: int = 0) -> Any:
    return show("login/sign_in.html", form, status, demo_accounts=demo.accounts(), opening=bool(scanned()))


def _code_sent(form: EmailForm) -> Any:
    ticket = pending().get("ticket", "") if pending().get("email") == form.email.data else ""
    try:
        number = scanned()
        ticket = (
            paper_codes.request_code(number, form.email.data, place(), ticket)
            if number
            else logins.request_code(form.email.data, place(), ticket)
        )
    except Refused as error:
        form.email.errors = [*form.email.errors, said(error)]
        return _asked(form, 429)
    remember(email=form.email.data, ticket=ticket)
    return redirect(url_for("login.code"))


@blueprint.route("/login/code", methods=["GET", "POST"])
@own_units
def code() -> Any:
    """Ask for the code; each try is stored, whatever comes out."""
    begun = pending()
    if not begun.get("email"):
        return redirect(url_for("login.sign_in"))
    form = CodeForm()
    if form.validate_on_submit():
        try:
            secret = _try(begun, form.code.data)
        except Refused as error:
            form.code.errors = [*form.code.errors, said(error)]
            return _code_page(form, begun, 429)
        if isinstance(secret, Response):
            return secret
        if secret:
            return enter(secret)
        words = _("This code is wrong or no longer good. Check it, or ask for a new one.")
        form.code.errors = [*form.code.errors, words]
    return _code_page(form, begun)


def _code_page(form: CodeForm, begun: dict[str, Any], status: int = 0) -> Any:
    with db.reading():
        return show("login/code.html", form, status, email=begun["email"], trouble=mail_checks.trouble(),
                    troubles=mail_checks.TROUBLES)  # fmt: skip


@blueprint.get("/login/code/mail")
def code_mail() -> Any:
    """Whether mail leaves at this moment, for whoever waits for a code; the same for every address."""
    if not pending().get("email"):
        return redirect(url_for("login.sign_in"))
    found = mail_checks.trouble()
    if found == request.args.get("told", ""):
        return "", 204  # nobody is told the same twice
    return render_template("login/_trouble.html", trouble=found, troubles=mail_checks.TROUBLES)


def _try(begun: dict[str, Any], digits: str) -> str | Response | None:
    """The secret of a session, or the way to the one order that was scanned."""
    with db.unit():
        login = logins.check_code(begun["email"], digits, begun.get("ticket", ""), place())
        if login:
            return logins.sign_in(login, None, device(), place())
        number = scanned()
        link = paper_codes.check_code(number, begun["email"], digits, begun.get("ticket", "")) if number else None
        return redirect(f"/order/{link}", 303) if link else None


def scanned() -> str:
    """The number of the order whose paper brought this browser here, if one did."""
    begun = str(pending().get("next", ""))
    return unquote(begun.removeprefix(PAPERS)) if begun.startswith(PAPERS) else ""


@blueprint.post("/logout")
def sign_out() -> Response:
    """End this session."""
    logins.sign_out(actor())
    logout_user()
    session.clear()
    return redirect(url_for("login.sign_in"))
