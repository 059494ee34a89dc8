"""The cast with two of everything, each text with a canary that tells who may read it."""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from sqlalchemy import select, update

from actions import (
    answer_drafts,
    calendars,
    conversations,
    documents,
    files,
    logins,
    mail_hooks,
    order_changes,
    order_links,
    orders,
    parties,
    receipts,
    settling,
    shares,
    shipments,
    supplier_invoices,
    tokens,
    unsubscribing,
)
from actions.log import record
from models import db, storage
from models.approvals import Approval
from models.articles import Article, ArticleFeedback, ArticleText, ArticleVersion
from models.billing import Invoice
from models.calls import Call
from models.conversations import Conversation, Draft
from models.files import Attachment, File
from models.jobs import Delivery, Job
from models.logins import Login, Token
from models.mail_in import InboundMail, LoggedMail, Mailbox
from models.mail_sources import MailSource
from models.mailboxes import MailboxDevice
from models.orders import Order, OrderLine, SupplyLink
from models.organisations import Organisation, Relation
from models.people import ContactPoint, Person
from models.promises import Promise
from models.share_rules import READY, ShareRule
from models.shares import ReadLog
from models.staff import Staff, Team
from models.types import now
from models.waves import Invitee, Wave
from policy import Actor, find
from policy.fields import ALWAYS, SHAREABLE
from tests.authorisation import issues_world, threads_world
from tests.authorisation.actors import (
    CHARLES,
    CHARLOTTE,
    EXOTIC,
    GRETA,
    JONAS,
    LEHMANNS,
    NOBODY,
    REACH,
    RENATE,
    ROLAND,
    STAFF,
    TOKYO,
    UNCLAIMED,
    Names,
)
from tests.world import MONDAY, World, build

FEW = ("lines.quantity", "lines.supplier_sku")
BY_RULE = tuple(next(one for one in READY if one["key"] == "supplier")["fields"])  # what came in is shared so anyway
ALL = tuple(name for name in SHAREABLE["order"] if name not in ALWAYS["order"])
PASSWORD = "correct horse battery"

# What is shared in this world: order, with whom (who reads it), the fields, the level.
SHARED: tuple[tuple[str, str, Names, tuple[str, ...], str], ...] = (
    ("PO-1001", "exotic", EXOTIC, FEW, "respond"), ("PO-1002", "tokyo", TOKYO, FEW, "respond"),
    ("PO-2001", "exotic", EXOTIC, ALL, "edit"), ("PO-2003", "exotic", EXOTIC, FEW, "read"),
    ("PO-2004", "exotic", EXOTIC, (*FEW, "attachments"), "comment"), ("PO-2008", "tokyo", TOKYO, FEW, "respond"),
    ("PO-2009", "charlotte", CHARLOTTE | CHARLES, FEW, "respond"), ("PO-2010", "charles", CHARLES, FEW, "respond"),
    ("11077", "exotic", EXOTIC, ("lines.quantity",), "respond"), ("PO-3001", "exotic", EXOTIC, FEW, "respond"),
    ("PO-3002", "exotic", EXOTIC, FEW, "respond"), ("PO-2011", "exotic", EXOTIC, FEW, "respond"),
    ("11080", "exotic", EXOTIC, ("lines.quantity",), "respond"), ("PO-3003", "exotic", EXOTIC, FEW, "respond"),
    ("PO-5001", "exotic", EXOTIC, BY_RULE, "respond"), ("PO-5002", "tokyo", TOKYO, FEW, "respond"),
    ("PO-5003", "exotic", EXOTIC, FEW, "read"),
)  # fmt: skip
# Who reads a conversation, on the customer's side, on the partner's, and of staff.
READERS: dict[str, tuple[Names, Names, Names]] = {
    "c_renate": (RENATE | GRETA, EXOTIC, REACH), "c_roland": (ROLAND, TOKYO, REACH), "c_jonas": (JONAS | GRETA, frozenset(), STAFF),
    "c_internal": (frozenset(), frozenset(), REACH), "c_notes": (frozenset(), frozenset(), REACH),
    "c_teamless": (ROLAND, frozenset(), UNCLAIMED), "c_partner": (frozenset(), EXOTIC, REACH), "c_tokyo": (frozenset(), TOKYO, REACH),
    "c_revoked": (RENATE | GRETA, frozenset(), REACH), "c_expired": (RENATE | GRETA, frozenset(), REACH),
    "c_read": (RENATE | GRETA, EXOTIC, REACH), "c_solved": (RENATE | GRETA, frozenset(), REACH),
    "c_roland_solved": (ROLAND, frozenset(), REACH), "c_assigned": (RENATE | GRETA, frozenset(), REACH),
    **threads_world.READERS,
}  # fmt: skip


