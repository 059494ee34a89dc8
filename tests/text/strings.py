"""The strings that break software, and where to find them."""

import json
from pathlib import Path

import pytest

DATA = Path(__file__).resolve().parent.parent.parent.parent / "shared" / "data"


def naughty() -> list[str]:
    """The big list of naughty strings; the tests say loudly when it is not there."""
    file = DATA / "naughty_strings" / "blns.json"
    if not file.exists():
        pytest.skip(f"NOT TESTED: {file} is not there")
    return list(json.loads(file.read_text()))


def attacks() -> list[str]:
    """The list of script injections."""
    file = DATA / "xss_payloads" / "xss-payload-list.txt"
    if not file.exists():
        pytest.skip(f"NOT TESTED: {file} is not there")
    return file.read_text(errors="replace").splitlines()


def storable(text: str) -> bool:
    """Whether any database keeps it: no NUL, no half characters."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return "\0" not in text


def kept(text: str) -> str:
    """How a text is stored: as sent, with line ends of one kind."""
    return text.replace("\r\n", "\n")
