"""The body of a mail: HTML as text, and what its writer says apart from what is quoted and signed."""

import re
from html import unescape
from html.parser import HTMLParser

import nh3

TAGS = {"p", "div", "br", "li", "ul", "ol", "tr", "td", "th", "table", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote",
        "pre", "hr", "a"}  # fmt: skip
DROPPED = {"script", "style", "title", "head", "noscript", "template", "svg", "math", "iframe", "object", "select"}
BREAKS = TAGS - {"a", "td", "th"}
# What mail programs call the part of a page that they quote.
QUOTING = ("gmail_quote", "gmail_extra_quote", "yahoo_quoted", "protonmail_quote", "divrplyfwdmsg", "olk_src_body_section",
           "mail-editor-reference-message-container", "zmail_extra", "moz-cite-prefix", "reply-intro")  # fmt: skip
MOST_TAGS, DEEPEST = 50_000, 400
LONGEST_LINE = 1000  # of those that are looked at for marks; a longer one is text

# Lines that begin what is quoted; each is matched against one short line, or two joined.
_ALONE = re.compile(r"^.{2,120}<[^<>\s]+@[^<>\s]+>\s*(wrote|schrieb|a écrit)?\s*:\s*$", re.IGNORECASE)
_INTRODUCES = [
    re.compile(words, re.IGNORECASE)
    for words in (
        r"^[>\s]*on\b.{4,300}\b(wrote|writes|sent|schrieb)\s*:\s*$",
        r"^[>\s]*(am|den|on)\b.{4,300}\b(schrieb|skrev)\b.{0,200}:\s*$",
        r"^[>\s]*le\b.{4,300}a écrit\s*:\s*$",
        r"^[>\s]*(el|il|em|op)\b.{4,300}(escribió|ha scritto|escreveu|schreef)\b.{0,120}:\s*$",
        r"^[>\s]*(w dniu|dnia)\b.{4,300}(napisał|pisze).{0,60}:\s*$",
        r"^[>\s]*\d{1,4}[./-]\d{1,2}[./-]\d{1,4}\b.{4,200}(wrote|написал|<[^<>\s]+@[^<>\s]+>)\s*:?\s*$",
    )
]
_CLOSED = re.compile(
    r"<(/?)(?!(?:p|li|br|img|hr|meta|link|input|td|tr|th|col|option|dt|dd|base|area|wbr|o:p)\b)[a-z]", re.IGNORECASE
)
_DIVIDES = re.compile(
    r"^[>\s]*[-_=*]{2,}\s*(original message|reply message|forwarded message|ursprüngliche nachricht|urspr\. nachricht|"
    r"message d'origine|message original|mensaje original|oprindelig besked|исходное сообщение|reply to message|"
    r"weitergeleitete nachricht)\s*[-_=*]*\s*$",
    re.IGNORECASE,
)
_RULE = re.compile(r"^\s*[_-]{20,}\s*$")
_FIELD = re.compile(
    r"^[>\s]*\*?(from|sent|to|date|subject|cc|reply-to|von|gesendet|an|datum|betreff|de|envoyé|à|objet|fra|sendt|til|emne)"
    r"\s*:\*?\s+\S",
    re.IGNORECASE,
)
_SIGNED = re.compile(
    r"^(--|—|-- |__|---|_{20,})\s*$|^sent from (my|a) |^sent (via|with) |^gesendet (von|mit) |^von meinem .{2,40} gesendet|"
    r"^envoyé de(puis)? |^get outlook for |^this (e-?mail|message) (and any|may contain|is confidential)|"
    r"^diese e-?mail enthält",
    re.IGNORECASE,
)


