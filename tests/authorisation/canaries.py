"""Who may read which text of which row: a canary is put into every text column, with its readers from the design.

A column without a line here fails the test, so that a new column cannot be forgotten.
"""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import JSON, String, Table, select, update

from models import db
from models.conversations import Conversation
from models.issues import Issue
from models.orders import Order, OrderLine
from models.types import Base
from tests.authorisation.actors import (
    ANDREW,
    CUSTOMERS,
    ERNST,
    EVERYBODY,
    EXOTIC,
    LEADS,
    LEHMANNS,
    MANAGERS,
    NOBODY,
    PARTNERS,
    REACH,
    STAFF,
    TOKYO,
    Names,
)
from tests.authorisation.issues_world import ISSUES
from tests.authorisation.issues_world import readers as reads_issue
from tests.authorisation.world import READERS, SHARED, Stage

Row = Mapping[str, Any]
Readers = Callable[["Context", Row], Names]
CHANG = "2"  # the number of the product that every issue is about
TOKEN = re.compile(r"cnr\d{5}q")


class Context:
    """What the rules ask of the world."""

    def __init__(self, stage: Stage) -> None:
        cast = stage.cast
        self.stage = stage
        self.of_organisation = {cast.lehmanns: LEHMANNS, cast.ernst: ERNST, cast.exotic: EXOTIC, cast.tokyo: TOKYO}
        self.person = {actor.person_id: name for name, actor in cast.everybody().items()}
        self.login = {actor.login_id: name for name, actor in cast.everybody().items()}
        self.order = {row.id: row for row in db.session.scalars(select(Order)).unique()}
        numbers = dict(db.session.execute(select(Conversation.number, Conversation.id)).all())
        self.conversation = {numbers[stage.things[key]]: READERS[key] for key in READERS if key in stage.things}
        issues = dict(db.session.execute(select(Issue.number, Issue.id)).all())
        self.issue = {issues[stage.things[key]]: key for key in ISSUES if key in stage.things}
        self.lines = list(db.session.execute(select(OrderLine.order_id, OrderLine.product_id)))

    def people(self, organisation: int | None) -> Names:
        return self.of_organisation.get(organisation or 0, NOBODY)

    def side(self, person: int | None) -> Names:
        """Whoever shares an organisation with a person; none for staff."""
        name = self.person.get(person or 0, "")
        return next((group for group in (LEHMANNS, ERNST, EXOTIC, TOKYO) if name in group), NOBODY)

    def reads_order(self, order: int, field: str) -> Names:
        """Who may read one field of an order."""
        row = self.order[order]
        own = self.people(row.organisation_id) & CUSTOMERS if row.kind == "sales" else NOBODY
        for number, _, readers, fields, _ in SHARED:
            if number == row.number and (field in fields or not field):
                own |= readers
        return own | STAFF

    def staff_of(self, conversation: int | None) -> Names:
        return self.conversation[conversation][2] if conversation else STAFF


def uses(context: Context, row: Row) -> Names:
    """Who uses a shared mailbox: for those who come with it, its managers, and us."""
    own = next(
        name for name, actor in context.stage.cast.everybody().items() if actor.membership_id == row["membership_id"]
    )
    return (context.side(getattr(context.stage.cast, own).person_id) & MANAGERS) | {own} | STAFF


def asked(context: Context, row: Row) -> Names:
    """What a manager asked of us: for the managers of the organisation, and us."""
    return (context.people(row["organisation_id"]) & MANAGERS) | STAFF


def mail(context: Context, row: Row) -> Names:
    """What came in: for the readers of the conversation it is in, before that for the team whose address it came to.

    What is on a record, or came to somebody's own address for filing, is for whoever reads there as well.
    """
    if row["public_id"] in (context.stage.things["mail:own"], context.stage.things["mail:record"]):
        return STAFF
    if row["conversation_id"]:
        return context.conversation[row["conversation_id"]][2]
    return STAFF if row["mailbox_id"] == int(context.stage.things["box:billing:id"]) else REACH


def told(context: Context, row: Row) -> Names:
    """How a mail went: for leads, and for those of us who see the conversation or the order that it told of."""
    if row["kind"] in ("order", "order_notice"):
        return STAFF
    return LEADS | (context.conversation[row["conversation_id"]][2] if row["kind"] == "notice" else NOBODY)


def reached(context: Context, row: Row) -> Names:
    """Where a mail went to: for those, and for whoever got it."""
    return told(context, row) | ({context.person[row["person_id"]]} if row["person_id"] else NOBODY)


def staff(_: Context, __: Row) -> Names:
    return STAFF


def leads(_: Context, __: Row) -> Names:
    return LEADS


def admin(_: Context, __: Row) -> Names:
    return ANDREW


def nobody(_: Context, __: Row) -> Names:
    return NOBODY


