"""Tables to take away: CSV whose cells no spreadsheet takes for a formula."""

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Any

from flask import Response

RISKY = ("=", "+", "-", "@", "\t", "\r")


def cell(value: Any) -> str:
    """One value as text; what a spreadsheet would run is made plain words by an apostrophe."""
    words = "" if value is None else value.isoformat() if hasattr(value, "isoformat") else str(value)
    return f"'{words}" if words.startswith(RISKY) and not isinstance(value, (int, float)) else words


def download(name: str, head: Sequence[str], lines: Iterable[Sequence[Any]]) -> Response:
    """Answer with a CSV file of lines that were gathered in the open unit."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(head)
    writer.writerows([cell(value) for value in line] for line in lines)
    answer = Response(text.getvalue().encode("utf-8-sig"), mimetype="text/csv")
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return answer
