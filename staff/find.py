"""Find any record by any number, telephone or name: one exact hit opens it at once."""

import re
from typing import Any

from flask import redirect, render_template, request, url_for
from sqlalchemy import or_
from werkzeug.wrappers import Response

from actions import callers
from models.billing import Invoice, Shipment
from models.conversations import Conversation
from models.issues import Issue
from models.orders import Order
from models.organisations import Organisation
from models.people import Membership, Person
from models.products import Product
from models.types import name_key
from policy import Actor, require, rows, visible
from staff.blueprint import blueprint
from web.actor import actor

FEW = 5
Found = dict[str, Any]


@blueprint.get("/find")
def find_record() -> str | Response:
    """Open the one record that matches, or list the few that do."""
    require(actor(), "record:find")
    q = request.args.get("q", "").strip()[:100]
    exact = by_number(actor(), q) if q else []
    near = [] if len(exact) == 1 or not q else by_telephone(actor(), q) + by_name(actor(), q)
    found = list({one["href"]: one for one in exact + near}.values())
    if request.headers.get("HX-Request"):
        return render_template("staff/find/_results.html", found=found, q=q)
    if len(found) == 1 or (len(exact) == 1):
        return redirect((exact or found)[0]["href"], 303)
    return render_template("staff/find/results.html", found=found, q=q)


def hit(icon: str, title: str, words: str, href: str) -> Found:
    return {"icon": icon, "title": title, "words": words, "href": href}


def by_number(who: Actor, q: str) -> list[Found]:
    """Orders, conversations, invoices, shipments, products and organisations that carry exactly this number."""
    found = [
        hit("box", f"#{row.number}", f"{row.organisation.name} · {row.status}", url_for("staff.order", number=row.number))
        for row in rows(who, visible(who, Order).where(
            or_(Order.number == q, Order.customer_reference == q, Order.supplier_reference == q)).limit(FEW))
    ]  # fmt: skip
    number = q.lstrip("#")
    called = or_(
        Conversation.number == number, Conversation.external_reference == number
    )  # here, or where it came from
    talks = rows(who, visible(who, Conversation).where(called).order_by(Conversation.number != number).limit(FEW))
    found += [hit("chat", f"#{row.number} {row.subject}", _words(row, number),
                  url_for("staff.conversation_page", number=row.number)) for row in talks]  # fmt: skip
    for table, condition, icon in (
        (Invoice, Invoice.number == q, "invoice"), (Shipment, or_(Shipment.number == q, Shipment.tracking == q), "truck"),
    ):  # fmt: skip
        for row in rows(who, visible(who, table).where(condition).limit(FEW)):
            if row.order:
                found.append(hit(icon, row.number, row.order.number, url_for("staff.order", number=row.order.number)))
    problems = rows(who, visible(who, Issue).where(Issue.number == q.upper()).limit(1))
    found += [
        hit("shield", f"{row.number} {row.title}", row.status, url_for("staff.issue", number=row.number))
        for row in problems
    ]
    own = visible(who, Organisation).where(Organisation.external_reference == q)
    found += [_organisation(row) for row in rows(who, own.limit(FEW))]
    goods = visible(who, Product).where(or_(Product.sku == q, Product.gtin == q, Product.supplier_sku == q))
    found += [_product(row) for row in rows(who, goods.limit(FEW)) if row.supplier]
    return found


def _words(row: Conversation, number: str) -> str:
    """How a conversation stands, and where it had the number that was looked for."""
    return row.status if row.number == number else f"{row.status} · {row.source} #{row.external_reference}"


def _organisation(row: Organisation) -> Found:
    return hit("building", row.name, ", ".join(row.roles), url_for("staff.organisation", public_id=row.public_id))


def _product(row: Product) -> Found:
    return hit("tag", row.name, row.supplier.name, url_for("staff.organisation", public_id=row.supplier.public_id))


def by_telephone(who: Actor, q: str) -> list[Found]:
    """People and organisations whose number ends with these digits; four at least."""
    if len(re.sub(r"\D", "", q)) < 4 or re.search(r"[^\d\s()+/.-]", q):
        return []
    found = callers.of(q, only_last=True)[:FEW]
    seen = {one.id for one in rows(who, visible(who, Organisation).where(
        Organisation.id.in_({one.organisation.id for one in found})))}  # fmt: skip
    return [caller(one) for one in found if one.organisation.id in seen]


def caller(one: callers.Caller) -> Found:
    """Somebody who may be calling, by the page of the organisation."""
    if one.person is None:
        return _organisation(one.organisation)
    href = url_for("staff.organisation", public_id=one.organisation.public_id)
    return hit("user", one.person.name, one.organisation.name, href)


def by_name(who: Actor, q: str) -> list[Found]:
    """Organisations and people whose name begins like this."""
    if len(q) < 2:
        return []
    key = name_key(q)
    own = visible(who, Organisation).where(Organisation.name_key.startswith(key, autoescape=True))
    found = [_organisation(row) for row in rows(who, own.order_by(Organisation.name_key).limit(FEW))]
    people = visible(who, Person).where(Person.name_key.startswith(key, autoescape=True)).order_by(Person.name_key)
    return found + [one for person in rows(who, people.limit(FEW)) for one in _person(who, person)]


def _person(who: Actor, person: Person) -> list[Found]:
    member = visible(who, Membership).where(Membership.person_id == person.id, Membership.ended_at.is_(None))
    return [
        hit(
            "user",
            person.name,
            one.organisation.name,
            url_for("staff.organisation", public_id=one.organisation.public_id),
        )
        for one in rows(who, member.limit(2))
    ]
