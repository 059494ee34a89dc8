"""What partners may do on their surface; nobody else finds it."""

from typing import Any

from tests.authorisation.actors import (
    CHARLES,
    CHARLOTTE,
    CUSTOMERS,
    EVERYBODY,
    EXOTIC,
    NOBODY,
    PARTNERS,
    STAFF,
    TOKYO,
    VISITOR,
    YOSHI,
    Names,
)
from tests.authorisation.row import Call, at, row

OTHERS = CUSTOMERS | STAFF


def partner(operation: str, relation: str, call: Call | None = None, *, missing: Names = NOBODY, **groups: Any) -> None:
    """A row of the partners' surface: customers and staff find nothing here, the signed-out are asked to sign in."""
    row(operation, relation, call, missing=missing | OTHERS, sign_in=VISITOR, **groups)


def unseen(operation: str, **sent: Any) -> None:
    """The orders that an operation does not find, whatever it is."""
    for relation, number in (("share revoked", "PO-2005"), ("share expired", "PO-2006"), ("internal", "PO-2007"),
                             ("a customer's", "11070"), ("non-existent", "PO-9999")):  # fmt: skip
        partner(operation, relation, Call(args={"number": number}, **sent), missing=PARTNERS)


def talks(operation: str, write: bool = False, **sent: Any) -> None:
    """The rows of an operation on a conversation."""
    see = {"forbidden" if write else "allow": EXOTIC}
    for relation, number, allow in (
        ("shared", "@c_renate", EXOTIC), ("shared with the rival", "@c_roland", TOKYO), ("own", "@c_partner", EXOTIC),
        ("the rival's own", "@c_tokyo", TOKYO),
    ):  # fmt: skip
        partner(operation, relation, Call(args={"number": number}, **sent), allow=allow, missing=PARTNERS - allow)
    partner(operation, "shared to read", Call(args={"number": "@c_read"}, **sent), missing=TOKYO, **see)
    for relation, number in (
        ("share revoked", "@c_revoked"), ("share expired", "@c_expired"), ("not shared", "@c_jonas"),
        ("internal", "@c_internal"), ("non-existent", "999999"),
    ):  # fmt: skip
        partner(operation, relation, Call(args={"number": number}, **sent), missing=PARTNERS)


partner("GET partners.home", "own", allow=PARTNERS)
for _query in ({}, {"status": "waiting"}, {"status": "sent"}, {"q": "PO-"}, {"q": "cnr"}):
    partner("GET partners.orders", f"shared {_query or ''}".strip(), Call(query=_query), allow=PARTNERS)
for _query in ({}, {"status": "sent"}, {"q": "PO-"}):
    partner("GET partners.export_orders", f"shared {_query or ''}".strip(), Call(query=_query), allow=PARTNERS)
partner(
    "GET partners.export_orders", "found by a hidden field", Call(query={"q": "@supplierref:PO-1001"}), allow=PARTNERS
)
partner("GET partners.orders", "found by a hidden field", Call(query={"q": "@supplierref:PO-1001"}), allow=PARTNERS,
        hidden=("/partners/orders/PO-1001",))  # fmt: skip
for _relation, _number, _allow in (
    ("shared with fields", "PO-1001", EXOTIC), ("shared with the rival", "PO-1002", TOKYO), ("shared fully", "PO-2001", EXOTIC),
    ("shared to read", "PO-2003", EXOTIC), ("shared to comment", "PO-2004", EXOTIC), ("a rival's, shared", "PO-2008", TOKYO),
    ("shared with a member", "PO-2009", CHARLOTTE | CHARLES), ("shared with the manager", "PO-2010", CHARLES),
    ("a customer's, shared", "11077", EXOTIC),
):  # fmt: skip
    for _name in ("GET partners.order", "GET partners.order_document"):
        partner(_name, _relation, at(number=_number), allow=_allow, missing=PARTNERS - _allow)
unseen("GET partners.order")
unseen("GET partners.order_document")
for _operation, _form in (("acknowledge", {}), ("confirm", {"all": "1"}), ("keep_draft", {"line-1": "reject"})):
    for _relation, _number, _allow in (
        ("shared with fields", "PO-1001", EXOTIC), ("shared with the rival", "PO-1002", TOKYO),
        ("shared fully", "PO-2001", EXOTIC), ("shared with a member", "PO-2009", CHARLOTTE | CHARLES),
        ("shared with the manager", "PO-2010", CHARLES),
    ):  # fmt: skip
        partner(f"POST partners.{_operation}", _relation, Call(args={"number": _number}, form=_form), allow=_allow,
                missing=PARTNERS - _allow)  # fmt: skip
    for _relation, _number in (
        ("shared to read", "PO-2003"),
        ("shared to comment", "PO-2004"),
        ("a customer's, shared", "11077"),
    ):
        partner(f"POST partners.{_operation}", _relation, Call(args={"number": _number}, form=_form), forbidden=EXOTIC,
                missing=TOKYO)  # fmt: skip
    partner(f"POST partners.{_operation}", "a rival's, shared", Call(args={"number": "PO-2008"}, form=_form), forbidden=YOSHI,
            missing=EXOTIC)  # fmt: skip
    unseen(f"POST partners.{_operation}", form=_form)
