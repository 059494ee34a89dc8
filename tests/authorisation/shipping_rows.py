"""Shipments and suppliers' invoices: sent by the supplier of an order, received and settled by us, read by both."""

from typing import Any

from tests.authorisation.actors import (
    CUSTOMERS,
    ERNST,
    EXOTIC,
    LEHMANNS,
    NOBODY,
    OUTSIDE,
    PARTNERS,
    SIGNED_IN,
    STAFF,
    TOKYO,
    VISITOR,
    YOSHI,
    Names,
)
from tests.authorisation.row import Call, row
from tests.authorisation.verb_rows import may

# An order, who sees it of those outside, who of them may ship it, and who may invoice it.
ORDERS: tuple[tuple[str, str, Names, Names, Names], ...] = (
    ("confirmed and shipped in part", "PO-5001", EXOTIC, EXOTIC, EXOTIC), ("a rival's, shared", "PO-5002", YOSHI, NOBODY, NOBODY),
    ("shared to read", "PO-5003", EXOTIC, NOBODY, NOBODY), ("not confirmed", "PO-1001", EXOTIC, NOBODY, NOBODY),
    ("received already", "PO-2011", EXOTIC, NOBODY, EXOTIC), ("share revoked", "PO-2005", NOBODY, NOBODY, NOBODY),
    ("share expired", "PO-2006", NOBODY, NOBODY, NOBODY), ("internal", "PO-2007", NOBODY, NOBODY, NOBODY),
    ("a customer's, shared", "11077", EXOTIC | ERNST, NOBODY, NOBODY), ("sold to the partner itself", "11080", EXOTIC, NOBODY, NOBODY),
    ("a customer's", "11070", LEHMANNS, NOBODY, NOBODY),
)  # fmt: skip
BY_US = ("PO-5001", "PO-5002", "PO-5003", "11077", "11080", "11070")  # what staff may ship, too

for _relation, _number, _seen, _ships, _invoices in ORDERS:
    _us = STAFF if _number in BY_US else NOBODY
    may("order:ship", _relation, "Order", _number, allow=_ships | _us, forbidden=(_seen - _ships) | (STAFF - _us))
    may("order:invoice", _relation, "Order", _number, allow=_invoices, forbidden=(_seen - _invoices) | STAFF)
for _verb in ("receive", "settle"):
    may(f"order:{_verb}", "confirmed", "Order", "PO-5001", allow=STAFF, forbidden=EXOTIC)
    may(f"order:{_verb}", "a sales order", "Order", "11070", forbidden=STAFF | LEHMANNS)

_SENT = {"line-1": "1", "carrier": "DHL"}
_ASKED = {"number": "R-9", "line-1": "1", "line-1-price": "5"}


def partner(operation: str, relation: str, call: Call, *, missing: Names = NOBODY, **groups: Any) -> None:
    """A row of the partners' surface."""
    row(operation, relation, call, missing=missing | CUSTOMERS | STAFF, sign_in=VISITOR, **groups)


def desk(operation: str, relation: str, call: Call, *, missing: Names = NOBODY, **groups: Any) -> None:
    """A row of the desk."""
    row(operation, relation, call, missing=missing | OUTSIDE, sign_in=VISITOR, **groups)


for _relation, _number, _seen, _ships, _invoices in ORDERS:
    for _operation, _form, _allow in (
        ("GET partners.new_shipment", {}, _ships), ("POST partners.announce", _SENT, _ships),
        ("GET partners.new_invoice", {}, _invoices), ("POST partners.send_invoice", _ASKED, _invoices),
    ):  # fmt: skip
        _sees = _seen & PARTNERS
        partner(_operation, _relation, Call(args={"number": _number}, form=_form), allow=_allow, forbidden=_sees - _allow,
                missing=PARTNERS - _sees)  # fmt: skip
for _show in ("", "disputed"):
    partner("GET partners.invoices", f"own {_show}".strip(), Call(query={"show": _show}), allow=PARTNERS)
for _relation, _number, _key, _allow, _forbidden in (
    ("on its way", "PO-5001", "@shipment:coming", EXOTIC, NOBODY), ("shared to read", "PO-5003", "@shipment:read", NOBODY, EXOTIC),
    ("of another order", "PO-5001", "@shipment:read", NOBODY, NOBODY), ("of a rival", "PO-5002", "@shipment:hidden", NOBODY, NOBODY),
    ("non-existent", "PO-5001", "nothing", NOBODY, NOBODY), ("of the customer", "PO-5001", "@shipment:ours", NOBODY, NOBODY),
):  # fmt: skip
    partner("POST partners.withdraw", _relation, Call(args={"number": _number, "public_id": _key}), allow=_allow,
            forbidden=_forbidden, missing=PARTNERS - _allow - _forbidden)  # fmt: skip
partner("POST partners.withdraw", "received already", Call(args={"number": "PO-5001", "public_id": "@shipment:received"}),
        refused=EXOTIC, missing=TOKYO)  # fmt: skip
for _operation, _sent in (("GET partners.new_invoice", "query"), ("POST partners.send_invoice", "form")):
    for _relation, _key, _groups in (
        ("of a disputed one", "@bill:disputed", {"allow": EXOTIC}), ("of none there is", "nothing", {"missing": EXOTIC}),
    ):  # fmt: skip
        _more = {_sent: (_ASKED if _sent == "form" else {}) | {"replaces": _key}}
        partner(_operation, _relation, Call(args={"number": "PO-5001"}, **_more), allow=_groups.get("allow", NOBODY),
                missing=_groups.get("missing", NOBODY) | TOKYO)  # fmt: skip
