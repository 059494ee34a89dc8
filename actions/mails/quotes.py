"""Where in a mail what it answers begins: introduced by a line, headed like a mail, or marked with `>`."""

import re

from actions.mails.tongues import ADDRESS, BEGINS, BY_ADDRESS, DIVIDES, FIELD, RULE, WHEN, WROTE

LONGEST_LINE = 1000  # of those that are looked at for marks; a longer one is text
LONGEST_INTRODUCTION = 400
_SENTENCE = re.compile(r"(?<!\bm)[.!?。]\s*$")  # ends here: the next line goes on with nothing
_GOES_ON = re.compile(
    r"<[^<>\s]+@[^<>\s]+>\)?[^<>:：]{0,30}[:：](?=\s{2,}\S)"
)  # and on the same line with what they wrote
HEAD = 8  # lines in which the head of a quoted mail shows


def marked(line: str) -> bool:
    """Whether a line is marked as quoted."""
    return line.lstrip().startswith(">")


def divides(line: str) -> bool:
    """Whether a line stands between what somebody writes and the mail that they pass on."""
    return len(line) <= LONGEST_LINE and bool(DIVIDES.match(line) or RULE.match(line))


def below(lines: list[str]) -> list[str]:
    """Leave out one quoted mail at the top, where the answer stands below it."""
    first = next((place for place, line in enumerate(lines) if line.strip()), len(lines))
    reach = _introduced(lines, first)
    place = first + reach
    while place < len(lines) and (not lines[place].strip() or marked(lines[place])):
        place += 1
    rest = lines[place:]
    one = any(map(marked, lines[first + reach : place])) and bool(reach) and not any(map(marked, rest))
    return rest if one and any(line.strip() for line in rest) else lines


def begins(lines: list[str], signed: int) -> int:
    """The line at which the quoted mail begins that nothing of the writer's own follows; the end when none does.

    `signed` is the line at which a signature begins below all of it.
    """
    own = _last_of_the_writers(lines, signed)
    for place, line in enumerate(lines):
        if len(line) > LONGEST_LINE or not line.strip():
            continue
        if DIVIDES.match(line) or _headed(lines, place):
            return place
        if place + _introduced(lines, place) > max(place, own):
            return place
    return len(lines)


def end(lines: list[str]) -> int:
    """The line after the last of the writer's own, when what follows is marked as quoted, a rule, or introduces that."""
    last = len(lines)
    while last:
        line = lines[last - 1][:LONGEST_LINE]
        if line.strip() and not marked(line) and not RULE.match(line):
            reach = next(
                (reach for reach in (1, 2, 3) if reach <= last and _introduced(lines, last - reach) == reach), 0
            )
            if not reach or last == len(lines):
                break
            last -= reach
        else:
            last -= 1
    return last


def _last_of_the_writers(lines: list[str], signed: int) -> int:
    """The last line of the writer's own that stands between or below lines marked as quoted; -1 when none does."""
    quoted = [place for place, line in enumerate(lines) if marked(line)]
    if not quoted:
        return -1
    for place in range(min(signed, len(lines)) - 1, quoted[0], -1):
        if lines[place].strip() and not marked(lines[place]) and not _introduces_marked(lines, place):
            return place
    return -1


def _introduces_marked(lines: list[str], place: int) -> bool:
    """Whether a line is one that introduces lines marked as quoted: it is its mail program's, not its writer's."""
    return any(
        place - before >= 0 and _introduced(lines, place - before) > before for before in (0, 1, 2)
    ) and _quoted_next(lines, place + 1)


def _headed(lines: list[str], place: int) -> bool:
    """Whether the head of a quoted mail begins here, perhaps with a rule above it."""
    rule = bool(RULE.match(lines[place]))
    if not rule and not FIELD.match(lines[place]):
        return False
    window = [FIELD.match(line[:LONGEST_LINE]) for line in lines[place + rule : place + rule + HEAD]]
    kinds = {found.lastgroup for found in window if found}
    return "from" in kinds and len(kinds) >= (2 if rule else 3) and bool({"date", "subject"} & kinds)


def _introduced(lines: list[str], place: int) -> int:
    """How many lines, up to three, say that somebody wrote what follows; 0 when they do not."""
    for reach in (1, 2, 3):
        taken = lines[place : place + reach]
        if len(taken) < reach or not taken[-1].strip() or len(taken[-1]) > LONGEST_LINE:
            return 0
        if reach > 1 and _SENTENCE.search(taken[-2]):
            return 0
        if _introduces(" ".join(line.strip() for line in taken), _quoted_next(lines, place + reach), reach > 1):
            return 0 if _introduced_later(lines, place + 1, place + reach) else reach
    return 0


def _introduced_later(lines: list[str], start: int, stop: int) -> bool:
    """Whether it is one of the lines from here on that begins to say who wrote: what stands above is the writer's."""
    for place in range(start, stop):
        line = lines[place]
        whole = WHEN.search(line) or (WROTE.search(line) and ADDRESS.search(line))
        if BEGINS.match(line) and whole and _introduced(lines, place):
            return True
    return False


def _introduces(words: str, before_quoted: bool, joined: bool) -> bool:
    """Whether a line says who wrote what follows; most do so for sure only where lines marked as quoted follow."""
    if joined and not BEGINS.match(words):
        return False
    if words.rstrip()[-1:] not in (":", "："):
        goes_on = _GOES_ON.search(words[:LONGEST_INTRODUCTION])
        head = words[: goes_on.end()] if goes_on else ""
        return (
            bool(WHEN.search(head)) and bool(BEGINS.match(head)) and bool(WROTE.search(head) or BY_ADDRESS.search(head))
        )
    if len(words) > LONGEST_INTRODUCTION:
        return False
    sure = bool(WHEN.search(words)) and bool(BEGINS.match(words))
    if WROTE.search(words):
        return before_quoted or sure or bool(ADDRESS.search(words))
    return bool(BY_ADDRESS.search(words)) and (before_quoted or sure)


def _quoted_next(lines: list[str], place: int) -> bool:
    for line in lines[place : place + 6]:
        if line.strip():
            return marked(line)
    return False
