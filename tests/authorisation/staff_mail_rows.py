"""Mail that came in: read by those at the desk whose matter it is, settled by them; our addresses are for leads."""

from tests.authorisation.actors import AGENTS, ANDREW, EVERYBODY, LEADS, NOBODY, REACH, SIGNED_IN, STAFF, STEVEN
from tests.authorisation.api_rows import api
from tests.authorisation.row import Call, at, row
from tests.authorisation.staff_rows import desk

PLACES = (
    ("of its team's address", "@mail:held:billing", STAFF), ("of no team's address", "@mail:held:ours", REACH),
    ("in its team's conversation", "@mail:filed:billing", STAFF), ("in another team's", "@mail:filed:ours", REACH),
    ("at one's own address", "@mail:own", STAFF), ("on a customer's record", "@mail:record", STAFF),
    ("non-existent", "nothing", NOBODY),
)  # fmt: skip
desk("GET staff.held_mails", "own", allow=STAFF)
for _relation, _mail, _reads in PLACES:
    for _operation in ("GET staff.inbound_mail", "GET staff.raw_mail"):
        desk(_operation, _relation, at(public_id=_mail), allow=_reads, missing=STAFF - _reads)
for _relation, _said, _reads in (
    ("in its team's conversation", "@said:filed:billing", STAFF), ("in another team's", "@said:filed:ours", REACH),
    ("non-existent", "nothing", NOBODY),
):  # fmt: skip
    desk("GET staff.original_mail", _relation, at(public_id=_said), allow=_reads, missing=STAFF - _reads)
for _decision in ("release", "discard"):
    for _relation, _mail, _reads in PLACES:
        _call = Call(args={"public_id": _mail}, form={"decision": _decision})
        _waits = _reads if "held" in _mail or "own" in _mail else NOBODY
        desk("POST staff.settle_mail", f"{_decision}, {_relation}", _call, allow=_waits, refused=_reads - _waits,
             missing=STAFF - _reads)  # fmt: skip
for _relation, _number, _allow in (
    ("own team's", "@c_jonas", STAFF), ("another team's in the body", "@c_renate", REACH), ("non-existent", "999999", NOBODY),
):  # fmt: skip
    desk("POST staff.settle_mail", f"link, {_relation}",
         Call(args={"public_id": "@mail:held:billing"}, form={"decision": "link", "number": _number}), allow=_allow,
         missing=STAFF - _allow)  # fmt: skip
for _relation, _mail, _reads in PLACES:
    _waits = _reads if "held" in _mail or "own" in _mail else NOBODY
    desk("POST staff.settle_mail", f"under a customer, {_relation}",
         Call(args={"public_id": _mail}, form={"decision": "customer", "organisation": "@org:lehmanns"}), allow=_waits,
         refused=_reads - _waits, missing=STAFF - _reads)  # fmt: skip
desk("POST staff.settle_mail", "under nobody that exists",
     Call(args={"public_id": "@mail:held:billing"}, form={"decision": "customer", "organisation": "nothing"}), missing=STAFF)  # fmt: skip
desk("POST staff.settle_mail", "no decision", at(public_id="@mail:held:billing"), refused=STAFF)

desk("GET staff.mailboxes", "all", allow=LEADS, forbidden=AGENTS)
desk("POST staff.add_mailbox", "new", Call(form={"address": "new@ours.example", "team": "@team:billing"}), allow=LEADS,
     forbidden=AGENTS)  # fmt: skip
desk(
    "POST staff.add_mailbox",
    "foreign id in the body",
    Call(form={"address": "new@ours.example", "team": "99999"}),
    missing=STAFF,
)
desk("POST staff.give_mailbox", "another team", Call(args={"public_id": "@box:billing"}, form={"team": "@team:support"}),
     allow=LEADS, forbidden=AGENTS)  # fmt: skip
desk("POST staff.give_mailbox", "foreign id in the body", Call(args={"public_id": "@box:billing"}, form={"team": "99999"}),
     missing=STAFF)  # fmt: skip
desk("POST staff.give_mailbox", "non-existent", Call(args={"public_id": "nothing"}, form={"team": ""}), missing=STAFF)

_FORM = {
    "host": "localhost",
    "port": "1",
    "security": "none",
    "username": "me",
    "password": "secret",
    "auth": "password",
}
for _operation, _sent in (("GET staff.mail_source", {}), ("POST staff.set_mail_source", _FORM | {"version": "1"}),
                          ("POST staff.try_mail_source", {}), ("POST staff.remove_mail_source", {})):  # fmt: skip
    desk(_operation, "connected", Call(args={"public_id": "@box:billing"}, form=_sent), allow=ANDREW,
         forbidden=AGENTS | STEVEN)  # fmt: skip
    desk(_operation, "non-existent", Call(args={"public_id": "nothing"}, form=_sent), missing=STAFF)
for _operation, _sent in (("GET staff.mail_hook", {}), ("POST staff.set_mail_hook", {"service": "postmark"}),
                          ("POST staff.remove_mail_hook", {})):  # fmt: skip
    for _relation, _box in (("with a service", "@box:ours"), ("without one", "@box:billing")):
        desk(_operation, _relation, Call(args={"public_id": _box}, form=_sent), allow=ANDREW, forbidden=AGENTS | STEVEN)
    desk(_operation, "non-existent", Call(args={"public_id": "nothing"}, form=_sent), missing=STAFF)
# Whoever holds the address of a mail service brings mail to that mailbox, and does nothing else.
_mail = {"email": "From: somebody\r\nSubject: News\r\n\r\nWords", "envelope": "{}"}
row("POST mail_hooks.bring", "with its address", Call(args={"secret": "@hook"}, form=_mail), allow=EVERYBODY)
for _relation, _secret in (
    ("non-existent", "nothing"),
    ("ended", "@hook:ended"),
    ("with another secret", "@calendar:nancy"),
):
    row("POST mail_hooks.bring", _relation, Call(args={"secret": _secret}, form=_mail), missing=EVERYBODY)
row("POST mail_hooks.bring", "without a mail", Call(args={"secret": "@hook"}, form={"email": ""}), refused=EVERYBODY)
desk("POST staff.set_mail_source", "not connected", Call(args={"public_id": "@box:ours"}, form=_FORM), allow=ANDREW,
     forbidden=AGENTS | STEVEN)  # fmt: skip

# How our own mails went, and sending one again that failed.
TOLD = (
    ("of another team's request", "@told:c_renate", REACH, REACH), ("of the own team's", "@told:c_jonas", STAFF, STAFF),
    ("about an order", "@told:order", STAFF, STAFF), ("a code", "@delivery", LEADS, NOBODY),
    ("non-existent", "nothing", NOBODY, NOBODY),
)  # fmt: skip
for _relation, _key, _seen, _may in TOLD:
    desk("POST staff.retry_delivery", _relation, at(public_id=_key), allow=_may, refused=_seen - _may,
         missing=STAFF - _seen)  # fmt: skip
    api("POST api.retry_delivery", _relation, at(public_id=_key), allow=_may, refused=_seen - _may,
        missing=SIGNED_IN - _seen)  # fmt: skip
    api("GET api.delivery", _relation, at(public_id=_key), allow=_seen, missing=SIGNED_IN - _seen)
for _query in ({}, {"state": "failed"}, {"state": "waiting"}):
    api("GET api.deliveries", f"all {_query or ''}".strip(), Call(query=_query), allow=SIGNED_IN)