@dataclass
class Stage:
    """The world of the table: who acts, what stands for which name in a call, and who may read which canary."""

    cast: World
    things: dict[str, str] = field(default_factory=dict)
    canaries: dict[str, Names] = field(default_factory=dict)
    where: dict[str, str] = field(default_factory=dict)

    def mark(self, readers: Iterable[str], where: str) -> str:
        """Make a canary for a place."""
        made = f"cnr{len(self.canaries):05d}q"
        self.canaries[made], self.where[made] = frozenset(readers), where
        return made


def build_stage() -> Stage:
    """Make the whole world in the open write unit."""
    from tests.authorisation import canaries

    stage = Stage(build())
    _rename(stage)
    _orders(stage)
    _conversations(stage)
    _answers(stage)
    issues_world.build(stage)
    issues_world.attach(stage, _file)
    _goods(stage)
    threads_world.build(stage)
    _documents(stage)
    _articles(stage)
    _desk(stage)
    _approvals(stage)
    _waves(stage)
    _mailboxes(stage)
    _mails(stage)
    _logged_mails(stage)
    _hooks(stage)
    _told(stage)
    _things(stage)
    db.session.flush()
    canaries.plant(stage)
    for one in db.session.scalars(select(Order)).unique():
        stage.things |= {
            f"ref:{one.number}": one.customer_reference or "",
            f"supplierref:{one.number}": one.supplier_reference or "",
        }
    return stage


def _rename(stage: Stage) -> None:
    """Put canaries into names and addresses before anything is said or logged, so that they travel with it."""
    from tests.authorisation import canaries

    for table in (Organisation, Person, Login, ContactPoint, Team):
        canaries.plant_table(stage, table.__table__)
    db.session.flush()
    db.session.expire_all()
    for name, actor in stage.cast.everybody().items():
        person = db.session.get_one(Person, actor.person_id)
        organisation = db.session.get(Organisation, actor.organisation_id) if actor.organisation_id else None
        login = db.session.get_one(Login, actor.login_id)
        setattr(stage.cast, name, replace(actor, name=person.name, email=login.email,
                organisation_name=organisation.name if organisation else ""))  # fmt: skip
        stage.things |= {f"email:{name}": login.email, f"person:{name}": person.public_id}


NUMBERS = ("PO-2001", "PO-2003", "PO-2004", "PO-2005", "PO-2006", "PO-2007", "PO-2008", "PO-2009", "PO-2010", "PO-2011",
           "PO-3001", "PO-3002", "PO-3003", "PO-5001", "PO-5002", "PO-5003", "11080")  # fmt: skip
STATUS = {"PO-2007": "draft", "PO-2011": "received", "11080": "open", "PO-5001": "confirmed", "PO-5002": "confirmed",
          "PO-5003": "confirmed"}  # fmt: skip


