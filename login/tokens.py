"""Tokens: secrets for one's own programs, shown once, ended at any time."""

from typing import Any

from flask import flash, redirect, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response
from wtforms import SelectField, StringField
from wtforms.validators import Length

from actions import logins
from login.face import blueprint, layout, signed_in
from login.fields import blame, options, required, show
from models.db import session
from models.logins import Login, Token
from models.types import now
from policy import Invalid, rows, visible
from web.actor import actor

SCOPES = {
    "*": _l("do everything I may do"),
    "conversation": _l("read, and write messages"),
    "order": _l("read, and answer orders"),
    "call": _l("tell of calls, as the telephone system does"),
}


class TokenForm(FlaskForm):
    """What a token is for, and what it may do."""

    name = StringField(_l("What is it for?"), [required(_l("Say what it is for.")), Length(max=200)])
    scope = SelectField(_l("It may"), choices=options(SCOPES))


@blueprint.route("/profile/tokens", methods=["GET", "POST"])
@signed_in
def tokens() -> Any:
    """List one's tokens and make a new one; its secret is shown on this answer only."""
    form = _form()
    secret = _made(form) if form.validate_on_submit() else None
    query = visible(actor(), Token).where(Token.revoked_at.is_(None), Token.expires_at > now())
    found = rows(actor(), query.order_by(Token.id.desc()))
    return show("shared/profile_tokens.html", _form(formdata=None) if secret else form, 200 if secret else 0,
                layout=layout(), tokens=found, secret=secret)  # fmt: skip


def _form(**how: Any) -> TokenForm:
    """The form with what a token of this person can be for."""
    form = TokenForm(**how)
    ours = actor().side == "staff"
    form.scope.choices = options({name: words for name, words in SCOPES.items() if ours or name != "call"})
    return form


def _made(form: TokenForm) -> str | None:
    login = session.get_one(Login, actor().login_id)
    try:
        return logins.make_token(actor(), login, actor().membership_id, form.name.data, [form.scope.data])
    except Invalid as error:
        blame(form, error, "name")
        return None


@blueprint.post("/profile/tokens/<public_id>/revoke")
@signed_in
def revoke_token(public_id: str) -> Response:
    """End a token at once."""
    logins.revoke_token(actor(), public_id)
    flash(_("The token no longer works."), "success")
    return redirect(url_for("login.tokens"))
