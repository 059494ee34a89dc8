"""Pages under attack: swapped numbers, foreign fields, forms without their token, and ways out of the product."""

import hashlib
import re
from typing import Any

import pytest
from itsdangerous import URLSafeTimedSerializer
from sqlalchemy import select
from werkzeug.routing import Rule

from actions import articles, conversations, orders, parties, people, shares
from models import db
from models.articles import Article
from models.billing import Invoice
from models.conversations import Conversation, Read
from models.interactions import Interaction
from models.jobs import Delivery
from models.logins import SignInSession, Token
from models.messages import Message
from models.orders import Order
from models.organisations import Organisation
from models.people import Membership, Person
from models.shares import Share
from models.staff import Team
from policy import SYSTEM, NotFound, find, rows, visible
from tests.attacks.test_garbage import CAST, filled, places, routes  # noqa: F401
from tests.world import World
from web.product import Product

NAMES_OF_LEHMANNS = ("Renate", "Messner", "Lehmann", "LEHMS", "canary-customerref-11070", "canary-street-11070")


def text(answer: Any) -> str:
    return answer.get_data(as_text=True)


SIGNED = re.compile(r"[\w-]{56}\.[\w-]+\.[\w-]{27}")  # a CSRF token wherever it stands: it holds the second it was made
FORM_KEY = re.compile(r'name="once" value="[\w-]+"')
NONCE = re.compile(r"""nonce=("[^"]*"|'[^']*')""")


def untold(page: str) -> str:
    """A page without what is another one each second or each time: its CSRF tokens, nonces and the keys of its forms."""
    return NONCE.sub("", SIGNED.sub("", FORM_KEY.sub("", page)))


OF_FACE = {
    "portal": ("renate", "roland", "yoshi"),
    "partners": ("charlotte", "yoshi", "roland"),
    "staff": ("nancy", "andrew", "renate"),
}
OF_ALL = ("renate", "charlotte", "andrew")


def tried_by(rule: Rule) -> tuple[str, ...]:
    """Who tries a page: somebody it is for, others who are signed in, of whom one does not belong there, and a visitor."""
    return (*OF_FACE.get(rule.rule.split("/")[1], OF_ALL), "nobody")


def test_what_is_left_of_a_page_does_not_depend_on_the_second(app: Product, world: World, as_: Any) -> None:
    """Else the comparisons below would fail whenever the clock ticks between two pages."""
    page = text(as_(world.renate).get("/portal/nothing"))
    found = re.search(r'name="csrf-token" content="([^"]+)"', page)
    assert found and page.count(token := found.group(1)) > 1
    another = sign(app, hashlib.sha1(b"another", usedforsecurity=False).hexdigest())
    assert untold(page) == untold(page.replace(token, another)) and token not in untold(page)


def sign(app: Product, value: str) -> str:
    """A CSRF token as Flask-WTF makes it, of another session and second."""
    return str(URLSafeTimedSerializer(app.secret_key, salt="wtf-csrf-token").dumps(value))


def public(world: World, table: type, **keys: Any) -> str:
    with db.unit(write=False):
        return str(find(SYSTEM, table, **keys).public_id)


@pytest.fixture
def number(app: Product, world: World) -> str:
    """A request of Renate about her line of Chang."""
    with db.unit(write=True):
        row, _ = conversations.start(world.renate, "canary-subject", "canary-body", about=("order_line", "11070/1"))
        return row.number


@pytest.fixture
def masked(world: World, number: str) -> str:
    """Exotic Liquids takes part, masked; something was said before it came."""
    with db.unit(write=True):
        row = find(world.nancy, Conversation, number=number)
        conversations.reply(world.nancy, row, "canary-before-it-came", audience="everyone")
        orders.share_with_supplier(world.nancy, find(world.nancy, Order, number="PO-1001"))
        parties.add(world.nancy, row, find(world.nancy, Organisation, id=world.exotic), subject="Chang")
        conversations.reply(world.charlotte, find(world.charlotte, Conversation, number=number), "canary-of-partner",
                            audience="everyone")  # fmt: skip
        return number


