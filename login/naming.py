"""The name: whoever uses a shared mailbox says who they are, once on each device, and may say it anew."""

from typing import Any

from flask import flash, redirect, request
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import StringField
from wtforms.validators import Length

from actions import mailboxes
from login.face import HOMES, blueprint, device
from login.fields import blame, required, show
from policy import Invalid, Refused, require
from web import device as cookie
from web import gate
from web.actor import actor
from web.saying import said

check = gate.only("customer", "partner", unnamed=True)


class NameForm(FlaskForm):
    """Who is writing."""

    name = StringField(
        _l("Your name"),
        [required(_l("Enter your name.")), Length(max=mailboxes.LONGEST_NAME)],
        render_kw={"autocomplete": "name", "autofocus": True},
    )


@blueprint.route("/profile/name", methods=["GET", "POST"])
def mailbox_name() -> Any:
    """Ask who uses the shared mailbox on this device; the answer stands beside all that is written from it."""
    if (turned := check()) is not None:
        return turned
    require(actor(), "mailbox:name")
    onward = gate.local(request.values.get("next"), HOMES[actor().side])
    form = NameForm(name=actor().given_name)
    if form.validate_on_submit():
        try:
            secret = mailboxes.give_name(actor(), form.name.data, cookie.kept(), device())
        except Invalid as error:
            blame(form, error, "name")
        except Refused as error:
            form.name.errors = [*form.name.errors, said(error)]
            return show("login/name.html", form, 429, onward=onward)
        else:
            flash(_("From this device everything is signed with your name."), "success")
            return cookie.keep(redirect(onward), secret)
    return show("login/name.html", form, onward=onward)