def _orders(stage: Stage) -> None:
    """More purchase orders of Exotic Liquids, and one sales order: it may be a customer as well."""
    cast, session = stage.cast, db.session
    exotic, chang = session.get_one(Organisation, cast.exotic), cast.products["chang"]
    first = session.scalars(select(Order).where(Order.number == "PO-1001")).unique().one()
    for number in NUMBERS:
        made = Order(number=number, kind="purchase" if number.startswith("PO") else "sales", status=STATUS.get(number, "sent"),
                     organisation_id=exotic.id, ordered_at=MONDAY, required_at=MONDAY + timedelta(days=400),
                     location_id=first.location_id, source="northwind", external_reference=number)  # fmt: skip
        session.add(made)
        session.flush()
        session.add(OrderLine(order_id=made.id, line=1, product_id=chang, description="Chang", quantity=7))
        cast.orders[number] = made.id
    session.flush()
    session.expire_all()
    partners = {"exotic": cast.exotic, "tokyo": cast.tokyo, "charlotte": cast.exotic, "charles": cast.exotic}
    revoked = [("PO-2005", "exotic", EXOTIC, ALL, "edit"), ("PO-2006", "exotic", EXOTIC, ALL, "edit")]
    for number, to, _readers, fields, level in (*SHARED, *revoked):
        person = session.get_one(Person, getattr(cast, to).person_id) if to in ("charlotte", "charles") else None
        order = find(cast.nancy, Order, number=number)
        made = shares.share(cast.nancy, order, session.get_one(Organisation, partners[to]), level, fields, person=person,
                            reason="because")  # fmt: skip
        stage.things[f"share:{number}"] = made.public_id
        if number == "PO-2005":
            shares.revoke(cast.nancy, made)
        if number == "PO-2006":
            made.expires_at = now() - timedelta(hours=1)
    for sale, purchase in (("11072", "PO-3001"), ("11075", "PO-3002")):
        waiting, feeding = (session.scalars(select(OrderLine).where(OrderLine.order_id == cast.orders[number])).one()
                            for number in (sale, purchase))  # fmt: skip
        session.add(SupplyLink(purchase_line_id=feeding.id, sales_line_id=waiting.id, quantity=5))
    session.flush()


def _file(stage: Stage, key: str, actor: Actor, readers: Names) -> str:
    """Let somebody upload a file whose name and content are a canary; what is there of a picture is one too."""
    words = stage.mark(readers, f"files.name of {key}")
    return _uploaded(stage, f"file:{key}", actor, f"{words}.txt", stage.mark(readers, f"the content of file {key}"))


def _uploaded(stage: Stage, thing: str, actor: Actor, name: str, content: str) -> str:
    made = File(owner_id=actor.person_id, organisation_id=actor.organisation_id, name=name, content_type="text/plain",
                size=len(content), sha256="", state="uploaded", preview="made")  # fmt: skip
    db.session.add(made)
    db.session.flush()
    storage.put(made.key, content.encode())
    storage.put(files.preview_key(made.key), content.encode())
    stage.things[thing] = made.public_id
    return made.public_id


def _say(stage: Stage, key: str, actor: Actor, audience: str, carries: str = "") -> None:
    """Say something with a canary, and a file, for exactly those that the audience names."""
    customer, partner, staff = READERS[key]
    heard = {"customer": customer, "everyone": customer | partner, "staff": frozenset()}.get(audience, partner)
    row = find(actor, Conversation, number=stage.things[key])
    words = stage.mark(heard | staff, f"messages.body of {key} to {audience.split(':', maxsplit=1)[0]}")
    carried = [_file(stage, carries, actor, heard | staff)] if carries else []
    conversations.reply(actor, row, f"{words} said", audience=audience, attachments=carried)


def _begin(stage: Stage, key: str, actor: Actor, audience: str | None = None, **how: Any) -> Conversation:
    customer, partner, staff = READERS[key]
    outside = customer if audience != "staff" else frozenset()
    subject = stage.mark(customer | staff, f"conversations.subject of {key}")
    body = stage.mark(outside | staff, f"messages.body of {key}, the first")
    made, _ = conversations.start(actor, f"{subject} asked", f"{body} first", audience=audience, **how)
    stage.things[key] = made.number
    made.team_id = stage.cast.teams["billing" if key == "c_jonas" else "support"]
    if key == "c_teamless":
        made.team_id = None
    db.session.flush()
    return made