# What is foreign is as if it were not


@pytest.mark.parametrize(
    ("name", "path", "mine", "nobodys"),
    [
        ("roland", "/portal/orders/{}", "11070", "99999"), ("roland", "/portal/orders/{}", "PO-1001", "PO-9999"),
        ("roland", "/portal/requests/{}", "{talk}", "99999"), ("roland", "/portal/requests/{}/messages", "{talk}", "99999"),
        ("jonas", "/portal/requests/{}", "{talk}", "99999"), ("roland", "/portal/invoices/{}", "{invoice}", "AAAAAAAAAAAAAAAA"),
        ("roland", "/portal/requests/new?about=order:{}", "11070", "99999"),
        ("roland", "/portal/requests/new?about=order_line:{}/1", "11070", "99999"),
        ("yoshi", "/partners/orders/{}", "PO-1001", "PO-9999"), ("yoshi", "/partners/orders/{}", "11070", "99999"),
        ("charlotte", "/partners/orders/{}", "11070", "99999"), ("charlotte", "/partners/orders/{}", "PO-1002", "PO-9999"),
        ("yoshi", "/partners/conversations/{}", "{talk}", "99999"), ("yoshi", "/partners/conversations/{}/messages", "{talk}", "99999"),
        ("renate", "/staff/orders/{}", "11070", "99999"), ("renate", "/staff/organisations/{}", "{organisation}", "AAAA"),
        ("charlotte", "/staff/conversations/{}", "{talk}", "99999"), ("roland", "/partners/orders/{}", "PO-1001", "PO-9999"),
        ("charlotte", "/portal/invoices/{}", "{invoice}", "AAAAAAAAAAAAAAAA"),
        ("nobody", "/help/articles/{}", "staff-article", "no-article"),
        ("renate", "/help/articles/{}", "partners-article", "no-article"), ("otto", "/staff/conversations/{}", "{support}", "99999"),
        ("otto", "/staff/conversations/{}/messages", "{support}", "99999"),
    ],
)  # fmt: skip
def test_what_is_foreign_answers_as_what_does_not_exist(
    world: World, masked: str, as_: Any, name: str, path: str, mine: str, nobodys: str
) -> None:
    with db.unit(write=True):
        taken, _ = conversations.start(
            world.nancy, "Taken", "Taken", organisation=find(world.nancy, Organisation, id=world.ernst)
        )
        taken.team_id = world.teams["support"]
        known = {"talk": masked, "support": taken.number, "invoice": find(SYSTEM, Invoice, number="INV-11070").public_id,
                 "organisation": find(SYSTEM, Organisation, id=world.lehmanns).public_id}  # fmt: skip
    mine, who = mine.format(**known), as_(getattr(world, name, None))
    for headers in ({}, {"HX-Request": "true"}):
        who.get("/nothing")  # so that the session has its cookie
        theirs, none = (who.get(path.format(one), headers=headers) for one in (mine, nobodys))
        assert (theirs.status_code, none.status_code) == (404, 404)
        assert untold(text(theirs)).replace(mine, "") == untold(text(none)).replace(nobodys, "")
        assert {k for k, _ in theirs.headers} == {k for k, _ in none.headers}


@pytest.mark.parametrize("name", ["roland", "jonas", "charlotte", "yoshi", "otto", None])
def test_no_form_of_anybody_elses_request_does_anything(world: World, number: str, as_: Any, name: str | None) -> None:
    with db.unit(write=True):
        find(world.nancy, Conversation, number=number).team_id = world.teams["support"]
    who = as_(getattr(world, name) if name else None)
    for face, nouns in (
        ("portal/requests", ("messages", "solution", "reopening", "rating", "reading")), ("partners/conversations", ("messages",)),
        ("staff/conversations", ("messages", "changes", "parties")),
    ):  # fmt: skip
        for noun in nouns:
            sent = who.post(f"/{face}/{number}/{noun}", {"body": "canary-intruder", "rating": "1", "status": "solved",
                                                         "audience": "everyone", "subject": "canary-intruder"})  # fmt: skip
            assert sent.status_code == (302 if name is None else 404), (face, noun)
    with db.unit(write=False):
        row = find(world.nancy, Conversation, number=number)
        assert (row.status, row.subject, row.rating, row.last_seq) == ("new", "canary-subject", None, 1)
        assert not db.session.scalars(select(Message).where(Message.body.contains("canary-intruder"))).unique().all()
        assert not db.session.scalars(select(Read)).all()


