"""DKIM: a signature under our domain's key, so that whoever gets a mail can tell that it left our house as it is."""

from functools import cache
from pathlib import Path

import dkim

from actions.installation import settings

HEADERS = (
    "From", "To", "Subject", "Date", "Message-ID", "Reply-To", "In-Reply-To", "References", "List-Unsubscribe",
    "List-Unsubscribe-Post", "Auto-Submitted", "MIME-Version", "Content-Type", "Content-Transfer-Encoding",
)  # fmt: skip


def signed(raw: bytes) -> bytes:
    """Put the signature before a mail; without a key it stays as it is. Raises dkim.DKIMException for a key that is none.

    Headers that it does not have are signed as well: nobody can add them on the way.
    """
    ours = settings()
    if not ours.dkim_key_file:
        return raw
    made: bytes = dkim.sign(
        raw, ours.dkim_selector.encode(), ours.dkim_domain.encode(), _key(ours.dkim_key_file),
        canonicalize=(b"relaxed", b"relaxed"), include_headers=[name.encode() for name in HEADERS],
    )  # fmt: skip
    return made + raw


@cache
def _key(file: Path) -> bytes:
    return file.read_bytes()