def _conversations(stage: Stage) -> None:
    cast, session = stage.cast, db.session
    lehmanns, exotic, tokyo = (session.get_one(Organisation, key) for key in (cast.lehmanns, cast.exotic, cast.tokyo))
    for key, who, partner, clerk, about in (
        ("c_renate", cast.renate, exotic, cast.charlotte, "11070/1"), ("c_roland", cast.roland, tokyo, cast.yoshi, "11072/1"),
    ):  # fmt: skip
        made = _begin(stage, key, who, about=("order_line", about))
        early = stage.mark(READERS[key][0] | REACH, f"messages.body of {key} to everyone, before the partner came")
        carried = [_file(stage, f"m_early:{key}", cast.nancy, READERS[key][0] | REACH)]
        conversations.reply(cast.nancy, made, f"{early} early", audience="everyone", attachments=carried)
        subject = stage.mark(READERS[key][1] | REACH, f"parties.subject of {key}")
        party = parties.add(cast.nancy, made, partner, subject=f"{subject} masked", reason="because")
        stage.things[f"share:{key}"] = party.share.public_id
        for actor, audience in (
            (cast.nancy, "everyone"), (cast.nancy, f"partner:{partner.id}"), (cast.nancy, "staff"), (who, "customer"),
        ):  # fmt: skip
            _say(stage, key, actor, audience, carries=f"m_{audience.split(':')[0]}:{key}")
        for actor, audience in (
            (cast.nancy, "customer"), (who, "everyone"), (clerk, f"partner:{partner.id}"), (clerk, "everyone"),
        ):  # fmt: skip
            _say(stage, key, actor, audience)
        conversations.mark_read(who, find(who, Conversation, number=made.number), made.last_seq)
        conversations.mark_read(clerk, find(clerk, Conversation, number=made.number), made.last_seq)
    _begin(stage, "c_jonas", cast.jonas)
    _begin(stage, "c_teamless", cast.roland)
    _begin(stage, "c_internal", cast.nancy, audience="staff")
    _begin(stage, "c_notes", cast.nancy, audience="staff", organisation=lehmanns)
    for key, who in (("c_solved", cast.renate), ("c_roland_solved", cast.roland)):
        _begin(stage, key, who).status = "solved"
    staff = {name: session.scalars(select(Staff).where(Staff.person_id == getattr(cast, name).person_id)).unique().one()
             for name in ("nancy", "margaret", "otto", "steven", "andrew")}  # fmt: skip
    stage.things |= {f"staff:{name}": str(one.id) for name, one in staff.items()}
    _begin(stage, "c_assigned", cast.renate).assignee_id = staff["margaret"].id
    for key, level in (("c_revoked", "comment"), ("c_expired", "comment"), ("c_read", "read")):
        made = _begin(stage, key, cast.renate)
        party = parties.add(cast.nancy, made, exotic, level=level,
                            subject=stage.mark(READERS[key][1] | REACH, f"parties.subject of {key}"))  # fmt: skip
        _say(stage, key, cast.nancy, "everyone", carries=f"m_{key[2:]}")
        stage.things[f"share:{key}"] = party.share.public_id
        if key == "c_revoked":
            shares.revoke(cast.nancy, party.share)
        if key == "c_expired":
            party.share.expires_at = now() - timedelta(hours=1)
        session.flush()
    for key, clerk, number in (("c_partner", cast.charlotte, "PO-1001"), ("c_tokyo", cast.yoshi, "PO-1002")):
        words = stage.mark(READERS[key][1] | REACH, f"conversations.subject of {key}")
        body = stage.mark(READERS[key][1] | REACH, f"messages.body of {key}, the first")
        made, _ = parties.start_as_partner(clerk, find(clerk, Order, number=number), f"{words} asked", f"{body} first")
        stage.things[key], made.team_id = made.number, cast.teams["support"]
    _drafts(stage)


def _documents(stage: Stage) -> None:
    """Documents on orders, and files that everybody has uploaded and not sent."""
    cast = stage.cast
    for number, audience, readers in (
        ("11070", "everyone", LEHMANNS), ("11070", "staff", NOBODY), ("11072", "customer", ROLAND), ("PO-2001", "everyone", EXOTIC),
        ("PO-2001", "staff", NOBODY), ("PO-1001", "everyone", NOBODY), ("PO-1002", "partner", NOBODY), ("PO-2005", "everyone", NOBODY),
        ("PO-2006", "everyone", NOBODY),
    ):  # fmt: skip
        key = f"{number}:staff" if audience == "staff" else number
        made = _file(stage, key, cast.nancy, readers | STAFF)
        documents.attach(cast.nancy, find(cast.nancy, Order, number=number), [made], audience)
    for tied in db.session.scalars(select(Attachment)).unique():
        thing = next(name for name, key in stage.things.items() if key == tied.file.public_id)
        stage.things[thing.replace("file:", "tied:")] = str(tied.id)
    _file(stage, "unsent", cast.renate, RENATE)
    for name, actor in cast.everybody().items():
        _uploaded(stage, f"unsent:{name}", actor, "unsent.txt", "words")
    stage.things["unsent:visitor"] = stage.things["unsent:jonas"]


