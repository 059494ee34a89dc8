"""No template and no page of ours says anything that could not be said in another language."""

import ast
import re
from pathlib import Path

import pytest
from jinja2 import Environment

from models.interactions import KINDS
from translations.words import ROOT
from web.terms import TERMS

TEMPLATES = sorted(file for file in (ROOT / "templates").rglob("*") if file.suffix in (".html", ".txt"))
ENVIRONMENT = Environment(extensions=["jinja2.ext.i18n", "jinja2.ext.do"], autoescape=True)
ATTRIBUTE = re.compile(r'\b(?:aria-label|aria-description|title|placeholder|alt|label|data-confirm)="([^"]*)"')
TAG = re.compile(r"<[^>]*>")
WORD = re.compile(r"[^\W\d_]{2,}")
SENTENCE = re.compile(r"^[A-Z][a-z]+$|[A-Za-z]{2,} [a-z]")
CALLS = ("_", "gettext", "ngettext", "pgettext")
# Names of keys, formats and examples of what machines read: the same in every language.
SAME = {
    "Ctrl", "Enter", "Ctrl K", "Ctrl Enter", "Ctrl K /", "Authorization: Bearer TOKEN", "OpenAPI 3.1",
    "multipart/form-data:", "file", "order,line,response,quantity,promised_at", "where-is-my-order",
}  # fmt: skip
# Selectors, classes and types, which look like words in a string of a template.
CODE = {"closest li", "closest tr", "BooleanField", "SelectField", "Ctrl K  /"}
NAMING = ("Refused", "Invalid", "BadText", "Words", "Held", "Trouble", "NotLetIn", "sentence")
CLASSES = re.compile(r"^btn [a-z -]+$")


def shown(text: str) -> tuple[list[str], list[str]]:
    """What a template writes as it stands, and the strings within its expressions that no gettext takes."""
    data, strings, last = "", [], []
    for _, kind, value in ENVIRONMENT.lex(text):
        if kind == "data":
            data += value
        elif kind in ("variable_begin", "block_begin", "comment_begin"):
            data += "\0"
        elif kind == "string" and not taken(last):
            strings.append(value[1:-1])
        if kind not in ("whitespace", "data"):
            last = [*last[-4:], value if kind != "string" else '""']
    return [data], strings


def taken(before: list[str]) -> bool:
    """Whether a string is what a call of gettext takes: the first argument, or the second of the two that have one."""
    if before[-1:] == ["("] and before[-2:-1] and before[-2] in CALLS:
        return True
    return before[-4:] in (["ngettext", "(", '""', ","], ["pgettext", "(", '""', ","])


@pytest.mark.parametrize("file", TEMPLATES, ids=lambda file: str(file.relative_to(ROOT / "templates")))
def test_a_template_has_no_words_outside_of_gettext(file: Path) -> None:
    (data,), strings = shown(file.read_text())
    attributes = [found for found in ATTRIBUTE.findall(data) if WORD.search(found)]
    written = [piece.strip() for piece in re.split("[\0\n]", TAG.sub("\n", data)) if WORD.search(piece)]
    loose = [one for one in strings if SENTENCE.search(one) and one not in CODE and not CLASSES.match(one)]
    assert not {piece for piece in (*attributes, *written, *loose) if " ".join(piece.split()) not in SAME}


@pytest.mark.parametrize("part", ["portal", "staff", "partners", "login", "web"])
def test_faces_flash_and_label_through_gettext(part: str) -> None:
    loose = []
    for file in (ROOT / part).rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Call) and name_of(node.func) in (
                "flash",
                "StringField",
                "PasswordField",
                "SelectField",
                "Item",
            ):
                first = node.args[0] if node.args else None
                if isinstance(first, ast.Constant) or (isinstance(first, ast.JoinedStr) and literal(first)):
                    loose.append(f"{file.relative_to(ROOT)}:{node.lineno}")
    assert not loose


@pytest.mark.parametrize(
    "part", ["actions", "channels", "web", "portal", "staff", "partners", "login", "models", "policy"]
)
def test_refusals_say_their_facts_beside_their_words(part: str) -> None:
    """A sentence put together before it is translated could be said in English alone."""
    loose = []
    for file in (ROOT / part).rglob("*.py"):
        if "imports" in file.parts or "migrations" in file.parts:
            continue
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Call) and name_of(node.func) in NAMING:
                given = node.args[-1] if node.args else None
                ways = [given.body, given.orelse] if isinstance(given, ast.IfExp) else [given]
                if any(isinstance(one, ast.JoinedStr | ast.BinOp) for one in ways) or (
                    len(ways) > 1 and any(isinstance(one, ast.Constant) for one in ways)
                ):
                    loose.append(f"{file.relative_to(ROOT)}:{node.lineno}")
    assert not loose


def test_whatever_stands_on_a_timeline_is_said_in_words() -> None:
    page = (ROOT / "templates/staff/organisations/_timeline.html").read_text()
    named = {*re.findall(r"'(\w+)': _\(", page), *TERMS}
    assert not [kind for kind, (_, timeline) in KINDS.items() if timeline and kind not in named]


def name_of(function: ast.expr) -> str:
    return function.id if isinstance(function, ast.Name) else getattr(function, "attr", "")


def literal(words: ast.JoinedStr) -> bool:
    return any(isinstance(one, ast.Constant) and WORD.search(str(one.value)) for one in words.values)
