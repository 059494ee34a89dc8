"""What staff may do at the desk; outsiders find nothing there."""

from typing import Any

from tests.authorisation.actors import (
    AGENTS,
    ANDREW,
    LEADS,
    MARGARET,
    NANCY,
    NOBODY,
    OTTO,
    OUTSIDE,
    REACH,
    STAFF,
    UNCLAIMED,
    VISITOR,
    Names,
)
from tests.authorisation.row import Call, at, row


def desk(operation: str, relation: str, call: Call | None = None, *, missing: Names = NOBODY, **groups: Any) -> None:
    """A row of the desk: outsiders find nothing here, the signed-out are asked to sign in."""
    row(operation, relation, call, missing=missing | OUTSIDE, sign_in=VISITOR, **groups)


def matters(operation: str, args: dict[str, str] | None = None, **sent: Any) -> None:
    """The rows of an operation on a conversation: an agent works on those of the own teams, or on all by reach."""
    more = args or {}
    for relation, number, allow in (
        ("another team's", "@c_renate", REACH), ("own team's", "@c_jonas", STAFF), ("internal", "@c_internal", REACH),
        ("no team's", "@c_teamless", UNCLAIMED), ("non-existent", "999999", NOBODY),
    ):  # fmt: skip
        desk(operation, relation, Call(args=more | {"number": number}, **sent), allow=allow, missing=STAFF - allow)


def records(operation: str, name: str, things: tuple[str, ...], **sent: Any) -> None:
    """The rows of an operation on records of the business: all staff share them."""
    for thing in things:
        desk(operation, thing.split(":")[-1], Call(args={name: thing}, **sent), allow=STAFF)
    desk(operation, "non-existent", Call(args={name: "nothing"}, **sent), missing=STAFF)


desk("GET staff.home", "own", allow=STAFF)
for _words in ("", "cnr", "11070", "@c_renate", "Lehmanns", "@ref:11075"):
    desk("GET staff.find_record", f"for {_words or 'nothing'}", Call(query={"q": _words}), allow=STAFF)
for _name in ("waiting", "mine", "unassigned", "all", "solved", "team-@team:billing", "team-@team:support"):
    desk("GET staff.queue_page", _name.replace("@", ""), at(name=_name), allow=STAFF)
desk("GET staff.queue_page", "non-existent", at(name="nothing"), missing=STAFF)
desk("POST staff.assign_many", "own team's", Call(args={"name": "all"}, form={"number": ["@c_jonas"], "assignee": "@staff:nancy"}),
     allow=STAFF)  # fmt: skip
desk("POST staff.assign_many", "foreign id in the body", Call(args={"name": "all"}, form={"number": ["@c_renate"],
     "assignee": "@staff:nancy"}), allow=REACH, nothing=OTTO)  # fmt: skip
desk("POST staff.assign_many", "to nobody there is", Call(args={"name": "all"}, form={"number": ["@c_jonas"], "assignee": "99999"}),
     missing=STAFF)  # fmt: skip

matters("GET staff.conversation_page")
matters("GET staff.older_messages")
matters("POST staff.send_message", form={"body": "A note", "audience": "staff"})
desk("POST staff.send_message", "to everyone", Call(args={"number": "@c_renate"}, form={"body": "Hello", "audience": "everyone"}),
     allow=REACH, missing=OTTO)  # fmt: skip
desk("POST staff.send_message", "to the customer", Call(args={"number": "@c_jonas"}, form={"body": "Hello", "audience": "customer"}),
     allow=STAFF)  # fmt: skip
desk("POST staff.send_message", "to a stranger", Call(args={"number": "@c_renate"}, form={"body": "Hello",
     "audience": "partner:@org:tokyo"}), refused=REACH, missing=OTTO)  # fmt: skip
matters("POST staff.change_conversation", form={"priority": "high"})
desk(
    "POST staff.change_conversation",
    "status",
    Call(args={"number": "@c_jonas"}, form={"status": "solved"}),
    allow=STAFF,
)
desk("POST staff.change_conversation", "to a colleague", Call(args={"number": "@c_jonas"}, form={"assignee": "@staff:nancy"}),
     allow=STAFF)  # fmt: skip
desk("POST staff.change_conversation", "a colleague's, to another", Call(args={"number": "@c_assigned"},
     form={"assignee": "@staff:andrew"}), allow=LEADS | MARGARET, forbidden=NANCY, missing=OTTO)  # fmt: skip
