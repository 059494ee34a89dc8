"""The catalogues say all that the sources say, with the same facts in it."""

import re
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message

from actions.mails.words import sentence
from models.words import LANGUAGES, Words, catalogue, listed, packed, spoken, unpacked
from translations.words import ROOT, fresh, read, translated

PLACE = re.compile(r"%\((\w+)\)([sd])|%%|\{(\w+)\}|%(?!\()")
TAG = re.compile(r"<[^>]+>")


@cache
def sources() -> Catalog:
    return fresh()


def said(message: Message) -> list[str]:
    return list(message.string) if isinstance(message.string, tuple | list) else [message.string]


def places(words: str) -> list[str]:
    return sorted(found.group() for found in PLACE.finditer(words) if found.group() != "%")


def test_german_is_there_beside_english() -> None:
    assert LANGUAGES[0] == "en" and "de" in translated()


@pytest.mark.parametrize("language", translated())
def test_every_message_of_the_sources_is_translated_and_no_other(language: str) -> None:
    held = {(message.context, message.id): message for message in read(language) if message.id}
    wanted = {(message.context, message.id) for message in sources() if message.id}
    assert not (missing := wanted - held.keys()), f"run `make words`, then translate: {sorted(map(str, missing))}"
    assert not (gone := held.keys() - wanted), f"run `make words`: nobody says {sorted(map(str, gone))}"
    assert not [one.id for one in held.values() if one.fuzzy], "fuzzy: look at them, then take the mark away"
    assert not [one.id for one in held.values() if not all(said(one))], "untranslated"


@pytest.mark.parametrize("language", translated())
def test_a_translation_names_the_same_facts(language: str) -> None:
    wrong = []
    for message in read(language):
        if not message.id:
            continue
        forms = list(message.id) if isinstance(message.id, tuple | list) else [message.id]
        for place, words in enumerate(said(message)):
            source = forms[min(place, len(forms) - 1)]
            own = places(words)
            if own != places(source) and not (len(forms) == 2 and place == 0 and own == places(forms[1])):
                wrong.append((source, words))
            if sorted(TAG.findall(words)) != sorted(TAG.findall(source)):
                wrong.append((source, words))
            if (words[:1].isspace(), words[-1:].isspace()) != (source[:1].isspace(), source[-1:].isspace()):
                wrong.append((source, words))
    assert not wrong


@pytest.mark.parametrize("language", translated())
def test_every_plural_form_is_there(language: str) -> None:
    written = read(language)
    for message in written:
        if message.id and message.pluralizable:
            assert len(said(message)) == written.num_plurals, message.id


@pytest.mark.parametrize("language", translated())
def test_what_is_read_is_what_is_written(language: str) -> None:
    """Nothing is compiled beforehand, so nothing can be stale."""
    loaded = catalogue(language)
    for message in read(language):
        if message.id and not message.pluralizable and not message.context:
            assert loaded.gettext(message.id) == message.string
    assert loaded.upgettext("goods", "Deliveries") != loaded.gettext("Deliveries")
    assert not [*ROOT.joinpath("translations").rglob("*.mo")]


def test_words_are_english_and_know_what_they_are_made_of() -> None:
    made = Words("%(number)s was sent already.", number="PO-1")
    assert made == "PO-1 was sent already." == str(made) and spoken(made, "en") == made
    assert spoken(made, "de") == "PO-1 wurde bereits gesendet."
    assert spoken(Words("Line %(line)s", line=3), "de") == "Position 3"
    assert spoken(listed([made, Words("it is not on the order")], "; "), "de").count("; ") == 1
    assert spoken("Only us", "de") == "Only us", "what people wrote is nobody's to translate"
    assert spoken(made, "xx") == made


def test_words_are_kept_with_their_facts_and_said_in_any_language() -> None:
    size = Words(
        "“%(called)s” has %(size)s MB; at most %(most)s MB can be sent.", called='a "b".pdf', size="30.0", most=25
    )
    for made in (Words("The mail server took it for spam."), size, Words("It cannot be filed: %(why)s", why=size)):
        again = unpacked(packed(made))
        assert again == made and spoken(again, "de") == spoken(made, "de") != made
    assert packed("because") == unpacked("because") == "because", "what was kept before is a sentence without facts"


@pytest.mark.parametrize("mean", ['{"say": "x"}', '%(value)s "', "\\", "{}"])
def test_the_reader_of_mails_writes_sentences_as_they_are_kept(mean: str) -> None:
    """Strangers write what stands in them: it is a fact, whatever it looks like."""
    found = unpacked(sentence("An automatic mail (Auto-Submitted: %(value)s).", value=mean))
    assert found == f"An automatic mail (Auto-Submitted: {mean})." == unpacked(packed(found))
    assert spoken(found, "de") == f"Eine automatische E-Mail (Auto-Submitted: {mean})."


def test_make_words_changes_nothing_that_is_up_to_date(tmp_path: Path) -> None:
    before = {
        language: (ROOT / "translations" / language / "LC_MESSAGES" / "messages.po").read_bytes()
        for language in translated()
    }
    done = subprocess.run([sys.executable, "-m", "translations"], cwd=ROOT, capture_output=True, text=True, check=False)  # noqa: S603
    after = {
        language: (ROOT / "translations" / language / "LC_MESSAGES" / "messages.po").read_bytes()
        for language in translated()
    }
    assert done.returncode == 0, done.stdout
    assert after == before
