"""Pythons with packages that only a comparison needs, each in a folder of its own: the project's lock stays clean."""

import importlib.util
import subprocess
import sys
import venv
from pathlib import Path

PICOWS = ("picows==2.3.1", "uvloop==0.23.0")
PIPECAT = ("pipecat-ai[openai,websocket]==1.14.0", "uvicorn==0.54.0", "uvloop==0.23.0", "httptools>=0.9")


class UnableToInstall(RuntimeError):
    """The packages are not to be had here; the message is the installer's last line."""


def python_with(var: Path, name: str, packages: tuple[str, ...]) -> Path:
    """A Python that has these packages, made the first time it is asked for. Raises UnableToInstall."""
    folder = var / f"python-{name}"
    python, proof = folder / "bin" / "python", folder / "installed.txt"
    wanted = "\n".join(packages)
    if proof.exists() and proof.read_text(encoding="utf-8") == wanted and python.exists():
        return python
    print(f"installing {', '.join(packages)} into {folder}", flush=True)
    venv.create(folder, with_pip=True, clear=True)
    command = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *packages]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise UnableToInstall((done.stderr.strip().splitlines() or ["pip failed"])[-1])
    proof.write_text(wanted, encoding="utf-8")
    return python


def for_relay(var: Path) -> tuple[Path, str]:
    """The Python the bare relay runs on, and the WebSocket library it will find there."""
    here = Path(sys.executable)
    if importlib.util.find_spec("picows") is not None:
        return here, "picows"
    try:
        return python_with(var, "picows", PICOWS), "picows"
    except UnableToInstall:
        return here, "websockets"