def organisation(context: Context, row: Row) -> Names:
    return context.people(row["id"]) | STAFF


def person(context: Context, row: Row) -> Names:
    return (context.side(row["id"]) or EVERYBODY) | STAFF


def title(context: Context, row: Row) -> Names:
    return context.side(row["id"]) | STAFF


def address(context: Context, row: Row) -> Names:
    return context.side(row["person_id"]) | STAFF


def order(field: str) -> Readers:
    return lambda context, row: context.reads_order(row["id"], field)


def line(field: str) -> Readers:
    return lambda context, row: context.reads_order(row["order_id"], f"lines.{field}")


def issue(field: str) -> Readers:
    return lambda context, row: reads_issue(context.issue[row.get("issue_id") or row["id"]], field)


def product(context: Context, row: Row) -> Names:
    found = [context.reads_order(one, "") for one, key in context.lines if key == row["id"]]
    found += [reads_issue(one) for one in ISSUES if row["sku"] == CHANG]
    return frozenset().union(*found) | STAFF


def place(context: Context, row: Row) -> Names:
    found = [context.reads_order(key, "location") for key, one in context.order.items() if one.location_id == row["id"]]
    return frozenset().union(*found) | STAFF


def shipment(context: Context, row: Row) -> Names:
    """Ours to a customer are for it; those of a supplier for itself, through the order it sees."""
    own = context.people(context.order[row["order_id"]].organisation_id)
    return (own & context.reads_order(row["order_id"], "")) | STAFF


def bill(context: Context, row: Row) -> Names:
    """What a supplier asks to be paid is for itself, through the order it sees, and for us."""
    return (context.people(row["organisation_id"]) & context.reads_order(row["order_id"], "")) | STAFF


def invoice(context: Context, row: Row) -> Names:
    return context.people(row["organisation_id"]) | STAFF


def article(readers_of_state: bool = True) -> Readers:
    def readers(_: Context, row: Row) -> Names:
        from models.articles import Article

        key = row.get("article_id") or row["id"]
        one = db.session.get_one(Article, key)
        if not readers_of_state or one.state != "published":
            return STAFF
        groups = {"public": EVERYBODY, "customers": CUSTOMERS | STAFF, "partners": PARTNERS | STAFF, "staff": STAFF}
        return groups[one.audience]

    return readers


def happened(context: Context, row: Row) -> Names:
    """The log: each row has an audience; what is tied to a conversation is for its readers only."""
    if row["organisation_id"] is None and row["conversation_id"] is None:
        return ANDREW | ({context.person[row["actor_id"]]} if row["actor_id"] else NOBODY)
    own = context.people(row["organisation_id"])
    if row["conversation_id"]:
        customer, partner, desk = context.conversation[row["conversation_id"]]
        own &= customer | partner
    else:
        desk = STAFF
    kind = row["audience"].split(":")[0]
    groups = {"staff": NOBODY, "customer": CUSTOMERS, "everyone": CUSTOMERS | PARTNERS, "partner": PARTNERS}
    return (own & groups[kind]) | desk


def said(context: Context, row: Row) -> Names:
    """A message is for those its own canary names."""
    return context.stage.canaries[TOKEN.findall(row["body"])[0]]


def sent(context: Context, row: Row) -> Names:
    """A file is for those its name names; one that is still to be sent by whoever acts is nobody's secret."""
    found = TOKEN.findall(row["name"])
    return context.stage.canaries[found[0]] if found else frozenset({context.person[row["owner_id"]]})


def whole(token: str, _: Any) -> str:
    return token


def before(token: str, value: Any) -> str:
    return f"{token} {value}" if value else token


def mailbox(token: str, value: Any) -> str:
    return f"{token}.{value}" if value else token


def inside(token: str, value: Any) -> Any:
    return [*value, token] if isinstance(value, list) else {**(value or {}), "canary": token}


