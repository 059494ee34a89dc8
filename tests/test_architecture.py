"""The import ladder and the other rules of docs/architecture.md, held against the code."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent

FACES = ("portal", "staff", "partners", "login", "api", "realtime", "channels")
LADDER: dict[str, set[str]] = {
    "config": set(),
    "models": {"config"},
    "policy": {"models"},
    "actions": {"models", "policy", "config"},
    "analytics": {"models", "policy"},
    "web": {"models", "policy", "config"},
    **{face: {"web", "actions", "analytics", "policy", "models", "config"} for face in FACES},
    "worker": {"channels", "analytics", "actions", "models", "web", "config"},
    "cli": {"models", "policy", "actions", "analytics", "channels", "web", "worker", "config", "demo"},
    "app": {"models", "policy", "actions", "analytics", "web", "worker", "cli", "config", *FACES},
    "wsgi": {"app"},
    "translations": {"models"},
}
SOURCES = [
    file
    for part in LADDER
    for file in ([ROOT / f"{part}.py"] if (ROOT / f"{part}.py").exists() else sorted((ROOT / part).rglob("*.py")))
    if "migrations" not in file.parts
]


def part_of(file: Path) -> str:
    return file.relative_to(ROOT).parts[0].removesuffix(".py")


def imports(tree: ast.AST) -> Iterator[tuple[str, ast.AST]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            yield node.module, node


@pytest.mark.parametrize("file", SOURCES, ids=lambda file: str(file.relative_to(ROOT)))
def test_imports_go_down_the_ladder_or_not_at_all(file: Path) -> None:
    own = part_of(file)
    for name, _ in imports(ast.parse(file.read_text())):
        part = name.split(".")[0]
        if part in LADDER and part != own:
            assert part in LADDER[own], f"{own} must not import {name}"


@pytest.mark.parametrize("file", SOURCES, ids=lambda file: str(file.relative_to(ROOT)))
def test_nothing_is_imported_inside_a_function(file: Path) -> None:
    for function in ast.walk(ast.parse(file.read_text())):
        if isinstance(function, ast.FunctionDef):
            assert not list(imports(function)), f"{function.name} hides an import"


@pytest.mark.parametrize("file", SOURCES, ids=lambda file: str(file.relative_to(ROOT)))
def test_every_module_says_what_it_is(file: Path) -> None:
    assert ast.get_docstring(ast.parse(file.read_text())), "no module docstring"


@pytest.mark.parametrize("file", SOURCES, ids=lambda file: str(file.relative_to(ROOT)))
def test_files_and_functions_stay_small(file: Path) -> None:
    text = file.read_text()
    assert len(text.splitlines()) <= 300
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef):
            body = node.body[1:] if ast.get_docstring(node) else node.body
            length = body[-1].end_lineno - body[0].lineno + 1 if body else 0
            assert length <= 40, f"{node.name} has {length} lines"


@pytest.mark.parametrize("part", ["actions", "analytics"])
def test_verbs_never_open_or_end_a_unit_of_work(part: str) -> None:
    for file in (ROOT / part).rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                assert node.func.attr not in ("commit", "rollback"), f"{file.name}: {node.func.attr}"


@pytest.mark.parametrize("part", ["portal", "staff", "partners", "api", "login", "realtime"])
def test_faces_never_unwrap_nor_add_rows(part: str) -> None:
    for file in (ROOT / part).rglob("*.py"):
        text = file.read_text()
        assert "session.add" not in text, f"{file.name} adds rows itself"
        assert "unwrap" not in text, f"{file.name} looks behind a seen record"


def test_templates_hold_no_inline_style_script_or_handler() -> None:
    for file in (ROOT / "templates").rglob("*.html"):
        if "mail" in file.parts:
            continue
        text = file.read_text()
        for forbidden in (" style=", "<script>", " onclick=", " onchange=", " onsubmit=", "javascript:"):
            assert forbidden not in text, f"{file.relative_to(ROOT)}: {forbidden.strip()}"


def test_nothing_is_loaded_from_elsewhere() -> None:
    for file in [*(ROOT / "templates").rglob("*.html"), *(ROOT / "static" / "js").rglob("*.js")]:
        text = file.read_text()
        for place in ("cdn.", "unpkg.", "jsdelivr", "googleapis"):
            assert place not in text, f"{file.relative_to(ROOT)} loads from {place}"
