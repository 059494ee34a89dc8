"""Headers on every answer: a strict content policy, and nothing personal in any cache."""

import secrets

from flask import Response, g, request

from web.product import Product

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; manifest-src 'self'"
)


def nonce() -> str:
    """The nonce of this answer, for the few inline blocks there are."""
    if "nonce" not in g:
        g.nonce = secrets.token_urlsafe(16)
    return str(g.nonce)


def install(app: Product) -> None:
    """Set the security headers after each request."""
    app.after_request(secure)
    app.jinja_env.globals["nonce"] = nonce


def secure(response: Response) -> Response:
    """Add what each answer carries; static files keep their own caching."""
    response.headers.setdefault("Content-Security-Policy", POLICY)
    response.headers.setdefault("X-Content-Type-Options", "nosniff")
    response.headers.setdefault("Referrer-Policy", "same-origin")
    response.headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
    response.headers.setdefault("Permissions-Policy", "camera=(), microphone=(), geolocation=()")
    if request.endpoint != "static":
        response.headers.setdefault("Cache-Control", "no-store")
    return response
