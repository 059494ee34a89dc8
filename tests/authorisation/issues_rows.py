"""Issues: staff work on all of them, a partner on what is shared with it, a customer reads how far its own are."""

from typing import Any

from tests.authorisation.actors import (
    CHARLES,
    CUSTOMERS,
    ERNST,
    EXOTIC,
    LEHMANNS,
    NOBODY,
    OTTO,
    OUTSIDE,
    PARTNERS,
    REACH,
    SIGNED_IN,
    STAFF,
    TOKYO,
    VISITOR,
    Names,
)
from tests.authorisation.row import Call, at, row
from tests.authorisation.verb_rows import may

# An issue, who finds it outside, which of them may answer it, and which may put documents on it.
FOUND: tuple[tuple[str, str, Names, Names, Names], ...] = (
    ("own, shared fully", "i_renate", LEHMANNS | EXOTIC, EXOTIC, EXOTIC),
    ("other organisation, shared with the rival", "i_roland", ERNST | TOKYO, TOKYO, TOKYO),
    ("not told to the customer", "i_internal", NOBODY, NOBODY, NOBODY), ("shared to read", "i_read", EXOTIC, NOBODY, NOBODY),
    ("shared without its steps", "i_nosteps", EXOTIC, NOBODY, NOBODY), ("shared, closed", "i_closed", ERNST | EXOTIC, NOBODY, EXOTIC),
    ("shared with two", "i_both", EXOTIC | TOKYO, EXOTIC, EXOTIC), ("shared with the manager", "i_charles", CHARLES, CHARLES, CHARLES),
    ("share revoked", "i_revoked", NOBODY, NOBODY, NOBODY), ("share expired", "i_expired", NOBODY, NOBODY, NOBODY),
)  # fmt: skip
OPEN = tuple(one for one in FOUND if one[1] != "i_closed")

may("issue:open", "any", allow=STAFF, forbidden=OUTSIDE | VISITOR)
for _relation, _key, _seen, _answers, _attaches in FOUND:
    _us = NOBODY if _key == "i_closed" else STAFF
    may(
        "issue:answer", _relation, "Issue", f"@{_key}", allow=_answers | _us, forbidden=(_seen | STAFF) - _answers - _us
    )
    may("issue:attach", _relation, "Issue", f"@{_key}", allow=_attaches | STAFF, forbidden=_seen - _attaches)
for _verb in ("change", "share", "cost"):
    may(f"issue:{_verb}", "own, shared fully", "Issue", "@i_renate", allow=STAFF, forbidden=LEHMANNS | EXOTIC)
may("issue:close", "open", "Issue", "@i_renate", allow=STAFF, forbidden=LEHMANNS | EXOTIC)
may("issue:close", "closed", "Issue", "@i_closed", forbidden=ERNST | EXOTIC | STAFF)
may("issue:reopen", "open", "Issue", "@i_renate", forbidden=LEHMANNS | EXOTIC | STAFF)
may("issue:reopen", "closed", "Issue", "@i_closed", allow=STAFF, forbidden=ERNST | EXOTIC)
may("attachment:remove", "of an issue", "Attachment", "@tied:i_renate", allow=STAFF, forbidden=EXOTIC)
for _verb in ("revoke", "extend"):
    may(f"share:{_verb}", "of an issue", "Share", "@share:i_renate:exotic", allow=STAFF, forbidden=EXOTIC)


def desk(operation: str, relation: str, call: Call, *, missing: Names = NOBODY, **groups: Any) -> None:
    """A row of the desk: outsiders find nothing here."""
    row(operation, relation, call, missing=missing | OUTSIDE, sign_in=VISITOR, **groups)


def api(operation: str, relation: str, call: Call, **groups: Any) -> None:
    """A row of the API."""
    row(operation, relation, call, unknown=VISITOR, **groups)


def partner(operation: str, relation: str, call: Call, *, missing: Names = NOBODY, **groups: Any) -> None:
    """A row of the partners' surface: nobody else finds it."""
    row(operation, relation, call, missing=missing | CUSTOMERS | STAFF, sign_in=VISITOR, **groups)


_new = {"title": "Broken", "description": "All of it"}
_answer = {"text": "The glue", "done": "yes"}
for _query in ({}, {"show": "all"}, {"show": "closed"}, {"q": "cnr"}):
    desk("GET staff.issues", f"all {_query or ''}".strip(), Call(query=_query), allow=STAFF)
