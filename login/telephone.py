"""One's own telephone: which extension it is, so that calls to it appear on the screen."""

from typing import Any

from flask import flash, redirect, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import StringField
from wtforms.validators import Length, Optional

from actions import calls
from login.face import blueprint, layout, signed_in
from login.fields import blame, show
from policy import Invalid, NotFound
from web.actor import actor


class TelephoneForm(FlaskForm):
    """Where one is reached inside the house."""

    extension = StringField(_l("My extension"), [Optional(), Length(max=20)], render_kw={"inputmode": "numeric"})


@blueprint.route("/profile/telephone", methods=["GET", "POST"])
@signed_in
def telephone() -> Any:
    """Show and change one's own extension; people outside have none."""
    if actor().staff_id is None:
        raise NotFound
    form = TelephoneForm(data={"extension": actor().extension})
    if form.validate_on_submit():
        try:
            calls.set_extension(actor(), form.extension.data or "")
        except Invalid as error:
            blame(form, error, "extension")
        else:
            flash(_("Saved."), "success")
            return redirect(url_for("login.telephone"))
    return show("shared/profile_telephone.html", form, layout=layout())
