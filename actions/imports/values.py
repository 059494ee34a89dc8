"""Reading single values: text, numbers, dates and choices, each checked by type and refused in words."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from typing import Any

from actions.imports.context import Context
from models import text

Parser = Callable[[Any, Context], Any]
LARGEST = 10**12
_NUMBER = re.compile(r"[+-]?[0-9]{1,30}([.,][0-9]{1,30})?")
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+")


class BadValue(ValueError):
    """A value that cannot be taken; `args[0]` says why in words."""


def shown(raw: Any) -> str:
    """Quote a value in a message, not at any length."""
    words = str(raw)
    return f"“{words[:60]}…”" if len(words) > 60 else f"“{words}”"


def as_text(raw: Any) -> str:
    """Return a scalar as the text it was written as."""
    if isinstance(raw, str):
        return raw
    if isinstance(raw, bool):
        return "true" if raw else "false"
    if isinstance(raw, int | float):
        return str(raw)
    raise BadValue("must be text or a number")


def line(raw: Any, _: Context) -> str:
    return text.line(as_text(raw))


def words(raw: Any, _: Context) -> str:
    return text.clean(as_text(raw))


def article(raw: Any, _: Context) -> str:
    return text.clean(as_text(raw), 200_000)


def email(raw: Any, _: Context) -> str:
    found = text.line(as_text(raw)).strip()
    if not _EMAIL.fullmatch(found):
        raise BadValue(f"{shown(raw)} is no e-mail address")
    return found


def phone(raw: Any, _: Context) -> str:
    found = text.line(as_text(raw))
    if not any(sign in "0123456789" for sign in found):
        raise BadValue(f"{shown(raw)} is no telephone number")
    return found


def country(raw: Any, _: Context) -> str:
    found = text.line(as_text(raw))
    return found.strip().upper() if re.fullmatch(r"[A-Za-z]{2}", found.strip()) else found


def currency(raw: Any, _: Context) -> str:
    found = as_text(raw).strip().upper()
    if not re.fullmatch(r"[A-Z]{3}", found):
        raise BadValue(f"{shown(raw)} is no currency: three letters such as USD")
    return found


def _decimal(raw: Any, context: Context) -> Decimal:
    """Read a number with the mapping's decimal sign; separated thousands are refused, because they are ambiguous."""
    found, sign = as_text(raw).strip(), context.mapping.decimal
    other = "," if sign == "." else "."
    if other in found and _NUMBER.fullmatch(found):
        raise BadValue(f"{shown(raw)} has a “{other}”, but numbers here are written with “{sign}”: set `decimal`")
    if not _NUMBER.fullmatch(found):
        raise BadValue(f"{shown(raw)} is no number")
    number = Decimal(found.replace(",", "."))
    if abs(number) >= LARGEST:
        raise BadValue(f"{shown(raw)} is too large")
    return number


def money(raw: Any, context: Context) -> Decimal:
    """An amount, rounded half up to ten-thousandths as it will be stored."""
    return _decimal(raw, context).quantize(Decimal("0.0001"), ROUND_HALF_UP)


def discount(raw: Any, context: Context) -> Decimal:
    found = money(raw, context)
    if not 0 <= found <= 1:
        raise BadValue(f"{shown(raw)} is no discount: a share between 0 and 1, as in 0.15")
    return found


def quantity(raw: Any, context: Context) -> int:
    found = _decimal(raw, context)
    if found != int(found) or found < 0:
        raise BadValue(f"{shown(raw)} must be a whole number, 0 or more")
    return int(found)


def position(raw: Any, context: Context) -> int:
    found = quantity(raw, context)
    if found < 1:
        raise BadValue(f"{shown(raw)} must be a whole number, 1 or more")
    return found


def moment(raw: Any, context: Context) -> datetime:
    """A date or time by the mapping's format, else ISO 8601; without a zone it is UTC, without a time midnight."""
    found = _moment(as_text(raw).strip(), context.mapping.date_format)
    return context.move(found) if context.move else found


@lru_cache(maxsize=4096)
def _moment(raw: str, form: str | None) -> datetime:
    try:
        found = datetime.strptime(raw, form) if form else datetime.fromisoformat(raw)
        found = found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        how = f"written as {form}" if form else "in ISO 8601, as in 2026-05-04"
        raise BadValue(f"{shown(raw)} is no date {how}") from error
    if not 1900 <= found.year <= 2200:
        raise BadValue(f"{shown(raw)} lies outside the years 1900 to 2200")
    return found


def truth(raw: Any, _: Context) -> bool:
    known = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
    found = known.get(as_text(raw).strip().lower())
    if found is None:
        raise BadValue(f"{shown(raw)} must be true or false")
    return found


def choice(*names: str) -> Parser:
    """Accept one of some words."""

    def parse(raw: Any, _: Context) -> str:
        found = as_text(raw).strip().lower()
        if found not in names:
            raise BadValue(f"{shown(raw)} is unknown: use {', '.join(names[:-1])} or {names[-1]}")
        return found

    return parse


def listed(raw: Any, _: Context) -> list[str]:
    """Several words: a list, or text with semicolons between them."""
    parts = raw if isinstance(raw, list) else as_text(raw).split(";")
    return list(dict.fromkeys(text.line(as_text(part)).strip() for part in parts if as_text(part).strip()))


def choices(*names: str) -> Parser:
    """Accept several of some words."""
    one = choice(*names)
    return lambda raw, context: list(dict.fromkeys(one(part, context) for part in listed(raw, context)))


def structure(raw: Any, _: Context) -> Any:
    """Something nested, which its importer reads itself."""
    if not isinstance(raw, list | dict):
        raise BadValue("must be a list or an object")
    return raw
