"""Returned mails: what another program tells us again that we told it; two such programs would answer each other for ever.

By the rules (RFC 3834) such mails say that no person wrote them, and are held for that. A gateway may take that away.
"""

from itertools import pairwise
from typing import Any

from actions import reply_addresses
from actions.installation import settings
from models.words import LANGUAGES, Words, spoken

_LEADS = frozenset(spoken(Words("Read it and answer:"), one) for one in LANGUAGES)  # what stands above the link in ours


def tells_again(letter: dict[str, Any]) -> bool:
    """Whether a mail holds one of ours in its own words, not as what it quotes, and answers none of ours."""
    said = letter["said"]
    if not any(one in said for one in _LEADS):
        return False
    lines = [line.strip("> \t") for line in said.split("\n") if line.strip("> \t")]
    ours = any(line in _LEADS and below.startswith(f"{settings().url}/") for line, below in pairwise(lines))
    return ours and reply_addresses.answered(letter["to"]) is None
