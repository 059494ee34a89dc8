"""Words: English sentences that remember what they are made of, and the catalogues that say them in other languages.

`translations/<language>/LC_MESSAGES/messages.po` is the only file of a language; it is read as it is, so nothing is
compiled and nothing can be stale.
"""

import json
from functools import cache
from io import BytesIO
from typing import Any

from babel import Locale
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations

import config

FOLDER = config.ROOT / "translations"
PACKED = '{"say": '
SOURCE = "en"  # what the sources are written in
LANGUAGES = (SOURCE, *sorted(one.parts[-3] for one in FOLDER.glob("*/LC_MESSAGES/messages.po")))


class Words(str):
    """A sentence as English text; an edge says `message` and its `facts` in the language of whoever reads."""

    message: str
    facts: dict[str, Any]

    def __new__(cls, message: str, **facts: Any) -> "Words":
        if isinstance(message, cls) and not facts:
            return message
        made = super().__new__(cls, message % facts if facts else message)
        made.message, made.facts = str.__str__(message), facts
        return made


def packed(words: str) -> str:
    """A sentence as it is kept: with its facts, where it has any."""
    return json.dumps(_plain(words), ensure_ascii=False) if isinstance(words, Words) and words.facts else str(words)


def _plain(fact: Any) -> Any:
    if not isinstance(fact, Words):
        return fact
    return {"say": fact.message, "facts": {name: _plain(one) for name, one in fact.facts.items()}}


def unpacked(kept: str) -> Words:
    """A sentence that was kept, to be said in any language."""
    return _words(json.loads(kept)) if kept.startswith(PACKED) else Words(kept)


def _words(found: dict[str, Any]) -> Words:
    message: str = found["say"]
    facts = {name: _words(one) if isinstance(one, dict) else one for name, one in found["facts"].items()}
    return Words(message, **facts)


def listed(parts: list[Words], between: str) -> Words:
    """Several sentences as one."""
    named = {f"part_{place}": part for place, part in enumerate(parts)}
    return Words(between.join(f"%({name})s" for name in named), **named)


@cache
def catalogue(language: str) -> NullTranslations:
    """The translations of a language; those of a language without a catalogue say everything in English."""
    if language == SOURCE or language not in LANGUAGES:
        return Translations()
    with (FOLDER / language / "LC_MESSAGES" / "messages.po").open("rb") as file:
        written, made = read_po(file, locale=language), BytesIO()
    write_mo(made, written)
    made.seek(0)
    return Translations(made)


def name_of(language: str) -> str:
    """What a language calls itself."""
    return str(Locale.parse(language).get_display_name(language)).capitalize()


def spoken(words: Any, language: str) -> str:
    """Say a sentence in a language, and so the words within it; what people wrote stays as it is."""
    if not isinstance(words, Words):
        return str(words)
    said = str(catalogue(language).gettext(words.message))
    if not words.facts:
        return said
    return said % {
        name: spoken(fact, language) if isinstance(fact, Words) else fact for name, fact in words.facts.items()
    }
