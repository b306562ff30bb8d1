"""What is written for people is true: variables, make targets, management commands and links exist."""

import ast
import re
from collections import Counter
from pathlib import Path

import pytest
from django.core.management import get_commands

from tests.house import tree

VARIABLE = re.compile(r"[A-Z][A-Z0-9_]+")
OF_THE_MACHINE = {"PATH"}
# Django asks for it before it can read settings.
BEFORE_SETTINGS = {"DJANGO_SETTINGS_MODULE"}
CODE = re.compile(r"^```[^\n]*\n(?P<block>.*?)^```|`(?P<inline>[^`\n]+)`", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"(?<!`)\[[^\]\n]*\]\(<?(?P<target>[^)\s>]+)>?(?:\s+\"[^\"]*\")?\)")
# Hands its own environment on to the processes it starts.
PASSES_IT_ON = {"contactcenter/bridges.py"}
# Background reading beside a developer's checkout is no part of the project.
ABOVE = re.compile(r"[.]{2}/shared\b|\bshared/[\w/-]+[.]md")


def read_by_settings() -> set[str]:
    """`env("NAME")`, `env.bool("NAME")`, `env.db("NAME")` and so on."""
    return {
        written
        for _, node in _of("contactcenter/settings.py")
        if tree.called(node).partition(".")[0] == "env" and (written := _first_word(node))
    }


def read_by_the_launcher() -> set[str]:
    """`given.get("NAME")`, `env["NAME"]`."""
    words = set()
    for _, node in tree.nodes("deploy"):
        if tree.called(node).endswith(".get"):
            words.add(_first_word(node))
        elif isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Load):
            words.add(tree.literal(node.slice) or "")
    return {word for word in words if VARIABLE.fullmatch(word)} - OF_THE_MACHINE


def in_the_example() -> set[str]:
    """Set or commented out: `NAME=`, `# NAME=`."""
    return set(re.findall(r"^(?:# ?)?([A-Z][A-Z0-9_]+)=", _text(".env.example"), flags=re.MULTILINE))


def in_the_reference() -> set[str]:
    """The names in the first column of the tables."""
    rows = [line.split("|")[1] for line in _text("docs/settings.md").splitlines() if line.startswith("|")]
    return {name for cell in rows for name in re.findall(r"`([A-Z][A-Z0-9_]+)`", cell)}


@pytest.mark.parametrize(
    ("place", "documented"), [(".env.example", in_the_example), ("docs/settings.md", in_the_reference)]
)
def test_documented_variables_are_those_that_are_read(place: str, documented: object) -> None:
    assert callable(documented)
    if (tree.ROOT / place).exists():
        read = read_by_settings() | read_by_the_launcher()
        assert (read - documented(), documented() - read) == (set(), set()), "read but not documented, and the reverse"


def test_the_example_holds_no_secret() -> None:
    assert re.findall(r"^\w+=.*(?:sk-\w{8}|AC[0-9a-f]{32}|[0-9a-f]{32}).*$", _text(".env.example"), re.MULTILINE) == []


def test_only_settings_read_the_environment() -> None:
    wrong = [
        f"{file}:{node.lineno}"
        for file, node in tree.nodes(*tree.PRODUCT)
        if isinstance(node, ast.Attribute)
        and node.attr in ("environ", "getenv")
        and not file.startswith("contactcenter/settings")
        and file not in PASSES_IT_ON
        and not _only_names_the_settings(file)
    ]
    assert wrong == []


def _documents() -> list[Path]:
    return [*sorted(tree.ROOT.glob("*.md")), *tree.files(*tree.OURS, suffix=".md")]


def _code() -> list[tuple[str, str]]:
    """Every line that is typed somewhere: code blocks and words in backticks."""
    return [
        (tree.name(path), line.strip().removeprefix("$ "))
        for path in _documents()
        for found in CODE.finditer(path.read_text(encoding="utf-8"))
        for line in (found["block"] or found["inline"]).splitlines()
    ]


def test_make_targets_in_documents_exist() -> None:
    targets = set(re.findall(r"^([a-z][a-z-]*):", _text("Makefile"), flags=re.MULTILINE))
    named = {
        (file, target)
        for file, line in _code()
        for target in re.findall(r"(?:^|&& |; )(?:\w+=\S+ )*make ([a-z-]+)", line)
    }
    assert {(file, target) for file, target in named if target not in targets} == set()


def test_management_commands_in_documents_exist() -> None:
    typed = re.compile(r"manage\.py ([a-z_]+)|make manage ARGS=[\"']([a-z_]+)")
    named = {(file, one or other) for file, line in _code() for one, other in typed.findall(line)}
    assert {(file, command) for file, command in named if command not in get_commands()} == set()


def test_links_in_documents_lead_somewhere() -> None:
    broken = []
    for path in _documents():
        for found in LINK.finditer(_without_code(path)):
            target, _, heading = found["target"].partition("#")
            if re.match(r"[a-z]+:", target):
                continue
            there = (path.parent / target).resolve() if target else path
            if not there.exists() or (heading and there.suffix == ".md" and heading not in _headings(there)):
                broken.append(f"{tree.name(path)}: {found['target']}")
    assert broken == []


def test_nothing_points_at_reading_outside_the_project() -> None:
    wrong = [
        f"{tree.name(path)}:{number}"
        for path in tree.text_files()
        for number, line in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), 1)
        if ABOVE.search(line)
    ]
    assert wrong == []


def test_no_document_has_a_part_twice() -> None:
    """Each version of the changelog has the same titles; anywhere else it is text that was put in twice."""
    wrong = {
        tree.name(path): twice
        for path in _documents()
        if path.name != "CHANGELOG.md" and (twice := [one for one, n in Counter(_titles(path)).items() if n > 1])
    }
    assert wrong == {}


def _of(name: str) -> list[tuple[str, ast.AST]]:
    path = tree.ROOT / name
    return [(name, node) for node in ast.walk(tree.syntax(path))] if path.exists() else []


def _first_word(node: ast.AST) -> str:
    return (tree.literal(node.args[0]) or "") if isinstance(node, ast.Call) and node.args else ""


def _text(name: str) -> str:
    path = tree.ROOT / name
    return path.read_text(encoding="utf-8") if path.exists() else ""


def _only_names_the_settings(file: str) -> bool:
    words = {tree.literal(node) for _, node in _of(file)} - {None}
    return {word for word in words if word and re.fullmatch(r"[A-Z]+(_[A-Z]+)+", word)} == BEFORE_SETTINGS


def _without_code(path: Path) -> str:
    return CODE.sub("", path.read_text(encoding="utf-8"))


def _titles(path: Path) -> list[str]:
    return re.findall(r"^#+ +(.+?) *#*$", _without_code(path), flags=re.MULTILINE)


def _headings(path: Path) -> set[str]:
    """Anchors as GitHub makes them."""
    titles = re.findall(r"^#+ +(.+?) *#*$", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}
