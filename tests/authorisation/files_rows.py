"""Files: what is sent and not used is its sender's alone; what is attached follows what it is attached to."""

from typing import Any

from tests.authorisation.actors import (
    CUSTOMERS,
    ERNST,
    EXOTIC,
    GRETA,
    JONAS,
    LEHMANNS,
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

# Which file, on what, and who may read it there.
FILES: tuple[tuple[str, str, Names], ...] = (
    ("own, not sent", "@file:unsent", RENATE),
    ("of a message to the customer", "@file:m_customer:c_renate", RENATE | GRETA | REACH),
    ("of a message to everyone", "@file:m_everyone:c_renate", RENATE | GRETA | EXOTIC | REACH),
    ("of a message to the partner", "@file:m_partner:c_renate", EXOTIC | REACH),
    ("of a note", "@file:m_staff:c_renate", REACH),
    ("of a message from before the partner came", "@file:m_early:c_renate", RENATE | GRETA | REACH),
    ("of a message of the other organisation", "@file:m_customer:c_roland", ERNST | REACH),
    ("of a message whose share was revoked", "@file:m_revoked", RENATE | GRETA | REACH),
    ("of a message whose share is expired", "@file:m_expired", RENATE | GRETA | REACH),
    ("of an own order", "@file:11070", LEHMANNS | STAFF),
    ("of a mail on the record", "@file:logged", STAFF),
    ("of an own order, for us only", "@file:11070:staff", STAFF),
    ("of the other organisation's order", "@file:11072", ERNST | STAFF),
    ("of an order shared fully", "@file:PO-2001", EXOTIC | STAFF),
    ("of an order shared fully, for us only", "@file:PO-2001:staff", STAFF),
    ("of an order shared without its documents", "@file:PO-1001", STAFF),
    ("of the rival's order", "@file:PO-1002", STAFF),
    ("of an order whose share was revoked", "@file:PO-2005", STAFF),
    ("of an order whose share is expired", "@file:PO-2006", STAFF),
    ("non-existent", "nothing", NOBODY),
)
for _operation in ("GET files.file", "GET files.preview"):
    for _relation, _file, _allow in FILES:
        row(_operation, _relation, at(public_id=_file), allow=_allow, missing=SIGNED_IN - _allow, sign_in=VISITOR)
for _relation, _file, _allow in FILES:
    _may = RENATE if _file == "@file:unsent" else NOBODY
    row("DELETE files.take_back", _relation, at(public_id=_file), allow=_may, forbidden=_allow - _may,
        missing=SIGNED_IN - _allow, sign_in=VISITOR)  # fmt: skip

_photo = {"file": "#photo.jpg"}
row("POST files.send", "a photo", Call(form=_photo), allow=SIGNED_IN, sign_in=VISITOR)
row("POST files.send", "nothing", Call(form={}), refused=SIGNED_IN, sign_in=VISITOR)
row("POST files.send", "a page with scripts", Call(form={"file": "#page.html"}), refused=SIGNED_IN, sign_in=VISITOR)
row("POST api.upload", "a photo", Call(form=_photo), allow=SIGNED_IN, unknown=VISITOR)
row("POST api.upload", "a page with scripts", Call(form={"file": "#page.html"}), refused=SIGNED_IN, unknown=VISITOR)


def attaches(operation: str, others: dict[str, Names], **sent: Any) -> None:
    """Putting files on orders: staff, and partners whose share lets them answer and shows them its documents."""
    for relation, number, allow, seen in (
        ("own", "11070", STAFF, LEHMANNS), ("shared fully", "PO-2001", EXOTIC | STAFF, NOBODY),
        ("shared without its documents", "PO-1001", STAFF, EXOTIC), ("shared to read", "PO-2003", STAFF, EXOTIC),
        ("share revoked", "PO-2005", STAFF, NOBODY), ("share expired", "PO-2006", STAFF, NOBODY),
        ("the rival's", "PO-1002", STAFF, TOKYO), ("non-existent", "PO-9999", NOBODY, NOBODY),
    ):  # fmt: skip
        faces = frozenset().union(*others.values())
        row(operation, relation, Call(args={"number": number}, **sent), allow=allow - faces, forbidden=seen - faces,
            missing=(SIGNED_IN - allow - seen) - faces | others.get("missing", NOBODY),
            **{name: who for name, who in others.items() if name != "missing"})  # fmt: skip


attaches("POST api.attach_documents", {"unknown": VISITOR}, json={"attachments": ["@unsent:{actor}"]})
attaches("POST staff.attach", {"missing": OUTSIDE, "sign_in": VISITOR}, form={"attachments": ["@unsent:{actor}"]})
attaches("POST partners.attach", {"missing": CUSTOMERS | STAFF, "sign_in": VISITOR}, form={"files": "#photo.jpg"})
_on = {"args": {"number": "PO-2001"}}
row("POST api.attach_documents", "a file of somebody else", Call(json={"attachments": ["@file:unsent"]}, **_on),
    missing=SIGNED_IN, unknown=VISITOR)  # fmt: skip
_used = {"attachments": ["@file:m_customer:c_renate"]}
row("POST api.attach_documents", "a file that is in use", Call(args={"number": "11070"}, json=_used), refused=LEHMANNS,
    missing=SIGNED_IN - LEHMANNS, unknown=VISITOR)  # fmt: skip
row("POST api.attach_documents", "for everyone", Call(json={"attachments": ["@unsent:{actor}"], "audience": "everyone"}, **_on),
    allow=STAFF, forbidden=EXOTIC, missing=CUSTOMERS | TOKYO, unknown=VISITOR)  # fmt: skip
for _relation, _file, _allow in (
    ("of the order", "@file:PO-2001", STAFF), ("of another order", "@file:PO-1001", NOBODY),
    ("of a message", "@file:m_customer:c_renate", NOBODY), ("non-existent", "nothing", NOBODY),
):  # fmt: skip
    row("POST staff.remove_attachment", _relation, Call(args={"number": "PO-2001", "public_id": _file}), allow=_allow,
        missing=SIGNED_IN - _allow, sign_in=VISITOR)  # fmt: skip

# A message with a file: it must be one's own and unused, whatever the face.
_talk, _strangers = RENATE | GRETA | EXOTIC | REACH, JONAS | ERNST | TOKYO | OTTO
for _relation, _file in (("with an own file", "@unsent:{actor}"), ("with a file of somebody else", "@unsent:roland")):
    _own = _relation == "with an own file"
    row("POST api.send_message", _relation, Call(args={"number": "@c_renate"}, json={"attachments": [_file]}),
        allow=_talk if _own else NOBODY, missing=_strangers | (NOBODY if _own else _talk), unknown=VISITOR)  # fmt: skip
    row("message:send", _relation, Call(json={"conversation": "@c_renate", "client_id": "@uuid", "attachments": [_file]}),
        allow=_talk if _own else NOBODY, missing=_strangers | (NOBODY if _own else _talk), unknown=VISITOR)  # fmt: skip
for _operation, _inside in (
    ("POST portal.send_message", RENATE | GRETA), ("POST partners.send_message", EXOTIC), ("POST staff.send_message", REACH),
):  # fmt: skip
    for _relation, _form, _may in (
        ("with a file along", {"files": "#photo.jpg"}, _inside), ("with an own file", {"attachments": ["@unsent:{actor}"]},
         _inside),
        ("with a file of somebody else", {"attachments": ["@file:m_customer:c_roland"]}, NOBODY),
    ):  # fmt: skip
        row(_operation, _relation, Call(args={"number": "@c_renate"}, form=_form), allow=_may, missing=SIGNED_IN - _may,
            sign_in=VISITOR)  # fmt: skip
