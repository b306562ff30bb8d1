"""Hostile words stay words: nothing is marked safe, no script or style stands inside a page, forgery is checked."""

import ast
import re

import pytest

from tests.house import tree

UNSAFE_IN_TEMPLATES = {
    "|safe": re.compile(r"\|\s*safe(seq)?\b"),
    "autoescape off": re.compile(r"{%-?\s*autoescape\s+off"),
    "a script without src": re.compile(r"<script(?![^>]*\bsrc\s*=)[^>]*>", re.IGNORECASE),
    "a style element": re.compile(r"<style\b", re.IGNORECASE),
    "style=": re.compile(r"<[a-z][^>]*\sstyle\s*=", re.IGNORECASE),
    "on…=": re.compile(r"<[a-z][^>]*\son[a-z]+\s*=", re.IGNORECASE),
    "javascript:": re.compile(r"javascript:", re.IGNORECASE),
    "hx-on": re.compile(r"\shx-on\b", re.IGNORECASE),
}
# As a property; htmx names its ways of swapping alike.
UNSAFE_IN_SCRIPTS = re.compile(
    r"(\.|\[\s*[\"'`])(innerHTML|outerHTML|srcdoc|cssText)\b"
    r"|\b(insertAdjacentHTML|setHTMLUnsafe|createContextualFragment|document\.write(ln)?|eval|new Function)\s*\("
)
UNSAFE_IN_PYTHON = {"mark_safe", "SafeString", "SafeText"}
# Webhooks: the caller is a machine that proves itself by its signature. `module:function` or `module:Class`.
WITHOUT_FORGERY_CHECK_ALLOWED_IN = ("calls/webhooks/",)


def _pages() -> list[str]:
    return [tree.name(path) for path in tree.files("templates", "sandbox", *tree.PRODUCT, suffix=".html")]


def _scripts() -> list[str]:
    return [tree.name(path) for path in tree.files("static", "sandbox", suffix=".js")]


def test_pages_hold_nothing_unsafe() -> None:
    wrong = [
        f"{name}: {what}"
        for name in _pages()
        for what, pattern in UNSAFE_IN_TEMPLATES.items()
        if pattern.search((tree.ROOT / name).read_text(encoding="utf-8"))
    ]
    assert wrong == []


def test_scripts_build_pages_from_text_and_elements() -> None:
    wrong = [
        f"{name}:{number}"
        for name in _scripts()
        for number, line in enumerate((tree.ROOT / name).read_text(encoding="utf-8").splitlines(), 1)
        if UNSAFE_IN_SCRIPTS.search(line)
    ]
    assert wrong == []


def test_code_marks_nothing_as_safe() -> None:
    wrong = [
        f"{file}:{node.lineno}"
        for file, node in tree.nodes(*tree.PRODUCT)
        if isinstance(node, ast.Name | ast.Attribute)
        and (node.id if isinstance(node, ast.Name) else node.attr) in UNSAFE_IN_PYTHON
    ]
    assert wrong == []


def test_only_signed_webhooks_go_without_the_forgery_check() -> None:
    wrong = [
        f"{file}:{node.lineno}"
        for file, node in tree.nodes(*tree.PRODUCT)
        if isinstance(node, ast.Name | ast.Attribute)
        and (node.id if isinstance(node, ast.Name) else node.attr) == "csrf_exempt"
        and not file.startswith(WITHOUT_FORGERY_CHECK_ALLOWED_IN)
    ]
    assert wrong == []


@pytest.mark.parametrize(
    "page",
    [
        "{{ words|safe }}",
        "{{ words | safe }}",
        "{% autoescape off %}",
        "<script>alert(1)</script>",
        "<p class='x' style='color: red'>",
        "<button onclick='go()'>",
        "<style>p {}</style>",
        "<a href='javascript:go()'>",
        "<div hx-on:click='go()'>",
    ],
)
def test_the_search_finds(page: str) -> None:
    assert any(pattern.search(page) for pattern in UNSAFE_IN_TEMPLATES.values())


@pytest.mark.parametrize(
    "page",
    [
        '<script src="{% static "app.js" %}" defer></script>',
        "{{ words|safe_number }}",
        "<p>conditions = many, once = said</p>",
        '<link rel="stylesheet" href="app.css">',
    ],
)
def test_the_search_lets_pass(page: str) -> None:
    assert not any(pattern.search(page) for pattern in UNSAFE_IN_TEMPLATES.values())


@pytest.mark.parametrize(
    ("line", "is_unsafe"),
    [
        ("row.innerHTML = words", True),
        ("row[`outerHTML`] += words", True),
        ("row.insertAdjacentHTML('beforeend', words)", True),
        ("document.write(words)", True),
        ("eval (words)", True),
        ("row.style.cssText = words", True),
        ('htmx.swap({ target: row, swap: "innerHTML" })', False),
        ("row.textContent = words", False),
        ("retrieval(words)", False),
    ],
)
def test_the_search_reads_scripts(line: str, is_unsafe: bool) -> None:
    assert bool(UNSAFE_IN_SCRIPTS.search(line)) is is_unsafe
