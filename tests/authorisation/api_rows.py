"""What a token may do over the API: the same as its owner on the pages."""

from typing import Any

from tests.authorisation.actors import (
    AGENTS,
    ANDREW,
    CHARLES,
    CHARLOTTE,
    CUSTOMERS,
    ERNST,
    EVERYBODY,
    EXOTIC,
    GRETA,
    JONAS,
    LEADS,
    LEHMANNS,
    NOBODY,
    OTTO,
    OUTSIDE,
    PARTNERS,
    REACH,
    RENATE,
    SIGNED_IN,
    STAFF,
    TOKYO,
    VISITOR,
    YOSHI,
    Names,
)
from tests.authorisation.row import Call, at, row


def api(operation: str, relation: str, call: Call | None = None, **groups: Any) -> None:
    """A row of the API: without a token nothing is answered."""
    row(operation, relation, call, unknown=VISITOR, **groups)


def talks(operation: str, write: bool = False, **sent: Any) -> None:
    """The rows of an operation on a conversation."""
    for relation, number, allow in (
        ("own, shared with a partner", "@c_renate", RENATE | GRETA | EXOTIC | REACH),
        ("same organisation", "@c_jonas", JONAS | GRETA | STAFF),
        ("other organisation", "@c_roland", ERNST | TOKYO | REACH),
        ("a partner's with us", "@c_partner", EXOTIC | REACH), ("the rival partner's", "@c_tokyo", TOKYO | REACH),
        ("internal", "@c_internal", REACH), ("internal, on a customer's record", "@c_notes", REACH),
        ("share revoked", "@c_revoked", RENATE | GRETA | REACH), ("share expired", "@c_expired", RENATE | GRETA | REACH),
        ("non-existent", "999999", NOBODY),
    ):  # fmt: skip
        api(operation, relation, Call(args={"number": number}, **sent), allow=allow, missing=SIGNED_IN - allow)
    readers = RENATE | GRETA | REACH
    api(operation, "shared to read", Call(args={"number": "@c_read"}, **sent), allow=readers | (NOBODY if write else EXOTIC),
        forbidden=EXOTIC if write else NOBODY, missing=JONAS | ERNST | TOKYO | OTTO)  # fmt: skip


api("GET api.me", "own", allow=SIGNED_IN)
for _query in ({}, {"role": "supplier"}, {"q": "cnr"}):
    api("GET api.organisations", f"all {_query or ''}".strip(), Call(query=_query), allow=SIGNED_IN)
for _operation in ("GET api.organisation", "GET api.organisation_interactions"):
    for _relation, _name, _own in (("own", "lehmanns", LEHMANNS), ("other organisation", "ernst", ERNST),
                                   ("a partner", "exotic", EXOTIC), ("the rival partner", "tokyo", TOKYO)):  # fmt: skip
        api(_operation, _relation, at(public_id=f"@org:{_name}"), allow=_own | STAFF, missing=OUTSIDE - _own)
    api(_operation, "non-existent", at(public_id="nothing"), missing=SIGNED_IN)
_call = {"kind": "call", "summary": "They called"}
for _relation, _name, _own in (("own", "lehmanns", LEHMANNS), ("a partner", "exotic", EXOTIC)):
    api("POST api.log_interaction", _relation, Call(json=_call | {"organisation": f"@org:{_name}"}), allow=STAFF, forbidden=_own,
        missing=OUTSIDE - _own)  # fmt: skip
api("POST api.log_interaction", "non-existent", Call(json=_call | {"organisation": "nothing"}), missing=SIGNED_IN)
api("POST api.log_interaction", "non-existent person in the body", Call(json=_call | {"organisation": "@org:lehmanns",
    "person": "nobody"}), refused=LEHMANNS, missing=SIGNED_IN - LEHMANNS)  # fmt: skip

api("GET api.conversations", "own", allow=SIGNED_IN)
api("GET api.conversations", "own, solved", Call(query={"status": "solved"}), allow=SIGNED_IN)
talks("GET api.conversation")
talks("GET api.messages")
talks("POST api.send_message", write=True, json={"body": "Hello"})
api("POST api.send_message", "to everyone", Call(args={"number": "@c_renate"}, json={"body": "Hello", "audience": "everyone"}),
    allow=RENATE | GRETA | EXOTIC | REACH, missing=JONAS | ERNST | TOKYO | OTTO)  # fmt: skip