@pytest.mark.parametrize(
    "about", ["order:11070", "order_line:11070/1", "order:PO-1001", "order_line:11072/2", "invoice:INV-11070", "x"]
)
def test_a_rival_begins_nothing_about_an_order_of_ours(world: World, as_: Any, about: str) -> None:
    sent = as_(world.roland).post("/portal/requests", {"subject": "s", "body": "b", "about": about, "organisation": "1",
                                                       "person": "1"})  # fmt: skip
    assert sent.status_code == 404
    with db.unit(write=False):
        assert not rows(world.nancy, visible(world.nancy, Conversation))


def test_hidden_fields_do_not_say_for_whom_one_writes(world: World, number: str, as_: Any) -> None:
    theirs = public(world, Organisation, id=world.lehmanns)
    as_(world.roland).post("/portal/requests", {
        "subject": "Mine", "body": "b", "organisation": theirs, "organisation_id": str(world.lehmanns), "conversation": number,
        "person": world.renate.public_id, "person_id": str(world.renate.person_id), "audience": "staff",
    })  # fmt: skip
    with db.unit(write=False):
        made = find(world.nancy, Conversation, subject="Mine")
        assert (made.organisation_id, made.person_id) == (world.ernst, world.roland.person_id)


# What is hidden cannot be asked for either


def test_a_partner_with_quantities_alone_finds_nothing_by_a_hidden_field(app: Product, world: World, as_: Any) -> None:
    with db.unit(write=True):
        row = find(world.nancy, Order, number="PO-1001")
        shares.share(world.nancy, row, row.organisation, "respond", ["lines.quantity"])
    who = as_(world.charlotte)
    page = text(who.get("/partners/orders/PO-1001"))
    for hidden in (
        "canary-supplierref",
        "canary-customer",
        "EL-CH-24",
        "24 - 12 oz",
        "19.0000",
        ">London",
        *NAMES_OF_LEHMANNS,
    ):
        assert hidden not in page, hidden
    for query in ("canary-supplierref", "canary-customerref-PO-1001", "EL-CH-24", "London", "Exotic"):
        assert "orders/PO-1001" not in text(who.get("/partners/orders", query_string={"q": query})), query
    for choice in (
        {"sort": "freight"},
        {"order": "required_at"},
        {"customer_reference": "canary"},
        {"status": "canary"},
    ):
        assert who.get("/partners/orders", query_string=choice).status_code == 200
    wrong = who.post(
        "/partners/orders/PO-1001/confirmation",
        {"line-1": "quantity", "line-1-date": "2026-07-01", "line-1-quantity": "41"},
    )
    assert "canary" not in text(wrong) and "19.0000" not in text(wrong)


def test_a_customer_finds_no_order_by_a_reference_of_somebody_else(app: Product, world: World, as_: Any) -> None:
    roland = as_(world.roland)
    for q in (
        "canary-customerref-11070",
        "11070",
        "PO-1001",
        "canary-supplierref-PO-1001",
        "canary-tracking-11070",
        "Lehmanns",
        "canary-subject",
    ):
        for path in ("/portal/search", "/portal/orders", "/portal/requests"):
            page = text(roland.get(path, query_string={"q": q})).replace(q, "")
            assert "11070" not in page and "Lehmann" not in page and "Exotic" not in page, (path, q)


