"""The body of a mail: HTML as text, and what its writer says apart from what is quoted and signed."""

import re
from html import unescape
from html.parser import HTMLParser
from typing import NamedTuple

import nh3

from actions.mails import quotes, signatures

TAGS = {"p", "div", "br", "li", "ul", "ol", "tr", "td", "th", "table", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote",
        "pre", "hr", "a"}  # fmt: skip
DROPPED = {"script", "style", "title", "head", "noscript", "template", "svg", "math", "iframe", "object", "select"}
BREAKS = TAGS - {"a", "td", "th"}
# What mail programs call the part of a page that they quote.
QUOTING = ("gmail_quote", "gmail_extra_quote", "yahoo_quoted", "protonmail_quote", "divrplyfwdmsg", "olk_src_body_section",
           "mail-editor-reference-message-container", "zmail_extra", "moz-cite-prefix", "reply-intro")  # fmt: skip
MOST_TAGS, DEEPEST = 50_000, 400
_CLOSED = re.compile(
    r"<(/?)(?!(?:p|li|br|img|hr|meta|link|input|td|tr|th|col|option|dt|dd|base|area|wbr|o:p)\b)[a-z]", re.IGNORECASE
)


class _Text(HTMLParser):
    """Gathers words with their line breaks; what is in a blockquote is marked as quoted."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.lines, self.depth, self.as_it_is = [""], 0, 0
        self.divisions: list[bool] = []  # those that are open: whether each is a quoted mail

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in BREAKS:
            self._break(twice=tag == "p")
        if tag == "div":
            names = " ".join(value or "" for _, value in attrs).casefold()
            self.divisions.append(any(one in names for one in QUOTING))
            self.depth += self.divisions[-1]
        if tag in ("td", "th") and self.lines[-1].strip():
            self.lines[-1] += "  "
        if tag == "li":
            self.lines[-1] += "- "
        if tag == "blockquote":
            self.depth += 1
        if tag == "pre":
            self.as_it_is += 1
        if tag == "hr":
            self.lines += ["-" * 30, ""]

    def handle_endtag(self, tag: str) -> None:
        if tag == "div" and self.divisions:
            self._break()
            self.depth -= self.divisions.pop()
        elif tag == "blockquote":
            self._break()
            self.depth = max(0, self.depth - 1)
        elif tag in BREAKS - {"br"}:
            self._break(twice=tag == "p")
        if tag == "pre":
            self.as_it_is = max(0, self.as_it_is - 1)

    def handle_data(self, data: str) -> None:
        if not self.as_it_is:
            self._add(re.sub(r"[ \t\r\n\f]+", " ", data))
            return
        first, *others = data.split("\n")
        self._add(first)
        for line in others:
            self.lines.append("")
            self._add(line)

    def _add(self, words: str) -> None:
        if not self.lines[-1]:
            words = words if self.as_it_is else words.lstrip(" ")
            self.lines[-1] = "> " * min(self.depth, 5) if words else ""
        self.lines[-1] += words

    def _break(self, twice: bool = False) -> None:
        if self.lines[-1].strip(" >"):
            self.lines.append("")
        if twice and len(self.lines) > 1 and self.lines[-2].strip():
            self.lines.append("")


def of_html(html: str) -> str:
    """Return the words of an HTML body; nothing of it acts, and nothing is fetched.

    What stands in each other more deeply than in any page that somebody wrote is read plainly: taking it apart would
    take minutes.
    """
    if html.count("<") > MOST_TAGS or _deep(html):
        return unescape(re.sub(r"<[^<>]*>", " ", html)).strip()
    safe = nh3.clean(html, tags=TAGS, attributes={"div": {"class", "id"}}, clean_content_tags=DROPPED, link_rel=None)
    reader = _Text()
    reader.feed(safe)
    reader.close()
    text = "\n".join(line.replace("\xa0", " ").rstrip() for line in reader.lines)
    return re.sub(r"\n{3,}", "\n\n", text).strip()


def _deep(html: str) -> bool:
    """Whether elements that must be closed stand in each other more than 400 deep."""
    depth = 0
    for found in _CLOSED.finditer(html):
        depth = max(0, depth - 1) if found.group(1) else depth + 1
        if depth > DEEPEST:
            return True
    return False


class Parts(NamedTuple):
    """What the writer of a mail says, and what it is signed with; what is quoted is in neither."""

    said: str
    signed: str


def parts(text: str, *writer: str) -> Parts:
    """Take apart what its writer says and the signature; a mail of which nothing would be left is left whole.

    `writer` are the name and the address of its sender.
    """
    who = signatures.names(*writer)
    lines = quotes.below(text.replace("\r\n", "\n").replace("\r", "\n").split("\n"))
    own = lines[: quotes.begins(lines, signatures.begins(lines, who))]
    own = own[: quotes.end(own)] or own
    kept = own[: signatures.begins(own, who)]
    said = kept[: quotes.end(kept)]
    said = said[: signatures.begins(said, who)]
    found = "\n".join(said).strip()
    return Parts(found, "\n".join(own[len(said) :]).strip()) if found else Parts(text.strip(), "")


def said(text: str, *writer: str) -> str:
    """Return what the writer of a mail says: without what is quoted at the end and without a signature."""
    return parts(text, *writer).said
