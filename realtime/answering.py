"""One answer for every event: an ack, or one typed error without anybody's exception text."""

from collections.abc import Callable
from typing import Any

import structlog
from flask import Flask
from pydantic import BaseModel, ValidationError

from models import db
from models.db import Unavailable
from models.words import SOURCE, spoken
from policy import Forbidden, Invalid, NotFound, Refused
from realtime import revoking
from realtime.limits import too_fast
from realtime.server import show_out
from realtime.sockets import SOCKETS, STRIKES, Socket

log = structlog.get_logger(__name__)
Ack = dict[str, Any]
Work = Callable[[Socket, Any], Ack | None]


def error(word: str, message: str | None = None, **more: Any) -> Ack:
    """A refusal as the wire knows it."""
    return {"ok": False, "error": word} | ({"message": message} if message else {}) | more


def answering(
    app: Flask, name: str, schema: type[BaseModel], work: Work, before: Callable[[], None] = revoking.apply
) -> Callable[..., Ack | None]:
    """Wrap the work of one event: who asks, how often, is it well-formed, and what goes wrong; `before` ends what was revoked."""

    def handle(sid: str, *arguments: Any) -> Ack | None:
        socket = SOCKETS.get(sid)
        if socket is None:
            return error("forbidden")
        if socket.over:
            revoking.drop(socket)
            return error("forbidden")
        if wait := too_fast(socket.actor, name):
            return error("rate_limited", retry_after=wait)
        try:
            event = schema.model_validate(arguments[0] if len(arguments) == 1 else None)
        except ValidationError as invalid:
            _strike(socket)
            return error("invalid", _words(invalid))
        with app.app_context():
            return guarded(name, lambda: work(socket, event), before, socket.actor.language)

    def still_connected(sid: str, *arguments: Any) -> Ack | None:
        answer = handle(sid, *arguments)
        return answer if sid in SOCKETS else error("forbidden")

    return still_connected


def guarded(
    name: str, work: Callable[[], Ack | None], before: Callable[[], None], language: str = SOURCE
) -> Ack | None:
    """Run the work and turn what it raises into a typed error, in the language of whoever asked."""
    try:
        before()
        return work()
    except NotFound:
        return error("not_found")
    except Forbidden:
        return error("forbidden")
    except Invalid as invalid:
        return error("invalid", f"{invalid.field}: {spoken(invalid.words, language)}")
    except Refused as refused:
        return error(refused.word, spoken(refused.words, language))
    except Unavailable:
        return error("unavailable", retry_after=1)
    except Exception:
        log.exception("an event failed", event_name=name)
        return error("unavailable", retry_after=2)


def reading() -> Any:
    """A unit that only reads."""
    return db.unit(write=False)


def _words(invalid: ValidationError) -> str:
    first = invalid.errors(include_url=False, include_input=False, include_context=False)[0]
    return f"{'.'.join(str(part) for part in first['loc']) or 'event'}: {first['msg']}"


def _strike(socket: Socket) -> None:
    """Malformed events are counted; a client that keeps sending them is shown out."""
    socket.strikes += 1
    if socket.strikes >= STRIKES:
        show_out(socket.sid)