partner("POST partners.send_invoice", "of one that is not disputed", Call(args={"number": "PO-5001"},
        form=_ASKED | {"replaces": "@bill:approved"}), refused=EXOTIC, missing=TOKYO)  # fmt: skip

for _query in ({}, {"show": "received"}):
    desk("GET staff.shipments", f"all {_query or ''}".strip(), Call(query=_query), allow=STAFF)
for _query in ({}, {"show": "disputed"}, {"show": "all"}):
    desk("GET staff.supplier_invoices", f"all {_query or ''}".strip(), Call(query=_query), allow=STAFF)
for _operation, _form in (("GET staff.new_shipment", {}), ("POST staff.announce", _SENT)):
    for _relation, _number, _groups in (
        ("confirmed", "PO-5001", {"allow": STAFF}), ("a sales order", "11070", {"allow": STAFF}), ("a draft", "PO-2007",
        {"forbidden": STAFF}), ("received already", "PO-2011", {"forbidden": STAFF}), ("non-existent", "PO-9999", {"missing": STAFF}),
    ):  # fmt: skip
        desk(_operation, _relation, Call(args={"number": _number}, form=_form), **_groups)
for _operation in ("GET staff.shipment", "POST staff.receive", "POST staff.withdraw"):
    for _relation, _number, _key, _allow in (
        ("on its way", "PO-5001", "@shipment:coming", STAFF), ("of another order", "PO-5001", "@shipment:read", NOBODY),
        ("non-existent", "PO-5001", "nothing", NOBODY),
    ):  # fmt: skip
        desk(
            _operation,
            _relation,
            Call(args={"number": _number, "public_id": _key}),
            allow=_allow,
            missing=STAFF - _allow,
        )
for _operation, _form, _state in (
    ("GET staff.supplier_invoice", {}, "sent"), ("POST staff.approve_invoice", {"accept": ["1", "2"]}, "sent"),
    ("POST staff.dispute_invoice", {"reason-1": "Broken"}, "sent"), ("POST staff.pay_invoice", {}, "approved"),
):  # fmt: skip
    for _relation, _number, _key, _allow in (
        ("an own order's", "PO-5001", f"@bill:{_state}", STAFF), ("of another order", "PO-5003", "@bill:sent", NOBODY),
        ("non-existent", "PO-5001", "nothing", NOBODY),
    ):  # fmt: skip
        desk(_operation, _relation, Call(args={"number": _number, "public_id": _key}, form=_form), allow=_allow,
             missing=STAFF - _allow)  # fmt: skip
    if _operation.startswith("POST"):
        desk(_operation, "in another state", Call(args={"number": "PO-5001", "public_id": "@bill:disputed"}, form=_form),
             refused=STAFF)  # fmt: skip


def api(operation: str, relation: str, call: Call, **groups: Any) -> None:
    """A row of the API."""
    row(operation, relation, call, unknown=VISITOR, **groups)


_SHIPS = {"lines": [{"line": 1, "quantity": 1}]}
_BILLS = {"number": "R-9", "lines": [{"line": 1, "quantity": 1, "unit_price": "5"}]}
for _relation, _number, _seen, _ships, _invoices in ORDERS:
    _us = STAFF if _number in BY_US else NOBODY
    for _operation, _json, _allow in (
        ("GET api.order_shipments", None, _seen | STAFF), ("GET api.order_invoices", None, _seen | STAFF),
        ("POST api.announce_shipment", _SHIPS, _ships | _us), ("POST api.send_invoice", _BILLS, _invoices),
    ):  # fmt: skip
        api(_operation, _relation, Call(args={"number": _number}, json=_json), allow=_allow, forbidden=(_seen | STAFF) - _allow,
            missing=OUTSIDE - _seen)  # fmt: skip
for _operation, _name, _state, _json in (
    ("receive_shipment", "shipment", "coming", {}), ("approve_invoice", "invoice", "sent", {"accepting": [1, 2]}),
    ("dispute_invoice", "invoice", "sent", {"lines": [{"position": 1, "reason": "Broken"}]}),
    ("pay_invoice", "invoice", "approved", {}),
):  # fmt: skip
    _thing = f"@{'shipment' if _name == 'shipment' else 'bill'}:{_state}"
    for _relation, _number, _key, _allow in (
        ("own", "PO-5001", _thing, STAFF), ("of another order", "PO-5003", _thing, NOBODY), ("non-existent", "PO-5001", "nothing", NOBODY),
    ):  # fmt: skip
        api(f"POST api.{_operation}", _relation, Call(args={"number": _number, _name: _key}, json=_json), allow=_allow,
            forbidden=EXOTIC, missing=(STAFF - _allow) | CUSTOMERS | TOKYO)  # fmt: skip
    api(f"POST api.{_operation}", "a sales order", Call(args={"number": "11070", _name: _thing}, json=_json),
        forbidden=STAFF | LEHMANNS, missing=SIGNED_IN - STAFF - LEHMANNS)  # fmt: skip
for _relation, _key, _allow in (("on its way", "@shipment:coming", EXOTIC | STAFF), ("of another order", "@shipment:read", NOBODY),
                                ("non-existent", "nothing", NOBODY)):  # fmt: skip
    api("POST api.withdraw_shipment", _relation, Call(args={"number": "PO-5001", "shipment": _key}), allow=_allow,
        missing=SIGNED_IN - _allow)  # fmt: skip