def test_a_masked_partner_leaves_no_name_on_any_page_of_the_customer(world: World, masked: str, as_: Any) -> None:
    for name in ("renate", "greta"):
        who = as_(getattr(world, name))
        for path in ("/portal/", "/portal/requests", f"/portal/requests/{masked}", f"/portal/requests/{masked}/messages?before=99",
                     "/portal/orders/11070", "/portal/search?q=Chang", "/portal/search?q=Exotic",
                     "/portal/access-log", "/portal/team"):  # fmt: skip
            page = who.get(path)
            everything = text(page).replace("?q=Exotic", "").replace('value="Exotic"', "").replace(
                "“Exotic”", ""
            ) + str(page.headers)
            if "q=Exotic" not in path:
                assert "Exotic" not in everything, path
            for hidden in ("Charlotte", "Cooper", world.charlotte.public_id, world.charlotte.organisation_public_id, "PO-1001",
                           "canary-supplierref", "EL-CH-24"):  # fmt: skip
                assert hidden not in everything, (path, hidden)


def test_a_partner_reads_no_name_of_the_customer_and_nothing_from_before(world: World, masked: str, as_: Any) -> None:
    who = as_(world.charlotte)
    for path in ("/partners/", "/partners/orders", "/partners/orders/PO-1001", "/partners/conversations",
            f"/partners/conversations/{masked}",
                 f"/partners/conversations/{masked}/messages", f"/partners/conversations/{masked}/messages?before=2",
                 f"/partners/conversations/{masked}/messages?before=-1", "/partners/team"):  # fmt: skip
        page = who.get(path)
        for hidden in (
            *NAMES_OF_LEHMANNS,
            "canary-subject",
            "canary-body",
            "canary-before-it-came",
            world.renate.public_id,
            "11070",
        ):
            assert hidden not in text(page) + str(page.headers), (path, hidden)


@pytest.mark.parametrize("before", ["0", "-5", "2", "999"])
def test_older_messages_are_only_those_for_their_reader(world: World, masked: str, as_: Any, before: str) -> None:
    with db.unit(write=True):
        conversations.reply(
            world.nancy, find(world.nancy, Conversation, number=masked), "canary-note", audience="staff"
        )
        conversations.reply(
            world.renate, find(world.renate, Conversation, number=masked), "canary-to-us", audience="customer"
        )
    page = text(as_(world.charlotte).get(f"/partners/conversations/{masked}/messages?before={before}"))
    assert not [word for word in ("canary-note", "canary-to-us", "canary-before", "canary-body") if word in page]
    assert "canary-note" not in text(as_(world.renate).get(f"/portal/requests/{masked}/messages?before={before}"))


def test_a_share_that_was_taken_back_closes_every_page(world: World, masked: str, as_: Any) -> None:
    who = as_(world.charlotte)
    assert who.get(f"/partners/conversations/{masked}").status_code == 200
    with db.unit(write=True):
        for one in rows(world.nancy, visible(world.nancy, Share)):
            if one.revoked_at is None:
                shares.revoke(world.nancy, one)
    for path in (
        f"/partners/conversations/{masked}",
        f"/partners/conversations/{masked}/messages",
        "/partners/orders/PO-1001",
    ):
        assert who.get(path).status_code == 404
    for path in ("/partners/", "/partners/orders", "/partners/conversations", "/partners/orders?q=canary-supplierref"):
        assert "PO-1001" not in text(who.get(path)) and "Chang<" not in text(who.get(path))
    for path in (
        "orders/PO-1001/confirmation",
        "orders/PO-1001/acknowledgement",
        "orders/PO-1001/conversations",
        f"conversations/{masked}/messages",
    ):
        assert who.post(f"/partners/{path}", {"all": "yes", "body": "x", "subject": "x"}).status_code == 404


# Colleagues


