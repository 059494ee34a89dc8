"""What a mail is by its headers: written by a person, by a machine, by ourselves, a bounce, or spam."""

import re
from datetime import UTC
from email.message import Message
from email.utils import parsedate_to_datetime

from actions.mails import words

_ADDRESS = re.compile(r"[^\s<>,;:\"()\[\]@]{1,64}@[^\s<>,;:\"()\[\]@]{1,253}")
_FOR = re.compile(r"\bfor\s+<?([^\s<>;@]{1,64}@[^\s<>;@]{1,253}?)>?(?=[\s;]|$)")
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"')
_ID = re.compile(r"<[^<>\s]{1,500}>")


def values(mail: Message, name: str) -> list[str]:
    """All values of a header, as they came."""
    return [words.unescaped(str(value)) for key, value in mail.raw_items() if key.casefold() == name]  # type: ignore[attr-defined]


def first(mail: Message, name: str) -> str:
    """The first value of a header as people read it; nothing when there is none."""
    found = values(mail, name)
    return words.header(found[0]) if found else ""


def sender(mail: Message) -> tuple[str, str, str]:
    """Who a mail says it is from: (name, address, what is wrong). Exactly one From with one address, else nobody."""
    found = values(mail, "from")
    if not found:
        return "", "", words.sentence("It says nowhere who sent it (no From).")
    if len(found) > 1:
        return "", "", words.sentence("It says twice who sent it (two From headers): whose it is cannot be told.")
    raw = "".join(found[0].splitlines())
    names = _QUOTED.findall(raw)
    plain = _QUOTED.sub(" ", raw)
    angles = re.findall(r"<([^<>]*)>", plain)
    rest = re.sub(r"<[^<>]*>", " ", plain)
    others = {one.casefold() for one in _ADDRESS.findall(rest)} - {one.strip().casefold() for one in angles}
    if len(angles) == 1 and not others and not {",", ";"} & set(rest) and _ADDRESS.fullmatch(angles[0].strip()):
        name = words.header(names[0].replace("\\", "") if names else rest)
        return name[:120], words.storable(angles[0].strip()), ""
    bare = re.sub(r"\([^()]*\)", " ", plain).strip()
    if not angles and _ADDRESS.fullmatch(bare):
        return "", words.storable(bare), ""
    return "", "", words.sentence("Its From names nobody, or more than one: whose it is cannot be told.")


def addresses(mail: Message) -> list[str]:
    """Every address that it was sent to, as far as its headers say."""
    names = ("to", "cc", "delivered-to", "x-original-to", "envelope-to", "resent-to")
    return [one for name in names for value in values(mail, name) for one in _ADDRESS.findall(value[:20_000])][:200]


def recipients(mail: Message) -> list[str]:
    """Every address that it says it was written to, openly."""
    return [one for name in ("to", "cc") for value in values(mail, name) for one in addresses_in(value)][:200]


def delivered(mail: Message) -> list[str]:
    """The addresses for which mail servers say that they took it: also one that was not written to openly."""
    names = ("delivered-to", "x-original-to", "envelope-to", "x-envelope-to", "resent-to")
    found = [one for name in names for value in values(mail, name) for one in addresses_in(value)]
    return [*found, *(one for value in values(mail, "received") for one in _FOR.findall(value[:20_000]))][:200]


def addresses_in(value: str) -> list[str]:
    """The addresses in the value of a header."""
    return [words.storable(one) for one in _ADDRESS.findall(value[:20_000])]


def sent(mail: Message) -> str:
    """When it says that it was written (ISO 8601, with a zone); nothing when it does not say it."""
    try:
        found = parsedate_to_datetime(first(mail, "date"))
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).isoformat()
    except (ValueError, TypeError, IndexError, OverflowError):
        return ""


def references(mail: Message) -> list[str]:
    """The Message-IDs that it answers, the nearest first."""
    found = [
        one for name in ("references", "in-reply-to") for value in values(mail, name) for one in _ID.findall(value)
    ]
    return list(dict.fromkeys(reversed(found)))[:100]


def ids(mail: Message, name: str) -> list[str]:
    """The Message-IDs in a header."""
    return _ID.findall(" ".join(values(mail, name)))


def message_id(mail: Message) -> str:
    """Its own Message-ID; nothing when it has none."""
    found = ids(mail, "message-id")
    return words.storable(found[0]) if found else ""


def automatic(mail: Message) -> str:
    """Say in words why no person wrote it; nothing when one may have."""
    submitted = first(mail, "auto-submitted").split(";")[0].strip().casefold()
    if submitted and submitted != "no":
        return words.sentence("An automatic mail (Auto-Submitted: %(value)s).", value=submitted[:40])
    precedence = first(mail, "precedence").casefold()
    if precedence in ("bulk", "junk", "list", "auto_reply"):
        return words.sentence("A mail to many, or an automatic one (Precedence: %(value)s).", value=precedence)
    for name in ("x-autoreply", "x-autorespond", "x-autoresponder", "x-auto-reply-from"):
        if first(mail, name).casefold() not in ("", "no"):
            return words.sentence("An automatic answer (%(header)s).", header=name)
    if first(mail, "list-id") or first(mail, "list-unsubscribe"):
        return words.sentence("A mail to many (it comes from a mailing list).")
    if "x-auto-response-suppress" in mail:
        return words.sentence("An automatic mail (X-Auto-Response-Suppress).")
    if any(value.strip() == "<>" for value in values(mail, "return-path")):
        return words.sentence("An automatic mail (nobody is to be answered: its Return-Path is empty).")
    return ""


def spam(mail: Message) -> str:
    """Say in words that a filter before us took it for spam; nothing when none did."""
    flag, status = first(mail, "x-spam-flag").casefold(), first(mail, "x-spam-status").casefold()
    marked = flag.startswith("yes") or status.startswith("yes")
    return words.sentence("The mail server took it for spam.") if marked else ""


def results(mail: Message) -> list[str]:
    """What mail servers say they checked (RFC 8601), the nearest first; whose word counts is decided elsewhere.

    Nothing in it is decoded: an encoded word there is the sender's.
    """
    said = values(mail, "authentication-results")[:10]
    return [words.storable(" ".join(one.split()))[:2000] for one in said]
