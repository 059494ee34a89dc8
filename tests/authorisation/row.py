"""One row of the policy table: an operation aimed at something, and what becomes of it for each of the cast."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from tests.authorisation.actors import EVERYBODY, NOBODY, Names


@dataclass(frozen=True, slots=True)
class Call:
    """What is sent. A word that begins with @ stands for a thing of the world, {actor} for whoever acts, # for a file."""

    args: dict[str, str] = field(default_factory=dict)
    query: dict[str, Any] = field(default_factory=dict)
    form: dict[str, Any] = field(default_factory=dict)
    json: dict[str, Any] | None = None
    before: tuple[str, dict[str, Any]] | None = None  # a form that is posted first
    demo: bool = False
    mailbox: bool = False  # whoever acts came with a mailbox that several share, and gave no name
    token: bool = False  # asked with a token instead of in person
    bearer: str = ""  # holds the secret that was sent to this person
    lands: str = ""  # a redirect to the sign-in page that means success


@dataclass(frozen=True, slots=True)
class Row:
    """One operation in one relation to its object: the verdict for everybody."""

    operation: str
    relation: str
    call: Call
    verdicts: dict[str, str]
    hidden: tuple[str, ...] = ()  # things that no answer may mention
    gains: Names = NOBODY  # who comes to see the object by it, and so may hear of it


ROWS: list[Row] = []


def row(
    operation: str,
    relation: str,
    call: Call | None = None,
    *,
    allow: Names = NOBODY,
    forbidden: Names = NOBODY,
    missing: Names = NOBODY,
    unknown: Names = NOBODY,
    sign_in: Names = NOBODY,
    refused: Names = NOBODY,
    nothing: Names = NOBODY,
    hidden: tuple[str, ...] = (),
    gains: Names = NOBODY,
) -> None:
    """Add a row; everybody must stand in exactly one group.

    `forbidden` is 403, `missing` 404, `unknown` 401, `sign_in` a redirect to the sign-in page, `refused` any of 403, 404,
    409 and 422 where the design leaves the code open, `nothing` an answer without any effect.
    """
    groups = {"allow": allow, "403": forbidden, "404": missing, "401": unknown, "sign-in": sign_in, "refused": refused,
              "nothing": nothing}  # fmt: skip
    verdicts = {name: verdict for verdict, group in groups.items() for name in group}
    counted = Counter(name for group in groups.values() for name in group)
    twice = {name for name, count in counted.items() if count > 1}
    if twice or verdicts.keys() != EVERYBODY:
        raise ValueError(f"{operation} ({relation}): twice {twice}, left out {EVERYBODY - verdicts.keys()}")
    ROWS.append(Row(operation, relation, call or Call(), verdicts, hidden, gains))


def at(**args: str) -> Call:
    """A call with path values only."""
    return Call(args=args)