@pytest.mark.parametrize("victim", ["charlotte", "renate", "nancy"])
def test_inviting_a_stranger_tells_nothing_about_the_stranger(
    app: Product, world: World, as_: Any, victim: str
) -> None:
    who, stranger = as_(world.roland), getattr(world, victim)
    with db.unit(write=False):
        from models.logins import Login

        address = db.session.get_one(Login, stranger.login_id).email
    assert who.post("/portal/team", {"email": address, "name": "Somebody Unknown", "role": "member"}).status_code == 302
    page = text(who.get("/portal/team"))
    assert address in page
    assert stranger.name not in page and f"canary-title-{victim}" not in page and stranger.public_id not in page
    who.post(f"/portal/team/{stranger.public_id}/role", {"role": "manager"})
    with db.unit(write=False):
        assert not rows(world.nancy, visible(world.nancy, Membership).where(
            Membership.person_id == stranger.person_id, Membership.organisation_id == world.ernst,
            Membership.ended_at.is_(None)))  # fmt: skip


def test_an_invitation_reads_the_same_whether_or_not_the_address_was_known(world: World, as_: Any) -> None:
    who, addresses = as_(world.roland), (world.charlotte.email.upper(), "NOBODY.Yet@S1.example")

    def lines() -> list[str]:
        """What the page shows of each, without the address and what the page calls them by."""
        found = re.findall(r"<li>.*?</li>", text(who.get("/portal/team")), re.DOTALL)
        mine = [next((one for one in found if address.lower() in one), "") for address in addresses]
        ids = [re.search(r"/team/([\w-]{16})/role", one) for one in mine]
        return [untold(one).replace(address.lower(), "").replace(key[1] if key else "-", "")
                for one, address, key in zip(mine, addresses, ids, strict=True)]  # fmt: skip

    def told() -> list[str]:
        with db.unit(write=False):
            log = [one.summary for one in rows(world.roland, visible(world.roland, Interaction))]
        return sorted(one for one in log if world.charlotte.name in one)

    for address in addresses:
        assert who.post("/portal/team", {"email": address, "name": "Same Words", "role": "member"}).status_code == 302
    known, unknown = lines()
    assert known == unknown and "Same Words" in known
    for path, then in (("role", "manager"), ("remove", "")):
        for key in re.findall(r'/portal/team/([\w-]{16})/role"', text(who.get("/portal/team"))):
            who.post(f"/portal/team/{key}/{path}", {"role": "manager"})
        known, unknown = lines()
        assert known == unknown and then in known
    assert known == "" and not told()
    with db.unit(write=False), pytest.raises(NotFound):
        find(world.roland, Person, public_id=world.charlotte.public_id)


@pytest.mark.parametrize("name", ["renate", "jonas", "roland", "charlotte", "yoshi", "nancy"])
def test_nobody_but_its_manager_changes_a_team(app: Product, world: World, as_: Any, name: str) -> None:
    who = as_(getattr(world, name))
    for face in ("portal", "partners"):
        for victim in (world.greta, world.charles, world.jonas):
            if victim.person_id == getattr(world, name).person_id:
                continue
            for noun in ("role", "remove"):
                assert who.post(f"/{face}/team/{victim.public_id}/{noun}", {"role": "manager"}).status_code in (
                    403,
                    404,
                )
        mine = getattr(world, name)
        if name not in ("roland", "yoshi"):
            assert who.post(f"/{face}/team", {"email": "a@b.example", "name": "A", "role": "manager"}).status_code in (
                403,
                404,
            )
            assert who.post(f"/{face}/team/{mine.public_id}/role", {"role": "manager"}).status_code in (403, 404)
        page = text(who.get(f"/{face}/team"))
        assert "greta.lehmann@" not in page and "charles.exley@" not in page
    with db.unit(write=False):
        for actor, role in (
            (world.greta, "manager"),
            (world.jonas, "member"),
            (world.renate, "member"),
            (world.charlotte, "member"),
        ):
            row = db.session.get_one(Membership, actor.membership_id)
            assert (row.role, row.ended_at) == (role, None)


