"""What everybody may do: sign in and out, look after the own profile, read the help centre."""

from tests.authorisation.actors import (
    CUSTOMERS,
    ERNST,
    EVERYBODY,
    JONAS,
    LEHMANNS,
    NOBODY,
    OUTSIDE,
    PARTNERS,
    SIGNED_IN,
    STAFF,
    VISITOR,
)
from tests.authorisation.row import Call, at, row

row("GET home", "own", allow=SIGNED_IN, sign_in=VISITOR)
row("GET health.healthz", "public", allow=EVERYBODY)
row("GET health.readyz", "public", allow=EVERYBODY)
row("GET static", "public", at(filename="css/tokens.css"), allow=EVERYBODY)
row("GET static", "non-existent", at(filename="nothing.css"), missing=EVERYBODY)
row("GET static", "outside of the folder", at(filename="../config.py"), missing=EVERYBODY)

row("GET login.sign_in", "public", allow=EVERYBODY)
row("POST login.sign_in", "public", Call(form={"email": "somebody@nowhere.example"}), allow=EVERYBODY)
_asked = ("/login", {"email": "somebody@nowhere.example"})
row("GET login.code", "nothing begun", sign_in=EVERYBODY)
row("GET login.code", "begun", Call(before=_asked), allow=VISITOR, sign_in=SIGNED_IN)
row("GET login.code_mail", "nothing begun", sign_in=EVERYBODY)
row("GET login.code_mail", "begun", Call(before=_asked), allow=VISITOR, sign_in=SIGNED_IN)
row("POST login.code", "nothing begun", Call(form={"code": "123456"}), sign_in=EVERYBODY)
row("POST login.code", "a wrong code", Call(before=_asked, form={"code": "123456"}), refused=VISITOR, sign_in=SIGNED_IN)
row("POST login.code", "the right code", Call(before=("/login", {"email": "@email:jonas"}), form={"code": "@code"}),
    allow=VISITOR, sign_in=SIGNED_IN)  # fmt: skip
row("GET login.password", "public", allow=EVERYBODY)
row(
    "POST login.password",
    "right",
    Call(form={"email": "@email:jonas", "password": "correct horse battery"}),
    allow=EVERYBODY,
)
row(
    "POST login.password",
    "wrong",
    Call(form={"email": "@email:jonas", "password": "battery staple horse"}),
    refused=EVERYBODY,
)
row("POST login.sign_out", "own", Call(lands="/login"), allow=EVERYBODY)
for _operation, _args, _form in (("POST login.sign_in_demo", {}, {"email": "@email:jonas"}), ("GET login.mailbox", {}, {}),
                                 ("GET login.mail", {"public_id": "@delivery"}, {})):  # fmt: skip
    row(_operation, "not a demo", Call(args=_args, form=_form), missing=EVERYBODY)
    row(_operation, "a demo on this machine", Call(args=_args, form=_form, demo=True), allow=EVERYBODY)
row("GET login.mail_as_shown", "not a demo", at(public_id="@delivery"), missing=EVERYBODY)
row(
    "GET login.mail_as_shown",
    "a demo on this machine",
    Call(args={"public_id": "@delivery"}, demo=True),
    allow=EVERYBODY,
)
row("GET login.mail_as_shown", "non-existent", Call(args={"public_id": "nothing"}, demo=True), missing=EVERYBODY)
row("GET login.mail", "non-existent", Call(args={"public_id": "nothing"}, demo=True), missing=EVERYBODY)
for _method in ("GET", "POST"):
    row(f"{_method} login.invitation", "invited", Call(args={"secret": "@invitation"}, bearer="jonas"), allow=EVERYBODY)
    row(f"{_method} login.invitation", "used", at(secret="@invitation:used"), missing=EVERYBODY)
    row(f"{_method} login.invitation", "another purpose", at(secret="@apitoken:jonas"), missing=EVERYBODY)
    row(f"{_method} login.invitation", "non-existent", at(secret="nothing"), missing=EVERYBODY)

for _method, _operation in (("GET", "show"), ("POST", "choose")):
    _name = f"{_method} unsubscribing.{_operation}"
    row(_name, "in a mail", Call(args={"secret": "@unsubscribe:c_renate"}, bearer="renate"), allow=EVERYBODY)
    row(_name, "of a mail that is service", at(secret="@unsubscribe:code"), missing=EVERYBODY)
    row(_name, "made up", at(secret="@told:c_renate"), missing=EVERYBODY)
    row(_name, "non-existent", at(secret="nothing"), missing=EVERYBODY)
row("POST unsubscribing.choose", "back again", Call(args={"secret": "@unsubscribe:c_renate"}, form={"pace": "at_once"},
    bearer="renate"), allow=EVERYBODY)  # fmt: skip

row("GET login.profile", "own", allow=SIGNED_IN, sign_in=VISITOR)
row("GET login.notices", "own", allow=SIGNED_IN, sign_in=VISITOR)
row(
    "POST login.notices",
    "own",
    Call(form={"pace": "daily", "digest_at": "07:30", "version": "0"}),
    allow=SIGNED_IN,
    sign_in=VISITOR,
)
row("GET login.notice_list", "own", allow=SIGNED_IN, sign_in=VISITOR)
row("GET login.show_bell", "own", allow=SIGNED_IN, sign_in=VISITOR)
row(
    "POST login.see_notices", "own", Call(form={"until": "2026-01-01T09:00:00+00:00"}), allow=SIGNED_IN, sign_in=VISITOR
)
row("GET login.push_worker", "public", allow=EVERYBODY)
row("POST login.start_push", "own", Call(form={"endpoint": "https://push.example/1", "auth": "A" * 22,
    "p256dh": "@browser_key"}), allow=SIGNED_IN, sign_in=VISITOR)  # fmt: skip
