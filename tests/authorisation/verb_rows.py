"""What may be done with what one sees, verb by verb: pages, API, wire and buttons all ask this."""

from typing import Any

from tests.authorisation.actors import (
    AGENTS,
    ANDREW,
    CHARLES,
    CUSTOMERS,
    ERNST,
    EVERYBODY,
    EXOTIC,
    GRETA,
    JONAS,
    LEADS,
    LEHMANNS,
    MARGARET,
    NANCY,
    NOBODY,
    OUTSIDE,
    PARTNERS,
    REACH,
    RENATE,
    SIGNED_IN,
    STAFF,
    VISITOR,
    YOSHI,
    Names,
)
from tests.authorisation.row import Call, row


def may(verb: str, relation: str, table: str = "", key: str = "", *, allow: Names = NOBODY, forbidden: Names = NOBODY,
        **more: Any) -> None:  # fmt: skip
    """A row of a verb on a record; who does not see the record finds nothing."""
    args = {"table": table, "key": key} if table else {}
    rest = EVERYBODY - allow - forbidden if table else NOBODY
    row(f"may {verb}", relation, Call(args=args, **more), allow=allow, forbidden=forbidden, missing=rest)


_TALK = RENATE | GRETA | EXOTIC | REACH
may("conversation:start", "own", allow=CUSTOMERS | STAFF, forbidden=PARTNERS | VISITOR)
for _verb in ("reply", "read"):
    may(f"conversation:{_verb}", "own", "Conversation", "@c_renate", allow=_TALK)
may("conversation:reply", "shared to read", "Conversation", "@c_read", allow=_TALK - EXOTIC, forbidden=EXOTIC)
may("conversation:read", "shared to read", "Conversation", "@c_read", allow=_TALK)
for _verb, _allow in (("note", REACH), ("assign", REACH), ("change", REACH), ("add_party", REACH), ("remove_party", REACH),
                      ("introduce", LEADS)):  # fmt: skip
    may(f"conversation:{_verb}", "own", "Conversation", "@c_renate", allow=_allow, forbidden=_TALK - _allow)
may(
    "conversation:assign",
    "a colleague's",
    "Conversation",
    "@c_assigned",
    allow=MARGARET | LEADS,
    forbidden=NANCY | RENATE | GRETA,
)
_OWN = RENATE | GRETA | REACH
may("conversation:solve", "open", "Conversation", "@c_renate", allow=_OWN, forbidden=EXOTIC)
may("conversation:solve", "solved", "Conversation", "@c_solved", forbidden=_OWN)
may("conversation:reopen", "solved", "Conversation", "@c_solved", allow=_OWN)
may("conversation:reopen", "open", "Conversation", "@c_renate", forbidden=_TALK)
may("conversation:rate", "solved", "Conversation", "@c_solved", allow=RENATE | GRETA, forbidden=REACH)
may("conversation:rate", "open", "Conversation", "@c_renate", forbidden=_TALK)

may("order:start_conversation", "own", "Order", "11070", allow=LEHMANNS | STAFF)
may("order:start_conversation", "shared with fields", "Order", "PO-1001", allow=EXOTIC | STAFF)
may("order:start_conversation", "shared to read", "Order", "PO-2003", allow=STAFF, forbidden=EXOTIC)
for _verb in ("acknowledge", "confirm"):
    may(f"order:{_verb}", "shared with fields", "Order", "PO-1001", allow=EXOTIC, forbidden=STAFF)
    for _relation, _key, _seen in (
        ("own sales order", "11070", LEHMANNS), ("shared to read", "PO-2003", EXOTIC), ("shared to comment", "PO-2004", EXOTIC),
        ("a rival's, shared", "PO-2008", YOSHI), ("a customer's, shared", "11077", ERNST | EXOTIC),
        ("sold to the partner itself, shared", "11080", EXOTIC), ("received already", "PO-2011", EXOTIC),
    ):  # fmt: skip
        may(f"order:{_verb}", _relation, "Order", _key, forbidden=_seen | STAFF)
