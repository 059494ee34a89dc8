"""Lists: some items, and the cursor of the next ones."""

from collections.abc import Callable
from typing import Any

from pydantic import Field
from sqlalchemy import Select

from api.operations import Given
from policy import Actor
from web.paging import page


class Paged(Given):
    """Which page: the cursor of the one before, and how many at most."""

    after: str | None = None
    limit: int = Field(50, ge=1, le=100)


def listed(
    actor: Actor,
    query: Select[Any],
    order: list[Any],
    asked: Paged,
    shape: Callable[[Any], Any],
    descending: bool = True,
    saw: Callable[[Actor, list[Any], str], None] | None = None,
) -> dict[str, Any]:
    """One page of a query that began with `visible`; `saw` writes down that it was seen."""
    found = page(actor, query, order, asked.after, asked.limit, descending)
    if saw is not None:
        saw(actor, found.items, "api")
    return {"items": [shape(one) for one in found.items], "next": found.next}
