"""Keyset paging: a cursor is the sort key of the last row, so the hundredth page costs what the first one does."""

import base64
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from flask import request, url_for
from flask_babel import gettext as _
from sqlalchemy import Select, inspect, literal, tuple_
from werkzeug.exceptions import BadRequest

from models import db, text
from models.types import keepable
from policy import Actor, rows
from policy.seen import unwrap
from web.incoming import whole

PAGE = 50


@dataclass(frozen=True, slots=True)
class Page:
    """Some rows, and the cursor of the next ones (None at the end)."""

    items: list[Any]
    next: str | None


def cursor(values: list[Any]) -> str:
    """Encode the sort key of a row."""
    plain = [value.isoformat() if isinstance(value, datetime) else value for value in values]
    return base64.urlsafe_b64encode(json.dumps(plain).encode()).decode().rstrip("=")


def parse(after: str, kinds: list[type]) -> list[Any]:
    """Decode a cursor; one that is not ours is a bad request."""
    try:
        values = json.loads(base64.urlsafe_b64decode(after + "=" * (-len(after) % 4)))
        if not isinstance(values, list) or len(values) != len(kinds):
            raise ValueError(after)
        return [_value(value, kind) for value, kind in zip(values, kinds, strict=True)]
    except (ValueError, TypeError, OverflowError, RecursionError) as error:
        raise BadRequest(_("The page you asked for does not exist: the cursor is not one of ours.")) from error


def _value(value: Any, kind: type) -> Any:
    """One part of a cursor, within what a database keeps."""
    if kind is datetime:
        return datetime.fromisoformat(value).astimezone(UTC)
    if kind is str:
        return text.clean(str(value))
    if kind is int and not keepable(int(value)):
        raise ValueError(value)
    return kind(value)


def position(last: int) -> int:
    """Before which seq the reader asks for older messages: within the thread, its end unless said."""
    before = whole("before", request.args.get("before"))
    return max(0, min(last + 1 if before is None else before, last + 1))


def page(
    actor: Actor, query: Select[Any], order: list[Any], after: str | None, limit: int = PAGE, descending: bool = True
) -> Page:
    """Return one page of a query that began with `visible`, sorted by the columns of `order` (the last one unique)."""
    if after:
        kinds = [column.type.python_type for column in order]
        place = tuple_(*(literal(v, c.type) for v, c in zip(parse(after, kinds), order, strict=True)))
        query = query.where(tuple_(*order) < place if descending else tuple_(*order) > place)
    # The keys of the page first, then its rows: nobody fetches and sorts whole rows of which most are not shown.
    sort = [column.desc() if descending else column for column in order]
    key = inspect(order[-1].class_).primary_key[0]
    keys: Any = query.with_only_columns(key).order_by(*sort).limit(limit + 1)
    if db.is_sqlite():  # which would look for them among all that the conditions leave
        keys = db.session.scalars(keys).all()
    found = rows(actor, query.where(key.in_(keys)).order_by(*sort))
    more, shown = len(found) > limit, found[:limit]
    last = [getattr(unwrap(shown[-1]), column.key) for column in order] if more else None
    return Page(shown, cursor(last) if last else None)


def next_url(endpoint: str, listed: Page, **values: Any) -> str | None:
    """The address of the next page of what is being looked at, with the same filters; None at the end."""
    if listed.next is None:
        return None
    arguments: dict[str, Any] = {**request.args.to_dict(), **values, "after": listed.next}
    return url_for(endpoint, **arguments)
