"""Who may let people in by API: staff for all, managers in person alone."""

from tests.authorisation.actors import (
    CHARLES,
    CHARLOTTE,
    EXOTIC,
    GRETA,
    JONAS,
    LEHMANNS,
    OUTSIDE,
    SIGNED_IN,
    STAFF,
)
from tests.authorisation.api_rows import api
from tests.authorisation.row import Call, at

for _org, _own, _person, _who, _manager in (
    ("lehmanns", LEHMANNS, "jonas", JONAS, GRETA), ("exotic", EXOTIC, "charlotte", CHARLOTTE, CHARLES),
):  # fmt: skip
    api("GET api.members", _org, at(public_id=f"@org:{_org}"), allow=STAFF | _own, missing=OUTSIDE - _own)
    api("POST api.invite_member", _org, Call(args={"public_id": f"@org:{_org}"}, json={"email": "new@new.example", "name": "New"}),
        allow=STAFF, forbidden=_own, missing=OUTSIDE - _own)  # fmt: skip
    _member = {"public_id": f"@org:{_org}", "member_id": f"@person:{_person}"}
    _seen = _manager | _who
    for _json in ({"role": "manager"}, {"mailbox": True}):
        api("PATCH api.change_member", f"{_org}: {', '.join(_json)}", Call(args=_member, json=_json), allow=STAFF, forbidden=_seen,
            missing=OUTSIDE - _seen)  # fmt: skip
    api("DELETE api.remove_member", _org, Call(args=_member), allow=STAFF, forbidden=_seen, missing=OUTSIDE - _seen)
_strange = {"public_id": "@org:exotic", "member_id": "@person:jonas"}
api(
    "PATCH api.change_member",
    "foreign child under own parent",
    Call(args=_strange, json={"mailbox": True}),
    missing=SIGNED_IN,
)
api("DELETE api.remove_member", "foreign child under own parent", Call(args=_strange), missing=SIGNED_IN)
api("GET api.members", "non-existent", at(public_id="nothing"), missing=SIGNED_IN)
api("POST api.invite_member", "non-existent", Call(args={"public_id": "nothing"}, json={"email": "new@new.example", "name": "New"}),
    missing=SIGNED_IN)  # fmt: skip
