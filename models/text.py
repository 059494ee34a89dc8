"""What free text may hold, decided once for forms, API, sockets, mail and imports."""

import unicodedata
from typing import Any

from models.words import Words

LONGEST_BODY = 20_000
LONGEST_LINE = 200
LONGEST_NAME = 120
_TURNS = {"\u061c", "\u200e", "\u200f", *map(chr, range(0x202A, 0x202F)), *map(chr, range(0x2066, 0x206A))}


class BadText(ValueError):
    """Text that cannot be kept; `words` say why to the person who sent it."""

    def __init__(self, message: str, /, **facts: Any) -> None:
        self.words = Words(message, **facts)
        super().__init__(self.words)


def fault(text: str) -> Words | None:
    """Say in words why no database keeps a text; None when it can be kept."""
    if "\0" in text:
        return Words("contains a NUL character, which cannot be stored: remove it")
    try:
        text.encode()
    except UnicodeEncodeError:
        return Words("contains half of a character (a lone surrogate): remove it")
    return None


def clean(text: str, longest: int = LONGEST_BODY) -> str:
    """Return text as sent with CRLF turned into LF; raise BadText for what no database keeps."""
    if said := fault(text):
        raise BadText(said)
    text = text.replace("\r\n", "\n")
    if len(text) > longest:
        raise BadText(
            "is too long: %(number)s characters, at most %(longest)s", number=f"{len(text):,}", longest=f"{longest:,}"
        )
    return text


def line(text: str, longest: int = LONGEST_LINE) -> str:
    """Return a required single line; blank is refused."""
    text = clean(text, longest)
    if not text.strip():
        raise BadText("is empty: write something")
    return text


def body(text: str) -> str:
    """Return the text of a message; only emptiness is refused, blank characters of any kind are kept."""
    text = clean(text)
    if not text:
        raise BadText("is empty: write something")
    return text


def file_name(text: str) -> str:
    """Return the name of a file as sent, without path, control characters and what turns the reading direction.

    The last would show `invoice\\u202efdp.exe` as a PDF. A name of which nothing is left is `file`; a long one is cut
    before its ending.
    """
    last = text.replace("\\", "/").rsplit("/", 1)[-1]
    kept = "".join(
        one for one in last if one not in _TURNS and unicodedata.category(one) not in ("Cc", "Cs", "Zl", "Zp")
    )
    kept = kept.strip().rstrip(".")
    stem, dot, ending = kept.rpartition(".")
    if len(kept) > LONGEST_NAME:
        kept = f"{stem[: LONGEST_NAME - len(ending) - 1]}.{ending}" if dot and len(ending) < 20 else kept[:LONGEST_NAME]
    return kept or "file"
