"""The API blueprint: tokens only, never the cookie, so that no other site can speak for anybody."""

from flask import Blueprint, g, request
from werkzeug.wrappers import Response

from actions import logins
from web.errors import problem

blueprint = Blueprint("api", __name__, url_prefix="/api/v1")


@blueprint.before_request
def recognise() -> Response | None:
    """Resolve the bearer token, or refuse."""
    scheme, _, secret = request.headers.get("Authorization", "").partition(" ")
    actor = logins.resolve_token(secret.strip()) if scheme.lower() == "bearer" and secret.strip() else None
    if actor is None:
        answer = problem(401, "unauthorised", "A valid token is needed: Authorization: Bearer TOKEN", "")
        answer.headers["WWW-Authenticate"] = 'Bearer realm="api"'
        return answer
    g.actor = actor
    return None
