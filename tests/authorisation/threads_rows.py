"""Threads: questions with fixed answers are put by us or a partner that may respond, and answered by the side they are put to."""

from typing import Any

from tests.authorisation.actors import (
    CUSTOMERS,
    ERNST,
    EXOTIC,
    GRETA,
    JONAS,
    NOBODY,
    OTTO,
    OUTSIDE,
    REACH,
    RENATE,
    SIGNED_IN,
    STAFF,
    TOKYO,
    VISITOR,
    Names,
)
from tests.authorisation.row import Call, at, row
from tests.authorisation.verb_rows import may

CUSTOMER = RENATE | GRETA
# A question, who reads it, who may answer it, who may take it back.
PUT: tuple[tuple[str, str, Names, Names, Names], ...] = (
    ("put to the customer", "d_customer", CUSTOMER | REACH, CUSTOMER, REACH),
    ("put to the partner", "d_partner", EXOTIC | REACH, EXOTIC, REACH),
    ("put to us", "d_us", EXOTIC | REACH, REACH, EXOTIC),
    ("put to a partner that may comment", "d_comment", EXOTIC | REACH, EXOTIC, REACH),
)
SETTLED: tuple[tuple[str, str], ...] = (("answered already", "d_answered"), ("taken back", "d_withdrawn"))

for _relation, _key, _seen, _answers, _asked in PUT:
    may("decision:answer", _relation, "Decision", f"@{_key}", allow=_answers, forbidden=_seen - _answers)
    may("decision:withdraw", _relation, "Decision", f"@{_key}", allow=_asked, forbidden=_seen - _asked)
may("conversation:ask", "a partner may respond", "Conversation", "@c_threads", allow=EXOTIC | REACH, forbidden=CUSTOMER)
may("conversation:ask", "a partner may comment", "Conversation", "@c_comment", allow=REACH, forbidden=CUSTOMER | EXOTIC)
may("conversation:release", "own", "Conversation", "@c_threads", allow=REACH, forbidden=CUSTOMER | EXOTIC)


def settles(operation: str, key: str, relation: str, *, allow: Names, forbidden: Names, refused: Names = NOBODY,
            sent: Any = None, **other: Names) -> None:  # fmt: skip
    """A row of answering or taking back, at its one door for pages, by token and on the wire."""
    seen = allow | forbidden | refused
    groups: dict[str, Any] = {"allow": allow, "forbidden": forbidden, "refused": refused, "missing": SIGNED_IN - seen}
    sent = sent or {}
    place = {"args": {"public_id": key}}
    if operation.startswith("decision:"):
        row(operation, relation, Call(json={"decision": key} | sent), unknown=VISITOR, **groups)
    elif " api." in operation:
        row(operation, relation, Call(json=sent or None, **place), unknown=VISITOR, **groups)
    else:
        row(operation, relation, Call(form=sent, **place), sign_in=VISITOR, **groups)
    assert not other


for _operation in ("POST decisions.answer", "POST api.answer_decision", "decision:answer"):
    for _relation, _key, _seen, _answers, _asked in PUT:
        settles(_operation, f"@{_key}", _relation, allow=_answers, forbidden=_seen - _answers,
                sent={"answer": f"@answer:{_key}"})  # fmt: skip
    for _relation, _key in SETTLED:
        settles(_operation, f"@{_key}", _relation, allow=NOBODY, forbidden=REACH, refused=CUSTOMER,
                sent={"answer": f"@answer:{_key}"})  # fmt: skip
    settles(_operation, "@d_customer", "with none of the answers", allow=NOBODY, forbidden=REACH, refused=CUSTOMER,
            sent={"answer": "Perhaps"})  # fmt: skip
    settles(_operation, "nothing", "non-existent", allow=NOBODY, forbidden=NOBODY, sent={"answer": "Yes"})
for _operation in ("POST decisions.withdraw", "POST api.withdraw_decision", "decision:withdraw"):
    for _relation, _key, _seen, _answers, _asked in PUT:
        settles(_operation, f"@{_key}", _relation, allow=_asked, forbidden=_seen - _asked)
    for _relation, _key in SETTLED:
        settles(_operation, f"@{_key}", _relation, allow=NOBODY, forbidden=CUSTOMER, refused=REACH)
    settles(_operation, "nothing", "non-existent", allow=NOBODY, forbidden=NOBODY)
for _relation, _key, _seen, _answers, _asked in PUT:
    row(
        "GET api.decision", _relation, at(public_id=f"@{_key}"), allow=_seen, missing=SIGNED_IN - _seen, unknown=VISITOR
    )
row("GET api.decision", "non-existent", at(public_id="nothing"), missing=SIGNED_IN, unknown=VISITOR)