def test_a_demoted_manager_sees_no_request_of_a_colleague_any_more(world: World, number: str, as_: Any) -> None:
    with db.unit(write=True):
        people.set_role(world.greta, people.member(world.greta, world.jonas.public_id), "manager")
    greta = as_(world.greta)
    assert greta.get(f"/portal/requests/{number}").status_code == 200
    with db.unit(write=True):
        people.set_role(world.jonas.__class__(**{**{f: getattr(world.jonas, f) for f in world.jonas.__slots__}, "role": "manager"}),
                        people.member(world.nancy, world.greta.public_id, world.lehmanns), "member")  # fmt: skip
    assert greta.get(f"/portal/requests/{number}").status_code == 404
    assert greta.get("/portal/access-log").status_code == 403


def test_switching_leads_only_where_one_belongs(app: Product, world: World, as_: Any) -> None:
    who = as_(world.roland)
    for other in (world.renate.membership_id, world.charlotte.membership_id, "staff", "0", "-1", "", "²"):
        assert who.post("/profile/switch", {"membership": str(other)}).status_code == 404
    assert who.get("/portal/orders/11072").status_code == 200


@pytest.mark.parametrize(
    ("path", "table", "login"), [("devices/{}/end", SignInSession, True), ("tokens/{}/revoke", Token, False)]
)
def test_somebody_elses_devices_and_tokens_cannot_be_ended(
    app: Product, world: World, as_: Any, path: str, table: type, login: bool
) -> None:
    as_(world.renate).post("/profile/tokens", {"name": "mine", "scope": "*"})
    with db.unit(write=False):
        theirs = db.session.scalars(select(table).where(table.login_id == world.renate.login_id)).first().public_id
    assert as_(world.roland).post("/profile/" + path.format(theirs)).status_code == 404
    with db.unit(write=False):
        row = find(SYSTEM, table, public_id=theirs)
        assert (row.ended_at if login else row.revoked_at) is None


# The business itself


def test_an_agent_does_not_publish_by_widening_who_may_read(app: Product, world: World, as_: Any) -> None:
    """Publishing is for leads: an agent may not show a published internal article to the world, nor rewrite a public one."""
    as_(world.nancy).post("/staff/articles", {"article": "staff-article", "title": "For staff", "body": "canary-article-staff delivery",
                                              "audience": "public", "language": "en"})  # fmt: skip
    page = as_(None).get("/help/articles/staff-article")
    assert page.status_code == 404 and "canary-article-staff" not in text(page)


def test_an_agent_of_another_team_finds_no_trace_of_a_conversation(world: World, number: str, as_: Any) -> None:
    with db.unit(write=True):
        conversations.update_fields(world.nancy, find(world.nancy, Conversation, number=number),
                                    {"team": db.session.get_one(Team, world.teams["support"])})  # fmt: skip
    otto, lehmanns = as_(world.otto), public(world, Organisation, id=world.lehmanns)
    paths = ["/staff/", f"/staff/organisations/{lehmanns}", f"/staff/find?q={number}", "/staff/orders/11070"]
    paths += [
        f"/staff/queues/{one}"
        for one in ("waiting", "all", "unassigned", "mine", "solved", f"team-{world.teams['support']}")
    ]
    for path in paths:
        page = text(otto.get(path)) + text(otto.get(path, headers={"HX-Request": "true"}))
        assert "canary-subject" not in page and "canary-body" not in page, path
    otto.post("/staff/queues/all/assignments", {"number": number, "assignee": str(world.otto.staff_id)})
    otto.post(f"/staff/organisations/{lehmanns}/interactions", {"summary": "x", "kind": "call", "conversation": number})
    with db.unit(write=False):
        assert find(world.nancy, Conversation, number=number).assignee_id is None


@pytest.mark.parametrize(
    ("path", "noun"), [("/staff/deliveries", "get"), ("/staff/articles/public-article/state", "post")]
)
@pytest.mark.parametrize("name", ["nancy", "otto", "renate", "charlotte"])
def test_what_is_for_leads_is_not_for_others(
    app: Product, world: World, as_: Any, name: str, path: str, noun: str
) -> None:
    who = as_(getattr(world, name))
    answer = who.get(path) if noun == "get" else who.post(path, {"state": "draft"})
    assert answer.status_code == (403 if name in ("nancy", "otto") else 404)
    with db.unit(write=False):
        assert find(SYSTEM, Article, slug="public-article").state == "published"


