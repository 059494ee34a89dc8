"""What a mail server vouches for (RFC 8601): read as it is written, since whoever wrote the mail chooses some of the words.

The envelope sender, the host's greeting and the like stand in the same header as the findings. What is quoted or a
comment says nothing, and a finding counts only where a finding can stand.
"""

import re

_FINDING = re.compile(r"\s*dmarc\s*(?:/\s*\d+\s*)?=\s*([a-z]+)(?:\s|$)")
NOTHING = ""


def dmarc(result: str, server: str) -> str | None:
    """What a server found by DMARC, as its header says; None where the header is another's.

    Of several findings in one header the first that is no `pass` counts: one of them may be the sender's words.
    """
    whose, *findings = _bare(result).casefold().split(";")
    if not server or whose.split()[:1] != [server.casefold()]:
        return None
    found = [one.group(1) for one in map(_FINDING.match, findings) if one]
    return next((one for one in found if one != "pass"), found[0] if found else NOTHING)


def _bare(value: str) -> str:
    """A header without its comments, and without what stands between quotes; what is left open goes on to the end."""
    found, depth, quoted, escaped = [], 0, False, False
    for character in value:
        if escaped:
            escaped = False
        elif character == "\\" and (quoted or depth):
            escaped = True
        elif character == '"' and not depth:
            quoted = not quoted
            found.append("_")
        elif not quoted and character in "()":
            depth = max(0, depth + (1 if character == "(" else -1))
            found.append(" ")
        elif not quoted and not depth:
            found.append(character)
    return "".join(found)