for _operation in ("GET staff.new_issue", "POST staff.open_issue"):
    for _relation, _more, _allow in (
        ("of a line", {}, STAFF), ("from another team's request", {"conversation": "@c_renate"}, REACH),
        ("from no request", {"conversation": "999999"}, NOBODY),
    ):  # fmt: skip
        _sent = {"line": "11070/1"} | _more
        _call = Call(query=_sent) if _operation.startswith("GET") else Call(form=_new | _sent)
        desk(_operation, _relation, _call, allow=_allow, missing=STAFF - _allow)
    desk(
        _operation,
        "of no line",
        Call(query={"line": "11070/9"}, form=_new if _operation.startswith("POST") else {}),
        missing=STAFF,
    )
desk("POST staff.open_issue", "from a request of another customer", Call(form=_new | {"line": "11072/1", "conversation": "@c_jonas"}),
     refused=STAFF)  # fmt: skip
_share = {"organisation": "@org:exotic", "level": "respond", "fields": ["title", "steps"]}
for _operation, _args, _form in (
    ("GET staff.issue", {}, {}), ("POST staff.answer_step", {"step": "D4"}, _answer),
    ("POST staff.change_issue", {}, {"return_state": "asked"}), ("POST staff.close_issue", {}, {}),
    ("POST staff.add_cost", {}, {"words": "Sorting", "amount": "9", "payer": "us"}),
    ("POST staff.attach_to_issue", {}, {"attachments": ["@unsent:{actor}"]}),
    ("POST staff.share_issue", {}, _share), ("POST staff.preview_issue_share", {}, _share),
    ("GET staff.issue_seen_by", {"public_id": "@org:exotic"}, {}),
):  # fmt: skip
    for _relation, _key in (("told to a customer", "i_renate"), ("internal", "i_internal")):
        desk(_operation, _relation, Call(args={"number": f"@{_key}"} | _args, form=_form), allow=STAFF)
    desk(_operation, "non-existent", Call(args={"number": "NCR-9999"} | _args, form=_form), missing=STAFF)
desk("POST staff.reopen_issue", "closed", at(number="@i_closed"), allow=STAFF)
desk("POST staff.reopen_issue", "open", at(number="@i_renate"), forbidden=STAFF)
desk("POST staff.close_issue", "closed", at(number="@i_closed"), forbidden=STAFF)
desk(
    "POST staff.answer_step", "closed", Call(args={"number": "@i_closed", "step": "D4"}, form=_answer), forbidden=STAFF
)
for _operation in ("POST staff.share_issue", "POST staff.preview_issue_share"):
    desk(_operation, "foreign id in the body", Call(args={"number": "@i_renate"}, form=_share | {"organisation": "nothing"}),
         missing=STAFF)  # fmt: skip
desk("POST staff.share_issue", "with a message, the request another team's", Call(args={"number": "@i_renate"},
     form=_share | {"message": "Hello"}), allow=REACH, refused=OTTO)  # fmt: skip
desk("GET staff.issue_seen_by", "by nobody there is", at(number="@i_renate", public_id="nothing"), missing=STAFF)
for _relation, _file, _allow in (
    ("a copy of a photo in another team's request", "@file:m_customer:c_renate", REACH), ("a copy of nothing", "nothing", NOBODY),
):  # fmt: skip
    desk("POST staff.attach_to_issue", _relation, Call(args={"number": "@i_renate"}, form={"copies": _file}), allow=_allow,
         missing=STAFF - _allow)  # fmt: skip
for _relation, _key, _allow in (("own", "cost:i_renate", STAFF), ("of another issue", "cost:i_roland", NOBODY)):
    desk(
        "POST staff.remove_cost",
        _relation,
        at(number="@i_renate", public_id=f"@{_key}"),
        allow=_allow,
        missing=STAFF - _allow,
    )
    api("DELETE api.remove_issue_cost", _relation, at(number="@i_renate", public_id=f"@{_key}"), allow=_allow,
        forbidden=LEHMANNS | EXOTIC, missing=SIGNED_IN - LEHMANNS - EXOTIC - _allow)  # fmt: skip
for _relation, _file, _allow in (
    ("own", "@file:i_renate", STAFF), ("of another issue", "@file:i_read", NOBODY), ("of an order", "@file:11070", NOBODY),
):  # fmt: skip
    desk(
        "POST staff.remove_from_issue",
        _relation,
        at(number="@i_renate", public_id=_file),
        allow=_allow,
        missing=STAFF - _allow,
    )

for _query in ({}, {"show": "waiting"}, {"show": "all"}):
    partner("GET partners.issues", f"shared {_query or ''}".strip(), Call(query=_query), allow=PARTNERS)
for _query in ({}, {"status": "closed"}):
    api("GET api.issues", f"own {_query or ''}".strip(), Call(query=_query), allow=SIGNED_IN)
