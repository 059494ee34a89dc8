"""Telephone numbers: one form for what people and telephone systems write, and whether two ends are the same line.

Numbers are kept as they are written. To be compared they are brought to a form like that of E.164: `+` and digits where
the country is known, else the digits alone.
"""

import re

LONGEST = 15  # digits, by E.164
ENOUGH = 7  # so many last digits tell two lines apart; fewer only when they are the whole number
WITHHELD = {"", "anonymous", "unknown", "restricted", "private", "unavailable"}


class BadNumber(ValueError):
    """What was given is no telephone number."""


def normal(number: str) -> str:
    """Bring a number to one form: `+49 (0) 69 12-34`, `sip:0049691234@pbx` and `tel:+49691234` are the same line.

    A withheld number is the empty string. Raises BadNumber.
    """
    words = re.sub(r"^(sips?|tel):", "", number.strip().lower()).split("@")[0].split(";")[0]
    if words in WITHHELD:
        return ""
    if not re.fullmatch(r"[+\d\s()./-]+", words, re.ASCII):
        raise BadNumber(number)
    words = words.replace("(0)", "") if words.startswith(("+", "00")) else words
    found = digits(words)
    abroad = words.startswith("+") or (found.startswith("00") and len(found) > ENOUGH)
    found = found.lstrip("0") if abroad else found
    if not found or len(found) > LONGEST:
        raise BadNumber(number)
    return f"+{found}" if abroad else found


def digits(number: str) -> str:
    """The digits of a number as it is written."""
    return re.sub(r"\D", "", number, flags=re.ASCII)


def backwards(number: str | None) -> str | None:
    """The digits from the last to the first, so that a caller is found by an index scan; None where there are none."""
    return digits(number or "")[::-1] or None


def last(number: str) -> str:
    """The last digits, backwards, that narrow down who may have this number."""
    return digits(number).lstrip("0")[::-1][:ENOUGH]


def same_line(one: str, other: str) -> bool:
    """Whether two numbers end alike: one of them may carry the country or a leading zero that the other leaves out."""
    shorter, longer = sorted((digits(one).lstrip("0"), digits(other).lstrip("0")), key=len)
    return shorter == longer if len(shorter) < ENOUGH else longer.endswith(shorter)


def link(number: str) -> str:
    """What a `tel:` link holds: the number without spaces and words."""
    try:
        return normal(number)
    except BadNumber:
        return digits(number)