matters("POST staff.add_party", form={"organisation": "@org:tokyo", "subject": "A question", "body": "Hello"})
desk("POST staff.add_party", "foreign id in the body", Call(args={"number": "@c_jonas"}, form={"organisation": "nothing"}),
     missing=STAFF)  # fmt: skip
desk("POST staff.add_party", "non-existent order in the body", Call(args={"number": "@c_jonas"},
     form={"organisation": "@org:tokyo", "order": "PO-9999"}), missing=STAFF)  # fmt: skip
for _operation, _allow in (("remove_party", REACH), ("introduce_party", LEADS)):
    desk(f"POST staff.{_operation}", "another team's", at(number="@c_renate", public_id="@org:exotic"), allow=_allow,
         forbidden=REACH - _allow, missing=OTTO)  # fmt: skip
    desk(f"POST staff.{_operation}", "foreign child under own parent", at(number="@c_renate", public_id="@org:tokyo"),
         refused=REACH, missing=OTTO)  # fmt: skip
    desk(f"POST staff.{_operation}", "non-existent", at(number="@c_renate", public_id="nothing"), missing=STAFF)
desk("GET staff.new_conversation", "own", allow=STAFF)
desk("GET staff.new_conversation", "for an organisation", Call(query={"organisation": "@org:lehmanns"}), allow=STAFF)
desk("GET staff.new_conversation", "foreign id in the query", Call(query={"organisation": "nothing"}), missing=STAFF)
_begun = {"subject": "A call back", "body": "Hello", "audience": "customer"}
desk(
    "POST staff.start_conversation",
    "for an organisation",
    Call(form=_begun | {"organisation": "@org:lehmanns"}),
    allow=STAFF,
)
desk(
    "POST staff.start_conversation",
    "foreign id in the body",
    Call(form=_begun | {"organisation": "nothing"}),
    missing=STAFF,
)

for _query in ({}, {"kind": "purchase"}, {"q": "cnr"}):
    desk("GET staff.orders", f"all {_query or ''}".strip(), Call(query=_query), allow=STAFF)
records("GET staff.order", "number", ("11070", "11072", "PO-1001", "PO-2001", "PO-2007", "PO-3001"))
desk("POST staff.send_order", "a draft", at(number="PO-2007"), allow=STAFF)
desk("POST staff.send_order", "a sales order", at(number="11070"), forbidden=STAFF)
_address = {"address": "orders@exotic.example"}
desk("POST staff.mail_order", "sent", Call(args={"number": "PO-1001"}, form=_address), allow=STAFF)
desk("POST staff.mail_order", "a sales order", Call(args={"number": "11070"}, form=_address), forbidden=STAFF)
desk("POST staff.mail_order", "a draft", Call(args={"number": "PO-2007"}, form=_address), refused=STAFF)
desk("POST staff.mail_order", "non-existent", Call(args={"number": "PO-9999"}, form=_address), missing=STAFF)
desk("POST staff.send_order", "non-existent", at(number="PO-9999"), missing=STAFF)
for _operation, _form, _answered in (
    ("apply_answer", {}, "PO-3001"),
    ("tell_affected", {"way-11075": "send"}, "PO-3002"),
):
    desk(
        f"POST staff.{_operation}",
        "answered",
        Call(args={"number": _answered, "version": "1"}, form=_form),
        allow=STAFF,
    )
    desk(f"POST staff.{_operation}", "foreign child under own parent", Call(args={"number": "PO-1001", "version": "1"}, form=_form),
         missing=STAFF)  # fmt: skip
    desk(
        f"POST staff.{_operation}",
        "non-existent",
        Call(args={"number": "PO-9999", "version": "1"}, form=_form),
        missing=STAFF,
    )
records("GET staff.supplier_policy", "public_id", ("@org:exotic", "@org:tokyo"))
desk("POST staff.set_supplier_policy", "a supplier", Call(args={"public_id": "@org:exotic"}, form={"auto_apply": "never",
     "reminder_days": "5"}), allow=LEADS, forbidden=AGENTS)  # fmt: skip
desk("POST staff.set_supplier_policy", "non-existent", Call(args={"public_id": "nothing"}, form={"auto_apply": "never"}),
     missing=STAFF)  # fmt: skip
for _kind in ("", "late", "unanswered", "overdue"):
    desk("GET staff.exceptions_page", f"all {_kind}".strip(), Call(query={"kind": _kind}), allow=STAFF)