def _drafts(stage: Stage) -> None:
    row = db.session.scalars(select(Conversation).where(Conversation.number == stage.things["c_renate"])).unique().one()
    for name in ("renate", "greta", "nancy", "margaret", "charlotte"):
        words = stage.mark({name}, f"drafts.body of {name}")
        person = getattr(stage.cast, name)
        db.session.add(Draft(conversation_id=row.id, person_id=person.person_id, body=words, audience=person.reader))
    _promises(stage, row.id)
    _calendars(stage)
    _calls(stage)


def _calendars(stage: Stage) -> None:
    """Nancy's calendar has an address, and Andrew's had one."""
    stage.things["calendar:nancy"] = calendars.make(stage.cast.nancy)
    stage.things["calendar:ended"] = calendars.make(stage.cast.andrew)
    calendars.end(stage.cast.andrew)


def _promises(stage: Stage, talk: int) -> None:
    """Nancy's and Otto's, with a matter of the support team and without; some of them stand before the customer."""
    cast = stage.cast
    for key, owner, conversation, person, readers in (
        ("nancy", cast.nancy, None, None, STAFF), ("support", cast.nancy, talk, None, REACH),
        ("otto", cast.otto, talk, None, REACH | {"otto"}),
        ("shown", cast.nancy, None, None, STAFF | LEHMANNS), ("talk", cast.nancy, talk, None, REACH | RENATE | GRETA),
        ("jonas", cast.nancy, None, cast.jonas.person_id, STAFF | JONAS | GRETA), ("ernst", cast.nancy, None, None, STAFF | ROLAND),
    ):  # fmt: skip
        made = Promise(organisation_id=cast.ernst if key == "ernst" else cast.lehmanns, conversation_id=conversation, person_id=person,
                       owner_id=owner.staff_id, words=stage.mark(readers, f"promises.words of {key}"), shown=bool(readers - STAFF),
                       note=stage.mark(readers & STAFF, f"promises.note of {key}"), due_at=now() + timedelta(days=1))  # fmt: skip
        db.session.add(made)
        db.session.flush()
        stage.things[f"promise:{key}"] = made.public_id


def _calls(stage: Stage) -> None:
    """A missed call of a customer, and one of a line that nobody knows."""
    for key, number, whose in (("missed", "+49691234567", stage.cast.lehmanns), ("unknown", "+49309999999", None)):
        made = Call(call_key=key, direction="inbound", number=number, state="missed", ended_at=now(), organisation_id=whose,
                    rang=[], event_id=str(uuid.uuid4()))  # fmt: skip
        db.session.add(made)
        db.session.flush()
        stage.things[f"call:{key}"] = made.public_id


def _answers(stage: Stage) -> None:
    """Exotic Liquids has answered two orders, of which one is applied; note and reason are for it and us."""
    charlotte, margaret = stage.cast.charlotte, stage.cast.margaret
    for number in ("PO-3001", "PO-3002"):
        note = stage.mark(EXOTIC | STAFF, "order_changes.note")
        reason = stage.mark(EXOTIC | STAFF, "order_change_lines.reason")
        lines = [{"line": 1, "response": "changed", "promised_at": "2031-03-07", "reason": reason}]
        made = orders.confirm(charlotte, find(charlotte, Order, number=number), "accepted_with_changes", lines, note)
    for name in ("charlotte", "charles"):
        actor, words = getattr(stage.cast, name), stage.mark({name}, f"answer_drafts.typed of {name}")
        answer_drafts.keep(actor, find(actor, Order, number="PO-1001"), {"line-1": "reject", "line-1-reason": words}, 0)
    changed = find(margaret, Order, number="PO-3003")
    note, reason = (stage.mark(EXOTIC | STAFF, f"order_changes.{name} by us") for name in ("note", "reason"))
    order_changes.change(margaret, changed, [{"line": 1, "quantity": 9, "reason": reason}], note)
    db.session.flush()
    db.session.expire_all()
    orders.apply_answer(margaret, find(margaret, Order, number="PO-3002"), made)
    for who, order in ((charlotte, "PO-1001"), (stage.cast.yoshi, "PO-1002")):
        for owner in (stage.cast.lehmanns, stage.cast.ernst):
            db.session.add(ReadLog(hour="2026-05-04T09", reader_key=f"{who.name}{owner}", person_id=who.person_id,
                                   organisation_id=who.organisation_id, owner_id=owner, subject_type="order", subject_id=order,
                                   fields=list(FEW), fields_hash="x", surface="page"))  # fmt: skip


