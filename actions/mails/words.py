"""The words of a mail in whatever character set it says it is: always some text, never an error."""

import base64
import binascii
import json
import quopri
import re

ALIASES = {
    "x-unknown": "utf-8", "unknown-8bit": "utf-8", "uft-8": "utf-8", "utf8mb4": "utf-8", "unicode-1-1-utf-7": "utf-7",
    "gb2312": "gb18030", "gbk": "gb18030", "x-gbk": "gb18030", "ks_c_5601-1987": "cp949", "ks_c_5601": "cp949",
    "euc-kr": "cp949", "x-sjis": "cp932", "shift_jis": "cp932", "shift-jis": "cp932", "windows-31j": "cp932",
    "iso-8859-8-i": "iso-8859-8", "iso-8859-1": "cp1252", "latin1": "cp1252", "us-ascii": "utf-8", "ascii": "utf-8",
    "iso-2022-jp": "iso2022_jp_ext", "big5": "big5hkscs", "cp-850": "cp850", "ansi_x3.4-1968": "utf-8",
    "x-user-defined": "cp1252", "default": "utf-8",
}  # fmt: skip
_WORD = re.compile(r"=\?([^?\s]{1,60})\?([bBqQ])\?([^?]*)\?=")
_BETWEEN = re.compile(r"(\?=)\s+(=\?)")


def sentence(message: str, **facts: str) -> str:
    """Return a sentence with its facts, as `models.words` reads it: this process knows no languages."""
    return json.dumps({"say": message, "facts": facts}) if facts else message


def decoded(content: bytes, charset: str | None) -> str:
    """Return bytes as text: as declared, else as UTF-8, else as Western European."""
    said = (charset or "utf-8").strip().strip("'\"").split("*")[0].casefold()
    if ALIASES.get(said, said) == "cp1252":  # what reads as UTF-8 as well was never meant as Western European
        said = "utf-8"
    for name in (ALIASES.get(said, said), "utf-8", "cp1252"):
        try:
            return storable(content.decode(name))
        except (LookupError, UnicodeError, ValueError):
            continue
    return storable(content.decode("latin-1"))


def storable(words: str) -> str:
    """Leave out what no database keeps: NUL and half characters."""
    return words.replace("\0", "").encode("utf-8", "replace").decode("utf-8")


def unescaped(raw: str) -> str:
    """Return a header as it came with the bytes in it that are no ASCII read as characters."""
    if raw.isascii():
        return raw
    return decoded(raw.encode("utf-8", "surrogateescape"), "utf-8")


def header(raw: str) -> str:
    """Return a header's value as people read it: unfolded, encoded words decoded, raw bytes guessed."""
    plain = unescaped("".join(raw.splitlines()) if "\n" in raw or "\r" in raw else raw)
    parts: list[tuple[str, bytes]] = []  # adjacent words of one set are put together first: some cut a character in two
    found, end = [], 0
    plain = _BETWEEN.sub(r"\1\2", plain)
    for one in _WORD.finditer(plain):
        if one.start() > end:
            found.append(_joined(parts) + plain[end : one.start()])
            parts = []
        parts.append((one.group(1), _bytes(one.group(2), one.group(3))))
        end = one.end()
    return storable("".join(found) + _joined(parts) + plain[end:]).strip()


def _joined(parts: list[tuple[str, bytes]]) -> str:
    words, place = "", 0
    while place < len(parts):
        charset, content = parts[place]
        place += 1
        while place < len(parts) and parts[place][0].casefold() == charset.casefold():
            content += parts[place][1]
            place += 1
        words += decoded(content, charset)
    return words


def _bytes(how: str, given: str) -> bytes:
    plain = given.encode("ascii", "replace")
    if how in "qQ":
        return quopri.decodestring(plain.replace(b"_", b" "), header=True)
    try:
        return base64.b64decode(plain + b"=" * (-len(plain) % 4))
    except (binascii.Error, ValueError):
        return plain
