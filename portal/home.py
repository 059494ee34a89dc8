"""The portal's home: search first, what needs an answer, the latest orders, what is due, one button to talk."""

from typing import Any

from flask import render_template, request
from sqlalchemy import case, func, or_

from models import search
from models.articles import Article
from models.billing import Invoice
from models.conversations import Conversation, live
from models.db import session
from models.orders import Order
from models.promises import Promise
from policy import Actor, rows, visible
from portal import orders, promises
from portal.blueprint import blueprint
from web.actor import actor

FEW = 5


@blueprint.get("/")
def home() -> str:
    """Everything that matters today, on one page."""
    who = actor()
    waiting = case((Conversation.status == "waiting_on_customer", 0), else_=1)
    unsettled = visible(who, Conversation).where(live())
    latest = visible(who, Order).order_by(Order.ordered_at.desc(), Order.number.desc()).limit(FEW)
    due = visible(who, Invoice).where(Invoice.paid_at.is_(None)).order_by(Invoice.issued_at.desc()).limit(FEW)
    helpful = visible(who, Article).order_by(Article.updated_at.desc(), Article.id.desc()).limit(4)
    return render_template(
        "portal/home.html", requests=rows(who, unsettled.order_by(waiting, Conversation.updated_at.desc()).limit(FEW)),
        orders=rows(who, latest), invoices=rows(who, due), articles=rows(who, helpful), step=orders.step,
        promises=promises.of(who, Promise.done_at.is_(None)),
    )  # fmt: skip


@blueprint.get("/search")
def search_all() -> str:
    """Articles, orders and requests that match what was typed."""
    q = request.args.get("q", "").strip()
    found = found_by(actor(), q) if q else {"articles": [], "orders": [], "requests": []}
    return render_template("portal/search.html", q=q, **found)


def found_by(who: Actor, q: str) -> dict[str, list[Any]]:
    """What an actor may see of what matches."""
    numbers = visible(who, Order).where(or_(Order.number == q, Order.customer_reference == q))
    subjects = visible(who, Conversation).where(
        or_(Conversation.number == q, func.lower(Conversation.subject).contains(q.lower(), autoescape=True))
    )
    return {
        "articles": search.articles(session(), q, visible(who, Article, Article.id), limit=8),
        "orders": rows(who, numbers.limit(FEW)),
        "requests": rows(who, subjects.order_by(Conversation.updated_at.desc()).limit(8)),
    }