def _goods(stage: Stage) -> None:
    """Exotic Liquids has shipped two orders that it sees, and one that only its rival does; it has sent invoices."""
    cast = stage.cast
    order = {number: find(cast.nancy, Order, number=number) for number in ("PO-5001", "PO-5002", "PO-5003", "11070")}
    for key, number, quantity in (
        ("received", "PO-5001", 3), ("coming", "PO-5001", 2), ("hidden", "PO-5002", 1), ("read", "PO-5003", 1), ("ours", "11070", 1),
    ):  # fmt: skip
        readers = LEHMANNS if number == "11070" else NOBODY if key == "hidden" else EXOTIC
        note = stage.mark((NOBODY if number == "11070" else readers) | STAFF, f"shipments.note of {key}")
        given = [{"line": 1, "quantity": quantity}]
        made = shipments.announce(cast.margaret, order[number], given, note=note, expected_at="2044-02-03")
        stage.things[f"shipment:{key}"] = made.public_id
        if key == "received":
            reason = stage.mark(EXOTIC | STAFF, "shipment_lines.reason")
            receipts.receive(cast.margaret, order[number], made, [{"line": 1, "quantity": 3, "reason": reason}])
    own = find(cast.charlotte, Order, number="PO-5001")
    for key in ("approved", "disputed", "sent"):
        words, note, reason = (
            stage.mark(EXOTIC | STAFF, f"supplier_invoices {one}") for one in ("line", "note", "reason")
        )
        lines = [
            {"line": 1, "quantity": 1, "unit_price": "5"},
            {"description": words, "quantity": 1, "unit_price": "6"},
        ]
        bill = supplier_invoices.invoice(cast.charlotte, own, f"R-{key}", lines, note=note)
        stage.things[f"bill:{key}"] = bill.public_id
        if key == "approved":
            settling.approve(cast.margaret, order["PO-5001"], bill, [1, 2])
        if key == "disputed":
            settling.dispute(cast.margaret, order["PO-5001"], bill, [{"position": 1, "reason": reason}])
    db.session.flush()
    db.session.expire_all()


def _articles(stage: Stage) -> None:
    for slug, state in (("draft-article", "draft"), ("archived-article", "archived")):
        made = Article(slug=slug, state=state, audience="public", category="Orders", keywords=["delivery"])
        made.archived_at = now() if state == "archived" else None
        made.texts = [ArticleText(language="en", title="A title", body="delivery")]
        db.session.add(made)
    db.session.flush()
    for one in db.session.scalars(select(Article)).unique():
        version = ArticleVersion(article_id=one.id, language="en", number=1, title="Before", body="Before")
        db.session.add_all([version, ArticleFeedback(article_id=one.id, person_id=stage.cast.renate.person_id, helpful=True,
                                                     comment="Good")])  # fmt: skip
        db.session.flush()
        stage.things[f"version:{one.slug}"] = str(version.id)


def _desk(stage: Stage) -> None:
    """What stands in the outbox, and the ways in that are not sign-ins."""
    job = Job(kind="mail", state="parked", error="it failed", arguments={"delivery": 1})
    mail = Delivery(kind="code", person_id=stage.cast.renate.person_id, to_address="to", to_key="to", subject="A subject",
                    body="A body", html="<p>A body</p>", message_id=f"<{uuid.uuid4()}@test>", error="it failed")  # fmt: skip
    db.session.add_all([job, mail])
    jonas = db.session.get_one(Login, stage.cast.jonas.login_id)
    jonas.password_hash = logins.hashed(PASSWORD)
    stage.things["invitation"] = tokens.make_invitation(jonas.id, stage.cast.jonas.membership_id, "Lehmanns")
    stage.things["invitation:used"] = used = tokens.make_invitation(jonas.id, None, "Lehmanns")
    db.session.flush()
    db.session.execute(update(Token).where(Token.secret_hash == _digest(used)).values(used_at=now()))
    db.session.execute(
        update(Token).where(Token.secret_hash == _digest(stage.things["invitation"])).values(revoked_at=None)
    )
    stage.things |= {"job": job.public_id, "delivery": mail.public_id, "orderlink": _mailed(stage)}


