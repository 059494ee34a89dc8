"""An order answered from its mail: whoever holds the link sees that order and may answer it, without an account."""

from dataclasses import replace
from typing import Any

from flask import Blueprint, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from actions import access_codes, order_links, reading
from models import db
from models.order_links import OrderLink
from models.orders import Order
from partners import history
from policy import Invalid, NotFound, Refused, find
from web import answering, documents
from web.errors import http_status
from web.languages import of_browser
from web.product import own_units, product
from web.saying import said

links = Blueprint("order_links", __name__, url_prefix="/order")
PASS_LIFE = 180 * 24 * 3600  # seconds that a device need not ask again


def come_in(secret: str) -> tuple[OrderLink, Any]:
    """Let the holder of a link in as the supplier's side: the link, and the order as far as it is shared."""
    link, who = order_links.opened(secret)
    g.actor = replace(who, language=of_browser() or who.language)
    try:
        return link, find(g.actor, Order, id=link.order_id)
    except NotFound:
        return link, None  # the share behind it has ended


def coded(link: OrderLink, order: Any) -> bool:
    """Whether whoever opened a link must type the supplier's access code before anything is shown."""
    over = order is None or link.state == "ended"  # then nothing is shown anyway
    return not over and access_codes.wanted(link, request.cookies.get(access_codes.cookie_of(link)))


def code_page(secret: str, problem: str = "", status: int = 200) -> tuple[str, int]:
    """Ask for the code; nothing of the order stands there."""
    return render_template("partners/links/code.html", secret=secret, problem=problem), status


@links.get("/<secret>")
def show(secret: str) -> str | tuple[str, int]:
    """Show the order; looking changes nothing."""
    link, order = come_in(secret)
    return code_page(secret) if coded(link, order) else page(secret, link, order)


@links.post("/<secret>/code")
@own_units
def enter_code(secret: str) -> Any:
    """Take the code, once on each device; each try is stored, whatever comes out."""
    try:
        with db.unit():
            link, _order = come_in(secret)
            kept = access_codes.check(link, request.form.get("code", ""), request.remote_addr or "")
            cookie = access_codes.cookie_of(link)
    except Refused as error:
        with db.reading():
            return code_page(secret, said(error), 429)
    if kept is None:
        with db.reading():
            return code_page(secret, _("This code is wrong. Check it with whoever told you, then type it again."), 422)
    answer = redirect(url_for("order_links.show", secret=secret), 303)
    secure = bool(product().config["SESSION_COOKIE_SECURE"])
    answer.set_cookie(cookie, kept, max_age=PASS_LIFE, httponly=True, samesite="Lax", secure=secure, path="/order")
    return answer


def page(secret: str, link: OrderLink, order: Any, problem: Invalid | Refused | None = None) -> str | tuple[str, int]:
    """The order with its answer form, or why it cannot be answered here any more."""
    if order is None or link.state == "ended":
        return render_template("partners/links/gone.html", words=order_links.GONE["ended"]), 410
    reading.saw_order(g.actor, order, "link")
    return render_template(
        "partners/links/order.html", order=order, link=link, secret=secret, problem=problem, draft=None,
        words=order_links.GONE.get(link.state), **history.answering_of(g.actor, order, problem),
    )  # fmt: skip


@links.post("/<secret>")
def answer(secret: str) -> Response | str | tuple[str, int]:
    """Answer the order, all as ordered or line by line."""
    link, order = come_in(secret)
    if coded(link, order):
        return code_page(secret, _("Type the access code first: nothing was sent."), 403)
    if order is None:
        return page(secret, link, order)
    try:
        response, lines = answering.read(order, request.form)
        order_links.answer(
            link, order, response, lines, request.form.get("note") or None, request.form.get("reference")
        )
    except (Invalid, Refused) as error:
        shown = page(secret, link, order, error)
        return shown if isinstance(shown, tuple) else (shown, http_status(error))
    return redirect(url_for("order_links.show", secret=secret), 303)


@links.get("/<secret>/document")
def document(secret: str) -> Response | tuple[str, int]:
    """The order as a PDF, as far as it is shared."""
    link, order = come_in(secret)
    if order is None or link.state == "ended":
        return render_template("partners/links/gone.html", words=order_links.GONE["ended"]), 410
    if coded(link, order):
        return code_page(secret, status=403)
    reading.saw_order(g.actor, order, "pdf")
    return documents.download(g.actor, order, link.created_at)
