"""Forwarded mails: the mail that another one passes on, whether it hangs on it or stands in its words."""

import re
from email.message import Message
from email.utils import parsedate_to_datetime
from typing import Any

from actions.mails import bodies, quotes, signs, words

DEEPEST = 10
MOST_LINES, MOST_HEADERS = 2000, 20  # how far down a head is looked for, and how many lines it may have
_KEYS = {
    "from": "from", "von": "from", "de": "from", "fra": "from", "date": "date", "sent": "date", "datum": "date",
    "gesendet": "date", "envoyé": "date", "sendt": "date", "subject": "subject", "betreff": "subject", "objet": "subject",
    "emne": "subject", "to": "to", "an": "to", "à": "to", "til": "to", "cc": "to", "kopie": "to",
}  # fmt: skip
_FIELD = re.compile(r"^\*?([^\W\d_]{1,8})\s*:\*?\s*(.*)$")
_QUOTE = re.compile(r"^[> \t]*")


def attached(part: Message) -> dict[str, Any]:
    """What a mail that hangs on another one says in its head."""
    name, address, _ = signs.sender(part)
    subject = " ".join(signs.first(part, "subject").split())
    return {
        "name": name,
        "address": address,
        "subject": subject,
        "to": signs.recipients(part),
        "date": signs.sent(part),
    }


def within(text: str) -> dict[str, Any] | None:
    """The mail that stands forwarded in the words of another: its head, what it says, and the `comment` above it."""
    lines = text.split("\n")
    for place in range(min(len(lines), MOST_LINES)):
        depth = _depth(lines[place])
        head, below = _head(lines, place, depth)
        if head:
            said = "\n".join(_bare(line, depth) for line in lines[below:])
            above = [line for line in lines[:place] if not quotes.divides(line)]
            comment = bodies.said("\n".join(above)) if any(line.strip() for line in above) else ""
            return {**head, "said": bodies.said(said), "comment": comment}
    return None


def _head(lines: list[str], place: int, depth: int) -> tuple[dict[str, Any] | None, int]:
    """The head that begins at a line, and where it ends: it says from whom, and two more things at least."""
    found: dict[str, str] = {}
    last = ""
    for number in range(place, min(place + MOST_HEADERS, len(lines))):
        line = _bare(lines[number], depth).strip()
        field = _FIELD.match(line[: quotes.LONGEST_LINE])
        key = _KEYS.get(field.group(1).casefold()) if field else None
        if field and key:
            found[key] = ", ".join(filter(None, (found.get(key), field.group(2)))) if key == "to" else field.group(2)
            last = key
        elif not found:
            return None, place
        elif not line:
            break
        elif last:
            found[last] += f" {line}"  # a long line goes on in the next one
        place = number + 1
    if "from" not in found or len(found) < 3:
        return None, place
    return _told(found), place


def _told(found: dict[str, str]) -> dict[str, Any]:
    addresses = signs.addresses_in(found["from"])
    name = re.split(r"[<\[(]", found["from"])[0].strip(" \"'")
    try:
        date = parsedate_to_datetime(found.get("date", "")).isoformat()
    except (ValueError, TypeError, IndexError, OverflowError):
        date = ""
    return {
        "name": words.storable(name)[:120], "address": addresses[0] if len(set(addresses)) == 1 else "",
        "subject": words.storable(" ".join(found.get("subject", "").split())),
        "to": signs.addresses_in(found.get("to", "")), "date": date,
    }  # fmt: skip


def _depth(line: str) -> int:
    """How deep a line is quoted, as far as anybody quotes."""
    mark = _QUOTE.match(line[: quotes.LONGEST_LINE])
    return min(mark.group().count(">"), DEEPEST) if mark else 0


def _bare(line: str, depth: int) -> str:
    """A line without the marks of the quote that it stands in."""
    for _ in range(depth):
        plain = line.lstrip()
        if not plain.startswith(">"):
            break
        line = plain[1:].removeprefix(" ")
    return line
