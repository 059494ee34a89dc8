"""Seeing is a query: `visible(actor, Table)` is the only source of rows for anybody. Default: nothing."""

from collections.abc import Callable
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, false, or_, select, true
from sqlalchemy.orm import aliased

from models.share_rules import ShareRule
from models.shares import Share
from models.types import now
from policy.actor import Actor

Clause = ColumnElement[bool]
_SEEING: dict[type, Callable[[Actor], Clause]] = {}
_NOUNS: dict[type, str] = {}

# All that somebody sees who came through the link in an order's mail, and of orders only that one.
BY_LINK = frozenset({"orders", "order_lines", "order_changes", "products"})

# All that somebody sees at a shared mailbox before giving a name.
UNNAMED = frozenset({"articles", "article_texts"})


def seeing(table: type, of: str = "") -> Callable[[Callable[[Actor], Clause]], Callable[[Actor], Clause]]:
    """Declare who sees the rows of a table, and `of` which noun they are (left out: the one the table is called by)."""

    def declare(rule: Callable[[Actor], Clause]) -> Callable[[Actor], Clause]:
        _SEEING[table], _NOUNS[table] = rule, of or table.__name__.lower()
        return rule

    return declare


def visible(actor: Actor, table: type, *columns: Any) -> Select[Any]:
    """Select the rows (or some columns) of a table that an actor may see."""
    return select(*(columns or (table,))).where(clause(actor, table))


def clause(actor: Actor, table: type) -> Clause:
    """The condition under which an actor sees a row; a token sees only the nouns of its scopes."""
    if actor.side == "system":
        return true()
    if actor.link_id is not None and table.__tablename__ not in BY_LINK:  # type: ignore[attr-defined]
        return false()
    if actor.unnamed and table.__tablename__ not in UNNAMED:  # type: ignore[attr-defined]
        return false()
    rule = _SEEING.get(table)
    return rule(actor) if rule and in_scope(actor, table) else false()


def in_scope(actor: Actor, table: type) -> bool:
    """Whether a token is for this kind of record at all; people always are."""
    return actor.scopes is None or actor.reaches(_NOUNS.get(table, ""))


def nouns() -> set[str]:
    """All nouns that a token can be for."""
    return set(_NOUNS.values())


def tables() -> set[type]:
    """All tables that anybody may see rows of."""
    return set(_SEEING)


def active(share: Any = Share) -> Clause:
    """A share that is neither revoked nor expired at this moment, and whose rule, if it has one, is switched on."""
    switched_on = select(ShareRule.id).where(ShareRule.active)
    return and_(
        share.revoked_at.is_(None),
        or_(share.expires_at.is_(None), share.expires_at > now()),
        or_(share.rule_id.is_(None), share.rule_id.in_(switched_on)),
    )


def shared_with(actor: Actor, subject_type: str, share: Any = Share) -> Clause:
    """The active shares of one kind of record that reach a partner member; managers see what their colleagues see."""
    addressed = true() if actor.manager else or_(share.person_id.is_(None), share.person_id == actor.person_id)
    return and_(
        share.subject_type == subject_type,
        share.organisation_id == actor.organisation_id,
        addressed,
        active(share),
    )


@cache
def through(noun: str) -> Any:
    """The shares through which something is seen, apart from those that a query asks for itself; to make them takes long."""
    return aliased(Share, name=f"{noun}_share")


def shared(actor: Actor, subject_type: str, column: Any) -> Clause:
    share = through(subject_type)
    shown = select(share.subject_id).where(shared_with(actor, subject_type, share))
    return column.in_(shown.correlate(None))


def within(actor: Actor, parent: type, column: Any) -> Clause:
    """Children only through a visible parent, which is looked up by its key: SQLite would list all that is visible first."""
    seen = visible(actor, parent, parent.id).where(parent.id == column)  # type: ignore[attr-defined]
    return seen.correlate(column.parent.entity).exists()
