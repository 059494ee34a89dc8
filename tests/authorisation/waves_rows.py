"""Invitations in waves: leads alone, on the page and by API; whoever is invited may refuse."""

from tests.authorisation.actors import AGENTS, EVERYBODY, LEADS, OUTSIDE
from tests.authorisation.api_rows import api
from tests.authorisation.row import Call, at, row
from tests.authorisation.staff_rows import desk
from tests.authorisation.verb_rows import may

NEW = {"name": "Autumn", "side": "customer"}

may("wave:run", "of any", allow=LEADS, forbidden=EVERYBODY - LEADS)

desk("GET staff.waves", "all", allow=LEADS, forbidden=AGENTS)
desk("GET staff.new_wave", "new", allow=LEADS, forbidden=AGENTS)
desk("POST staff.make_wave", "new", Call(form=NEW), allow=LEADS, forbidden=AGENTS)
desk("POST staff.make_wave", "to nobody's side", Call(form=NEW | {"side": "staff"}), refused=LEADS, forbidden=AGENTS)
for _name in ("wave", "wave_progress", "export_wave"):
    desk(f"GET staff.{_name}", "any", at(public_id="@wave:draft"), allow=LEADS, forbidden=AGENTS)
    desk(f"GET staff.{_name}", "non-existent", at(public_id="nothing"), missing=LEADS, forbidden=AGENTS)
for _language, _readers in (("de", LEADS), ("xx", LEADS - LEADS)):
    desk("GET staff.wave_letter", f"in {_language}", at(public_id="@wave:draft", language=_language), allow=_readers,
         missing=LEADS - _readers, forbidden=AGENTS)  # fmt: skip
desk("GET staff.wave_letter", "non-existent", at(public_id="nothing", language="de"), missing=LEADS, forbidden=AGENTS)
for _state, _wave, _allowed in (
    ("running", "draft", LEADS),
    ("stopped", "draft", LEADS),
    ("running", "stopped", LEADS - LEADS),
):
    _call = Call(args={"public_id": f"@wave:{_wave}"}, form={"state": _state})
    desk("POST staff.set_wave_state", f"{_state}, of one that is {_wave}", _call, allow=_allowed, refused=LEADS - _allowed,
         forbidden=AGENTS)  # fmt: skip
desk("POST staff.set_wave_state", "non-existent", Call(args={"public_id": "nothing"}, form={"state": "running"}),
     missing=LEADS, forbidden=AGENTS)  # fmt: skip
for _name in ("withdraw_wave", "repeat_wave"):
    desk(f"POST staff.{_name}", "that is over", at(public_id="@wave:stopped"), allow=LEADS, forbidden=AGENTS)
    desk(f"POST staff.{_name}", "not begun", at(public_id="@wave:draft"), refused=LEADS, forbidden=AGENTS)
    desk(f"POST staff.{_name}", "non-existent", at(public_id="nothing"), missing=LEADS, forbidden=AGENTS)

REST = AGENTS | OUTSIDE
api("GET api.invitation_waves", "all", allow=LEADS, forbidden=REST)
api("POST api.prepare_wave", "new", Call(json=NEW), allow=LEADS, forbidden=REST)
for _operation, _wave, _sent in (
    ("GET api.invitation_wave", "draft", {}), ("GET api.wave_people", "draft", {}), ("POST api.withdraw_invitations", "stopped", {}),
    ("POST api.repeat_invitations", "stopped", {}), ("PATCH api.change_wave", "draft", {"json": {"state": "running"}}),
):  # fmt: skip
    api(_operation, "any", Call(args={"public_id": f"@wave:{_wave}"}, **_sent), allow=LEADS, forbidden=REST)
    api(_operation, "non-existent", Call(args={"public_id": "nothing"}, **_sent), missing=LEADS, forbidden=REST)

row("POST login.refuse_invitation", "invited", Call(args={"secret": "@invitation"}, bearer="jonas"), allow=EVERYBODY)
for _relation, _secret in (
    ("used", "@invitation:used"),
    ("another purpose", "@apitoken:jonas"),
    ("non-existent", "nothing"),
):
    row("POST login.refuse_invitation", _relation, at(secret=_secret), missing=EVERYBODY)