for _verb in ("record_answer", "change", "chase"):
    may(f"order:{_verb}", "shared with fields", "Order", "PO-1001", allow=STAFF, forbidden=EXOTIC)
    may(f"order:{_verb}", "a draft", "Order", "PO-2007", forbidden=STAFF)
    may(f"order:{_verb}", "a sales order", "Order", "11070", forbidden=STAFF | LEHMANNS)
    may(f"order:{_verb}", "received already", "Order", "PO-2011", forbidden=STAFF | EXOTIC)
may("order:apply", "answered", "Order", "PO-3001", allow=STAFF, forbidden=EXOTIC)
may("order:apply", "a sales order", "Order", "11070", forbidden=STAFF | LEHMANNS)
may("order:send", "a draft", "Order", "PO-2007", allow=STAFF)
may("order:send", "shared", "Order", "PO-1001", allow=STAFF, forbidden=EXOTIC)
may("order:send", "a sales order", "Order", "11070", forbidden=STAFF | LEHMANNS)
may("order:mail", "shared", "Order", "PO-1001", allow=STAFF, forbidden=EXOTIC)
may("order:mail", "a sales order", "Order", "11070", forbidden=STAFF | LEHMANNS)
may("order:share", "own", "Order", "11070", allow=STAFF, forbidden=LEHMANNS)
may("order:share", "shared", "Order", "PO-1001", allow=STAFF, forbidden=EXOTIC)
may("order:assign_carrier", "own", "Order", "11070", allow=STAFF, forbidden=LEHMANNS)
may("order:assign_carrier", "a purchase order", "Order", "PO-1001", forbidden=STAFF | EXOTIC)
for _verb in ("change", "apply"):
    may(f"share_rule:{_verb}", "any", allow=ANDREW, forbidden=EVERYBODY - ANDREW)
may("read_log:export", "any", allow=LEADS, forbidden=EVERYBODY - LEADS)
for _verb in ("make", "end"):
    may(f"relation:{_verb}", "any", allow=STAFF, forbidden=OUTSIDE | VISITOR)
may("order:attach", "own", "Order", "11070", allow=STAFF, forbidden=LEHMANNS)
may("order:attach", "shared fully", "Order", "PO-2001", allow=EXOTIC | STAFF)
may("order:attach", "shared to comment", "Order", "PO-2004", allow=STAFF, forbidden=EXOTIC)
may("order:attach", "shared without its documents", "Order", "PO-1001", allow=STAFF, forbidden=EXOTIC)
may("attachment:remove", "of an order", "Attachment", "@tied:PO-2001", allow=STAFF, forbidden=EXOTIC)
may("attachment:remove", "of a message", "Attachment", "@tied:m_customer:c_renate", forbidden=RENATE | GRETA | REACH)
may("file:upload", "own", allow=SIGNED_IN, forbidden=VISITOR)
may("file:take_back", "not sent", "File", "@file:unsent", allow=RENATE)
may("file:take_back", "sent", "File", "@file:m_customer:c_renate", forbidden=RENATE | GRETA | REACH)
for _verb in ("revoke", "extend"):
    may(f"share:{_verb}", "of an order", "Share", "@share:PO-1001", allow=STAFF, forbidden=EXOTIC)
    may(f"share:{_verb}", "of another team's conversation", "Share", "@share:c_renate", allow=REACH, forbidden=EXOTIC)

for _verb in ("change", "log"):
    may(f"organisation:{_verb}", "own", "Organisation", "@org:lehmanns", allow=STAFF, forbidden=LEHMANNS)
    may(f"organisation:{_verb}", "a partner", "Organisation", "@org:exotic", allow=STAFF, forbidden=EXOTIC)
