"""Lists for waves: addresses that were pasted or come as CSV, each line taken or named with what is wrong."""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass

from actions import invitees
from models import text
from models.types import email_key
from policy import Actor, Invalid

MOST = 20_000
DELIMITERS = ",;\t"
LONGEST = 320  # of an address, and of what is shown of a line that holds none


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a list: the membership that it names, or why it names none (`count`: how many it could mean)."""

    number: int
    address: str
    membership_id: int | None = None
    reason: str | None = None
    count: int | None = None


def read(actor: Actor, side: str, given: str) -> list[Line]:
    """Look for each line's address among the contacts of one side. Raises Invalid for what is no list."""
    lines = _parsed(given)
    if not lines:
        raise Invalid("list", "holds no addresses: one in each line")
    if len(lines) > MOST:
        raise Invalid("list", "has more than %(n)s lines: send it in parts", n=MOST)
    known = invitees.by_address(actor, side, [one.address for one in lines if one.reason is None])
    seen: set[str] = set()
    return [_known(one, known, seen) for one in lines]


def _parsed(given: str) -> list[Line]:
    """The lines with their addresses; a first line without one is the head."""
    if fault := text.fault(given):
        raise Invalid("list", fault)
    first = given.lstrip("\r\n").partition("\n")[0]
    delimiter = max(DELIMITERS, key=first.count)
    try:
        rows = list(csv.reader(io.StringIO(given), delimiter=delimiter))
    except csv.Error as error:
        raise Invalid("list", "is no table: %(why)s", why=str(error)) from error
    lines = [_line(number, row) for number, row in enumerate(rows, 1) if any(cell.strip() for cell in row)]
    return lines[1:] if lines and lines[0].reason == "no_address" and len(lines) > 1 else lines


def _line(number: int, cells: Sequence[str]) -> Line:
    """One line: exactly one cell with an @ in it is an address."""
    found = [cell.strip().removeprefix("'") for cell in cells if "@" in cell]
    if len(found) != 1:
        shown = ", ".join(found or [cell.strip() for cell in cells if cell.strip()])[:LONGEST]
        return Line(number, shown, reason="several" if found else "no_address", count=len(found) or None)
    if not invitees.well_formed(found[0]):
        return Line(number, found[0][:LONGEST], reason="doubtful")
    return Line(number, found[0])


def _known(line: Line, known: dict[str, list[int]], seen: set[str]) -> Line:
    key = email_key(line.address)
    if line.reason:
        return line
    if key in seen:
        return Line(line.number, line.address, reason="twice")
    seen.add(key)
    people = known.get(key, [])
    if len(people) != 1:
        reason = "shared" if people else "unknown"
        return Line(line.number, line.address, reason=reason, count=len(people) or None)
    return Line(line.number, line.address, people[0])