api("POST api.send_message", "to staff", Call(args={"number": "@c_renate"}, json={"body": "Hello", "audience": "staff"}),
    allow=REACH, refused=RENATE | GRETA | EXOTIC, missing=JONAS | ERNST | TOKYO | OTTO)  # fmt: skip
api("POST api.send_message", "to the customer", Call(args={"number": "@c_renate"}, json={"body": "Hello", "audience": "customer"}),
    allow=REACH | RENATE | GRETA, refused=EXOTIC, missing=JONAS | ERNST | TOKYO | OTTO)  # fmt: skip
api("POST api.send_message", "to the partner", Call(args={"number": "@c_renate"}, json={"body": "Hello",
    "audience": {"kind": "partner", "organisation": "@org:exotic"}}), allow=REACH | EXOTIC, refused=RENATE | GRETA,
    missing=JONAS | ERNST | TOKYO | OTTO)  # fmt: skip
_said = {"subject": "A question", "body": "Hello"}
api("POST api.start_conversation", "about nothing", Call(json=_said), allow=CUSTOMERS | STAFF, refused=PARTNERS)
api("POST api.start_conversation", "about an own order", Call(json=_said | {"about": {"type": "order", "id": "11070"}}),
    allow=LEHMANNS | STAFF, missing=ERNST | PARTNERS)  # fmt: skip
api("POST api.start_conversation", "about an order shared with fields", Call(json=_said | {"about": {"type": "order", "id": "PO-1001"}}),
    allow=EXOTIC | STAFF, missing=CUSTOMERS | TOKYO)  # fmt: skip
api("POST api.start_conversation", "about an order shared to read", Call(json=_said | {"about": {"type": "order", "id": "PO-2003"}}),
    allow=STAFF, forbidden=EXOTIC, missing=CUSTOMERS | TOKYO)  # fmt: skip
api("POST api.start_conversation", "foreign child under own parent", Call(json=_said | {"about": {"type": "order_line", "id": "11070/9"}}),
    missing=SIGNED_IN)  # fmt: skip
for _org, _own in (("lehmanns", LEHMANNS), ("ernst", ERNST)):
    api("POST api.start_conversation", f"for {_org}", Call(json=_said | {"organisation": f"@org:{_org}"}), allow=_own | STAFF,
        refused=PARTNERS, missing=CUSTOMERS - _own)  # fmt: skip
for _change, _value in (
    ("priority", "high"),
    ("subject", "Other"),
    ("assignee", "@person:nancy"),
    ("team", "@teamid:billing"),
):
    api("PATCH api.change_conversation", _change, Call(args={"number": "@c_renate"}, json={_change: _value}), allow=REACH,
        refused=RENATE | GRETA | EXOTIC, missing=JONAS | ERNST | TOKYO | OTTO,
        gains=OTTO if _change == "team" else NOBODY)  # fmt: skip
api("PATCH api.change_conversation", "status", Call(args={"number": "@c_renate"}, json={"status": "solved"}),
    allow=REACH | RENATE | GRETA, forbidden=EXOTIC, missing=JONAS | ERNST | TOKYO | OTTO)  # fmt: skip
api("PATCH api.change_conversation", "status of an own team's", Call(args={"number": "@c_jonas"}, json={"status": "solved"}),
    allow=STAFF | JONAS | GRETA, missing=RENATE | ERNST | PARTNERS)  # fmt: skip
for _relation, _number in (("internal", "@c_internal"), ("non-existent", "999999")):
    _may = REACH if _relation == "internal" else NOBODY
    api("PATCH api.change_conversation", _relation, Call(args={"number": _number}, json={"priority": "high"}), allow=_may,
        missing=SIGNED_IN - _may)  # fmt: skip
api("PATCH api.change_conversation", "non-existent colleague in the body", Call(args={"number": "@c_jonas"}, json={"assignee": "nobody"}),
    refused=STAFF | JONAS | GRETA, missing=RENATE | ERNST | PARTNERS)  # fmt: skip

