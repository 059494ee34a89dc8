"""The device: a cookie by which a browser says which of those who share a mailbox it belongs to; it opens nothing."""

from flask import Request, current_app, request
from werkzeug.wrappers import Response

LIFE = 400 * 24 * 3600  # seconds: the longest that browsers keep a cookie


def name() -> str:
    """What the cookie is called: under https it is tied to this host."""
    return "__Host-device" if current_app.config["SESSION_COOKIE_SECURE"] else "device"


def kept(asked: Request | None = None) -> str | None:
    """The secret that a browser has kept."""
    return (asked or request).cookies.get(name())


def keep(response: Response, secret: str) -> Response:
    """Let a browser keep a secret."""
    secure = bool(current_app.config["SESSION_COOKIE_SECURE"])
    response.set_cookie(name(), secret, max_age=LIFE, httponly=True, samesite="Lax", secure=secure, path="/")
    return response
