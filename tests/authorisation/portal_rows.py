"""What customers may do on their surface; nobody else finds it."""

from typing import Any

from tests.authorisation.actors import (
    CUSTOMERS,
    ERNST,
    GRETA,
    JONAS,
    LEHMANNS,
    NOBODY,
    PARTNERS,
    RENATE,
    ROLAND,
    STAFF,
    VISITOR,
    Names,
)
from tests.authorisation.row import Call, at, row

OTHERS = PARTNERS | STAFF


def portal(operation: str, relation: str, call: Call | None = None, *, missing: Names = NOBODY, **groups: Any) -> None:
    """A row of the portal: partners and staff find nothing here, the signed-out are asked to sign in."""
    row(operation, relation, call, missing=missing | OTHERS, sign_in=VISITOR, **groups)


def requests(operation: str, same: bool = True, **sent: Any) -> None:
    """The rows of an operation on a request: a member has the own ones, a manager all of the organisation."""
    name = "POST" if operation.startswith("POST") else "GET"
    assert operation.startswith(name)
    portal(operation, "own", Call(args={"number": "@c_renate"}, **sent), allow=RENATE | GRETA, missing=JONAS | ROLAND)
    portal(operation, "same organisation", Call(args={"number": "@c_jonas"}, **sent),
           allow=JONAS | GRETA, missing=RENATE | ROLAND)  # fmt: skip
    portal(operation, "other organisation", Call(args={"number": "@c_roland"}, **sent), allow=ROLAND, missing=LEHMANNS)
    portal(operation, "internal", Call(args={"number": "@c_internal"}, **sent), missing=CUSTOMERS)
    portal(operation, "internal, on the own record", Call(args={"number": "@c_notes"}, **sent), missing=CUSTOMERS)
    portal(operation, "a partner's with us", Call(args={"number": "@c_partner"}, **sent), missing=CUSTOMERS)
    portal(operation, "non-existent", Call(args={"number": "999999"}, **sent), missing=CUSTOMERS)


portal("GET portal.home", "own", allow=CUSTOMERS)
portal("GET portal.access_log", "own", allow=GRETA | ROLAND, forbidden=RENATE | JONAS)
for _show in ("", "due", "overdue", "paid"):
    portal("GET portal.invoices", f"own{' ' * bool(_show)}{_show}", Call(query={"show": _show}), allow=CUSTOMERS)
portal("GET portal.invoice", "own", at(public_id="@invoice:11070"), allow=LEHMANNS, missing=ERNST)
portal("GET portal.invoice_document", "own", at(public_id="@invoice:11070"), allow=LEHMANNS, missing=ERNST)
portal("GET portal.invoice", "other organisation", at(public_id="@invoice:11072"), allow=ERNST, missing=LEHMANNS)
portal(
    "GET portal.invoice_document", "other organisation", at(public_id="@invoice:11072"), allow=ERNST, missing=LEHMANNS
)
portal("GET portal.invoice", "non-existent", at(public_id="nothing"), missing=CUSTOMERS)
portal("GET portal.invoice_document", "non-existent", at(public_id="nothing"), missing=CUSTOMERS)
portal("GET portal.orders", "own", allow=CUSTOMERS)
portal("GET portal.orders", "found by a foreign reference", Call(query={"q": "@ref:11075"}), allow=CUSTOMERS)
for _name in ("GET portal.order", "GET portal.order_document"):
    portal(_name, "own", at(number="11070"), allow=LEHMANNS, missing=ERNST)
    portal(_name, "other organisation", at(number="11072"), allow=ERNST, missing=LEHMANNS)
    portal(_name, "internal", at(number="PO-1001"), missing=CUSTOMERS)
    portal(_name, "non-existent", at(number="99999"), missing=CUSTOMERS)
for _query in ({}, {"show": "solved"}, {"q": "cnr", "show": "all"}, {"mine": "1"}):
    portal("GET portal.requests", f"own {_query or ''}".strip(), Call(query=_query), allow=CUSTOMERS)
requests("GET portal.request_page")
requests("GET portal.older_messages")
requests("POST portal.send_message", form={"body": "Hello"})
requests("POST portal.read_request")
requests("POST portal.solve_request")
for _audience in ("staff", "partner:@id:exotic", "partner"):
    portal("POST portal.send_message", f"to {_audience.split('@')[0]}", Call(args={"number": "@c_renate"},
           form={"body": "Hello", "audience": _audience}), refused=RENATE | GRETA, missing=JONAS | ROLAND)  # fmt: skip
portal("POST portal.send_message", "to everyone", Call(args={"number": "@c_renate"},
       form={"body": "Hello", "audience": "everyone"}), allow=RENATE | GRETA, missing=JONAS | ROLAND)  # fmt: skip
for _operation, _form in (("rate_request", {"rating": "5"}), ("reopen_request", {})):
    portal(f"POST portal.{_operation}", "own", Call(args={"number": "@c_solved"}, form=_form),
           allow=RENATE | GRETA, missing=JONAS | ROLAND)  # fmt: skip
    portal(f"POST portal.{_operation}", "other organisation", Call(args={"number": "@c_roland_solved"}, form=_form),
           allow=ROLAND, missing=LEHMANNS)  # fmt: skip
    portal(f"POST portal.{_operation}", "non-existent", Call(args={"number": "999999"}, form=_form), missing=CUSTOMERS)