_question = {"question": "Really?", "answers": ["Yes", "No"]}
_strangers = JONAS | ERNST | TOKYO | OTTO


def asks(relation: str, number: str, sent: dict[str, Any], **groups: Names) -> None:
    """A row of asking by token, and the same on the wire."""
    body = _question | sent
    row("POST api.ask_decision", relation, Call(args={"number": number}, json=body), unknown=VISITOR, **groups)
    event = Call(json={"conversation": number, "client_id": "@uuid"} | body)
    row("decision:ask", relation, event, unknown=VISITOR, **groups)


for _relation, _key, _audience, _allow, _refused in (
    ("of the customer", "c_threads", "customer", EXOTIC | REACH, NOBODY),
    ("of the partner", "c_threads", "@org:exotic", EXOTIC | REACH, NOBODY),
    ("of everyone", "c_threads", "everyone", EXOTIC, REACH), ("of us", "c_threads", "staff", EXOTIC, REACH),
):  # fmt: skip
    _to = {"kind": "partner", "organisation": _audience} if _audience.startswith("@") else _audience
    _groups = {"allow": _allow, "refused": _refused, "forbidden": CUSTOMER, "missing": _strangers}
    asks(_relation, f"@{_key}", {"audience": _to}, **_groups)
    row("POST staff.ask_decision", _relation, Call(args={"number": f"@{_key}"}, form=_question | {
        "audience": _audience.replace("@org", "partner:@org")}), allow=_allow & STAFF, refused=_refused,
        missing=OUTSIDE | OTTO, sign_in=VISITOR)  # fmt: skip
_call = {"args": {"number": "@c_comment"}}
asks("where a partner may comment", "@c_comment", {"audience": "customer"}, allow=REACH, forbidden=CUSTOMER | EXOTIC,
     missing=_strangers)  # fmt: skip
asks("non-existent", "999999", {}, allow=NOBODY, missing=SIGNED_IN)
row("POST partners.ask_decision", "where it may comment", Call(form=_question, **_call), forbidden=EXOTIC,
    missing=CUSTOMERS | STAFF | TOKYO, sign_in=VISITOR)  # fmt: skip
for _relation, _number, _allow in (("where it may respond", "@c_threads", EXOTIC), ("the rival's", "@c_tokyo", NOBODY)):
    if _allow:
        row("POST partners.ask_decision", _relation, Call(args={"number": _number}, form=_question), allow=_allow,
            missing=SIGNED_IN - _allow, sign_in=VISITOR)  # fmt: skip
row("POST partners.ask_decision", "non-existent", Call(args={"number": "999999"}, form=_question), missing=SIGNED_IN,
    sign_in=VISITOR)  # fmt: skip
for _relation, _about, _partner, _us in (
    ("about the customer's line", "11070/1", NOBODY, REACH), ("about a line that is not there", "11070/9", NOBODY, NOBODY),
    ("about a line shared with it", "PO-2001/1", EXOTIC, REACH),
):  # fmt: skip
    asks(_relation, "@c_threads", {"about": _about, "audience": {"kind": "partner", "organisation": "@org:exotic"}},
         allow=_partner | _us, forbidden=CUSTOMER, missing=SIGNED_IN - _partner - _us - CUSTOMER)  # fmt: skip

# Releasing: the first message, by name; never a note, nothing without the name.
_shown = {"organisation": "@org:exotic", "seq": 1, "confirm": "@org:exotic"}
for _relation, _more, _allow, _refused in (
    ("the first message, by name", {}, REACH, NOBODY), ("a note", {"seq": 2}, NOBODY, REACH),
    ("without the name", {"confirm": ""}, NOBODY, REACH), ("with another name", {"confirm": "@org:tokyo"}, NOBODY, REACH),
    ("what is not there", {"seq": 999}, NOBODY, REACH),
    ("to whom does not take part", {"organisation": "@org:tokyo", "confirm": "@org:tokyo"}, NOBODY, REACH),
):  # fmt: skip
    _body = _shown | _more
    _finds = (
        EXOTIC if _body["organisation"] == "@org:exotic" else NOBODY
    )  # outsiders find no organisation but their own
    row("POST api.release_message", _relation, Call(args={"number": "@c_threads"}, json=_body), allow=_allow, refused=_refused,
        forbidden=_finds, missing=_strangers | CUSTOMER | (EXOTIC - _finds), unknown=VISITOR)  # fmt: skip
    row("POST staff.release_message", _relation, Call(
        args={"number": "@c_threads", "public_id": _body["organisation"]},
        form={"seq": str(_body["seq"]), "confirm": _body["confirm"]}), allow=_allow, refused=_refused,
        missing=OUTSIDE | OTTO, sign_in=VISITOR)  # fmt: skip