desk("POST staff.apply_many", "answered", Call(form={"chosen": ["PO-3001:1:1"]}), allow=STAFF)
desk("POST staff.chase_many", "sent", Call(form={"chosen": ["PO-1001"]}), allow=STAFF)
for _operation, _key in (("apply_many", "PO-9999:1:1"), ("chase_many", "PO-9999"), ("chase_many", "11070")):
    desk(f"POST staff.{_operation}", f"{_key} in the body", Call(form={"chosen": [_key]}), nothing=STAFF)
for _operation, _form in (
    ("GET staff.new_answer", {}),
    ("POST staff.record_answer", {"all": "yes", "channel": "telephone"}),
    ("GET staff.new_change", {}),
    ("POST staff.change_order", {"line-1-quantity": "2"}),
    ("POST staff.chase_order", {}),
):
    desk(_operation, "sent", Call(args={"number": "PO-1001"}, form=_form), allow=STAFF)
    desk(_operation, "a draft", Call(args={"number": "PO-2007"}, form=_form), forbidden=STAFF)
    desk(_operation, "a sales order", Call(args={"number": "11070"}, form=_form), forbidden=STAFF)
    desk(_operation, "non-existent", Call(args={"number": "PO-9999"}, form=_form), missing=STAFF)
_share = {"organisation": "@org:tokyo", "level": "read", "fields": ["lines.quantity"]}
records("POST staff.share_order", "number", ("11070", "PO-1001"), form=_share)
desk("POST staff.share_order", "foreign id in the body", Call(args={"number": "11070"}, form=_share | {"organisation": "nothing"}),
     missing=STAFF)  # fmt: skip
desk("POST staff.share_order", "with a customer", Call(args={"number": "11070"}, form=_share | {"organisation": "@org:ernst"}),
     refused=STAFF)  # fmt: skip
for _operation, _form in (("revoke_share", {}), ("extend_share", {"until": "2031-01-01"})):
    desk(f"POST staff.{_operation}", "of an order", Call(args={"public_id": "@share:PO-1001"}, form=_form), allow=STAFF)
    desk(f"POST staff.{_operation}", "of another team's conversation", Call(args={"public_id": "@share:c_renate"}, form=_form),
         allow=REACH, missing=OTTO)  # fmt: skip
    desk(f"POST staff.{_operation}", "non-existent", Call(args={"public_id": "nothing"}, form=_form), missing=STAFF)
desk("POST staff.send_many", "a draft", Call(form={"chosen": ["PO-2007"]}), allow=STAFF)
desk(
    "POST staff.send_many",
    "sent already, and nothing there is",
    Call(form={"chosen": ["PO-1001", "nothing"]}),
    nothing=STAFF,
)
desk("POST staff.renew_share", "of an order, ended", at(public_id="@share:PO-2006"), allow=STAFF)
desk("POST staff.renew_share", "of an order, holding", at(public_id="@share:PO-1001"), refused=STAFF)
desk(
    "POST staff.renew_share",
    "of another team's conversation",
    at(public_id="@share:c_expired"),
    allow=REACH,
    missing=OTTO,
)
desk("POST staff.renew_share", "non-existent", at(public_id="nothing"), missing=STAFF)

for _query in ({}, {"role": "supplier"}, {"q": "cnr"}):
    desk("GET staff.organisations", f"all {_query or ''}".strip(), Call(query=_query), allow=STAFF)
records("GET staff.organisation", "public_id", ("@org:lehmanns", "@org:ernst", "@org:exotic", "@org:tokyo"))
records("GET staff.edit_organisation", "public_id", ("@org:lehmanns",))
records(
    "POST staff.change_organisation",
    "public_id",
    ("@org:lehmanns",),
    form={"name": "New name", "city": "Berlin", "version": "@version:lehmanns"},
)
desk("POST staff.change_organisation", "foreign id in the body", Call(args={"public_id": "@org:lehmanns"}, form={"owner": "99999"}),
     missing=STAFF)  # fmt: skip
desk("POST staff.archive_organisation", "lehmanns", at(public_id="@org:lehmanns"), allow=LEADS, forbidden=AGENTS)
desk("POST staff.archive_organisation", "non-existent", at(public_id="nothing"), missing=STAFF)
_call = {"kind": "call", "summary": "They called"}
records("POST staff.log_interaction", "public_id", ("@org:lehmanns", "@org:exotic"), form=_call)
desk("POST staff.log_interaction", "another team's conversation in the body", Call(args={"public_id": "@org:lehmanns"},
     form=_call | {"conversation": "@c_renate"}), allow=REACH, missing=OTTO)  # fmt: skip
