"""Where in a mail its signature begins: after two dashes, with what a telephone or a company adds, or as a letter ends.

Who wrote it is known from its sender: what names somebody else, say an address to deliver to, is no signature.
"""

import re

from actions.mails.tongues import CLOSES, PROGRAM, REACHED, SMALL_PRINT

_DASHES = re.compile(r"^(--|—|–|-- )\s*$|^--\xa0$")
_RULE = re.compile(r"^\s*([-_=*~–—]\s?){3,}\s*$")
_BY_DASH = re.compile(r"^-\s?[A-ZÀ-Ý][\w.'’-]*( [A-ZÀ-Ý][\w.'’-]*){0,3}$")
_WORD = re.compile(r"[^\W\d_]{2,}")
LONGEST_LINE = 200  # a longer one is told, not signed
MOST_LINES, MOST_BELOW_DASHES, MOST_PARTS = 14, 40, 4


def names(*given: str) -> frozenset[str]:
    """The words by which a writer is known: of a name and of an address before its @."""
    found = {word.casefold() for one in given for word in _WORD.findall(one.partition("@")[0])}
    return frozenset(found) | {one.casefold() for one in given if "@" in one}


def begins(lines: list[str], writer: frozenset[str] = frozenset()) -> int:
    """The line at which a signature begins; the end when there is none. It is never the first line that says something."""
    first = next((place for place, line in enumerate(lines) if line.strip()), len(lines))
    place = _marked(lines, first)
    for _ in range(MOST_PARTS):
        kept = lines[:place]
        while kept and not kept[-1].strip():
            kept.pop()
        earlier = _ended(kept, first, writer)
        if earlier == len(kept):
            break
        place = earlier
    return place


def _marked(lines: list[str], first: int) -> int:
    """Where dashes, a telephone or small print begin it: a rule only where what follows is somebody's address."""
    below = _below(lines)
    for place, line in enumerate(lines):
        if place <= first or len(line) > LONGEST_LINE and not SMALL_PRINT.match(line[:LONGEST_LINE]):
            continue
        if _DASHES.match(line):
            if below[place] <= MOST_BELOW_DASHES:
                return place
        elif PROGRAM.match(line.strip()):
            if below[place] <= MOST_LINES:
                return place
        elif not lines[place - 1].strip() and (
            SMALL_PRINT.match(line[:LONGEST_LINE]) or (_RULE.match(line) and _addressed(lines, place + 1, below[place]))
        ):
            return place
    return len(lines)


def _below(lines: list[str]) -> list[int]:
    """How many lines that say something follow each."""
    found, count = [0] * len(lines), 0
    for place in range(len(lines) - 1, -1, -1):
        found[place] = count
        count += bool(lines[place].strip())
    return found


def _addressed(lines: list[str], start: int, count: int) -> bool:
    """Whether the few short lines from here on say how somebody is reached, or are small print."""
    if not 0 < count <= MOST_LINES:
        return False
    said = [line.strip() for line in lines[start:] if line.strip()]
    if SMALL_PRINT.match(said[0]) or PROGRAM.match(said[0]):
        return True
    return all(len(line) <= LONGEST_LINE for line in said) and any(REACHED.search(line) for line in said)


def _ended(lines: list[str], first: int, writer: frozenset[str]) -> int:
    """Where the writer's name, or how to reach them, ends a mail, with the greeting above it."""
    for place in _paragraphs_of_the_last(lines, first):
        said = [line.strip() for line in lines[place:] if line.strip()]
        if all(len(line) <= LONGEST_LINE for line in said) and _is_theirs(said, writer, lines[:place]):
            return place
    return len(lines)


def _paragraphs_of_the_last(lines: list[str], first: int) -> list[int]:
    """The lines, of the last few, with which a paragraph or a greeting begins: the first ones first."""
    start = max(first + 1, len(lines) - 2 * MOST_LINES)
    found = [
        place
        for place in range(start, len(lines))
        if lines[place].strip() and (not lines[place - 1].strip() or _greets(lines[place]))
    ]
    return [place for place in found if sum(bool(line.strip()) for line in lines[place:]) <= MOST_LINES]


def _is_theirs(said: list[str], writer: frozenset[str], before: list[str]) -> bool:
    """Whether these last lines are the signature of the writer of a mail."""
    if _closes(said[0], writer):
        return True
    reached = sum(bool(REACHED.search(line)) for line in said)
    if _greets(said[0]):
        rest = said[1:]
        return bool(rest) and not _greets(rest[0]) and (_named(rest[0], writer) or reached >= 2)
    if len(said) == 1 and _BY_DASH.match(said[0]):
        return not any(line.lstrip().startswith("-") for line in before)
    if _named(said[0], writer) and not any(line.endswith(("?", "!")) for line in said):
        return len(said) <= 3 or reached > 0
    own = any(word in line.casefold() for line in said for word in writer if "@" in word)
    return reached >= 2 and own and reached * 3 >= len(said)


def _greets(line: str) -> bool:
    """Whether a line is how letters are ended, perhaps in two languages."""
    return all(CLOSES.match(one.strip()) for one in line[:100].split("/"))


def _closes(line: str, writer: frozenset[str]) -> bool:
    """Whether a line is a greeting and the name of the writer in one."""
    words = line[:100].split()
    first = next((place for place, word in enumerate(words) if word.strip(",.!").casefold() in writer), 0)
    theirs = all(word.strip(",.!").casefold() in writer for word in words[first:])
    return first > 0 and theirs and bool(CLOSES.match(" ".join(words[:first])))


def _named(line: str, writer: frozenset[str]) -> bool:
    """Whether a line is the name of the writer and little else."""
    words = _WORD.findall(line.lstrip("-–— "))
    few = 0 < len(words) <= 6 and len(line) <= 60 and line[-1:] not in ("?", "!", ":")
    return few and words[0].casefold() in writer or few and len(words) <= 3 and words[-1].casefold() in writer
