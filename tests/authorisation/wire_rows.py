"""What may be sent on the live wire; a visitor is not let in."""

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
    PARTNERS,
    REACH,
    RENATE,
    SIGNED_IN,
    STAFF,
    TOKYO,
    VISITOR,
)
from tests.authorisation.row import Call, row


def wire(event: str, relation: str, payload: dict[str, Any], **groups: Any) -> None:
    """A row of the wire."""
    row(event, relation, Call(json=payload), unknown=VISITOR, **groups)


def talks(event: str, write: bool = False, **sent: Any) -> None:
    """The rows of an event on a conversation."""
    for relation, number, allow in (
        ("own, shared with a partner", "@c_renate", RENATE | GRETA | EXOTIC | REACH),
        ("same organisation", "@c_jonas", JONAS | GRETA | STAFF),
        ("other organisation", "@c_roland", ERNST | TOKYO | REACH),
        ("a partner's with us", "@c_partner", EXOTIC | REACH), ("the rival partner's", "@c_tokyo", TOKYO | REACH),
        ("internal", "@c_internal", REACH), ("internal, on a customer's record", "@c_notes", REACH),
        ("share revoked", "@c_revoked", RENATE | GRETA | REACH), ("share expired", "@c_expired", RENATE | GRETA | REACH),
        ("non-existent", "999999", NOBODY),
    ):  # fmt: skip
        wire(event, relation, {"conversation": number} | sent, allow=allow, missing=SIGNED_IN - allow)
    wire(event, "shared to read", {"conversation": "@c_read"} | sent, allow=RENATE | GRETA | REACH | (NOBODY if write else EXOTIC),
         forbidden=EXOTIC if write else NOBODY, missing=JONAS | ERNST | TOKYO | OTTO)  # fmt: skip


talks("conversation:open", after=0)
talks("conversation:sync", after=0)
talks("message:send", write=True, body="Hello", client_id="@uuid")
talks("draft:keep", write=True, body="Hello", client_id="@uuid")
talks("message:read", seq=1)
talks("typing", write=True, on=True)
_strangers = JONAS | ERNST | TOKYO | OTTO
for _event, _sent, _denied in (
    ("message:send", {"body": "Hello", "client_id": "@uuid"}, "refused"), ("typing", {"on": True}, "nothing"),
    ("draft:keep", {"body": "Hello", "client_id": "@uuid"}, "refused"),
):  # fmt: skip
    _sent = {"conversation": "@c_renate"} | _sent
    wire(
        _event,
        "to everyone",
        _sent | {"audience": "everyone"},
        allow=RENATE | GRETA | EXOTIC | REACH,
        missing=_strangers,
    )
    wire(_event, "to the customer", _sent | {"audience": "customer"}, allow=RENATE | GRETA | REACH, missing=_strangers,
         **{_denied: EXOTIC})  # fmt: skip
    wire(_event, "to the partner", _sent | {"audience": {"kind": "partner", "organisation": "@org:exotic"}},
         allow=EXOTIC | REACH, missing=_strangers, **{_denied: RENATE | GRETA})  # fmt: skip
    wire(
        _event,
        "to staff",
        _sent | {"audience": "staff"},
        allow=REACH,
        missing=_strangers,
        **{_denied: RENATE | GRETA | EXOTIC},
    )
    wire(_event, "to a stranger", _sent | {"audience": {"kind": "partner", "organisation": "@org:tokyo"}}, allow=EXOTIC,
         missing=_strangers, **{_denied: RENATE | GRETA | REACH})  # fmt: skip
_begun = {"body": "Hello", "client_id": "@uuid", "subject": "A question"}
wire("conversation:start", "about nothing", _begun, allow=CUSTOMERS | STAFF, refused=PARTNERS)
wire("conversation:start", "about an own order", _begun | {"about": {"type": "order", "id": "11070"}}, allow=LEHMANNS | STAFF,
     refused=PARTNERS, missing=ERNST)  # fmt: skip
wire("conversation:start", "about an own line", _begun | {"about": {"type": "order_line", "id": "11070/1"}}, allow=LEHMANNS | STAFF,
     refused=PARTNERS, missing=ERNST)  # fmt: skip
wire("conversation:start", "about an order shared with fields", _begun | {"about": {"type": "order", "id": "PO-1001"}},
     allow=EXOTIC | STAFF, missing=CUSTOMERS | TOKYO)  # fmt: skip
wire("conversation:start", "about an order shared to read", _begun | {"about": {"type": "order", "id": "PO-2003"}},
     allow=STAFF, forbidden=EXOTIC, missing=CUSTOMERS | TOKYO)  # fmt: skip
wire("conversation:start", "foreign child under own parent", _begun | {"about": {"type": "order_line", "id": "11070/9"}},
     missing=SIGNED_IN)  # fmt: skip
wire("presence", "own", {"state": "away"}, allow=SIGNED_IN)
wire("queue:watch", "the lists one may see", {"on": True}, allow=SIGNED_IN)
