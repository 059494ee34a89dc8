"""The sign-in surface: its blueprint, and what its pages share."""

import functools
from collections.abc import Callable
from typing import Any

from flask import Blueprint, redirect, request, session, url_for
from flask_login import login_user
from werkzeug.user_agent import UserAgent
from werkzeug.wrappers import Response

import config
from actions import logins
from policy import Actor
from web import gate
from web.actor import User, actor
from web.product import product

blueprint = Blueprint("login", __name__)

HOMES = {"staff": "/staff/", "customer": "/portal/", "partner": "/partners/"}
BROWSERS = ("Edg/", "Edge"), ("OPR/", "Opera"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"), ("Safari/", "Safari")
SYSTEMS = (
    ("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("Windows", "Windows"), ("Mac OS", "macOS"),
    ("Linux", "Linux"),
)  # fmt: skip


def settings() -> config.Settings:
    """The settings of the running application."""
    found: config.Settings = product().config["SETTINGS"]
    return found


def place() -> str:
    """The network address of whoever asks."""
    return request.remote_addr or ""


def device(agent: UserAgent | None = None) -> str:
    """Name the device in words its owner recognises: Firefox on Linux."""
    words = str(agent or request.user_agent)
    browser = next((name for sign, name in BROWSERS if sign in words), "")
    system = next((name for sign, name in SYSTEMS if sign in words), "")
    if not browser and not system:
        return words[:60] or "Unknown"
    return f"{browser or 'A browser'} on {system or 'an unknown system'}"


def pending() -> dict[str, Any]:
    """What this browser has begun: address, ticket, and where to go afterwards."""
    found: dict[str, Any] = session.get("sign_in") or {}
    return found


def remember(**values: str) -> None:
    """Keep what this browser has begun."""
    session["sign_in"] = pending() | values


def enter(secret: str) -> Response:
    """Let a browser in: nothing of the session before stays, and it goes where it wanted to."""
    who = logins.resolve(secret)
    wanted = pending().get("next")
    session.clear()
    if who is None:
        return redirect(url_for("login.sign_in"))
    login_user(User(who, secret))
    return redirect(onward(who, wanted))


def onward(who: Actor, wanted: str | None) -> str:
    """Where somebody goes after signing in: as asked, unless that is another surface or elsewhere."""
    home = HOMES.get(who.side, "/")
    target = gate.local(wanted, home)
    foreign = any(target.startswith(path) for side, path in HOMES.items() if side != who.side)
    return home if foreign or target.startswith("/login") else target


def layout() -> str:
    """The layout of the surface that whoever looks belongs to."""
    return {"customer": "portal", "partner": "partners"}.get(actor().side, actor().side) + "/layout.html"


def signed_in(view: Callable[..., Any]) -> Callable[..., Any]:
    """Let only people who are signed in see a page of this surface."""
    check = gate.only("staff", "customer", "partner")

    @functools.wraps(view)
    def checked(*arguments: Any, **named: Any) -> Any:
        return check() or view(*arguments, **named)

    return checked