# The way in and out

ONE_CLICK = (
    "/unsubscribe/<secret>"  # mail programs send it (RFC 8058): the link is the secret, and it opens nothing else
)


def test_no_form_works_without_its_token(app: Product, world: World, as_: Any, places: dict[str, str]) -> None:  # noqa: F811
    cast = {name: as_(getattr(world, name, None)) for name in CAST}
    foreign = as_(world.jonas).token()
    for rule in routes(app, "POST"):
        own, *_, nobody = tried_by(rule)
        for name in (own, nobody):
            for how in ({}, {"headers": {"X-CSRFToken": "x"}}, {"headers": {"X-CSRFToken": foreign}}):
                sent = cast[name].http.post(filled(rule, places)[0], data={"body": "x"}, **how)
                assert sent.status_code == (404 if rule.rule == ONE_CLICK else 400), (rule.rule, name, how)


ELSEWHERE = ["//evil.example", "https://evil.example", "/\\evil.example", "\\/evil.example", "/\t/evil.example", "/\n/evil.example",
             "javascript:alert(1)", "/%09/evil.example", "http:evil.example", "///evil.example", "/\r\nX-Evil: 1", "/portal/\r\nX-Evil: 1",
             "/\t/[evil", "//[evil", "/login", "\t//evil.example"]  # fmt: skip


@pytest.mark.parametrize("target", ELSEWHERE)
def test_nobody_is_led_elsewhere(app: Product, world: World, as_: Any, target: str) -> None:
    answers = [as_(world.renate).http.get("/login", query_string={"next": target})]
    nancy, promise = as_(world.nancy), {"summary": "Called", "kind": "call", "next": target}
    answers.append(
        nancy.post(f"/staff/organisations/{public(world, Organisation, id=world.ernst)}/interactions", promise)
    )
    fresh = as_(None)
    fresh.http.get("/login", query_string={"next": target})
    fresh._token = None
    for answer in answers:
        assert answer.status_code in (302, 303), answer.status_code
        place = answer.headers["Location"]
        assert place.startswith("/") and not place.startswith(("//", "/\\", "/\t")), place
        assert "X-Evil" not in answer.headers


def test_nobody_is_led_elsewhere_after_signing_in(app: Product, world: World, as_: Any) -> None:
    from actions import limits, logins
    from models.logins import Login

    with db.unit(write=True):
        logins.set_password(
            SYSTEM, db.session.get_one(Login, world.renate.login_id), logins.hashed("correct horse battery")
        )
    for target in ELSEWHERE:
        limits.forget()
        who = as_(None)
        who.http.get("/login", query_string={"next": target})
        page = text(who.http.get("/login/password"))
        token = page.split('name="csrf_token"')[1].split('value="')[1].split('"')[0]
        sent = who.http.post(
            "/login/password",
            data={"email": world.renate.email, "password": "correct horse battery", "csrf_token": token},
        )
        assert sent.status_code == 302, (target, sent.status_code)
        place = sent.headers["Location"]
        assert place.startswith("/") and not place.startswith(("//", "/\\", "/\t")), (target, place)


