"""The to-do list: what the business waits for from this partner."""

from typing import Any

from flask import render_template, url_for
from flask_babel import gettext as _

from actions import reading
from models.conversations import Conversation
from models.issues import Issue
from models.orders import Order, OrderChange
from models.supplier_invoices import SupplierInvoice
from partners import waiting
from partners.blueprint import blueprint
from policy import Actor, rows, visible
from web import answering
from web.actor import actor
from web.nav import Item, entries

SHOWN = 8


@entries("partner")
def navigation() -> list[Item]:
    """The entries at the top, with what waits beside them."""
    orders, conversations, issues = waiting.counts(actor())
    goods = waiting.goods_counts(actor())
    all_of_it = orders + conversations + issues + goods["ship"] + goods["invoice"] + goods["correct"]
    return [
        Item(_("To do"), url_for("partners.home"), "check",
             waiting.capped(all_of_it) if all_of_it else None),
        Item(_("Orders"), url_for("partners.orders"), "box", waiting.capped(orders) if orders else None),
        Item(_("Issues"), url_for("partners.issues"), "shield", waiting.capped(issues) if issues else None),
        Item(
            _("Conversations"), url_for("partners.conversations"), "chat",
            waiting.capped(conversations) if conversations else None,
        ),
        Item(_("Help"), "/help/", "book"),
    ]  # fmt: skip


@blueprint.get("/")
def home() -> str:
    """Everything that waits for an answer, the oldest order first."""
    who = actor()
    orders, conversations, issues = waiting.counts(who)
    waits = rows(who, waiting.to_confirm(who).order_by(Order.number).limit(SHOWN))
    talks = rows(who, waiting.to_answer(who).order_by(Conversation.updated_at.desc()).limit(SHOWN))
    problems = rows(who, waiting.to_resolve(who).order_by(Issue.id).limit(SHOWN))
    latest = rows(who, visible(who, Order).order_by(Order.number.desc()).limit(5))
    reading.saw_orders(who, [*waits, *latest])
    reading.saw_conversations(who, talks)
    reading.saw_issues(who, problems)
    return render_template(
        "partners/home.html", orders=waits, changes=changes(who, waits), conversations=talks, latest=latest,
        orders_waiting=orders, conversations_waiting=conversations, issues=problems, issues_waiting=issues,
        capped=waiting.capped, **goods(who),
    )  # fmt: skip


def goods(who: Actor) -> dict[str, Any]:
    """What is to be shipped and invoiced, and which invoices are to be corrected."""
    found = {
        "to_ship": rows(who, waiting.to_ship(who).order_by(Order.number).limit(SHOWN)),
        "to_invoice": rows(who, waiting.to_invoice(who).order_by(Order.number).limit(SHOWN)),
    }
    for listed in found.values():
        reading.saw_orders(who, listed)
    disputed = rows(who, waiting.to_correct(who).order_by(SupplierInvoice.id).limit(SHOWN))
    return {**found, "to_correct": disputed, "goods": waiting.goods_counts(who)}


def changes(who: Actor, orders: list[Any]) -> dict[str, list[dict[str, Any]]]:
    """What we changed in these orders since the supplier's last word, line by line, before and after."""
    changed = {order.id: order for order in orders if order.status == "changed"}
    query = visible(who, OrderChange).where(OrderChange.order_id.in_(changed)).order_by(OrderChange.version)
    newest = {change.order_id: change for change in rows(who, query) if change.side == "buyer"} if changed else {}
    return {
        changed[key].number: [answering.said(one, line) for one, line in _lines(changed[key], change)]
        for key, change in newest.items()
    }


def _lines(order: Any, change: Any) -> list[tuple[Any, Any]]:
    seen = {line.line: line for line in order.lines}
    return [(one, seen[one.line.line]) for one in change.lines if one.line.line in seen]