desk("POST staff.log_interaction", "non-existent person in the body", Call(args={"public_id": "@org:lehmanns"},
     form=_call | {"person": "nobody"}), missing=STAFF)  # fmt: skip

desk("GET staff.deliveries", "all", allow=LEADS, forbidden=AGENTS)
desk("POST staff.retry_job", "parked", at(public_id="@job"), allow=LEADS, refused=AGENTS)
desk("POST staff.retry_job", "non-existent", at(public_id="nothing"), missing=LEADS, refused=AGENTS)

desk("GET staff.articles", "all", allow=STAFF)
desk("GET staff.articles", "drafts", Call(query={"state": "draft"}), allow=STAFF)
desk("GET staff.new_article", "own", allow=STAFF)
records("GET staff.article", "slug", ("public-article", "staff-article", "draft-article", "archived-article"))
records("GET staff.article_versions", "slug", ("public-article", "staff-article", "draft-article"))
_words = {"title": "A title", "slug": "a-title", "body": "Words", "language": "en", "audience": "staff"}
desk("POST staff.write_article", "new", Call(form=_words), allow=STAFF)
desk(
    "POST staff.write_article",
    "a draft",
    Call(form=_words | {"article": "draft-article", "slug": "draft-article"}),
    allow=STAFF,
)
desk("POST staff.write_article", "published", Call(form=_words | {"article": "public-article", "slug": "public-article"}),
     allow=LEADS, forbidden=AGENTS)  # fmt: skip
desk("POST staff.write_article", "foreign id in the body", Call(form=_words | {"article": "nothing"}), missing=STAFF)
desk("POST staff.preview_article", "own", Call(form={"body": "Words"}), allow=STAFF)
for _state, _slug in (("published", "draft-article"), ("archived", "public-article"), ("draft", "public-article")):
    desk(
        "POST staff.set_article_state",
        f"{_state}",
        Call(args={"slug": _slug}, form={"state": _state}),
        allow=LEADS,
        forbidden=AGENTS,
    )
desk(
    "POST staff.set_article_state",
    "non-existent",
    Call(args={"slug": "nothing"}, form={"state": "published"}),
    missing=STAFF,
)
desk("POST staff.restore_article", "a draft", at(slug="draft-article", key="@version:draft-article"), allow=STAFF)
desk("POST staff.restore_article", "published", at(slug="public-article", key="@version:public-article"), allow=LEADS,
     forbidden=AGENTS)  # fmt: skip
desk("POST staff.restore_article", "foreign child under own parent", at(slug="draft-article", key="@version:staff-article"),
     missing=STAFF)  # fmt: skip
desk("POST staff.restore_article", "non-existent", at(slug="draft-article", key="99999"), missing=STAFF)

_rule = {"level": "read", "fields": ["lines.quantity"], "days": "30"}
desk("GET staff.share_rules", "all", allow=ANDREW, forbidden=STAFF - ANDREW)
desk("GET staff.edit_share_rule", "a rule", at(public_id="@rule:supplier"), allow=ANDREW, forbidden=STAFF - ANDREW)
for _operation, _form in (
    ("change_share_rule", _rule),
    ("switch_share_rule", {"active": "no"}),
    ("apply_share_rule", {}),
):
    desk(f"POST staff.{_operation}", "a rule", Call(args={"public_id": "@rule:supplier"}, form=_form), allow=ANDREW,
         forbidden=STAFF - ANDREW)  # fmt: skip
    desk(f"POST staff.{_operation}", "non-existent", Call(args={"public_id": "nothing"}, form=_form), missing=ANDREW,
         forbidden=STAFF - ANDREW)  # fmt: skip
records("POST staff.make_relation", "public_id", ("@org:lehmanns", "@org:exotic"), form={"kind": "distributes_for"})
desk("POST staff.make_relation", "with a stranger in the body", Call(args={"public_id": "@org:lehmanns"},
     form={"kind": "supplies", "to": "Nobody Ltd"}), refused=STAFF)  # fmt: skip
desk("POST staff.end_relation", "own", at(public_id="@org:exotic", relation_id="@relation:exotic"), allow=STAFF)
desk("POST staff.end_relation", "foreign child under own parent", at(public_id="@org:tokyo", relation_id="@relation:exotic"),
     missing=STAFF)  # fmt: skip