_talk = {"subject": "A question", "body": "Hello"}
for _relation, _number, _allow in (
    ("shared with fields", "PO-1001", EXOTIC), ("shared with the rival", "PO-1002", TOKYO), ("shared fully", "PO-2001", EXOTIC),
    ("shared to comment", "PO-2004", EXOTIC), ("a customer's, shared", "11077", EXOTIC), ("a rival's, shared", "PO-2008", TOKYO),
    ("shared with a member", "PO-2009", CHARLOTTE | CHARLES), ("shared with the manager", "PO-2010", CHARLES),
):  # fmt: skip
    partner("POST partners.start_conversation", _relation, Call(args={"number": _number}, form=_talk), allow=_allow,
            missing=PARTNERS - _allow)  # fmt: skip
partner("POST partners.start_conversation", "shared to read", Call(args={"number": "PO-2003"}, form=_talk), forbidden=EXOTIC,
        missing=TOKYO)  # fmt: skip
unseen("POST partners.start_conversation", form=_talk)
partner("GET partners.conversations", "own", allow=PARTNERS)
partner("GET partners.conversations", "own, waiting", Call(query={"show": "waiting"}), allow=PARTNERS)
talks("GET partners.conversation")
talks("GET partners.older_messages")
talks("POST partners.send_message", write=True, form={"body": "Hello"})
partner("POST partners.send_message", "to everyone", Call(args={"number": "@c_renate"}, form={"body": "Hello", "audience": "everyone"}),
        allow=EXOTIC, missing=TOKYO)  # fmt: skip
for _audience in ("staff", "customer"):
    partner("POST partners.send_message", f"to {_audience}", Call(args={"number": "@c_renate"},
            form={"body": "Hello", "audience": _audience}), refused=EXOTIC, missing=TOKYO)  # fmt: skip

partner("GET partners_team.index", "own", allow=PARTNERS)
partner("POST partners_team.index", "own", Call(form={"email": "new@s1.example", "name": "New", "role": "member"}),
        allow=CHARLES | YOSHI, forbidden=CHARLOTTE)  # fmt: skip
for _operation, _form in (("role", {"role": "manager"}), ("remove", {})):
    partner(f"POST partners_team.{_operation}", "own", Call(args={"public_id": "@person:charlotte"}, form=_form),
            allow=CHARLES, forbidden=CHARLOTTE, missing=TOKYO)  # fmt: skip
    partner(f"POST partners_team.{_operation}", "other side", Call(args={"public_id": "@person:renate"}, form=_form),
            missing=PARTNERS)  # fmt: skip
    partner(
        f"POST partners_team.{_operation}",
        "non-existent",
        Call(args={"public_id": "nobody"}, form=_form),
        missing=PARTNERS,
    )
partner("POST partners_team.role", "other organisation", Call(args={"public_id": "@person:yoshi"}, form={"role": "manager"}),
        allow=YOSHI, missing=EXOTIC)  # fmt: skip
partner("POST partners_team.remove", "other organisation", at(public_id="@person:yoshi"), refused=YOSHI, missing=EXOTIC)

for _operation in ("GET order_links.show", "POST order_links.answer", "GET order_links.document"):
    row(
        _operation,
        "mailed",
        Call(args={"secret": "@orderlink"}, form={"all": "yes"}, bearer="charlotte"),
        allow=EVERYBODY,
    )
    row(_operation, "another purpose", Call(args={"secret": "@invitation"}, form={"all": "yes"}), missing=EVERYBODY)
    row(_operation, "non-existent", Call(args={"secret": "nothing"}, form={"all": "yes"}), missing=EVERYBODY)

for _secret, _allow in (("@orderlink", EVERYBODY), ("@invitation", NOBODY), ("nothing", NOBODY)):
    row("POST order_links.enter_code", _secret, Call(args={"secret": _secret}, form={"code": "no code is set"}), allow=_allow,
        missing=EVERYBODY - _allow)  # fmt: skip

partner("GET partners.answers_page", "own", allow=PARTNERS)
partner("GET partners.answer_template", "own", allow=PARTNERS)
for _relation, _number, _allow in (
    ("shared with fields", "PO-1001", EXOTIC), ("shared with the rival", "PO-1002", TOKYO), ("internal", "PO-2007", NOBODY),
    ("shared to read", "PO-2003", NOBODY),
):  # fmt: skip
    _table = f"order,line,response\n{_number},1,rejected"
    partner(
        "POST partners.send_answers", _relation, Call(form={"table": _table}), allow=_allow, nothing=PARTNERS - _allow
    )
for _key, _allow in (("exotic", CHARLES), ("lehmanns", NOBODY)):
    partner(
        "POST partners_team.withdraw", _key, at(public_id=f"@approval:{_key}"), allow=_allow, missing=PARTNERS - _allow
    )
partner("POST partners_team.withdraw", "non-existent", at(public_id="nothing"), missing=PARTNERS)
for _key, _allow, _own in (("charlotte", CHARLES, CHARLOTTE), ("renate", NOBODY, NOBODY)):
    partner("POST partners_team.mailbox", _key, Call(args={"public_id": f"@person:{_key}"}, form={"mailbox": "yes"}),
            allow=_allow, forbidden=_own, missing=PARTNERS - _allow - _own)  # fmt: skip
partner("POST partners_team.mailbox", "the rival manager", Call(args={"public_id": "@person:yoshi"}, form={"mailbox": "yes"}),
        refused=YOSHI, missing=EXOTIC)  # fmt: skip
partner("POST partners_team.mailbox", "non-existent", at(public_id="nothing"), missing=PARTNERS)
partner("POST partners.confirm", "from a shared mailbox, without a name", Call(args={"number": "PO-1001"}, form={"all": "yes"},
        mailbox=True), nothing=PARTNERS)  # fmt: skip
