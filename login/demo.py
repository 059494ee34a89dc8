"""The demo's own doors, open on this machine only: accounts one click away, and the mailbox all mail goes to."""

from typing import Any
from urllib.parse import urlsplit

from flask import make_response, render_template, request
from sqlalchemy import select

from actions import logins
from actions.actors import of_login
from actions.sessions import default_membership
from config import loopback
from login.face import blueprint, device, enter, place, settings
from models.db import session
from models.jobs import Delivery
from models.logins import Login
from models.settings import setting
from models.types import email_key
from policy import SYSTEM, Actor, NotFound, find, one, rows, visible
from policy.threads import html
from web.actor import actor
from web.headers import POLICY

SHOWN = 60


def is_open() -> bool:
    """Say whether this is a demo and whoever asks sits at the same machine, under one of its own names."""
    host = urlsplit(f"//{request.host}").hostname or ""
    return settings().demo and loopback(request.remote_addr or "") and loopback(host)


def accounts() -> list[Actor]:
    """The accounts to try, in the order the demo business names them."""
    if not is_open():
        return []
    named = [email_key(one) for one in (setting(session(), "demo_accounts") or "").split(",") if one.strip()]
    query = select(Login).where(Login.disabled_at.is_(None)).order_by(Login.id).limit(12)
    if named:
        query = query.where(Login.email_key.in_(named))
    found = list(session.execute(query).unique().scalars())
    if named:
        found.sort(key=lambda one: named.index(one.email_key))
    return [who for login in found if (who := of_login(login, default_membership(login)))]


@blueprint.post("/login/demo")
def sign_in_demo() -> Any:
    """Sign in as one of the demo's people."""
    if not is_open():
        raise NotFound
    login = one(SYSTEM, visible(SYSTEM, Login).filter_by(email_key=email_key(request.form.get("email", ""))))
    logins.sign_out(actor())
    return enter(logins.sign_in(login, None, device(), place(), how="demo"))


@blueprint.get("/login/mailbox")
def mailbox() -> Any:
    """All mail that the demo sent, newest first."""
    if not is_open():
        raise NotFound
    query = visible(SYSTEM, Delivery).where(Delivery.kind != "push")
    if to := request.args.get("to"):
        query = query.where(Delivery.to_key == email_key(to))
    mails = rows(SYSTEM, query.order_by(Delivery.id.desc()).limit(SHOWN))
    return render_template("login/mailbox.html", mails=mails, to=to)


@blueprint.get("/login/mailbox/<public_id>")
def mail(public_id: str) -> Any:
    """One mail of the demo's mailbox."""
    if not is_open():
        raise NotFound
    found = find(SYSTEM, Delivery, public_id=public_id)
    page = make_response(render_template("login/mail.html", mail=found, body=html(found.body)))
    page.headers["Content-Security-Policy"] = f"{POLICY}; frame-src 'self'"
    return page


@blueprint.get("/login/mailbox/<public_id>/html")
def mail_as_shown(public_id: str) -> Any:
    """One mail as a mail program shows it: in a frame that runs nothing, its links in a window of their own."""
    if not is_open():
        raise NotFound
    found = find(SYSTEM, Delivery, public_id=public_id)
    if not found.html:
        raise NotFound
    page = make_response(found.html.replace("<head>", '<head><base target="_blank">', 1))
    page.headers["Content-Security-Policy"] = (
        "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'; base-uri 'none'; "
        "sandbox allow-popups allow-popups-to-escape-sandbox"
    )
    return page