desk("POST staff.end_relation", "non-existent", at(public_id="@org:exotic", relation_id="nothing"), missing=STAFF)
records("POST staff.assign_carrier", "number", ("11070",), form={"carrier": "@org:tokyo"})
desk("POST staff.assign_carrier", "a purchase order", Call(args={"number": "PO-1001"}, form={"carrier": "@org:tokyo"}),
     forbidden=STAFF)  # fmt: skip
desk("POST staff.assign_carrier", "foreign id in the body", Call(args={"number": "11070"}, form={"carrier": "nothing"}),
     missing=STAFF)  # fmt: skip

records("POST staff.preview_share", "number", ("11070", "PO-1001"), form=_share)
desk("POST staff.preview_share", "foreign id in the body", Call(args={"number": "11070"}, form=_share | {"organisation": "nothing"}),
     missing=STAFF)  # fmt: skip
for _number, _name in (("PO-1001", "exotic"), ("PO-1001", "tokyo"), ("11077", "exotic")):
    desk("GET staff.seen_by", f"{_number} by {_name}", at(number=_number, public_id=f"@org:{_name}"), allow=STAFF)
desk("GET staff.seen_by", "non-existent", at(number="PO-9999", public_id="@org:exotic"), missing=STAFF)
desk("GET staff.seen_by", "by nobody there is", at(number="PO-1001", public_id="nothing"), missing=STAFF)

records("GET staff.organisation_reads", "public_id", ("@org:lehmanns", "@org:exotic"))
desk("GET staff.export_reads", "own", at(public_id="@org:exotic"), allow=LEADS, forbidden=AGENTS)
desk("GET staff.export_reads", "non-existent", at(public_id="nothing"), missing=STAFF)

desk("GET staff.approval_queue", "all", allow=STAFF)
records("GET staff.colleagues", "public_id", ("@org:lehmanns", "@org:exotic"))
records("POST staff.invite_colleague", "public_id", ("@org:lehmanns", "@org:exotic"),
        form={"email": "new@new.example", "name": "New", "role": "manager"})  # fmt: skip
records("POST staff.require_approval", "public_id", ("@org:lehmanns", "@org:exotic"), form={"required": "yes"})
for _key in ("lehmanns", "exotic", "role"):
    for _form in ({"decision": "approve"}, {"decision": "decline", "reason": "No"}):
        desk("POST staff.decide_approval", f"{_key}, {_form['decision']}", Call(args={"public_id": f"@approval:{_key}"}, form=_form),
             allow=STAFF)  # fmt: skip
desk("POST staff.decide_approval", "decided already", Call(args={"public_id": "@approval:declined"}, form={"decision": "approve"}),
     refused=STAFF)  # fmt: skip
desk("POST staff.decide_approval", "without a reason", Call(args={"public_id": "@approval:exotic"}, form={"decision": "decline"}),
     refused=STAFF)  # fmt: skip
desk(
    "POST staff.decide_approval",
    "non-existent",
    Call(args={"public_id": "nothing"}, form={"decision": "approve"}),
    missing=STAFF,
)
for _key, _person in (("lehmanns", "jonas"), ("exotic", "charlotte")):
    desk("POST staff.set_mailbox", f"of {_key}", Call(args={"public_id": f"@org:{_key}", "person_id": f"@person:{_person}"},
         form={"mailbox": "yes"}), allow=STAFF)  # fmt: skip
desk("POST staff.set_mailbox", "a manager", Call(args={"public_id": "@org:lehmanns", "person_id": "@person:greta"},
     form={"mailbox": "yes"}), refused=STAFF)  # fmt: skip
desk("POST staff.set_mailbox", "foreign child under own parent", Call(args={"public_id": "@org:exotic",
     "person_id": "@person:jonas"}, form={"mailbox": "yes"}), missing=STAFF)  # fmt: skip
desk(
    "POST staff.set_mailbox",
    "non-existent",
    Call(args={"public_id": "nothing", "person_id": "@person:jonas"}),
    missing=STAFF,
)
for _form in ({"code": "seven of nine"}, {"remove": "yes"}):
    desk("POST staff.set_access_code", f"a supplier, {', '.join(_form)}", Call(args={"public_id": "@org:exotic"}, form=_form),
         allow=LEADS, forbidden=AGENTS)  # fmt: skip
desk(
    "POST staff.set_access_code",
    "too short",
    Call(args={"public_id": "@org:exotic"}, form={"code": "7"}),
    refused=STAFF,
)
desk(
    "POST staff.set_access_code",
    "non-existent",
    Call(args={"public_id": "nothing"}, form={"code": "seven of nine"}),
    missing=STAFF,
)
