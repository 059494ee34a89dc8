"""Kinds of files, told by their content and never by what the sender says; and those that are not taken."""

import puremagic

from policy import Invalid

HEAD = 64 * 1024
UNKNOWN = "application/octet-stream"

# What would run, or act as a page, on the machine of whoever opens it.
_ENDINGS = """
    exe com scr pif msi msp msix appx bat cmd ps1 psm1 vbs vbe js jse mjs ws wsf wsh hta cpl jar lnk reg scf url
    sh bash app dmg pkg deb rpm apk dll sys drv ocx iso img vhd vhdx htm html xhtml xht mht mhtml shtml svg svgz
    xsl xslt
"""
RUNS = frozenset(_ENDINGS.split())
# What a name may promise: the contents that keep the promise.
PROMISES: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(("png", "jpg", "jpeg", "gif", "webp", "bmp", "tif", "tiff", "heic", "heif", "avif"), ("image/",)),
    "pdf": ("application/pdf",),
    **dict.fromkeys(("docx", "xlsx", "pptx", "docm", "xlsm", "odt", "ods", "odp", "zip"),
                    ("application/zip", "application/vnd.", "application/msword", "application/x-ole")),
}  # fmt: skip
ZIPPED = {
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "odt": "application/vnd.oasis.opendocument.text", "ods": "application/vnd.oasis.opendocument.spreadsheet",
    "odp": "application/vnd.oasis.opendocument.presentation",
}  # fmt: skip
OLE = {"doc": "application/msword", "xls": "application/vnd.ms-excel", "ppt": "application/vnd.ms-powerpoint",
       "msg": "application/vnd.ms-outlook"}  # fmt: skip
PROGRAMS = (b"\x7fELF", b"#!", b"\xca\xfe\xba\xbe", b"\xfe\xed\xfa\xce", b"\xfe\xed\xfa\xcf", b"\xce\xfa\xed\xfe",
            b"\xcf\xfa\xed\xfe", b"dex\n", b"\0asm", b"L\0\0\0\x01\x14\x02\0")  # fmt: skip
PAGES = (b"<!doctype html", b"<html", b"<head", b"<body", b"<script", b"<svg", b"<iframe", b"<?php", b"<?xml-stylesheet",
         b"<!doctype svg", b"<!entity", b"xmlns:xsl")  # fmt: skip
TEXTS = {"csv": "text/csv", "xml": "application/xml", "json": "application/json"}
# Told by their first bytes, wherever a library would be less sure.
STARTS: tuple[tuple[bytes, str], ...] = (
    (b"\x89PNG\r\n\x1a\n", "image/png"), (b"\xff\xd8\xff", "image/jpeg"), (b"GIF87a", "image/gif"), (b"GIF89a", "image/gif"),
    (b"II*\0", "image/tiff"), (b"MM\0*", "image/tiff"), (b"%PDF-", "application/pdf"),
)  # fmt: skip


def kind_of(head: bytes, name: str) -> str:
    """Return the content type of a file from its first bytes. Raises Invalid for what is not taken."""
    ending = name.rpartition(".")[2].casefold() if "." in name else ""
    if _runs(head) or ending in RUNS:
        raise Invalid(
            "file",
            "“%(name)s” is a program or a page that acts by itself; send a picture, a PDF or a document",
            name=name,
        )
    found = _by_content(head, ending)
    if found in (UNKNOWN, "text/plain", *TEXTS.values()) and _acts(head):
        raise Invalid(
            "file", "“%(name)s” is a web page or a drawing with scripts; send a picture, a PDF or a document", name=name
        )
    promised = PROMISES.get(ending)
    if promised and not found.startswith(promised):
        raise Invalid("file", "“%(name)s” is not what its name says: save it anew and send that", name=name)
    return found


def _by_content(head: bytes, ending: str) -> str:
    for start, kind in STARTS:
        if head.startswith(start):
            return kind
    if head.startswith(b"RIFF") and head[8:12] == b"WEBP":
        return "image/webp"
    if head.startswith(b"BM") and head[6:10] == b"\0\0\0\0":
        return "image/bmp"
    if head.startswith(b"PK\x03\x04"):
        return ZIPPED.get(ending, "application/zip")
    if head.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        return OLE.get(ending, "application/x-ole-storage")
    return _text(head, ending) or _guessed(head)


def _text(head: bytes, ending: str) -> str | None:
    """Plain text in UTF-8; the end of what was looked at may cut a character in two."""
    if any(one < 32 and one not in (9, 10, 12, 13, 27) for one in head):
        return None
    for cut in range(4):
        try:
            head[: len(head) - cut].decode()
        except UnicodeDecodeError:
            continue
        return TEXTS.get(ending, "text/plain")
    return None


def _guessed(head: bytes) -> str:
    """What the library says of sounds, films and the like; nothing that a browser would show as a page."""
    try:
        found = puremagic.magic_string(head)
    except (puremagic.PureError, ValueError):
        return UNKNOWN
    kinds = [one.mime_type for one in found if one.mime_type]
    safe = ("image/", "audio/", "video/", "font/", "application/")
    return next(
        (one for one in kinds if one.startswith(safe) and not one.endswith(("+xml", "script", "html"))), UNKNOWN
    )


def _runs(head: bytes) -> bool:
    """Whether an operating system would start it; two letters alone may as well begin a text."""
    return head.startswith(PROGRAMS) or (head.startswith(b"MZ") and b"\0" in head[:64])


def _acts(head: bytes) -> bool:
    """Whether a browser that guesses from the first bytes would take it for a page, in whatever encoding."""
    plain = head[:2048].replace(b"\0", b"").lower()
    return any(one in plain for one in PAGES)
