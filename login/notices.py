"""How one is told by mail: at once, once a day or never, and in which hours not."""

from datetime import time
from typing import Any

from flask import flash, redirect, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import HiddenField, RadioField, TimeField
from wtforms.validators import Optional

from actions import notice_choices, push
from actions.notice_choices import Choice
from login.face import blueprint, layout, signed_in
from login.fields import blame, options, show
from policy import Invalid, Refused
from web.actor import actor
from web.incoming import whole
from web.saying import said

PACES = {"at_once": _l("At once"), "daily": _l("Once a day, all in one mail"), "never": _l("Never by mail")}


class NoticesForm(FlaskForm):
    """When one is written to, in the hours of one's own time zone."""

    pace = RadioField(_l("When there is something new for me"), choices=options(PACES))
    digest_at = TimeField(_l("The daily mail comes at"), [Optional()])
    quiet_from = TimeField(_l("Quiet from"), [Optional()])
    quiet_until = TimeField(_l("Quiet until"), [Optional()])
    version = HiddenField()


@blueprint.route("/profile/notices", methods=["GET", "POST"])
@signed_in
def notices() -> Any:
    """Show and change how one is told by mail."""
    form = NoticesForm(data=_shown(notice_choices.of(actor())))
    if form.validate_on_submit():
        try:
            _choose(form)
        except Invalid as error:
            blame(form, error, "pace")
        except Refused as error:
            form.version.data = str(notice_choices.of(actor()).version)
            return _page(form, 409, said(error))
        else:
            flash(_("Saved."), "success")
            return redirect(url_for("login.notices"))
    return _page(form)


def _page(form: NoticesForm, status: int = 0, conflict: str = "") -> Any:
    return show("shared/profile_notices.html", form, status, layout=layout(), conflict=conflict, key=push.public_key(),
                told=push.devices(actor()), here=actor().session_id)  # fmt: skip


def _choose(form: NoticesForm) -> None:
    start, end, digest = (_minute(form[name].data) for name in ("quiet_from", "quiet_until", "digest_at"))
    if (start is None) != (end is None):
        raise Invalid("quiet_until", "needs a beginning and an end, or neither")
    quiet = (start, end) if start is not None and end is not None else None
    version = whole("version", form.version.data) or 0
    notice_choices.choose(actor(), form.pace.data, quiet, notice_choices.MORNING if digest is None else digest, version)


def _minute(at: time | None) -> int | None:
    return None if at is None else at.hour * 60 + at.minute


def _shown(choice: Choice) -> dict[str, Any]:
    names = ("digest_at", "quiet_from", "quiet_until")
    clock = {name: None if (at := getattr(choice, name)) is None else time(at // 60, at % 60) for name in names}
    return {"pace": choice.pace, "version": choice.version} | clock