for _query in ({}, {"kind": "purchase"}, {"q": "PO-1001"}, {"q": "@ref:11075"}, {"q": "@ref:PO-1001"}):
    api("GET api.orders", f"all {_query or ''}".strip(), Call(query=_query), allow=SIGNED_IN)
for _relation, _number, _own in (
    ("own", "11070", LEHMANNS), ("other organisation", "11072", ERNST), ("a customer's, shared", "11077", ERNST | EXOTIC),
    ("shared with fields", "PO-1001", EXOTIC), ("shared with the rival", "PO-1002", TOKYO), ("shared fully", "PO-2001", EXOTIC),
    ("shared to read", "PO-2003", EXOTIC), ("share revoked", "PO-2005", NOBODY), ("share expired", "PO-2006", NOBODY),
    ("internal", "PO-2007", NOBODY), ("a rival's, shared", "PO-2008", TOKYO), ("shared with a member", "PO-2009", CHARLOTTE | CHARLES),
    ("shared with the manager", "PO-2010", CHARLES),
):  # fmt: skip
    api("GET api.order", _relation, at(number=_number), allow=_own | STAFF, missing=OUTSIDE - _own)
api("GET api.order", "non-existent", at(number="PO-9999"), missing=SIGNED_IN)


def confirms(relation: str, number: str, allow: Names, forbidden: Names, **more: Any) -> None:
    """A row of answering an order: only its supplier, with a share to respond; staff see it and may not."""
    call = Call(args={"number": number}, json={"response": "accepted"} | more)
    api(
        "POST api.confirm_order",
        relation,
        call,
        allow=allow,
        forbidden=forbidden | STAFF,
        missing=OUTSIDE - allow - forbidden,
    )


confirms("shared with fields", "PO-1001", EXOTIC, NOBODY)
confirms("shared with the rival", "PO-1002", TOKYO, NOBODY)
confirms("shared with a member", "PO-2009", CHARLOTTE | CHARLES, NOBODY)
confirms("shared to read", "PO-2003", NOBODY, EXOTIC)
confirms("shared to comment", "PO-2004", NOBODY, EXOTIC)
confirms("a rival's, shared", "PO-2008", NOBODY, YOSHI)
confirms("share revoked", "PO-2005", NOBODY, NOBODY)
confirms("share expired", "PO-2006", NOBODY, NOBODY)
confirms("own sales order", "11070", NOBODY, LEHMANNS)
confirms("a customer's, shared", "11077", NOBODY, ERNST | EXOTIC)
api(
    "POST api.confirm_order",
    "non-existent",
    Call(args={"number": "PO-9999"}, json={"response": "accepted"}),
    missing=SIGNED_IN,
)
api("POST api.confirm_order", "foreign child under own parent", Call(args={"number": "PO-1001"}, json={
    "response": "accepted_with_changes", "lines": [{"line": 9, "response": "rejected", "reason": "none"}]}),
    refused=EXOTIC, forbidden=STAFF, missing=CUSTOMERS | TOKYO)  # fmt: skip

for _relation, _number, _allow in (
    ("shared with fields", "PO-1001", EXOTIC), ("shared to read", "PO-2003", NOBODY), ("internal", "PO-2007", NOBODY),
    ("non-existent", "PO-9999", NOBODY),
):  # fmt: skip
    _items = [{"order": _number, "response": "accepted"}]
    api("POST api.confirm_orders", _relation, Call(json={"items": _items}), allow=_allow, nothing=SIGNED_IN - _allow)


def buys(operation: str, relation: str, number: str, seen: Names, allow: Names = STAFF, **sent: Any) -> None:
    """A row of what only we do to a purchase order; its supplier sees it and may not."""
    args = {"number": number} | ({"version": "1"} if "answers/" in operation else {})
    call = Call(args=args, **sent)
    forbidden = (seen | STAFF) - allow
    api(
        operation.split(" answers/", maxsplit=1)[0],
        relation,
        call,
        allow=allow,
        forbidden=forbidden,
        missing=OUTSIDE - seen,
    )


