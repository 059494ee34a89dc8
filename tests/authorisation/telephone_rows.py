"""Promises, calls and what else belongs to the telephone: for staff, and for customers what is shown to them."""

from tests.authorisation.actors import (
    ERNST,
    EVERYBODY,
    GRETA,
    JONAS,
    LEADS,
    LEHMANNS,
    NANCY,
    NOBODY,
    OTTO,
    OUTSIDE,
    REACH,
    RENATE,
    SIGNED_IN,
    STAFF,
    VISITOR,
)
from tests.authorisation.api_rows import api
from tests.authorisation.row import Call, at, row
from tests.authorisation.staff_rows import desk
from tests.authorisation.verb_rows import may

# What stands for a promise, who of staff sees it, and who of them may do something about it.
PROMISES = (
    ("own", "@promise:nancy", STAFF, NANCY | LEADS), ("another team's", "@promise:support", REACH, NANCY | LEADS),
    ("handed to another team", "@promise:otto", STAFF, OTTO | LEADS), ("shown to the customer", "@promise:shown", STAFF, NANCY | LEADS),
    ("non-existent", "nothing", NOBODY, NOBODY),
)  # fmt: skip

for _view in ("mine", "overdue", "open", "done", "nothing"):
    desk("GET staff.promises", _view, Call(query={"view": _view}), allow=STAFF)
for _relation, _key, _seen, _may in PROMISES:
    desk("GET staff.promise", _relation, at(public_id=_key), allow=_seen, missing=STAFF - _seen)
    for _operation, _form in (
        ("keep_promise", {"note": "Done"}), ("withdraw_promise", {"note": "Too late"}), ("hand_over_promise", {"owner": "@staff:steven"}),
        ("change_promise", {"promise_due": "2041-05-04T09:00"}),
    ):  # fmt: skip
        desk(f"POST staff.{_operation}", _relation, Call(args={"public_id": _key}, form=_form), allow=_may, forbidden=_seen - _may,
             missing=STAFF - _seen)  # fmt: skip
    if _key.startswith("@"):
        for _verb in ("keep", "withdraw", "hand_over", "change"):
            _shown = LEHMANNS if "customer" in _relation else NOBODY
            may(f"promise:{_verb}", _relation, "Promise", _key, allow=_may, forbidden=(_seen - _may) | _shown)
desk("POST staff.hand_over_promise", "to nobody there is", Call(args={"public_id": "@promise:nancy"}, form={"owner": "99999"}),
     missing=STAFF)  # fmt: skip
_form = {"promise": "A date", "shown": "yes"}
desk("POST staff.promise_about_order", "sales", Call(args={"number": "11070"}, form=_form), allow=STAFF)
desk(
    "POST staff.promise_about_order",
    "purchase",
    Call(args={"number": "PO-1001"}, form={"promise": "A date"}),
    allow=STAFF,
)
desk("POST staff.promise_about_order", "non-existent", Call(args={"number": "nothing"}, form=_form), missing=STAFF)

for _query in ({}, {"state": "open"}, {"state": "overdue"}, {"state": "kept"}, {"state": "withdrawn"}, {"mine": "1"}):
    api("GET api.promises", f"all {_query or ''}".strip(), Call(query=_query), allow=SIGNED_IN)
for _relation, _key, _seen, _may in (
    *PROMISES[:3], PROMISES[4], ("shown to an organisation", "@promise:shown", STAFF | LEHMANNS, NANCY | LEADS),
    ("shown at a request", "@promise:talk", REACH | RENATE | GRETA, NANCY | LEADS),
    ("shown to one person", "@promise:jonas", STAFF | JONAS | GRETA, NANCY | LEADS),
    ("other organisation", "@promise:ernst", STAFF | ERNST, NANCY | LEADS),
):  # fmt: skip
    api("GET api.promise", _relation, at(public_id=_key), allow=_seen, missing=SIGNED_IN - _seen)
    for _words, _json in (
        ("kept", {"state": "kept"}), ("withdrawn", {"state": "withdrawn"}), ("handed over", {"owner": "@person:steven"}),
        ("hidden", {"shown": False, "due_at": "2041-05-04T09:00:00Z"}),
    ):  # fmt: skip
        api("PATCH api.change_promise", f"{_relation}: {_words}", Call(args={"public_id": _key}, json=_json), allow=_may,
            forbidden=_seen - _may, missing=SIGNED_IN - _seen)  # fmt: skip
for _name, _own in (("lehmanns", LEHMANNS), ("ernst", ERNST)):
    api("POST api.make_promise", _name, Call(json={"organisation": f"@org:{_name}", "words": "A date", "shown": True}), allow=STAFF,
        forbidden=_own, missing=OUTSIDE - _own)  # fmt: skip
_promise = {"organisation": "@org:lehmanns", "words": "A date"}
api("POST api.make_promise", "another team's conversation in the body", Call(json=_promise | {"conversation": "@c_renate"}),
    allow=REACH, missing=SIGNED_IN - REACH - LEHMANNS, refused=LEHMANNS)  # fmt: skip
api("POST api.make_promise", "for a colleague", Call(json=_promise | {"owner": "@person:margaret"}), allow=STAFF,
    refused=LEHMANNS, missing=OUTSIDE - LEHMANNS)  # fmt: skip
