"""Small files only their owner may read: keys made once, and records of what is running."""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any


def write(path: Path, text: str) -> None:
    """Replace a file in one step, so that a hard kill leaves the old or the new one, never half of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f"{path.name}.{os.getpid()}.new")
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        file.write(text)
    fresh.replace(path)


def made_once(path: Path, make: Callable[[], str]) -> str:
    """The content of a file that is made by ``make`` the first time it is asked for."""
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        text = make()
        write(path, text)
        return text


def write_json(path: Path, record: dict[str, Any]) -> None:
    """Write a record."""
    write(path, json.dumps(record, indent=1) + "\n")


def read_json(path: Path) -> dict[str, Any]:
    """Read a record; empty when there is none, or when a full disk left it unreadable."""
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return {}
    return record if isinstance(record, dict) else {}
