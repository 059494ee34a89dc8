"""Operations: each declares its method, path, what it takes and gives; from that come checks and the OpenAPI document."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import orjson
from flask import Response, make_response, request
from pydantic import BaseModel, ConfigDict, ValidationError

from actions import idempotency
from api.blueprint import blueprint
from policy import Actor, Forbidden, Refused
from web.actor import actor
from web.errors import problem
from web.product import own_units, takes_files

NAMELESS = "This token belongs to a shared mailbox, and nobody said who uses it. Sign in, give your name, and make a new token."


class Given(BaseModel):
    """What an operation takes: unknown fields are refused."""

    model_config = ConfigDict(extra="forbid")


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation as the documentation shows it."""

    method: str
    path: str
    summary: str
    noun: str
    body: type[Given] | None
    query: type[Given] | None
    status: int
    files: bool = False


OPERATIONS: list[Operation] = []


def operation(
    method: str,
    path: str,
    noun: str,
    body: type[Given] | None = None,
    query: type[Given] | None = None,
    status: int = 200,
    files: bool = False,
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Declare an operation: the view gets the actor, path values and what was given, and returns JSON.

    One with `files` takes multipart/form-data and keeps its own units of work, since bytes are kept outside of them.
    """

    def declare(view: Callable[..., Any]) -> Callable[..., Any]:
        one = Operation(method, path, (view.__doc__ or "").strip().split("\n")[0], noun, body, query, status, files)
        OPERATIONS.append(one)

        def run(**values: Any) -> Response:
            return answer(one, view, values)

        if files:
            run = own_units(takes_files(run))
        blueprint.add_url_rule(path, view.__name__, run, methods=[method])
        return view

    return declare


def answer(one: Operation, view: Callable[..., Any], values: dict[str, Any]) -> Response:
    """Check scope and input, repeat a stored answer or make a new one."""
    who = actor()
    if who.unnamed:
        raise Refused("forbidden", NAMELESS)
    if one.noun != "me" and not who.reaches(one.noun):
        raise Forbidden(one.noun)
    try:
        given = parsed(one)
    except ValidationError as error:
        return invalid(error)
    except (orjson.JSONDecodeError, UnicodeDecodeError):
        return problem(400, "invalid", "The body is not JSON.", "")
    if one.files:
        return json(view(who, **values, **given), one.status)
    key = request.headers.get("Idempotency-Key") if one.method == "POST" else None
    if key:
        return under(key, who, one, lambda: view(who, **values, **given))
    return json(view(who, **values, **given), one.status)


def json(body: Any, status: int) -> Response:
    """A JSON answer."""
    if status == 204:
        return make_response("", 204)
    response = make_response(orjson.dumps(body), status)
    response.content_type = "application/json"
    return response


def parsed(one: Operation) -> dict[str, Any]:
    """Read query and body into their models."""
    found: dict[str, Any] = {}
    if one.query:
        found["query"] = one.query.model_validate(request.args.to_dict())
    if one.body:
        found["body"] = one.body.model_validate(orjson.loads(request.get_data() or b"null"))
    return found


def invalid(error: ValidationError) -> Response:
    """Every field that is wrong, and why."""
    response = problem(422, "invalid", "Some of what was sent cannot be taken.", "")
    body = response.get_json()
    body["errors"] = [
        {"field": ".".join(str(part) for part in one["loc"]) or "body", "message": one["msg"]}
        for one in error.errors(include_url=False, include_input=False, include_context=False)
    ]
    response.set_data(orjson.dumps(body))
    return response


def fingerprint() -> str:
    """What a request said, in short."""
    return hashlib.sha256(f"{request.method} {request.path}\n".encode() + request.get_data()).hexdigest()


def under(key: str, who: Actor, one: Operation, run: Callable[[], Any]) -> Response:
    """Make the answer, unless the same request has its answer under this key. Raises Refused when it has another's."""
    row, new = idempotency.take(who, key, fingerprint())
    if new:
        made = run()
        idempotency.keep(row, one.status, made)
        return json(made, one.status)
    response = json(row.body, row.status)
    response.headers["Idempotent-Replayed"] = "true"
    return response
