"""The project's own files, as the house tests read them: sources as syntax trees, the rest as text."""

import ast
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent.parent
PRODUCT = ("contactcenter", "calls", "agents", "compliance")
OURS = (*PRODUCT, "sandbox", "deploy", "tests", "benchmarks", "docs")
NOT_OURS = {".git", ".venv", "var", "node_modules", "__pycache__", "vendor"}


@cache
def files(*folders: str, suffix: str) -> tuple[Path, ...]:
    """Our files with a suffix in some folders of the project, caches, vendored files and data left out."""
    found = (path for folder in folders for path in (ROOT / folder).rglob(f"*{suffix}"))
    return tuple(sorted(path for path in found if path.is_file() and not NOT_OURS & set(path.relative_to(ROOT).parts)))


def text_files() -> list[Path]:
    """Every text file of the project that people wrote."""
    top = [path for path in ROOT.iterdir() if path.is_file() and path.name != ".env"]
    deep = files(*OURS, "templates", "static", ".ci", suffix="")
    binary = {".ulaw", ".wav", ".png", ".jpg", ".ico", ".woff2", ".gz", ".pyc", ".mo"}
    return [path for path in [*sorted(top), *deep] if path.suffix not in binary]


def name(path: Path) -> str:
    """A file as people write it: from the top of the project, with slashes."""
    return path.relative_to(ROOT).as_posix()


@cache
def syntax(path: Path) -> ast.Module:
    """The syntax tree of a Python file."""
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


@cache
def nodes_of(path: Path) -> tuple[ast.AST, ...]:
    """Every syntax node of a Python file. Most rules look at all of them, and walking takes longer than looking."""
    return tuple(ast.walk(syntax(path)))


def nodes(*folders: str) -> Iterator[tuple[str, ast.AST]]:
    """Every syntax node of the Python files in some folders, with the name of its file."""
    for path in files(*folders, suffix=".py"):
        named = name(path)
        for node in nodes_of(path):
            yield named, node


def exists(module: str) -> bool:
    """Whether a module or package is on disk, by its dotted name."""
    path = ROOT.joinpath(*module.split("."))
    return path.with_suffix(".py").exists() or (path / "__init__.py").exists()


@cache
def pyproject() -> dict[str, Any]:
    """The project's configuration."""
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def literal(node: ast.AST | None) -> str | None:
    """The value of a string written out in the source."""
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def called(node: ast.AST) -> str:
    """The dotted words before the bracket of a call: ``client.calls.create``; empty for anything else."""
    if not isinstance(node, ast.Call):
        return ""
    words: list[str] = []
    at: ast.AST = node.func
    while isinstance(at, ast.Attribute):
        words.append(at.attr)
        at = at.value
    words.append(at.id if isinstance(at, ast.Name) else "")
    return ".".join(reversed(words))