portal(
    "POST portal.solve_request",
    "solved already",
    at(number="@c_solved"),
    forbidden=RENATE | GRETA,
    missing=JONAS | ROLAND,
)
portal("POST portal.reopen_request", "open", at(number="@c_renate"), forbidden=RENATE | GRETA, missing=JONAS | ROLAND)
portal("POST portal.rate_request", "open", Call(args={"number": "@c_renate"}, form={"rating": "5"}), forbidden=RENATE | GRETA,
       missing=JONAS | ROLAND)  # fmt: skip
portal("GET portal.new_request", "own", allow=CUSTOMERS)
for _method, _name, _key in (("GET", "new_request", "query"), ("POST", "start_request", "form")):
    _said = {} if _method == "GET" else {"subject": "A question", "body": "Hello"}

    def _sent(about: str, key: str = _key, said: dict[str, str] = _said) -> Call:
        return Call(**{key: said | {"about": about}})

    portal(f"{_method} portal.{_name}", "about the own order", _sent("order:11070"), allow=LEHMANNS, missing=ERNST)
    portal(
        f"{_method} portal.{_name}", "about the own line", _sent("order_line:11070/1"), allow=LEHMANNS, missing=ERNST
    )
    portal(f"{_method} portal.{_name}", "foreign id in the body", _sent("order:11072"), allow=ERNST, missing=LEHMANNS)
    portal(f"{_method} portal.{_name}", "internal id in the body", _sent("order:PO-1001"), missing=CUSTOMERS)
    portal(
        f"{_method} portal.{_name}", "foreign child under own parent", _sent("order_line:11070/9"), missing=CUSTOMERS
    )
portal("POST portal.start_request", "own", Call(form={"subject": "A question", "body": "Hello"}), allow=CUSTOMERS)
for _words in ("cnr", "11070", "11072", "PO-1001", "@c_jonas", "@ref:11075"):
    portal("GET portal.search_all", f"for {_words}", Call(query={"q": _words}), allow=CUSTOMERS)

portal("GET portal_team.index", "own", allow=CUSTOMERS)
portal("POST portal_team.index", "own", Call(form={"email": "new@lehms.example", "name": "New", "role": "member"}),
       allow=GRETA | ROLAND, forbidden=RENATE | JONAS)  # fmt: skip
for _operation, _form in (("role", {"role": "manager"}), ("remove", {})):
    portal(f"POST portal_team.{_operation}", "own", Call(args={"public_id": "@person:jonas"}, form=_form),
           allow=GRETA, forbidden=JONAS, missing=ERNST | RENATE)  # fmt: skip
    portal(f"POST portal_team.{_operation}", "other side", Call(args={"public_id": "@person:charlotte"}, form=_form),
           missing=CUSTOMERS)  # fmt: skip
    portal(
        f"POST portal_team.{_operation}",
        "staff",
        Call(args={"public_id": "@person:nancy"}, form=_form),
        missing=CUSTOMERS,
    )
    portal(
        f"POST portal_team.{_operation}",
        "non-existent",
        Call(args={"public_id": "nobody"}, form=_form),
        missing=CUSTOMERS,
    )
portal("POST portal_team.role", "other organisation", Call(args={"public_id": "@person:roland"}, form={"role": "manager"}),
       allow=ROLAND, missing=LEHMANNS)  # fmt: skip
portal(
    "POST portal_team.remove", "other organisation", at(public_id="@person:roland"), refused=ROLAND, missing=LEHMANNS
)
for _key, _allow in (("lehmanns", GRETA), ("role", GRETA), ("exotic", NOBODY)):
    portal(
        "POST portal_team.withdraw", _key, at(public_id=f"@approval:{_key}"), allow=_allow, missing=CUSTOMERS - _allow
    )
portal(
    "POST portal_team.withdraw",
    "decided already",
    at(public_id="@approval:declined"),
    refused=GRETA,
    missing=CUSTOMERS - GRETA,
)
portal("POST portal_team.withdraw", "non-existent", at(public_id="nothing"), missing=CUSTOMERS)
for _key, _allow, _own in (("jonas", GRETA, JONAS), ("charlotte", NOBODY, NOBODY), ("roland", NOBODY, NOBODY)):
    portal("POST portal_team.mailbox", _key, Call(args={"public_id": f"@person:{_key}"}, form={"mailbox": "yes"}), allow=_allow,
           forbidden=_own, refused=ROLAND if _key == "roland" else NOBODY,
           missing=CUSTOMERS - _allow - _own - (ROLAND if _key == "roland" else NOBODY))  # fmt: skip
portal("POST portal_team.mailbox", "non-existent", at(public_id="nothing"), missing=CUSTOMERS)
_unnamed = Call(args={"number": "@c_renate"}, form={"body": "Hello", "audience": "customer"}, mailbox=True)
portal("POST portal.send_message", "from a shared mailbox, without a name", _unnamed, nothing=CUSTOMERS)
portal("GET portal.request_page", "from a shared mailbox, without a name", Call(args={"number": "@c_renate"}, mailbox=True),
       nothing=CUSTOMERS, hidden=("canary-", "@c_renate"))  # fmt: skip
