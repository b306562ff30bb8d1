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
from tests.databases import a_database, a_redis

# Large area codes of the United States, so that nearly every number is one that could be called.
_AREAS = (
    *(201, 202, 203, 206, 210, 212, 213, 214, 215, 216, 301, 303, 305, 310, 312, 313, 314, 317, 402, 404),
    *(405, 408, 410, 412, 415, 502, 503, 504, 512, 513, 602, 612, 614, 615, 702, 703, 713, 801, 804, 816),
)
# Every number once, in no order: steps of this size, which shares no factor with the numbers there are.
_STEP = 48_271
_THERE_ARE = len(_AREAS) * 800 * 10_000
_AT_ONCE = 100_000


def numbers(rows: int, *, start: int = 0) -> Iterator[tuple[int, int]]:
    """Area code and the other seven digits; from another start other numbers."""
    for row in range(start, start + rows):
        area, rest = divmod(row * _STEP % _THERE_ARE, 8_000_000)
        exchange, line = divmod(rest, 10_000)
        yield _AREAS[area], (200 + exchange) * 10_000 + line


def write(file: Path, rows: int, pattern: str, *, head: str = "", start: int = 0) -> None:
    """A file with a line for each number, by a pattern with two places."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("w", encoding="ascii") as out:
        out.write(head)
        lines: list[str] = []
        for pair in numbers(rows, start=start):
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
        "UPLOADS_URL": f"file://{folder / 'uploads'}",
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
