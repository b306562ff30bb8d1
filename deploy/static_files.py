"""The browser's files, collected under hashed names before the web process starts, and only when they changed.

The web process reads their list once, so they must be there first; collecting takes longer than looking.
"""

import hashlib
import importlib.metadata
from pathlib import Path

from deploy.preparation import ROOT, Commands


def collect(commands: Commands, *, var: Path) -> None:
    """Collect the files unless those that are there are of the same sources. Raises Failed."""
    stamp, now = var / "static.stamp", fingerprint(ROOT / "static")
    if not stamp.exists() or stamp.read_text() != now or not (var / "static" / "staticfiles.json").exists():
        commands.run("collectstatic", "--no-input", "--clear", "--verbosity", "0")
        stamp.write_text(now)


def fingerprint(folder: Path) -> str:
    """What tells one state of the sources from another: names, sizes and times, and the packages that bring files."""
    told = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            about = path.stat()
            told.update(f"{path.relative_to(folder)} {about.st_size} {about.st_mtime_ns}\n".encode())
    for package in ("django", "django-allauth", "django-celery-beat", "django-htmx"):
        told.update(f"{package} {importlib.metadata.version(package)}\n".encode())
    return told.hexdigest()
