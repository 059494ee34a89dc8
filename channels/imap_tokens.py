"""Access tokens for mail servers (OAuth 2.0, RFC 6749 section 6): fetched with the refresh token, renewed before they end."""

import json
import time
import urllib.error
import urllib.request
from typing import Any
from urllib.parse import urlencode, urlsplit

from actions import mail_leases
from actions.mail_sources import Server
from channels.imap import MOST_SAID, Trouble
from config import loopback
from models import db

PATIENCE = 20.0
LONGEST_ANSWER = 64 * 1024
EARLY = 60.0  # seconds before its end a token is not used any more
USUAL = 3600.0

_known: dict[int, tuple[int, str, float]] = {}  # source: version, token, its end


class _NoDetours(urllib.request.HTTPRedirectHandler):
    """What is sent holds secrets: it goes to the address that was typed and nowhere else."""

    def redirect_request(self, *_: Any) -> None:
        return None


def access(server: Server) -> str:
    """Return a token that is good for another minute; empty where none is needed. Raises Trouble."""
    if server.auth != "oauth2":
        return ""
    version, token, end = _known.get(server.id, (0, "", 0.0))
    if version == server.version and time.monotonic() < end - EARLY:
        return token
    answer = _asked(server)
    token, seconds = str(answer["access_token"]), answer.get("expires_in")
    lasts = float(seconds) if isinstance(seconds, int | float | str) and str(seconds).isdigit() else USUAL
    _known[server.id] = server.version, token, time.monotonic() + lasts
    newer = answer.get("refresh_token")
    if isinstance(newer, str) and newer and newer != server.refresh_token:
        with db.unit(write=True):
            mail_leases.renewed(server, newer)
    return token


def forget(server: Server) -> None:
    """Use a token no more: the mail server did not take it."""
    _known.pop(server.id, None)


def _asked(server: Server) -> dict[str, Any]:
    host = urlsplit(server.token_url).hostname or ""
    form = {"grant_type": "refresh_token", "refresh_token": server.refresh_token, "client_id": server.client_id}
    if server.client_secret:
        form["client_secret"] = server.client_secret
    request = urllib.request.Request(  # noqa: S310
        server.token_url, urlencode(form).encode(), {"Accept": "application/json"}, method="POST"
    )
    ways: list[Any] = [urllib.request.ProxyHandler({})] if loopback(host) else []
    opener = urllib.request.build_opener(_NoDetours, *ways)
    try:
        with opener.open(request, timeout=PATIENCE) as answer:
            found = json.loads(answer.read(LONGEST_ANSWER))
    except urllib.error.HTTPError as error:
        with error:
            word = _reason(error.read(LONGEST_ANSWER))
        facts: dict[str, Any] = {"host": host, "status": error.code, "lasting": error.code in (400, 401, 403)}
        if word:
            raise Trouble(
                "%(host)s gives no access token (status %(status)s, %(word)s).", word=word, **facts
            ) from error
        raise Trouble("%(host)s gives no access token (status %(status)s).", **facts) from error
    except (OSError, ValueError) as error:
        why = str(getattr(error, "reason", error))[:MOST_SAID]
        raise Trouble(
            "%(host)s, which gives access tokens, does not answer as it should: %(why)s", host=host, why=why
        ) from error
    if not isinstance(found, dict) or not isinstance(found.get("access_token"), str):
        raise Trouble("%(host)s answers without an access token.", host=host, lasting=True)
    return found


def _reason(body: bytes) -> str:
    """What a token service says of its refusal: the word of the standard, and nothing longer."""
    try:
        word = json.loads(body).get("error", "")
    except (ValueError, AttributeError):
        return ""
    return word[:60] if isinstance(word, str) and word.isprintable() else ""