may("organisation:set_policy", "a supplier", "Organisation", "@org:exotic", allow=LEADS, forbidden=AGENTS | EXOTIC)
may("organisation:archive", "own", "Organisation", "@org:lehmanns", allow=LEADS, forbidden=AGENTS | LEHMANNS)
for _verb in ("invite", "read_access_log"):
    may(f"organisation:{_verb}", "own", "Organisation", "@org:lehmanns", allow=STAFF | GRETA, forbidden=RENATE | JONAS)
may("membership:change", "a colleague's", "Membership", "@way:jonas", allow=STAFF | GRETA, forbidden=JONAS)
may("person:change", "own", "Person", "@person:jonas", allow=STAFF | JONAS, forbidden=GRETA)

may("article:write", "new", allow=STAFF, forbidden=OUTSIDE | VISITOR)
may("article:publish", "new", allow=LEADS, forbidden=OUTSIDE | VISITOR | AGENTS)
may("article:rate", "any", allow=SIGNED_IN, forbidden=VISITOR)
for _verb in ("token:make", "token:revoke", "session:end", "notices:choose", "notices:see", "push:subscribe"):
    may(_verb, "own", allow=SIGNED_IN, forbidden=VISITOR)
    may(_verb, "by a token", forbidden=SIGNED_IN | VISITOR, token=True)
may("organisation:invite", "by a token", "Organisation", "@org:lehmanns", allow=STAFF, forbidden=LEHMANNS, token=True)
may("membership:change", "by a token", "Membership", "@way:jonas", allow=STAFF, forbidden=GRETA | JONAS, token=True)
may("person:change", "by a token", "Person", "@person:jonas", allow=STAFF, forbidden=JONAS | GRETA, token=True)
may("delivery:retry", "any", allow=STAFF, forbidden=OUTSIDE | VISITOR)
may("job:retry", "any", allow=LEADS, forbidden=AGENTS | OUTSIDE | VISITOR)
may("record:find", "any", allow=STAFF, forbidden=OUTSIDE | VISITOR)
may("import:run", "any", allow=ANDREW, forbidden=EVERYBODY - ANDREW)
may("organisation:set_approval", "a partner", "Organisation", "@org:exotic", allow=STAFF, forbidden=EXOTIC)
may("organisation:set_approval", "a customer", "Organisation", "@org:lehmanns", allow=STAFF, forbidden=LEHMANNS)
may("approval:decide", "waiting", "Approval", "@approval:lehmanns", allow=STAFF, forbidden=GRETA)
may("approval:decide", "a partner's", "Approval", "@approval:exotic", allow=STAFF, forbidden=CHARLES)
may("approval:withdraw", "waiting", "Approval", "@approval:lehmanns", allow=GRETA, forbidden=STAFF)
may("approval:withdraw", "a partner's", "Approval", "@approval:exotic", allow=CHARLES, forbidden=STAFF)
may("mailbox:name", "of a shared mailbox", allow=OUTSIDE | STAFF, forbidden=VISITOR, mailbox=True)
may("mailbox:name", "of one person's address", forbidden=EVERYBODY)
may("conversation:start", "from a shared mailbox, without a name", forbidden=EVERYBODY, mailbox=True)
for _mail, _reads in (("held:billing", STAFF), ("held:ours", REACH), ("filed:billing", STAFF), ("filed:ours", REACH)):
    may("mail:settle", _mail, "InboundMail", f"@mail:{_mail}", allow=_reads)
may("mail:settle", "none", allow=STAFF, forbidden=OUTSIDE | VISITOR)
may("mailbox:manage", "any", allow=LEADS, forbidden=OUTSIDE | VISITOR | AGENTS)
may("mailbox:manage", "one", "Mailbox", "@box:billing", allow=LEADS, forbidden=AGENTS)
may("mailbox:connect", "any", allow=ANDREW, forbidden=EVERYBODY - ANDREW)
may("mailbox:connect", "one", "Mailbox", "@box:billing", allow=ANDREW, forbidden=STAFF - ANDREW)