def _approvals(stage: Stage) -> None:
    """What the managers of both sides asked of us: an invitation and a role wait, one is decided."""
    cast = stage.cast
    for key, asker, colleague, kind, state in (
        ("lehmanns", cast.greta, None, "invitation", "waiting"), ("exotic", cast.charles, None, "invitation", "waiting"),
        ("role", cast.greta, cast.jonas, "role", "waiting"), ("declined", cast.greta, None, "invitation", "declined"),
    ):  # fmt: skip
        made = Approval(organisation_id=asker.organisation_id, side=asker.side, kind=kind, email=f"{key}@new.example", name=key,
                        role="manager" if colleague else "member", membership_id=colleague and colleague.membership_id,
                        subject_key=key, asked_by_id=asker.person_id, state=state)  # fmt: skip
        made.decided_at = now() if state == "declined" else None
        db.session.add(made)
        db.session.flush()
        stage.things[f"approval:{key}"] = made.public_id


def _waves(stage: Stage) -> None:
    """A wave that is prepared and one that is over, each with a line that named nobody."""
    for key in ("draft", "stopped"):
        made = Wave(name="Spring", side="customer", state=key, per_minute=30, rest_days=14, most_contacts=4,
                    by_id=stage.cast.steven.person_id, reason="It halted")  # fmt: skip
        db.session.add(made)
        db.session.flush()
        db.session.add(Invitee(wave_id=made.id, address="somebody", state="left_out", reason="unknown", line=1))
        stage.things[f"wave:{key}"] = made.public_id


def _mailboxes(stage: Stage) -> None:
    """A device on which somebody once used an address of each side together with others."""
    for one in (stage.cast.jonas, stage.cast.charlotte):
        db.session.add(MailboxDevice(membership_id=one.membership_id, secret_hash=one.public_id, name="Ana"))


def _mails(stage: Stage) -> None:
    """Mail that came to an address of billing's and to one of no team's; one is in a conversation, one waits."""
    cast = stage.cast
    for box, team in (("billing", cast.teams["billing"]), ("ours", None)):
        made = Mailbox(address=f"{box}@ours.example", address_key=f"{box}@ours.example", team_id=team)
        db.session.add(made)
        db.session.flush()
        stage.things |= {f"box:{box}": made.public_id, f"box:{box}:id": str(made.id)}
        if team:
            db.session.add(MailSource(
                mailbox_id=made.id, host="", port=993, security="tls", username="", folder="", auth="oauth2", password="",
                token_url="", client_id="", client_secret="", refresh_token="", error="", failures=1, due_at=now()))  # fmt: skip
        for state, place in (("held", None), ("filed", "c_jonas" if box == "billing" else "c_renate")):
            row = find(cast.nancy, Conversation, number=stage.things[place]) if place else None
            readers = READERS[place][2] if place else STAFF if box == "billing" else REACH
            key = f"mail:{state}:{box}"
            mail = InboundMail(mailbox_id=made.id, sha256=key, size=1, storage_key=key, state=state, reason="because",
                               sender="Somebody", subject="News", words="Words", conversation_id=row.id if row else None,
                               message_key=key if row else None)  # fmt: skip
            db.session.add(mail)
            db.session.flush()
            storage.put(key, stage.mark(readers, f"the bytes of {key}").encode())
            stage.things |= {key: mail.public_id, f"said:{state}:{box}": key}


def _hooks(stage: Stage) -> None:
    """A mail service brings mail to an address of ours, at another place on the web than before."""
    box = db.session.scalars(select(Mailbox).where(Mailbox.public_id == stage.things["box:ours"])).one()
    for thing in ("hook:ended", "hook"):
        stage.things[thing] = mail_hooks.set_up(stage.cast.andrew, box, {"service": "sendgrid"})


