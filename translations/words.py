"""Words of the sources: finding every one that people read, and bringing the catalogues up to them."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

from models.words import FOLDER, LANGUAGES, SOURCE

ROOT = FOLDER.parent
PARTS = (
    "actions",
    "analytics",
    "api",
    "channels",
    "login",
    "models",
    "partners",
    "policy",
    "portal",
    "realtime",
    "staff",
    "web",
)
KEYWORDS: dict[str, Any] = {
    "_": None, "_l": None, "later": None, "gettext": None, "lazy_gettext": None, "ngettext": (1, 2), "pgettext": ((1, "c"), 2),
    "Words": None, "sentence": None, "BadText": None, "Held": None, "Trouble": None, "NotLetIn": None, "Refused": (2,), "Invalid": (2,),
}  # fmt: skip
METHODS = [("migrations/**", "ignore"), ("imports/**", "ignore"), ("**.py", "python"),
           ("**.html", "jinja2"), ("**.txt", "jinja2")]  # fmt: skip
OPTIONS = {
    method: {"extensions": "jinja2.ext.do,jinja2.ext.i18n", "trim_blocks": "true", "silent": "false"}
    for method in ("**.html", "**.txt")
}


def found() -> Iterator[tuple[str, Any, str | None]]:
    """Every message of the Python sources and the templates: the file it stands in, the words, their context."""
    for part in (*PARTS, "templates"):
        for name, _, message, _, context in extract_from_dir(ROOT / part, METHODS, OPTIONS, KEYWORDS):
            yield f"{part}/{name}", message, context


def fresh() -> Catalog:
    """What is to be translated, as the sources stand now."""
    made = Catalog(project="Loggia", fuzzy=False)
    for file, message, context in sorted(found(), key=lambda one: one[0]):
        made.add(message, locations=[(file, 0)], context=context)
    return made


def file_of(language: str) -> Path:
    """The catalogue of a language."""
    return FOLDER / language / "LC_MESSAGES" / "messages.po"


def read(language: str) -> Catalog:
    """The catalogue of a language as it is written."""
    with file_of(language).open("rb") as file:
        return read_po(file, locale=language)


def update(language: str) -> Catalog:
    """Bring a catalogue up to the sources: what is new is left open, what is gone is left out."""
    catalogue = (
        read(language) if file_of(language).exists() else Catalog(locale=language, project="Loggia", fuzzy=False)
    )
    catalogue.update(fresh(), no_fuzzy_matching=True, update_creation_date=False)
    catalogue.obsolete.clear()
    file_of(language).parent.mkdir(parents=True, exist_ok=True)
    with file_of(language).open("wb") as file:
        write_po(
            file, catalogue, width=0, omit_header=False, include_lineno=False, sort_output=True, ignore_obsolete=True
        )
    return catalogue


def translated() -> tuple[str, ...]:
    """The languages that have a catalogue."""
    return tuple(one for one in LANGUAGES if one != SOURCE)
