"""What decided: our own rules as a fingerprint of their source, and the data they lean on. Kept with every decision."""

import hashlib
import zoneinfo
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

_HERE = Path(__file__).resolve().parent
# The code that can change an answer: not its screens, not its tables' history.
_DECIDING = (
    *("rules", "rule*.py", "law.py", "verdict.py", "codes.py", "customer.py", "facts.py", "on_file.py", "lists.py"),
    *("gate.py", "numbers.py", "zones.py", "local_time.py", "places.py", "consent_check.py", "business_days.py"),
)


@cache
def software() -> str:
    """The version of this software, with a fingerprint of what decides."""
    digest = hashlib.sha256()
    for path in sorted({file for pattern in _DECIDING for found in _HERE.glob(pattern) for file in _sources(found)}):
        digest.update(path.relative_to(_HERE).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return f"{_release()}+{digest.hexdigest()[:16]}"


def _sources(found: Path) -> list[Path]:
    return sorted(found.rglob("*.py")) if found.is_dir() else [found]


def _release() -> str:
    try:
        lines = (_HERE.parent / "pyproject.toml").read_text(encoding="utf-8").splitlines()
    except OSError:
        return "0"
    return next((line.split('"')[1] for line in lines if line.startswith("version = ")), "0")


@cache
def tzdata() -> str:
    """The version of the time zone database that local times are computed with."""
    for folder in zoneinfo.TZPATH:
        source = Path(folder) / "tzdata.zi"
        try:
            with source.open(encoding="utf-8") as file:
                return file.readline().removeprefix("# version").strip() or "unknown"
        except OSError:
            if (Path(folder) / "UTC").exists():  # this one is read, and does not say what it is
                return _of_system(Path(folder))
    return _of_package()


def _of_system(folder: Path) -> str:
    try:
        return (folder / "+VERSION").read_text(encoding="utf-8").strip()
    except OSError:
        digest = hashlib.sha256()
        for name in ("America/New_York", "America/Los_Angeles", "America/Indiana/Knox", "Europe/London"):
            try:
                digest.update((folder / name).read_bytes())
            except OSError:
                digest.update(name.encode())
        return f"system {digest.hexdigest()[:16]}"


def _of_package() -> str:
    try:
        return version("tzdata")
    except PackageNotFoundError:
        return "unknown"