for _operation, _json in (
    ("POST api.record_answer", {"response": "accepted"}), ("POST api.change_order", {"lines": [{"line": 1, "quantity": 2}]}),
    ("POST api.chase_order", {}),
):  # fmt: skip
    buys(_operation, "shared with fields", "PO-1001", EXOTIC, json=_json)
    buys(_operation, "a draft", "PO-2007", NOBODY, NOBODY, json=_json)
    buys(_operation, "own sales order", "11070", LEHMANNS, NOBODY, json=_json)
_decided = {"items": [{"order": "11075", "way": "leave"}]}
for _operation, _number, _json in (
    ("POST api.apply_answer answers/", "PO-3001", {}), ("POST api.settle_notices answers/", "PO-3002", _decided),
):  # fmt: skip
    buys(_operation, "answered", _number, EXOTIC, json=_json)
buys("GET api.prepared_notices answers/", "answered", "PO-3002", EXOTIC)
for _relation, _number, _own in (
    ("answered", "PO-3001", EXOTIC),
    ("changed by us", "PO-3003", EXOTIC),
    ("internal", "PO-2007", NOBODY),
):
    api("GET api.order_changes", _relation, at(number=_number), allow=_own | STAFF, missing=OUTSIDE - _own)
for _kind in ("answers", "unanswered", "overdue"):
    api("GET api.exceptions", f"all {_kind}", Call(query={"kind": _kind}), allow=STAFF, forbidden=OUTSIDE)
for _org, _own in (("exotic", EXOTIC), ("lehmanns", LEHMANNS)):
    _at = {"public_id": f"@org:{_org}"}
    api("GET api.supplier_policy", _org, Call(args=_at), allow=STAFF, forbidden=OUTSIDE)
    api("PUT api.set_supplier_policy", _org, Call(args=_at, json={"reminder_days": 4}), allow=LEADS, forbidden=AGENTS | _own,
        missing=OUTSIDE - _own)  # fmt: skip

api("GET api.shares", "own", allow=SIGNED_IN)
_share = {"subject": {"type": "order", "id": "11070"}, "to": {"organisation": "@org:tokyo"}, "level": "read",
          "fields": ["lines.quantity"]}  # fmt: skip
api("POST api.make_share", "an order", Call(json=_share), allow=STAFF, refused=OUTSIDE)
api("POST api.make_share", "a shared order", Call(json=_share | {"subject": {"type": "order", "id": "PO-1001"}}), allow=STAFF,
    refused=OUTSIDE)  # fmt: skip
api("POST api.make_share", "another team's conversation", Call(json=_share | {"subject": {"type": "conversation", "id": "@c_renate"},
    "fields": ["subject"]}), allow=REACH, missing=OTTO, refused=OUTSIDE)  # fmt: skip
api("POST api.make_share", "non-existent", Call(json=_share | {"subject": {"type": "order", "id": "99999"}}), missing=STAFF,
    refused=OUTSIDE)  # fmt: skip
api("POST api.make_share", "foreign id in the body", Call(json=_share | {"to": {"organisation": "nothing"}}), missing=STAFF,
    refused=OUTSIDE)  # fmt: skip
api("POST api.make_share", "a person of another organisation", Call(json=_share | {"to": {"organisation": "@org:tokyo",
    "person": "@person:charlotte"}}), refused=STAFF | OUTSIDE)  # fmt: skip
api(
    "POST api.make_share", "an unknown field", Call(json=_share | {"fields": ["lines.secret"]}), refused=STAFF | OUTSIDE
)
api("DELETE api.revoke_share", "of an order", at(public_id="@share:PO-1001"), allow=STAFF, forbidden=EXOTIC,
    missing=CUSTOMERS | TOKYO)  # fmt: skip
api("DELETE api.revoke_share", "of another team's conversation", at(public_id="@share:c_renate"), allow=REACH, forbidden=EXOTIC,
    missing=CUSTOMERS | TOKYO | OTTO)  # fmt: skip
api("DELETE api.revoke_share", "non-existent", at(public_id="nothing"), missing=SIGNED_IN)

for _query in ({}, {"q": "cnr"}, {"q": "delivery"}):
    api("GET api.articles", f"all {_query or ''}".strip(), Call(query=_query), allow=SIGNED_IN)

row("GET api_documents.openapi", "public", allow=EVERYBODY)
row("GET api_documents.docs", "public", allow=EVERYBODY)