Put = Callable[[str, Any], Any]
PLANTED: dict[str, dict[str, tuple[Readers, Put]]] = {
    "organisations": dict.fromkeys(("name", "phone", "website", "street", "city", "region", "postcode"), (organisation, before))
    | {"email": (organisation, mailbox), "notes": (staff, before)},
    "approvals": dict.fromkeys(("name", "reason"), (asked, before)) | {"email": (asked, mailbox)},
    "mailbox_devices": {"name": (uses, before)},
    "relations": {"note": (staff, before)},
    "people": {"name": (person, before), "title": (title, before)},
    "logins": {"email": (address, mailbox)},
    "contact_points": {"value": (address, mailbox)},
    "teams": {"name": (staff, before)},
    "locations": {"name": (place, before)},
    "products": {"name": (product, before), "gtin": (product, whole), "supplier_sku": (staff, before), "unit": (staff, before),
                 "pack": (staff, before)},
    "orders": {name: (order(name), whole) for name in ("customer_reference", "supplier_reference", "carrier")}
    | {f"ship_to_{part}": (order("ship_to"), before) for part in ("name", "street", "city", "region", "postcode", "country")},
    "order_lines": {name: (line(name), whole) for name in ("description", "customer_sku", "supplier_sku", "pack")},
    "issues": {"title": (issue("title"), before)}, "issue_steps": {"text": (issue("steps"), before)},
    "issue_costs": {"words": (issue("costs"), before)},
    "shipments": dict.fromkeys(("number", "carrier", "tracking"), (shipment, whole)),
    "invoices": {"number": (invoice, whole)},
    "supplier_invoices": {"number": (bill, whole)},
    "shares": {"reason": (staff, before)},
    "articles": {"category": (article(), before), "keywords": (article(False), inside)},
    "article_texts": {"title": (article(), before), "body": (article(), before)},
    "article_versions": {"title": (article(False), before), "body": (article(False), before)},
    "article_feedback": {"comment": (article(False), before)},
    "interactions": {"summary": (happened, before), "detail": (happened, inside)},
    "mailboxes": {"address": (staff, mailbox)},
    "inbound_mails": dict.fromkeys(("sender", "subject", "words", "reason"), (mail, before)),
    "mail_sources": dict.fromkeys(("host", "username", "folder", "token_url", "client_id"), (admin, whole))
    | {"error": (leads, before)} | dict.fromkeys(("password", "client_secret", "refresh_token"), (nobody, whole)),
    "push_subscriptions": {"endpoint": (nobody, before)},
    "waves": dict.fromkeys(("name", "reason"), (leads, before)), "invitees": {"address": (leads, before)},
    "mail_hooks": {"signing_key": (nobody, whole)},
    "jobs": {"error": (leads, before), "arguments": (leads, inside)},
    "deliveries": dict.fromkeys(("subject", "body", "html"), (leads, before)) | {"error": (told, before), "to_address": (reached, mailbox)},
}  # fmt: skip
BORN = {"conversations.subject", "parties.subject", "messages.body", "drafts.body", "answer_drafts.typed", "promises.words",
        "promises.note",
        "order_changes.note", "order_change_lines.reason", "files.name", "shipments.note", "shipment_lines.reason",
        "supplier_invoices.note", "supplier_invoice_lines.description", "supplier_invoice_lines.disputed",
        "decisions.question", "decisions.answers", "decisions.answer"}  # fmt: skip
IDS: dict[str, Readers] = {"files": sent, "organisations": organisation, "people": person, "messages": said, "invoices": invoice,
                           "shipments": shipment, "supplier_invoices": bill, "interactions": happened}  # fmt: skip
SIGNED = ("messages", "order_changes", "issue_steps", "decisions", "interactions", "read_log")
# Columns with nothing of anybody in them: words of a fixed list, hashes, what is copied from a planted column.
BARE = {
    "settings.value": "facts of the installation", "locations.zone": "a time zone", "people.zone": "a time zone",
    "people.language": "a language", "people.theme": "light or dark", "organisations.zone": "a time zone",
    "organisations.currency": "a currency", "organisations.country": "a country", "organisations.roles": "a fixed list",
    "orders.currency": "a currency", "order_lines.deliveries": "numbers and days",
    "order_change_lines.deliveries": "numbers and days", "products.currency": "a currency", "invoices.currency": "a currency",
    "issue_costs.currency": "a currency",
    "supplier_invoices.currency": "a currency",
    "logins.password_hash": "a hash", "sign_in_codes.code_hash": "a hash", "field_sets.fields": "names of fields",
    "share_rules.name": "the ready rules' names", "share_rules.statuses": "a fixed list",
    "articles.related": "slugs", "idempotency_keys.body": "an answer given before", "conversations.heads": "numbers",
    "conversations.snippet": "the newest message, with its canary", "tokens.name": "set at sign-in, see test",
    "conversations.snippet_outside": "the newest message of each reader", "read_log.fields": "names of fields",
    "messages.attachments": "ids of files", "messages.change": "words of a fixed list, names with their canaries",
    "supplier_policies.access_code_hash": "a hash",
    "mailbox_devices.device": "what the browser says",
    **dict.fromkeys((f"{table}.signed_as" for table in SIGNED),
                    "the name of whoever uses a shared mailbox, see tests/login/test_mailboxes.py"),
    "sessions.device": "what the browser says", "sessions.address": "an address", "tokens.scopes": "a fixed list",
    "calls.rang": "ids", "mail_paces.domain": "a domain that mails go to",
    "jobs.arguments": "ids", "order_links.address": "typed by whoever sends the mail", "read_log.address": "whose link it was",
}  # fmt: skip


