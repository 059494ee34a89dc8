"""Letters: what our mails say, in the reader's language, put into the outbox with what they are about."""

from collections.abc import Sequence
from datetime import date
from functools import cache
from typing import Any
from urllib.parse import urlsplit

from babel.dates import format_date, format_datetime
from babel.lists import format_list
from css_inline import CSSInliner
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from markupsafe import Markup

import config
from actions import mail_paces, reply_addresses, secrets, unsubscribing
from actions.installation import settings
from models.db import session
from models.jobs import Delivery, enqueue_all, tell_how
from models.types import email_key, opaque
from models.words import catalogue

About = dict[str, Any]

SHORT = 20
# Mail programs look at the style of each tag; what depends on the screen stays a style sheet, for those that read one.
_INLINER = CSSInliner(keep_at_rules=True, load_remote_stylesheets=False)


@cache
def _environment(language: str) -> Environment:
    """Templates of our own, apart from the pages': a mail is also written where no request is."""
    made = Environment(
        loader=FileSystemLoader(config.ROOT / "templates"), autoescape=select_autoescape(["html"]),
        undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, extensions=["jinja2.ext.i18n"],
    )  # fmt: skip
    made.filters["lines"] = lambda words: Markup("<br>").join(words.splitlines())
    made.filters["whole"] = _whole
    made.filters["every"] = lambda words: format_list(list(words), locale=language)
    made.filters["day"] = lambda at: format_date(date.fromisoformat(at[:10]), locale=language)
    made.filters["moment"] = lambda at: format_datetime(at, "short", at.tzinfo, language)
    made.install_gettext_translations(catalogue(language), newstyle=True)  # type: ignore[attr-defined]
    return made


def write(kind: str, language: str | None = None, **facts: Any) -> tuple[str, str, str]:
    """Return subject, plain text and HTML of a letter; the first line of the text template is the subject."""
    ours = settings()
    templates = _environment(language or ours.language)
    facts = {"business": ours.business_name, "product": ours.product_name, "url": ours.url,
             "language": language or ours.language} | facts  # fmt: skip
    subject, _, text = templates.get_template(f"mail/{kind}.txt").render(facts).partition("\n")
    html = templates.get_template(f"mail/{kind}.html").render(facts)
    return one_line(subject), text.strip() + "\n", _INLINER.inline(html)


def _whole(number: str) -> str:
    """A number that is not cut at its hyphen, unless it is too long for that."""
    return Markup('<span class="whole">{}</span>').format(number) if len(number) <= SHORT else number


def one_line(words: str) -> str:
    """Make words fit for a header: one line, no control characters, at most 200 of them."""
    shown = "".join(character if character.isprintable() else " " for character in words)
    return " ".join(shown.split())[:200]


def of_matter(told: Any, language: str) -> tuple[str, str]:
    """What an approval or a promise is called, and a sentence about it."""
    said: Any = _environment(language).get_template("mail/_matter.txt").module
    return one_line(said.heading(told)), one_line(said.about(told))


def beginning(words: str, most: int) -> str:
    """The beginning of what somebody wrote, in one line, cut between two words."""
    shown = " ".join(words.split())
    return shown if len(shown) <= most else f"{shown[:most].rsplit(' ', 1)[0]} …"


def message_id(*parts: object) -> str:
    """A Message-ID that is the same whenever the same letter is written again, and that nobody else can make up."""
    host = urlsplit(settings().url).hostname or "localhost"
    named = ".".join(str(part) for part in parts)
    return f"<{named}.{secrets.keyed('message-id', named)[:32]}@{host}>"


def draft(
    kind: str,
    to: str,
    *,
    language: str | None = None,
    person_id: int | None = None,
    conversation_id: int | None = None,
    seq: int | None = None,
    key: str | None = None,
    **facts: Any,
) -> Delivery:
    """Write a letter that is in no outbox yet. `key` makes the Message-ID: the database refuses the same twice."""
    name = opaque()
    if kind in unsubscribing.KINDS:
        facts["unsubscribe"] = unsubscribing.link(name)
    subject, text, html = write(kind, language, **facts)
    return Delivery(
        public_id=name, reply_hash=reply_addresses.hashed(name) if kind in reply_addresses.KINDS else None,
        kind=kind, person_id=person_id, conversation_id=conversation_id, seq=seq, to_address=to, to_key=email_key(to),
        subject=subject, body=text, html=html, message_id=message_id(kind, key or opaque()),
    )  # fmt: skip


def post_all(letters: Sequence[tuple[Delivery, About]]) -> None:
    """Put letters into the outbox in the caller's transaction, each with what it is about.

    That says whose timeline a mail stands on: {"organisation": id or None, "audience": reader}.
    """
    session.add_all(delivery for delivery, _about in letters)
    session.flush()
    jobs = [
        (f"mail:{one.public_id}",
         {"delivery": one.id, "about": about} | ({"urgent": True} if one.kind in mail_paces.AT_ONCE else {}))
        for one, about in letters
    ]  # fmt: skip
    enqueue_all(session(), "mail", jobs)
    for one, _about in letters:
        tell_how(one)


def post(kind: str, to: str, *, about: About | None = None, **how: Any) -> Delivery:
    """Write a letter as `draft` does and put it into the outbox as `post_all` does."""
    delivery = draft(kind, to, **how)
    post_all([(delivery, about or {})])
    return delivery
