"""Reading mails, in a process of its own: `python -m actions.mails.reading` takes mails and gives facts, one by one.

What reads strangers' mails may crash, hang or eat all memory: here it can do so alone, with nothing in reach. In and out
go eight bytes of length and then as many bytes: a mail as it came, and its facts as JSON.
"""

import base64
import email
import json
import resource
import sys
from email import policy
from email.message import Message
from typing import Any

from actions.mails import bodies, forwards, returns, signs, words

MEMORY = 1024 * 1024 * 1024
MOST_PARTS = 500
LONGEST_TEXT = 400_000
NAMES = {
    "text/calendar": "invitation.ics",
    "message/rfc822": "mail.eml",
    "text/html": "page.html",
    "application/ms-tnef": "winmail.dat",
    "text/rfc822-headers": "headers.txt",
}
HEAD = 8


class Unreadable(Exception):
    """A mail that cannot be taken apart; `args[0]` says why in words."""


def facts(raw: bytes) -> dict[str, Any]:
    """Return what a mail says, as plain facts. Raises Unreadable."""
    mail = email.message_from_bytes(raw, policy=policy.compat32)
    parts = list(mail.walk())
    if len(parts) > MOST_PARTS:
        raise Unreadable(words.sentence("It has %(count)s parts.", count=f"{len(parts):,}"))
    text, files = _content(mail)
    name, address, wrong = signs.sender(mail)
    return {
        "message_id": signs.message_id(mail), "references": signs.references(mail), "name": name, "address": address,
        "wrong": wrong, "to": signs.addresses(mail), "subject": " ".join(signs.first(mail, "subject").split()),
        "text": text[:LONGEST_TEXT], "said": bodies.said(text[:LONGEST_TEXT], name, address), "files": files,
        "automatic": signs.automatic(mail), "spam": signs.spam(mail), "results": signs.results(mail),
        "bounce": returns.bounce(mail, text), "copied": signs.recipients(mail), "delivered": signs.delivered(mail),
        "date": signs.sent(mail), "forwarded": _forwarded(mail, text[:LONGEST_TEXT]),
    }  # fmt: skip


def _content(mail: Message) -> tuple[str, list[dict[str, Any]]]:
    """The words of a mail, and the files that came along."""
    texts: list[str] = []
    files: list[dict[str, Any]] = []
    _gather(mail, texts, files)
    return "\n\n".join(one for one in texts if one.strip()).strip(), files


def _forwarded(mail: Message, text: str) -> dict[str, Any] | None:
    """The mail that it passes on: the first that hangs on it, else the one in its words."""
    for part in mail.walk():
        if part.get_content_type() == "message/rfc822" and part.is_multipart():
            inner = part.get_payload(0)
            if isinstance(inner, Message):
                said, files = _content(inner)
                comment = bodies.said(text) if text.strip() else ""
                told = {"said": bodies.said(said[:LONGEST_TEXT]), "comment": comment, "files": files}
                return forwards.attached(inner) | told
    return forwards.within(text)


def _gather(part: Message, texts: list[str], files: list[dict[str, Any]]) -> None:
    kind = part.get_content_type()
    if kind == "multipart/alternative":
        _choose(part, texts, files)
    elif part.is_multipart() and kind != "message/rfc822":
        for one in part.get_payload():
            if isinstance(one, Message):
                _gather(one, texts, files)
    elif kind.startswith("multipart/"):  # it says that it has parts, and has none
        texts.append(_text(part, "text/plain"))
    elif kind in ("text/plain", "text/html") and not _file_name(part) and _disposition(part) != "attachment":
        texts.append(_text(part, kind))
    elif kind != "message/delivery-status":
        files.append(_file(part, kind))


def _choose(part: Message, texts: list[str], files: list[dict[str, Any]]) -> None:
    """Of several ways to say the same the plain one, unless it says nothing; files of all of them."""
    ways: list[tuple[bool, list[str]]] = []
    for one in part.get_payload() if part.is_multipart() else []:
        if isinstance(one, Message):
            found: list[str] = []
            _gather(one, found, files)
            ways.append((one.get_content_type() == "text/plain", found))
    speaking = [(plain, found) for plain, found in ways if any(words.strip() for words in found)]
    chosen = next((found for plain, found in speaking if plain), speaking[-1][1] if speaking else [])
    texts += chosen


def _text(part: Message, kind: str) -> str:
    content = _bytes(part)
    read = words.decoded(content, _charset(part)).replace("\r\n", "\n").replace("\r", "\n")
    return bodies.of_html(read) if kind == "text/html" else read.rstrip()


def _charset(part: Message) -> str | None:
    try:
        found = part.get_param("charset")
    except (ValueError, LookupError, UnicodeError):
        return None
    return (found[2] if isinstance(found, tuple) else found) if found else None


def _bytes(part: Message) -> bytes:
    found = part.get_payload(decode=True)
    return found if isinstance(found, bytes) else b""


def _disposition(part: Message) -> str:
    return " ".join(signs.values(part, "content-disposition")).split(";")[0].strip().casefold()


def _file_name(part: Message) -> str:
    """What a part is called, in any of the ways in which mail programs say it."""
    try:
        for name in ("content-type", "content-disposition"):
            for value in signs.values(part, name)[:1]:
                part.replace_header(name, value)
        found = part.get_filename()
    except (ValueError, LookupError, UnicodeError, TypeError):
        found = None
    return words.header(str(found)) if found else ""


def _file(part: Message, kind: str) -> dict[str, Any]:
    content = part.get_payload(0).as_bytes() if kind == "message/rfc822" and part.is_multipart() else _bytes(part)  # type: ignore[union-attr]
    name = _file_name(part) or NAMES.get(kind) or f"file.{kind.partition('/')[2].split('+')[0][:10] or 'bin'}"
    inline = _disposition(part) == "inline" or bool(signs.values(part, "content-id"))
    found = {"name": name, "inline": inline, "content": base64.b64encode(content).decode()}
    return found | {"letter": True} if kind == "message/rfc822" else found


def answer(raw: bytes) -> dict[str, Any]:
    """Read one mail; whatever is wrong with it is an answer as well."""
    try:
        return facts(raw)
    except Unreadable as error:
        return {"unreadable": str(error)}
    except RecursionError:
        return {"unreadable": words.sentence("Its parts stand in each other too deeply.")}
    except MemoryError:
        return {"unreadable": words.sentence("Reading it needs too much memory.")}
    except Exception as error:
        return {"unreadable": words.sentence("It cannot be read (%(what)s).", what=type(error).__name__)}


def main() -> None:
    """Read mails until there are no more."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    while head := sys.stdin.buffer.read(HEAD):
        raw = sys.stdin.buffer.read(int.from_bytes(head, "big"))
        found = json.dumps(answer(raw)).encode()
        sys.stdout.buffer.write(len(found).to_bytes(HEAD, "big") + found)
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