row("POST login.end_push", "own", at(public_id="@push:{actor}"), allow=SIGNED_IN, sign_in=VISITOR)
row("POST login.end_push", "somebody else's", at(public_id="@push:jonas"), allow=JONAS, missing=SIGNED_IN - JONAS,
    sign_in=VISITOR)  # fmt: skip
row("POST login.end_push", "non-existent", at(public_id="nothing"), missing=SIGNED_IN, sign_in=VISITOR)
row("POST login.profile", "own", Call(form={"name": "New Name", "title": "", "language": "", "zone": "", "theme": "dark",
    "version": "@person_version:{actor}"}), allow=SIGNED_IN, sign_in=VISITOR)  # fmt: skip
for _number, _readers in (("11070", LEHMANNS | STAFF), ("11072", ERNST | STAFF), ("99999", NOBODY)):
    row("GET login.paper", f"the code of {_number}", at(number=_number), allow=_readers, missing=SIGNED_IN - _readers,
        sign_in=VISITOR)  # fmt: skip
row("GET login.devices", "own", allow=SIGNED_IN, sign_in=VISITOR)
row("POST login.end_device", "own", Call(args={"public_id": "@session2:{actor}"}), allow=SIGNED_IN, sign_in=VISITOR)
row("POST login.end_device", "somebody else's", Call(args={"public_id": "@session:margaret"}),
    allow=frozenset({"margaret"}), missing=SIGNED_IN - {"margaret"}, sign_in=VISITOR)  # fmt: skip
row("POST login.end_device", "non-existent", at(public_id="nothing"), missing=SIGNED_IN, sign_in=VISITOR)
row("POST login.end_other_devices", "own", allow=SIGNED_IN, sign_in=VISITOR)
row("GET login.new_password", "own", allow=SIGNED_IN, sign_in=VISITOR)
row("POST login.new_password", "own", Call(form={"password": "a quite new pass phrase", "current": "correct horse battery"}),
    allow=SIGNED_IN, sign_in=VISITOR)  # fmt: skip
row("POST login.switch", "own", Call(form={"membership": "@way:{actor}"}), allow=SIGNED_IN, sign_in=VISITOR)
row("POST login.switch", "somebody else's", Call(form={"membership": "@way:jonas"}), allow=JONAS, missing=SIGNED_IN - JONAS,
    sign_in=VISITOR)  # fmt: skip
row(
    "POST login.switch",
    "to staff",
    Call(form={"membership": "staff"}),
    allow=STAFF,
    missing=SIGNED_IN - STAFF,
    sign_in=VISITOR,
)
row("POST login.switch", "non-existent", Call(form={"membership": "99999"}), missing=SIGNED_IN, sign_in=VISITOR)
row("GET login.tokens", "own", allow=SIGNED_IN, sign_in=VISITOR)
row("POST login.tokens", "own", Call(form={"name": "For a program", "scope": "*"}), allow=SIGNED_IN, sign_in=VISITOR)
row("POST login.revoke_token", "own", Call(args={"public_id": "@token:{actor}"}), allow=SIGNED_IN, sign_in=VISITOR)
row(
    "POST login.revoke_token",
    "somebody else's",
    at(public_id="@token:jonas"),
    allow=JONAS,
    missing=SIGNED_IN - JONAS,
    sign_in=VISITOR,
)
row("POST login.revoke_token", "non-existent", at(public_id="nothing"), missing=SIGNED_IN, sign_in=VISITOR)

row("GET help.index", "published", allow=EVERYBODY)
for _words in ("", "cnr", "delivery"):
    row("GET help.search_page", f"for {_words or 'nothing'}", Call(query={"q": _words}), allow=EVERYBODY)
row("GET help.suggestions", "published", Call(query={"subject": "delivery"}), allow=EVERYBODY)
for _slug, _readers in (
    ("public-article", EVERYBODY), ("customers-article", CUSTOMERS | STAFF), ("partners-article", PARTNERS | STAFF),
    ("staff-article", STAFF), ("draft-article", STAFF), ("archived-article", STAFF), ("nothing", NOBODY),
):  # fmt: skip
    row(
        "GET help.article",
        _slug.replace("nothing", "non-existent"),
        at(slug=_slug),
        allow=_readers,
        missing=EVERYBODY - _readers,
    )
    row("POST help.rate_article", _slug.replace("nothing", "non-existent"), Call(args={"slug": _slug}, form={"helpful": "yes"}),
        allow=_readers - VISITOR, refused=_readers & VISITOR, missing=EVERYBODY - _readers)  # fmt: skip

_name = {"name": "Ana"}
for _method, _form in (("GET", {}), ("POST", _name)):
    row(f"{_method} login.mailbox_name", "of a shared mailbox", Call(form=_form, mailbox=True), allow=OUTSIDE, missing=STAFF,
        sign_in=VISITOR)  # fmt: skip
    row(
        f"{_method} login.mailbox_name",
        "of one person's address",
        Call(form=_form),
        forbidden=OUTSIDE,
        missing=STAFF,
        sign_in=VISITOR,
    )
row(
    "POST login.mailbox_name",
    "an empty one",
    Call(form={"name": " "}, mailbox=True),
    refused=OUTSIDE,
    missing=STAFF,
    sign_in=VISITOR,
)