def _logged_mails(stage: Stage) -> None:
    """A mail to Otto's own address for filing that waits, and one that Nancy filed on a customer's record, with a file."""
    cast, box = stage.cast, int(stage.things["box:ours:id"])
    for key, state, owner, readers in (("own", "held", cast.otto, STAFF), ("record", "filed", cast.nancy, STAFF)):
        mail = InboundMail(mailbox_id=box, sha256=key, size=1, storage_key=f"mail:{key}", state=state, reason="because",
                           sender="Somebody", subject="News", words="Words")  # fmt: skip
        db.session.add(mail)
        db.session.flush()
        storage.put(mail.storage_key, stage.mark(readers, f"the bytes of a mail, {key}").encode())
        kept = LoggedMail(mail_id=mail.id, staff_id=owner.staff_id)
        if state == "filed":
            (made,) = record(owner, "mail_logged", "Our offer", {cast.lehmanns: "staff"}, channel="email",
                             direction="outbound", subject=("mail", mail.public_id), person_id=cast.renate.person_id,
                             detail={"subject": stage.mark(readers, "what a filed mail is about"), "files": []})  # fmt: skip
            db.session.flush()
            kept.organisation_id, kept.interaction_id = cast.lehmanns, made.id
            found = files.free(owner, [_file(stage, "logged", owner, readers)])
            documents.tie(owner, "interaction", made.id, found, "staff")
        db.session.add(kept)
        stage.things[f"mail:{key}"] = mail.public_id
    db.session.flush()


def secret_of(mail: Delivery) -> str:
    """What opens the link in a mail with which its reader ends such mails."""
    return unsubscribing.link(mail.public_id).rpartition("/")[2]


def _told(stage: Stage) -> None:
    """A mail that told of a request, in reach of all of staff or of some, and failed; and one about an order."""
    cast = stage.cast
    for key, reader in (("c_renate", cast.renate), ("c_jonas", cast.jonas)):
        row = find(cast.nancy, Conversation, number=stage.things[key])
        mail = Delivery(
            kind="notice", person_id=reader.person_id, conversation_id=row.id, seq=1, to_address="to", to_key="to",
            subject="A subject", body="A body", html="<p>A body</p>", message_id=f"<{key}@test>", state="failed", error="no",
        )  # fmt: skip
        db.session.add(mail)
        db.session.flush()
        about = {"organisation": reader.organisation_id, "audience": reader.reader}
        db.session.add(Job(kind="mail", state="done", unique_key=f"mail:{mail.public_id}",
                           arguments={"delivery": mail.id, "about": about}))  # fmt: skip
        stage.things |= {f"told:{key}": mail.public_id, f"unsubscribe:{key}": secret_of(mail)}
    order = db.session.scalars(select(Delivery).where(Delivery.kind == "order")).unique().one()
    order.state = "failed"
    db.session.execute(update(Job).where(Job.unique_key == f"mail:{order.public_id}").values(state="done"))
    code = db.session.scalars(select(Delivery).where(Delivery.kind == "code")).unique().one()
    stage.things |= {"told:order": order.public_id, "unsubscribe:code": secret_of(code)}


def _mailed(stage: Stage) -> str:
    """The secret of the link in the mail with which an order went to its supplier."""
    order_links.mail(stage.cast.margaret, find(stage.cast.margaret, Order, number="PO-1001"), "orders@exotic.example")
    body = db.session.scalars(select(Delivery.body).where(Delivery.kind == "order")).one()
    return body.split("/order/")[1].split()[0]


def _digest(secret: str) -> str:
    from actions.secrets import digest

    return digest(secret)


def _things(stage: Stage) -> None:
    cast, session = stage.cast, db.session
    for name in ("lehmanns", "ernst", "exotic", "tokyo"):
        row = session.get_one(Organisation, getattr(cast, name))
        stage.things |= {f"org:{name}": row.public_id, f"id:{name}": str(row.id), f"version:{name}": str(row.version)}
    stage.things |= {f"rule:{one.key}": one.public_id for one in session.scalars(select(ShareRule)).unique()}
    first = session.scalars(select(Relation).where(Relation.from_id == cast.exotic)).unique().one()
    stage.things["relation:exotic"] = first.public_id
    for name, key in cast.teams.items():
        stage.things |= {f"team:{name}": str(key), f"teamid:{name}": session.get_one(Team, key).public_id}
    for one in session.scalars(select(Invoice)).unique():
        stage.things[f"invoice:{one.order.number}"] = one.public_id
    for name, actor in cast.everybody().items():
        stage.things[f"way:{name}"] = str(actor.membership_id) if actor.membership_id else "staff"
        stage.things[f"person_version:{name}"] = str(session.get_one(Person, actor.person_id).version)
