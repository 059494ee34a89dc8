"""What free text may hold, decided once for forms, API, sockets, mail and imports."""

LONGEST_BODY = 20_000
LONGEST_LINE = 200


class BadText(ValueError):
    """Text that cannot be kept; `args[0]` says why in words for the person who sent it."""


def fault(text: str) -> str | None:
    """Say in words why no database keeps a text; None when it can be kept."""
    if "\0" in text:
        return "contains a NUL character, which cannot be stored: remove it"
    try:
        text.encode()
    except UnicodeEncodeError:
        return "contains half of a character (a lone surrogate): remove it"
    return None


def clean(text: str, longest: int = LONGEST_BODY) -> str:
    """Return text as sent with CRLF turned into LF; raise BadText for what no database keeps."""
    if said := fault(text):
        raise BadText(said)
    text = text.replace("\r\n", "\n")
    if len(text) > longest:
        raise BadText(f"is too long: {len(text):,} characters, at most {longest:,}")
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