def plant(stage: Stage) -> None:
    """Put a canary into every text that has none yet, and take names and public ids as canaries too."""
    for table in Base.metadata.sorted_tables:
        plant_table(stage, table)
    _figures(stage)
    context = Context(stage)
    for table in Base.metadata.sorted_tables:
        if table.name in IDS:
            for one in db.session.execute(select(table)).mappings().all():
                if one.get("name") != "unsent.txt" and (table.name != "messages" or one["kind"] == "message"):
                    _take(stage, str(one["public_id"]), IDS[table.name](context, one), f"{table.name}.public_id")
    for words, readers in (
        ("Messner", LEHMANNS), ("Lehmanns Marktstand", LEHMANNS), ("Mendel", ERNST), ("Ernst Handel", ERNST), ("Cooper", EXOTIC),
        ("Exley", EXOTIC), ("Exotic Liquids", EXOTIC), ("Nagase", TOKYO), ("Tokyo Traders", TOKYO),
    ):  # fmt: skip
        _take(stage, words, readers | STAFF, "a name")


def _take(stage: Stage, literal: str, readers: Names, where: str) -> None:
    stage.canaries[literal], stage.where[literal] = readers, where


def plant_table(stage: Stage, table: Table) -> None:
    """Put canaries into one table."""
    rules = PLANTED.get(table.name)
    if not rules:
        return
    context = Context(stage)
    keys = list(table.primary_key.columns)
    for one in db.session.execute(select(table)).mappings().all():
        values = {}
        for name, (readers, put) in rules.items():
            if not TOKEN.search(str(one[name])) or table.name in ("interactions",):
                values[name] = put(
                    stage.mark(readers(context, one), f"{table.name}.{name} {one[keys[0].name]}"), one[name]
                )
        if "email" in values and table.name == "logins":
            values["email_key"] = values["email"]
        if "value" in values:
            values["value_key"] = values["value"]
        if "to_address" in values:
            values["to_key"] = values["to_address"]
        if values:
            db.session.execute(update(table).where(*(key == one[key.name] for key in keys)).values(values))
    db.session.expire_all()


def _figures(stage: Stage) -> None:
    """Prices and dates cannot hold a token: they are made unmistakable instead."""
    context = Context(stage)
    for place_, one in enumerate(db.session.scalars(select(OrderLine).order_by(OrderLine.id)).unique()):
        row = context.order[one.order_id]
        if row.kind != "purchase":
            continue
        one.unit_price = Decimal(f"{7301 + place_ * 7}.{91 - place_}")
        _take(stage, f"{one.unit_price:.2f}", context.reads_order(row.id, "lines.unit_price"), f"price of {row.number}")
        for name, year in (("promised_at", 2041), ("expected_at", 2043)):
            setattr(one, name, datetime(year, 1 + place_ // 28, 1 + place_ % 28, 9, tzinfo=UTC))
            _take(
                stage,
                f"{getattr(one, name):%Y-%m-%d}",
                context.reads_order(row.id, f"lines.{name}"),
                f"{name} of {row.number}",
            )
    for place_, row in enumerate(context.order.values()):
        if row.kind == "purchase":
            row.freight, row.required_at = (
                Decimal(f"{8102 + place_ * 3}.{79 - place_}"),
                datetime(2045, 2, 1 + place_, 9, tzinfo=UTC),
            )
            _take(stage, f"{row.freight:.2f}", context.reads_order(row.id, "freight"), f"freight of {row.number}")
            _take(
                stage,
                f"{row.required_at:%Y-%m-%d}",
                context.reads_order(row.id, "required_at"),
                f"required_at of {row.number}",
            )
    db.session.flush()


def forgotten() -> list[str]:
    """The text columns that no line of this file speaks of."""
    found = []
    for table in Base.metadata.sorted_tables:
        for column in table.columns:
            text = (
                isinstance(column.type, String)
                and not column.type.collation
                and column.type.__class__.__name__ == "Text"
            )
            name = f"{table.name}.{column.name}"
            spoken = column.name in PLANTED.get(table.name, {}) or name in BORN or name in BARE
            if (text or isinstance(column.type, JSON)) and not spoken:
                found.append(name)
    return found


class Tap:
    """Reads everything somebody receives, and says which canaries were not for them."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.literals = [one for one in stage.canaries if not TOKEN.fullmatch(one)]
        self.seen: dict[str, set[str]] = {}

    def leaks(self, actor: str, text: str, sent: str = "") -> list[str]:
        """The canaries in a text that the actor may not read and did not send."""
        plain = re.sub(r"(?<=\d),(?=\d{3})", "", text)
        found = {*TOKEN.findall(text), *(one for one in self.literals if one in plain)}
        self.seen.setdefault(actor, set()).update(found)
        strange = [one for one in found if actor not in self.stage.canaries.get(one, NOBODY) and one not in sent]
        return sorted(f"{self.stage.where.get(one, 'unknown')} ({one})" for one in strange)