class _Text(HTMLParser):
    """Gathers words with their line breaks; what is in a blockquote is marked as quoted."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.lines, self.depth = [""], 0
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

    def handle_data(self, data: str) -> None:
        words = re.sub(r"[ \t\r\n\f]+", " ", data)
        if not self.lines[-1]:
            words = words.lstrip(" ")
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


def said(text: str) -> str:
    """Return what the writer of a mail says: without what is quoted at the end and without a signature.

    A mail of which nothing would be left is left whole.
    """
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    lines = _below(lines)
    end = _quoted_from(lines)
    kept = _without_tail(lines[:end])
    kept = kept[: _signed_from(kept)]
    found = "\n".join(kept).strip()
    return found or text.strip()


def _below(lines: list[str]) -> list[str]:
    """Leave out one quoted mail at the top, where the answer stands below it."""
    first = next((place for place, line in enumerate(lines) if line.strip()), 0)
    reach = _introduced(lines, first) if first < len(lines) and len(lines[first]) <= LONGEST_LINE else 0
    place = first + reach
    while place < len(lines) and (not lines[place].strip() or lines[place].lstrip().startswith(">")):
        place += 1
    rest = lines[place:]
    quoted = any(line.lstrip().startswith(">") for line in lines[first + reach : place])
    one = quoted and bool(reach) and not any(line.lstrip().startswith(">") for line in rest)
    return rest if one and any(line.strip() for line in rest[: _signed_from(rest)]) else lines


def divides(line: str) -> bool:
    """Whether a line stands between what somebody writes and the mail that they pass on."""
    return len(line) <= LONGEST_LINE and bool(_DIVIDES.match(line) or _RULE.match(line))


def _quoted_from(lines: list[str]) -> int:
    """The line at which the quoted mail begins that nothing of the writer's own follows; the end when none does."""
    for place, line in enumerate(lines):
        if len(line) > LONGEST_LINE or not line.strip():
            continue
        if _DIVIDES.match(line):
            return place
        if _RULE.match(line) and _fields(lines, place + 1) >= 2:
            return place
        if _FIELD.match(line) and _fields(lines, place) >= 3:
            return place
        reach = _introduced(lines, place)
        if reach and not _own_after(lines, place + reach):
            return place
    return len(lines)


def _introduced(lines: list[str], place: int) -> int:
    """How many lines, up to three, say that somebody wrote what follows; 0 when they do not."""
    if _ALONE.match(lines[place]):
        return 1
    for reach in (1, 2, 3):
        if not lines[place : place + reach][-1].strip():
            return 0
        words = " ".join(line.strip() for line in lines[place : place + reach])
        if len(words) <= LONGEST_LINE and any(one.match(words) for one in _INTRODUCES):
            return reach
    return 0


def _fields(lines: list[str], place: int) -> int:
    """How many of the next lines look like the head of a quoted mail."""
    return sum(bool(_FIELD.match(line[:LONGEST_LINE])) for line in lines[place : place + 7])


def _own_after(lines: list[str], place: int) -> bool:
    """Whether the writer goes on between what is quoted: then all of it is the answer."""
    rest = [line for line in lines[place:] if line.strip()]
    marked = [line.lstrip().startswith(">") for line in rest]
    if not any(marked):
        return False
    last = len(marked) - 1 - marked[::-1].index(True)
    between = [line for line, quoted in zip(rest[:last], marked[:last], strict=True) if not quoted]
    after = rest[last + 1 :]
    own = [*between, *after[: _signed_from(after)]]
    return any(not _SIGNED.match(line.strip()) for line in own)


def _without_tail(lines: list[str]) -> list[str]:
    """Leave out lines marked as quoted at the end."""
    kept = list(lines)
    while kept and (not kept[-1].strip() or kept[-1].lstrip().startswith(">")):
        kept.pop()
    return kept


def _signed_from(lines: list[str]) -> int:
    """The line at which a signature begins, among the last ones."""
    first = next((place for place, line in enumerate(lines) if line.strip()), 0)
    for place, line in enumerate(lines):
        if place > first and len(line) <= LONGEST_LINE and _SIGNED.match(line.strip() if line != "-- " else line):
            return place
    return len(lines)