api("GET api.relations", "own", allow=SIGNED_IN)
api("GET api.relations", "of an organisation", Call(query={"organisation": "@org:exotic"}), allow=EXOTIC | STAFF,
    missing=OUTSIDE - EXOTIC)  # fmt: skip
_relation = {"kind": "supplies", "organisation": "@org:exotic", "to": "@org:lehmanns"}
api("POST api.make_relation", "two organisations", Call(json=_relation), allow=STAFF, forbidden=OUTSIDE)
api(
    "POST api.make_relation",
    "foreign id in the body",
    Call(json=_relation | {"to": "nothing"}),
    missing=STAFF,
    forbidden=OUTSIDE,
)
api("DELETE api.end_relation", "own", at(public_id="@relation:exotic"), allow=STAFF, missing=OUTSIDE)
api("DELETE api.end_relation", "non-existent", at(public_id="nothing"), missing=SIGNED_IN)
_carried = Call(args={"number": "11070"}, json={"carrier": "@org:tokyo"})
api("PUT api.assign_carrier", "a sales order", _carried, allow=STAFF, forbidden=LEHMANNS, missing=ERNST | PARTNERS)
api("PUT api.assign_carrier", "shared", Call(args={"number": "11077"}, json={"carrier": "@org:tokyo"}), allow=STAFF,
    forbidden=ERNST | EXOTIC, missing=LEHMANNS | TOKYO)  # fmt: skip
api("PUT api.assign_carrier", "foreign id in the body", Call(args={"number": "11070"}, json={"carrier": "nothing"}), missing=STAFF |
    ERNST | PARTNERS, forbidden=LEHMANNS)  # fmt: skip
api("GET api.list_share_rules", "all", allow=SIGNED_IN)
for _who, _rule in (("a rule", "@rule:supplier"), ("non-existent", "nothing")):
    _call = Call(args={"public_id": _rule}, json={"active": False})
    if _who == "a rule":
        api("PATCH api.switch_share_rule", _who, _call, allow=ANDREW, forbidden=STAFF - ANDREW, missing=OUTSIDE)
    else:
        api("PATCH api.switch_share_rule", _who, _call, missing=SIGNED_IN)

api("GET api.approvals", "all", allow=SIGNED_IN)
api(
    "GET api.approvals",
    "of one organisation",
    Call(query={"organisation": "@org:lehmanns", "state": "waiting"}),
    allow=SIGNED_IN,
)
for _key, _own in (("lehmanns", GRETA), ("exotic", CHARLES)):
    _at = {"public_id": f"@approval:{_key}"}
    for _json in ({"approve": True}, {"approve": False, "reason": "No"}):
        api("POST api.decide_approval", f"{_key}, {_json['approve']}", Call(args=_at, json=_json), allow=STAFF, forbidden=_own,
            missing=OUTSIDE - _own)  # fmt: skip
    api("DELETE api.withdraw_approval", _key, Call(args=_at), allow=_own, forbidden=STAFF, missing=OUTSIDE - _own)
api(
    "POST api.decide_approval",
    "non-existent",
    Call(args={"public_id": "nothing"}, json={"approve": True}),
    missing=SIGNED_IN,
)
api("DELETE api.withdraw_approval", "non-existent", at(public_id="nothing"), missing=SIGNED_IN)
for _org, _own in (("exotic", EXOTIC), ("lehmanns", LEHMANNS)):
    api("PUT api.require_approval", _org, Call(args={"public_id": f"@org:{_org}"}, json={"required": True}), allow=STAFF,
        forbidden=_own, missing=OUTSIDE - _own)  # fmt: skip
for _operation in ("orders", "me"):
    api(
        f"GET api.{_operation}",
        "from a shared mailbox, without a name",
        Call(mailbox=True),
        allow=STAFF,
        forbidden=OUTSIDE,
    )
for _org, _own in (("exotic", EXOTIC), ("lehmanns", LEHMANNS)):
    api("PUT api.set_access_code", _org, Call(args={"public_id": f"@org:{_org}"}, json={"code": "seven of nine"}), allow=LEADS,
        forbidden=AGENTS | _own, missing=OUTSIDE - _own)  # fmt: skip