api("POST api.make_promise", "somebody outside keeps it", Call(json=_promise | {"owner": "@person:renate"}),
    missing=STAFF | (OUTSIDE - LEHMANNS), refused=LEHMANNS)  # fmt: skip
api("POST api.make_promise", "another's order in the body", Call(json=_promise | {"order": "11072"}), refused=SIGNED_IN)

for _view in ("waiting", "all"):
    desk("GET staff.calls", _view, Call(query={"view": _view}), allow=STAFF)
for _key in ("@call:missed", "@call:unknown"):
    desk("GET staff.call", _key[6:], Call(args={"public_id": _key}, query={"q": "cnr"}), allow=STAFF)
    desk("POST staff.return_call", _key[6:], at(public_id=_key), allow=STAFF)
    api("GET api.call", _key[6:], at(public_id=_key), allow=STAFF, missing=OUTSIDE)
    api("POST api.return_call", _key[6:], at(public_id=_key), allow=STAFF, missing=OUTSIDE)
    for _verb in ("file", "return"):
        may(f"call:{_verb}", _key[6:], "Call", _key, allow=STAFF)
_whose = {"organisation": "@org:ernst", "name": "New One"}
desk("POST staff.file_call", "unknown", Call(args={"public_id": "@call:unknown"}, form=_whose), allow=STAFF)
desk("POST staff.file_call", "filed already", Call(args={"public_id": "@call:missed"}, form=_whose), refused=STAFF)
desk("POST staff.file_call", "non-existent organisation in the body", Call(args={"public_id": "@call:unknown"},
     form={"organisation": "nothing"}), missing=STAFF)  # fmt: skip
desk("POST staff.note_call", "missed", Call(args={"public_id": "@call:missed"}, form={"summary": "Asks", "promise": "A date"}),
     allow=STAFF)  # fmt: skip
desk(
    "POST staff.note_call",
    "unknown",
    Call(args={"public_id": "@call:unknown"}, form={"summary": "Asks"}),
    refused=STAFF,
)
api(
    "POST api.file_call",
    "unknown",
    Call(args={"public_id": "@call:unknown"}, json=_whose),
    allow=STAFF,
    missing=OUTSIDE,
)
api(
    "POST api.file_call",
    "filed already",
    Call(args={"public_id": "@call:missed"}, json=_whose),
    refused=STAFF,
    missing=OUTSIDE,
)
for _operation, _sent in (("GET staff.call", {}), ("POST staff.return_call", {}), ("POST staff.file_call", {"form": _whose}),
                          ("POST staff.note_call", {"form": {"summary": "Asks"}})):  # fmt: skip
    desk(_operation, "non-existent", Call(args={"public_id": "nothing"}, **_sent), missing=STAFF)
for _operation, _sent in (("GET api.call", {}), ("POST api.return_call", {}), ("POST api.file_call", {"json": _whose})):
    api(_operation, "non-existent", Call(args={"public_id": "nothing"}, **_sent), missing=SIGNED_IN)
for _query in ({}, {"state": "missed"}, {"waiting": "1"}):
    api("GET api.calls", f"all {_query or ''}".strip(), Call(query=_query), allow=SIGNED_IN)
for _event in ("ring", "hangup"):
    api("POST api.report_call", _event, Call(json={"id": "new", "event": _event, "number": "+49691234567", "extension": "42"}), allow=STAFF,
        forbidden=OUTSIDE)  # fmt: skip
for _verb in ("report", "hear"):
    may(f"call:{_verb}", "any", allow=STAFF, forbidden=OUTSIDE | VISITOR)
may("extension:set", "own", allow=STAFF, forbidden=OUTSIDE | VISITOR)
may("extension:set", "by token", allow=NOBODY, forbidden=SIGNED_IN | VISITOR, token=True)
row("GET login.telephone", "own", allow=STAFF, missing=OUTSIDE, sign_in=VISITOR)
row("POST login.telephone", "own", Call(form={"extension": "4711"}), allow=STAFF, missing=OUTSIDE, sign_in=VISITOR)

# Whoever holds the address of a calendar reads what its owner may see, and nothing without it.
row("GET login.calendar", "own", allow=STAFF, missing=OUTSIDE, sign_in=VISITOR)
for _operation in ("POST login.calendar", "POST login.end_calendar"):
    row(_operation, "own", allow=STAFF, missing=OUTSIDE, sign_in=VISITOR)
row(
    "GET login.calendar_feed",
    "with its address",
    Call(args={"secret": "@calendar:nancy"}, bearer="nancy"),
    allow=EVERYBODY,
)
for _relation, _secret in (
    ("non-existent", "nothing"),
    ("with another secret", "@apitoken:nancy"),
    ("ended", "@calendar:ended"),
):
    row("GET login.calendar_feed", _relation, at(secret=_secret), missing=EVERYBODY)
# The address at which one files mail leads nowhere on the web.
for _operation in ("GET login.mail_log", "POST login.mail_log", "POST login.end_mail_log"):
    row(_operation, "own", allow=STAFF, missing=OUTSIDE, sign_in=VISITOR)
may("mail_log:make", "own", allow=STAFF, forbidden=OUTSIDE | VISITOR)
may("mail_log:make", "by token", allow=NOBODY, forbidden=SIGNED_IN | VISITOR, token=True)
may("calendar:make", "own", allow=STAFF, forbidden=OUTSIDE | VISITOR)
may("calendar:make", "by token", allow=NOBODY, forbidden=SIGNED_IN | VISITOR, token=True)
