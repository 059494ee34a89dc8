"""How mails look: their style in their tags, for a narrow screen and a dark one as well, and nothing fetched from anywhere."""

import re
from collections.abc import Iterator
from html import unescape
from types import SimpleNamespace
from typing import Any

import pytest

from actions import letters
from tests.languages.test_letters import FACTS
from tests.world import World

pytestmark = pytest.mark.usefixtures("app")
DAY = re.compile(r"\d{4}-\d\d-\d\d")


def words(facts: Any) -> Iterator[str]:
    """Everything in the facts of a letter that its reader is told."""
    if isinstance(facts, SimpleNamespace):
        facts = vars(facts)
    if isinstance(facts, dict):
        for name, value in facts.items():
            if name not in ("matter", "state", "masked", "kind"):
                yield from words(
                    value["author"] if name == "newest" else value
                )  # of which a digest says but the beginning
    elif isinstance(facts, list):
        for value in facts:
            yield from words(value)
    elif isinstance(facts, str) and not DAY.fullmatch(facts):
        yield facts


@pytest.mark.parametrize("language", ["en", "de"])
@pytest.mark.parametrize("kind", FACTS)
def test_both_texts_of_a_letter_tell_everything(world: World, kind: str, language: str) -> None:
    subject, plain, html = letters.write(kind, language, **FACTS[kind])
    shown = unescape(html)
    for fact in words(FACTS[kind]):
        assert fact in f"{subject}\n{plain}" and fact in shown, fact


@pytest.mark.parametrize("kind", FACTS)
def test_a_letter_carries_its_looks_and_fetches_nothing(world: World, kind: str) -> None:
    _, _, html = letters.write(kind, "en", **FACTS[kind])
    body = html.split("<body")[1]
    assert 'class="sheet" style="' in body and "prefers-color-scheme: dark" in html and "max-width: 480px" in html
    assert not re.findall(r"<(?:img|link|script|iframe)\b|url\(|@import|src=", html)
    assert all(
        rule.endswith("!important")
        for rule in re.findall(r"[a-z-]+: [^;{}]+(?=;)", html.split("</style>")[0].split("<style>")[1])
    )
    assert max(map(len, html.splitlines())) < 20_000


def test_a_letter_with_a_button_has_a_link_as_large_as_a_finger(world: World) -> None:
    _, _, html = letters.write("order", "en", **FACTS["order"])
    style = re.search(r'<a href="http://x/o" style="([^"]+)"', html)
    assert style and "padding: 13px 24px" in style[1] and "display: inline-block" in style[1]


def test_what_people_wrote_keeps_its_lines_and_is_never_markup(world: World) -> None:
    message = FACTS["notice"]["messages"][0] | {"body": "One <b>two</b>\nthree & four\n</style><script>x</script>"}
    _, plain, html = letters.write("notice", "en", **FACTS["notice"] | {"messages": [message]})
    assert "One &lt;b&gt;two&lt;/b&gt;<br>three &amp; four<br>" in html and "<script" not in html
    assert "One <b>two</b>\nthree & four\n" in plain


def test_a_number_is_not_cut_at_its_hyphen_and_days_are_listed_as_one_says_them() -> None:
    order = FACTS["order"] | {"number": "PO-1001"}
    assert '<span class="whole" style="white-space: nowrap;">PO-1001</span>' in letters.write("order", "en", **order)[2]
    long = letters.write("order", "en", **order | {"number": "<b>" + "9-" * 20})[2]
    assert "&lt;b&gt;9-9-" in long and 'class="whole"' not in long
    (asked,) = FACTS["order_notice"]["orders"]
    twice = SimpleNamespace(**vars(asked) | {"days": ["2026-06-09", "2026-06-16"]})
    for language, words in (("en", "Jun 9, 2026 and Jun 16, 2026"), ("de", "09.06.2026 und 16.06.2026")):
        written = letters.write("order_notice", language, **FACTS["order_notice"] | {"orders": [twice]})
        assert all(words in one for one in written[1:])
