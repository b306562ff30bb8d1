"""Files of telephone numbers for measuring, and a database of the product's own to load them into."""

import json
import os
import secrets
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks.surroundings import ROOT, VAR
from tests.journeys.databases import a_database, a_redis

# Every number once, in no order: steps of this size, which shares no factor with the numbers there are.
_STEP = 48_271
_THERE_ARE = 800 * 800 * 10_000
_AT_ONCE = 100_000


def numbers(rows: int) -> Iterator[tuple[int, int]]:
    """Area code and the other seven digits."""
    for row in range(rows):
        area, rest = divmod(row * _STEP % _THERE_ARE, 8_000_000)
        exchange, line = divmod(rest, 10_000)
        yield 200 + area, (200 + exchange) * 10_000 + line


def write(file: Path, rows: int, pattern: str, *, head: str = "") -> None:
    """A file with a line for each number, by a pattern with two places."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("w", encoding="ascii") as out:
        out.write(head)
        lines: list[str] = []
        for pair in numbers(rows):
            lines.append(pattern % pair)
            if len(lines) == _AT_ONCE:
                out.write("".join(lines))
                lines.clear()
        out.write("".join(lines))


def environment(name: str, number: int) -> dict[str, str]:
    """A product with an empty database, to be named in the environment of a child."""
    folder = VAR / name
    folder.mkdir(parents=True, exist_ok=True)
    return {
        **os.environ,
        "DATABASE_URL": a_database(f"bench_{name}"),
        "REDIS_URL": a_redis(number),
        "SECRET_KEY": secrets.token_hex(16),
        "RECORDINGS_URL": f"file://{folder / 'recordings'}",
        "SPOOL_DIR": str(folder / "spool"),
        "DJANGO_SETTINGS_MODULE": "contactcenter.settings",
        "LOG_LEVEL": "ERROR",
    }


def told_by(module: str, *arguments: str, env: dict[str, str]) -> dict[str, Any]:
    """What a program of ours says at its end."""
    command = [sys.executable, "-m", module, *arguments]
    done = subprocess.run(command, cwd=ROOT, env=env, stdout=subprocess.PIPE, check=True, text=True)
    return dict(json.loads(done.stdout.strip().splitlines()[-1]))


def migrate(env: dict[str, str]) -> None:
    """The product's tables."""
    command = [sys.executable, "manage.py", "migrate", "--verbosity", "0"]
    subprocess.run(command, cwd=ROOT, env=env, check=True)