for _relation, _number, _to, _allow in (
    ("a partner there", "@c_threads", "@org:exotic", REACH), ("one that is not there", "@c_threads", "@org:tokyo", NOBODY),
    ("nobody there is", "@c_threads", "nothing", NOBODY), ("a non-existent thread", "999999", "@org:exotic", NOBODY),
):  # fmt: skip
    row("GET staff.earlier", _relation, at(number=_number, public_id=_to), allow=_allow, missing=SIGNED_IN - _allow,
        sign_in=VISITOR)  # fmt: skip

# Merging: of one customer's own, by the desk; who would read more is named.
may("conversation:merge", "own", "Conversation", "@c_threads", allow=REACH, forbidden=CUSTOMER | EXOTIC)
_found = {"@c_assigned": CUSTOMER, "@c_solved": CUSTOMER, "@c_merged": CUSTOMER, "@c_threads": CUSTOMER | EXOTIC,
          "@c_read": CUSTOMER | EXOTIC, "@c_jonas": JONAS | GRETA, "@c_roland_solved": ERNST, "999999": NOBODY}  # fmt: skip
for _relation, _from, _into, _confirm, _allow, _refused in (
    ("with the same sides", "@c_assigned", "@c_solved", [], REACH, NOBODY),
    ("with another's parties, named", "@c_assigned", "@c_read", ["@org:exotic"], REACH, NOBODY),
    ("with another's parties", "@c_assigned", "@c_read", [], NOBODY, REACH),
    ("with itself", "@c_assigned", "@c_assigned", [], NOBODY, REACH),
    ("of another customer", "@c_assigned", "@c_roland_solved", [], NOBODY, REACH),
    ("of a colleague of the customer", "@c_jonas", "@c_assigned", [], NOBODY, REACH),
    ("while a question is open", "@c_threads", "@c_read", [], NOBODY, REACH),
    ("merged already", "@c_merged", "@c_solved", [], NOBODY, REACH),
    ("into one that is merged", "@c_solved", "@c_merged", [], NOBODY, REACH),
    ("into one that is not there", "@c_assigned", "999999", [], NOBODY, NOBODY),
):  # fmt: skip
    _seen, _outside = _allow | _refused, _found[_from] & _found[_into]
    row("POST api.merge_conversation", _relation, Call(args={"number": _from}, json={"into": _into, "confirm": _confirm}),
        allow=_allow, refused=_refused, forbidden=_outside, missing=SIGNED_IN - _seen - _outside, unknown=VISITOR)  # fmt: skip
    row("POST staff.merge_conversation", _relation, Call(args={"number": _from}, form={"into": _into, "confirm": _confirm}),
        allow=_allow, refused=_refused, missing=SIGNED_IN - _seen, sign_in=VISITOR)  # fmt: skip
for _relation, _number, _into, _allow in (
    ("own", "@c_threads", "", REACH), ("with another", "@c_threads", "@c_read", REACH),
    ("with one of another customer", "@c_threads", "@c_roland", REACH), ("with one that is not there", "@c_threads", "999999", NOBODY),
    ("non-existent", "999999", "", NOBODY),
):  # fmt: skip
    row("GET staff.merge", _relation, Call(args={"number": _number}, query={"into": _into} if _into else {}), allow=_allow,
        missing=SIGNED_IN - _allow, sign_in=VISITOR)  # fmt: skip
for _operation, _inside in (("portal.request_page", CUSTOMER), ("staff.conversation_page", REACH)):
    for _relation, _query in (("merged into another", {}), ("merged, what was said", {"earlier": "1"})):
        row(f"GET {_operation}", _relation, Call(args={"number": "@c_merged"}, query=_query), allow=_inside,
            missing=SIGNED_IN - _inside, sign_in=VISITOR)  # fmt: skip
row("GET api.conversation", "merged into another", at(number="@c_merged"), allow=CUSTOMER | REACH,
    missing=SIGNED_IN - CUSTOMER - REACH, unknown=VISITOR)  # fmt: skip
for _operation, _way, _inside, _sent in (
    ("POST api.send_message", "unknown", CUSTOMER | REACH, {"json": {"body": "Hello"}}),
    ("POST portal.send_message", "sign_in", CUSTOMER, {"form": {"body": "Hello"}}),
    ("POST staff.send_message", "sign_in", REACH, {"form": {"body": "Hello"}}),
    ("POST portal.reopen_request", "sign_in", CUSTOMER, {"form": {}}),
):  # fmt: skip
    row(_operation, "merged into another", Call(args={"number": "@c_merged"}, **_sent), refused=_inside,
        missing=SIGNED_IN - _inside, **{_way: VISITOR})  # fmt: skip