@pytest.mark.parametrize("path", ["/login", "/help/", "/portal/", "/staff/", "/partners/", "/healthz", "/nothing"])
def test_a_foreign_host_name_ends_up_in_no_link(app: Product, world: World, as_: Any, path: str) -> None:
    for how in (
        {"base_url": "http://evil.example"},
        {"headers": {"X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "https"}},
    ):
        answer = as_(None).http.get(path, **how)
        assert "evil.example" not in text(answer) + str(answer.headers)


def test_mail_links_to_our_own_address_whatever_the_host(app: Product, world: World, as_: Any) -> None:
    who = as_(world.roland)
    token = who.token()
    who.http.post("/portal/team", data={"email": "new@ernsh.example", "name": "New", "role": "member"},
                  headers={"X-CSRFToken": token, "X-Forwarded-Host": "evil.example", "X-Original-Host": "evil.example"})  # fmt: skip
    with db.unit(write=False):
        for mail in rows(SYSTEM, visible(SYSTEM, Delivery)):
            assert "evil.example" not in mail.body and "evil.example" not in (mail.html or "")


def test_nothing_personal_is_kept_in_a_cache_and_no_secret_leaves(
    app: Product, world: World, as_: Any, places: dict[str, str]
) -> None:  # noqa: F811
    cast = {name: as_(getattr(world, name, None)) for name in CAST}
    for rule in routes(app, "GET"):
        path = filled(rule, places)[0]
        for who in (cast[name] for name in tried_by(rule)):
            got = who.http.get(path)
            for answer in (got, who.http.head(path), who.http.options(path)):
                assert answer.status_code < 500
                assert answer.headers["Cache-Control"] == "no-store", rule.rule
                assert answer.headers["X-Content-Type-Options"] == "nosniff"
                assert "Access-Control-Allow-Origin" not in answer.headers
                if answer.request.method == "HEAD":
                    assert answer.status_code in (got.status_code, 302)


def test_signing_in_starts_a_new_session(app: Product, world: World, as_: Any) -> None:
    from actions import logins
    from models.logins import Login

    with db.unit(write=True):
        logins.set_password(
            SYSTEM, db.session.get_one(Login, world.renate.login_id), logins.hashed("correct horse battery")
        )
    who = as_(None)
    with who.http.session_transaction() as planted:
        planted["_user_id"], planted["planted"] = "fixed-by-somebody", "yes"
    page = text(who.http.get("/login/password"))
    token = page.split('name="csrf_token"')[1].split('value="')[1].split('"')[0]
    assert who.http.post("/login/password", data={"email": world.renate.email, "password": "correct horse battery",
                                                  "csrf_token": token}).status_code == 302  # fmt: skip
    with who.http.session_transaction() as now:
        assert now["_user_id"] != "fixed-by-somebody" and "planted" not in now
    assert who.http.post("/logout", headers={"X-CSRFToken": token}).status_code == 400


def test_the_cookie_does_not_open_the_interface_for_programs(app: Product, world: World, as_: Any) -> None:
    for path in ("/api/v1/me", "/api/v1/orders", "/api/v1/conversations"):
        assert as_(world.nancy).http.get(path).status_code == 401


def test_every_look_of_a_partner_into_a_conversation_is_written_down(world: World, masked: str, as_: Any) -> None:
    from models.shares import ReadLog

    as_(world.charlotte).get(f"/partners/conversations/{masked}/messages")
    with db.unit(write=False):
        assert rows(world.nancy, visible(world.nancy, ReadLog).where(ReadLog.subject_type == "conversation"))


def test_the_thread_on_an_order_page_is_a_look_into_its_conversation(world: World, masked: str, as_: Any) -> None:
    from models.shares import ReadLog

    page = text(as_(world.charlotte).get("/partners/orders/PO-1001"))
    assert "canary-of-partner" in page
    with db.unit(write=False):
        assert rows(world.nancy, visible(world.nancy, ReadLog).where(ReadLog.subject_type == "conversation"))


@pytest.mark.parametrize("name", ["renate", "charlotte"])
def test_an_article_for_others_is_in_no_list_nor_search(app: Product, world: World, as_: Any, name: str) -> None:
    other = "partners" if name == "renate" else "customers"
    with db.unit(write=True):
        for one in rows(SYSTEM, visible(SYSTEM, Article)):
            articles.search.index(db.session(), one)
    who = as_(getattr(world, name))
    for path in (
        "/help/",
        "/help/search?q=delivery",
        "/help/search?q=canary",
        "/help/suggestions?subject=delivery",
        "/portal/search?q=delivery",
        "/portal/",
    ):
        page = text(who.get(path))
        for word in (f"canary-article-{other}", f"{other}-article", "canary-article-staff", "staff-article"):
            assert word not in page, (path, word)
