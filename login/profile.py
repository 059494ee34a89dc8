"""The profile: how somebody is called, and in which language, zone and light they read."""

from typing import Any

from flask import flash, redirect, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import HiddenField, SelectField, StringField
from wtforms.validators import Length, Optional

from actions import actors, logins, people, sessions
from login.face import blueprint, device, enter, layout, place, remember, signed_in
from login.fields import blame, options, required, show
from models import words
from models.people import Membership, Person
from models.words import name_of
from policy import Invalid, NotFound, Refused, find
from web.actor import actor
from web.saying import said

ZONES = {"": _l("As at my place of work")} | {zone: zone.replace("_", " ") for zone in people.zones()}
LANGUAGES = {"": _l("As the business")} | {one: name_of(one) for one in words.LANGUAGES}
THEMES = {"auto": _l("As the device"), "light": _l("Light"), "dark": _l("Dark")}
FIELDS = ("name", "title", "language", "zone", "theme")


class ProfileForm(FlaskForm):
    """What people change about themselves."""

    name = StringField(_l("Name"), [required(_l("Enter your name.")), Length(max=200)])
    title = StringField(_l("Job title"), [Optional(), Length(max=200)])
    language = SelectField(_l("Language"), choices=options(LANGUAGES))
    zone = SelectField(_l("Time zone"), choices=options(ZONES))
    theme = SelectField(_l("Appearance"), choices=options(THEMES))
    version = HiddenField()


@blueprint.route("/profile", methods=["GET", "POST"])
@signed_in
def profile() -> Any:
    """Show and change one's own profile."""
    person = find(actor(), Person, id=actor().person_id)
    form = ProfileForm(data={name: getattr(person, name) or "" for name in (*FIELDS, "version")})
    if form.validate_on_submit():
        try:
            values = {name: form[name].data for name in FIELDS}
            people.change_profile(actor(), person, _number(form.version.data), **values)
        except Invalid as error:
            blame(form, error, "name")
        except Refused as error:
            form.version.data = person.version  # whoever saves again has seen what is there now
            return _page(form, person, 409, said(error))
        else:
            flash(_("Your profile is saved."), "success")
            return redirect(url_for("login.profile"))
    return _page(form, person)


def _page(form: ProfileForm, person: Any, status: int = 0, conflict: str = "") -> Any:
    ways = sessions.memberships(actor().person_id or 0)
    as_staff = actors.staff_member(actor().person_id or 0) is not None
    return show("shared/profile.html", form, status, layout=layout(), person=person, conflict=conflict, ways=ways,
                as_staff=as_staff)  # fmt: skip


def _number(words: str | None) -> int:
    return int(words) if words and words.isdecimal() and len(words) < 10 else 0


@blueprint.post("/profile/switch")
@signed_in
def switch() -> Any:
    """Act for another organisation from now on."""
    chosen = request.form.get("membership", "")
    ways = {str(one.id): one for one in sessions.memberships(actor().person_id or 0)}
    membership: Membership | None = ways.get(chosen)
    if membership is None and chosen != "staff":
        raise NotFound
    remember(next=request.form.get("next", ""))
    return enter(logins.switch(actor(), membership, device(), place()))
