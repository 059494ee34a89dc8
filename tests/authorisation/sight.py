"""Which rows anybody may be handed, table by table: the ceiling for lists, counters, search and look-ups."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from sqlalchemy import func, select

from models import db
from models.approvals import Approval
from models.articles import Article, ArticleText, ArticleVersion
from models.billing import Invoice, Shipment, ShipmentLine
from models.calls import Call
from models.conversations import Conversation, Draft
from models.decisions import Decision
from models.files import Attachment, File
from models.interactions import Interaction
from models.issues import Issue, IssueCost
from models.jobs import Delivery, Job
from models.logins import SignInSession, Token
from models.mail_in import InboundMail, Mailbox
from models.mailboxes import MailboxDevice
from models.messages import Message
from models.orders import Order, OrderChange, OrderLine
from models.organisations import Organisation, Relation
from models.people import Membership, Person
from models.products import Product
from models.promises import Promise
from models.share_rules import ShareRule
from models.shares import ReadLog, Share
from models.staff import Location, Staff, Team
from models.supplier_invoices import SupplierInvoice, SupplierInvoiceLine
from models.waves import Invitee, Wave
from policy import ANONYMOUS, allowed, find, visible
from policy.doing import RULES, rights
from policy.grants import Grant
from tests.authorisation import canaries as texts
from tests.authorisation.actors import CHARLES, GRETA, NOBODY, ROLAND, SIGNED_IN, STAFF, Names
from tests.authorisation.canaries import Context, Readers
from tests.authorisation.issues_world import readers as reads_issue
from tests.authorisation.world import Stage

Row = Mapping[str, Any]


def conversation(context: Context, row: Row) -> Names:
    return frozenset().union(*context.conversation[row["id"]])


def message(context: Context, row: Row) -> Names:
    if row["kind"] == "message":
        return texts.said(context, row)
    customer, partner, desk = context.conversation[row["conversation_id"]]
    kind = row["audience"].split(":")[0]
    return desk | {"everyone": customer | partner, "customer": customer, "partner": partner}.get(kind, NOBODY)


def promise(context: Context, row: Row) -> Names:
    """A promise is for those that its words name: staff with its matter, its owner, and the customer it is shown to."""
    return context.stage.canaries[texts.TOKEN.findall(row["words"])[0]]


def relation(context: Context, row: Row) -> Names:
    return context.people(row["from_id"]) | context.people(row["to_id"]) | STAFF


def person(context: Context, row: Row) -> Names:
    return (context.side(row["id"]) or SIGNED_IN) | STAFF


def membership(context: Context, row: Row) -> Names:
    managers = context.people(row["organisation_id"]) & (GRETA | ROLAND | CHARLES | {"yoshi"})
    return managers | STAFF | {context.person[row["person_id"]]}


def order(context: Context, row: Row) -> Names:
    return context.reads_order(row.get("order_id") or row["id"], "")


def share(context: Context, row: Row) -> Names:
    """A partner sees its own active shares (a member those with itself, a manager all), staff those of what they see."""
    if row["subject_type"] == "conversation":
        _, partner, desk = context.conversation[row["subject_id"]]
        return desk | (partner & context.people(row["organisation_id"]))
    own = context.people(row["organisation_id"])
    if row["person_id"]:
        own &= CHARLES | {context.person[row["person_id"]]}
    if row["subject_type"] == "issue":
        return STAFF | (own & reads_issue(context.issue[row["subject_id"]]))
    order = context.order[row["subject_id"]]
    if order.kind == "sales":
        own |= context.people(order.organisation_id) & (GRETA | ROLAND)
    return STAFF | (
        own if row["revoked_at"] is None and context.order[row["subject_id"]].number != "PO-2006" else NOBODY
    )


def looked(context: Context, row: Row) -> Names:
    return STAFF | (context.people(row["owner_id"]) & (GRETA | ROLAND))


def own(context: Context, row: Row) -> Names:
    return frozenset({context.login[row["login_id"]]})


def tied(context: Context, row: Row) -> Names:
    return texts.sent(context, vars(db.session.get_one(File, row["file_id"])))


def issue(context: Context, row: Row) -> Names:
    return reads_issue(context.issue[row["id"]])


def shipment_line(context: Context, row: Row) -> Names:
    return texts.shipment(context, vars(db.session.get_one(Shipment, row["shipment_id"])))


def bill_line(context: Context, row: Row) -> Names:
    return texts.bill(context, vars(db.session.get_one(SupplierInvoice, row["invoice_id"])))


def decision(context: Context, row: Row) -> Names:
    """A decision is for those that its question names."""
    return context.stage.canaries[texts.TOKEN.findall(row["question"])[0]]


def draft(context: Context, row: Row) -> Names:
    """A draft is for whoever writes it, as its words name."""
    return context.stage.canaries[texts.TOKEN.findall(row["body"])[0]]


SIGHT: dict[type, Readers] = {
    Conversation: conversation, Message: message, Draft: draft, Promise: promise, Organisation: texts.organisation, Relation: relation,
    ShareRule: texts.staff,
    Person: person, Membership: membership, Order: order, OrderLine: order, OrderChange: order, Shipment: texts.shipment,
    Invoice: texts.invoice, Product: texts.product, Share: share, ReadLog: looked, Interaction: texts.happened,
    Approval: texts.asked, Call: texts.staff, MailboxDevice: texts.uses,
    Article: texts.article(), ArticleText: texts.article(), ArticleVersion: texts.article(False), Staff: texts.staff,
    Team: texts.staff, Location: texts.staff, SignInSession: own, Token: own, Job: texts.leads, Delivery: texts.told,
    File: texts.sent, Attachment: tied, Issue: issue, IssueCost: texts.staff, ShipmentLine: shipment_line,
    SupplierInvoice: texts.bill, SupplierInvoiceLine: bill_line, Decision: decision, Mailbox: texts.staff,
    InboundMail: texts.mail, Wave: texts.leads, Invitee: texts.leads,
}  # fmt: skip


def ceiling(stage: Stage) -> dict[tuple[str, type], set[Any]]:
    """For everybody and every table the keys of the rows that may be handed out."""
    context, found = Context(stage), {}
    for table, readers in SIGHT.items():
        key = next(iter(table.__table__.primary_key.columns)).name
        for one in db.session.execute(select(table.__table__)).mappings().all():
            for name in readers(context, one):
                found.setdefault((name, table), set()).add(one[key])
    return found


def beyond(stage: Stage, allowed: dict[tuple[str, type], set[Any]], only: type | None = None) -> list[str]:
    """What somebody is handed that is not for them."""
    wrong = []
    for name, actor in ({"visitor": ANONYMOUS} | stage.cast.everybody()).items():
        for table in SIGHT:
            if only is None or table is only:
                key = next(iter(table.__table__.primary_key.columns))
                keys = set(db.session.scalars(visible(actor, table, getattr(table, key.name))))
                extra = keys - allowed.get((name, table), set())
                if extra:
                    wrong.append(
                        f"{name} is handed {len(extra)} rows of {table.__tablename__} too many: {sorted(extra)[:5]}"
                    )
    return wrong


FULLEST = Grant("edit", frozenset({"attachments", "steps"}))


def in_hand(stage: Stage) -> list[str]:
    """What the wrong people may do with rows as verbs read them, even with the fullest grant of somebody else's share.

    They are a visitor, and one who buys for a company of which we buy: its clerks answer our orders, its buyers do not.
    """
    cast, things, wrong = stage.cast, stage.things, []
    held = {
        "conversation": [find(cast.nancy, Conversation, number=things[key]) for key in ("c_renate", "c_solved")],
        "order": [find(cast.nancy, Order, number=number) for number in ("11070", "PO-1001", "PO-2007", "PO-5001")],
        "issue": [find(cast.nancy, Issue, number=things[key]) for key in ("i_renate", "i_closed")],
    }
    for verb in RULES:
        noun = verb.split(":", maxsplit=1)[0]
        for one in held.get(noun, [None]):
            if allowed(ANONYMOUS, verb, one) or verb in rights(ANONYMOUS, noun, one, FULLEST):
                wrong.append(f"a visitor may {verb}")
    buyer = replace(cast.charlotte, side="customer")
    for verb, number in (("order:acknowledge", "PO-1001"), ("order:confirm", "PO-1001"), ("order:ship", "PO-5001"),
                         ("order:invoice", "PO-5001")):  # fmt: skip
        if verb in rights(buyer, "order", find(cast.nancy, Order, number=number), FULLEST):
            wrong.append(f"a buyer of the supplier may {verb}")
    return wrong


# The nouns that a token can be for, and the tables that tell of each.
OF_NOUN: dict[str, set[type]] = {
    "conversation": {Conversation, Message, Draft, Staff, Team}, "promise": {Promise},
    "call": {Call}, "share": {Share}, "article": {Article, ArticleText,
    ArticleVersion}, "order": {Order, OrderLine, OrderChange, Shipment, Invoice, Product, Location,
    ShipmentLine, SupplierInvoice, SupplierInvoiceLine}, "interaction": {Interaction},
    "organisation": {Organisation, Relation, ReadLog}, "person": {Person}, "membership": {Membership, MailboxDevice},
    "session": {SignInSession},
    "token": {Token}, "approval": {Approval}, "job": {Job}, "delivery": {Delivery}, "share_rule": {ShareRule}, "file": {File},
    "attachment": {Attachment},
    "issue": {Issue, IssueCost}, "decision": {Decision}, "mailbox": {Mailbox}, "mail": {InboundMail},
    "wave": {Wave, Invitee},
}  # fmt: skip


def beyond_scopes(stage: Stage) -> list[str]:
    """What a token is handed of a noun that its scopes do not name, or not handed although they name it."""
    wrong = []
    for name in ("greta", "charles", "andrew"):
        actor = getattr(stage.cast, name)
        for noun, tables in OF_NOUN.items():
            narrow = replace(actor, token_id=1, scopes=frozenset({f"{noun}:verb"}))
            for table in SIGHT:
                count = db.session.scalar(visible(narrow, table, func.count()).select_from(table))
                if count and table not in tables:
                    wrong.append(f"a token of {name} for {noun} is handed {count} rows of {table.__tablename__}")
            for table in tables & {Conversation, Order, Organisation, Article, Issue}:
                counts = [db.session.scalar(visible(one, table, func.count())) for one in (actor, narrow)]
                if counts[0] != counts[1] or not counts[0]:
                    wrong.append(
                        f"a token of {name} for {noun} is handed {counts[1]} of {counts[0]} {table.__tablename__}"
                    )
    return wrong