_nowhere = ("non-existent", "", NOBODY, NOBODY, NOBODY)
for _relation, _key, _seen, _answers, _attaches in (*FOUND, _nowhere):
    _at, _us = {"number": f"@{_key}" if _key else "NCR-9999"}, STAFF if _key else NOBODY
    _there = _seen & PARTNERS
    partner("GET partners.issue", _relation, Call(args=_at), allow=_there, missing=PARTNERS - _there)
    partner("POST partners.answer_step", _relation, Call(args=_at | {"step": "D4"}, form=_answer), allow=_answers,
            forbidden=_there - _answers, missing=PARTNERS - _there)  # fmt: skip
    partner("POST partners.attach_to_issue", _relation, Call(args=_at, form={"files": "#photo.jpg"}), allow=_attaches,
            forbidden=_there - _attaches, missing=PARTNERS - _there)  # fmt: skip
    api("GET api.issue", _relation, Call(args=_at), allow=_seen | _us, missing=OUTSIDE - _seen | STAFF - _us)
    _open = NOBODY if _key == "i_closed" else _us
    api("PUT api.answer_step", _relation, Call(args=_at | {"step_key": "D4"}, json={"text": "The glue"}), allow=_answers | _open,
        forbidden=(_seen | _us) - _answers - _open, missing=SIGNED_IN - _seen - _us)  # fmt: skip
    api("POST api.attach_to_issue", _relation, Call(args=_at, json={"attachments": ["@unsent:{actor}"]}), allow=_attaches | _us,
        forbidden=_seen - _attaches, missing=SIGNED_IN - _seen - _us)  # fmt: skip
    for _operation, _json in (
        ("PATCH api.change_issue", {"return_state": "asked"}),
        ("POST api.add_issue_cost", {"words": "Sorting", "amount": "9", "payer": "us"}),
    ):  # fmt: skip
        api(
            _operation,
            _relation,
            Call(args=_at, json=_json),
            allow=_us,
            forbidden=_seen,
            missing=SIGNED_IN - _seen - _us,
        )
for _step in ("D2", "D8"):
    partner("POST partners.answer_step", f"ours: {_step}", Call(args={"number": "@i_renate", "step": _step}, form=_answer),
            forbidden=EXOTIC, missing=TOKYO)  # fmt: skip
api("PUT api.answer_step", "a due date", Call(args={"number": "@i_renate", "step_key": "D4"}, json={"text": "x", "due_at": None}),
    allow=STAFF, forbidden=EXOTIC | LEHMANNS, missing=ERNST | TOKYO)  # fmt: skip
api("PATCH api.change_issue", "to close", Call(args={"number": "@i_renate"}, json={"status": "closed"}), allow=STAFF,
    forbidden=LEHMANNS | EXOTIC, missing=ERNST | TOKYO)  # fmt: skip
for _relation, _more, _allow in (
    ("of a line", {}, STAFF), ("from another team's request", {"conversation": "@c_renate"}, REACH),
):  # fmt: skip
    api("POST api.open_issue", _relation, Call(json=_new | {"order_line": "11070/1"} | _more), allow=_allow, forbidden=OUTSIDE,
        missing=STAFF - _allow)  # fmt: skip
api("POST api.open_issue", "of no line", Call(json=_new | {"order_line": "11070/9"}), forbidden=OUTSIDE, missing=STAFF)
for _relation, _id, _allow in (("an issue", "@i_renate", STAFF), ("an issue that there is not", "NCR-9999", NOBODY)):
    api("POST api.make_share", _relation, Call(json={"subject": {"type": "issue", "id": _id}, "to": {"organisation": "@org:tokyo"},
        "level": "read", "fields": ["title"]}), allow=_allow, forbidden=OUTSIDE, missing=STAFF - _allow)  # fmt: skip
api("DELETE api.revoke_share", "of an issue", at(public_id="@share:i_renate:exotic"), allow=STAFF, forbidden=EXOTIC,
    missing=CUSTOMERS | TOKYO)  # fmt: skip
for _operation, _form in (("revoke_share", {}), ("extend_share", {"until": "2031-01-01"})):
    desk(
        f"POST staff.{_operation}",
        "of an issue",
        Call(args={"public_id": "@share:i_renate:exotic"}, form=_form),
        allow=STAFF,
    )
for _operation in ("GET files.file", "GET files.preview"):
    for _relation, _file, _allow in (
        ("of an issue, for those it is shared with", "@file:i_renate", EXOTIC | STAFF),
        ("of an issue, for us only", "@file:i_renate:staff", STAFF),
        ("of an issue shared to read", "@file:i_read", EXOTIC | STAFF),
        ("of an issue shared without its documents", "@file:i_nosteps", STAFF),
        ("of an issue whose share was revoked", "@file:i_revoked", STAFF),
    ):  # fmt: skip
        row(_operation, _relation, at(public_id=_file), allow=_allow, missing=SIGNED_IN - _allow, sign_in=VISITOR)
