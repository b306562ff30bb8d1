"""A tunnel from the internet to this machine, by a program that is installed here; nothing is downloaded."""

import queue
import re
import shutil
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO

PROGRAMS = ("cloudflared", "ngrok")
PATIENCE_S = 30.0
_ADDRESSES = {
    "cloudflared": re.compile(r"https://[a-z0-9-]+\.trycloudflare\.com"),
    "ngrok": re.compile(r"\burl=(https://[a-z0-9.-]+)"),
}


class UnableToOpen(Exception):
    """There is no tunnel; `str()` says why, for a person."""


@dataclass(frozen=True, slots=True)
class Tunnel:
    """An open tunnel and its public origin."""

    url: str
    process: "subprocess.Popen[str]"

    def wait(self) -> None:
        """Until it closes."""
        self.process.wait()


def address_in(program: str, line: str) -> str:
    """The tunnel's public origin, when this line of the program's output tells it."""
    found = _ADDRESSES[program].search(line)
    return "" if found is None else found[found.re.groups]


def _command(program: str, port: int) -> list[str]:
    if program == "ngrok":
        return ["ngrok", "http", str(port), "--log", "stdout", "--log-format", "logfmt"]
    return ["cloudflared", "tunnel", "--url", f"http://127.0.0.1:{port}"]


@contextmanager
def opened(program: str, *, port: int, patience_s: float = PATIENCE_S) -> Iterator[Tunnel]:
    """Start the program and wait for its address; it ends with the block. Raises UnableToOpen."""
    if shutil.which(program) is None:
        raise UnableToOpen(f"{program} is not installed here, or not on the path.")
    process = subprocess.Popen(
        _command(program, port), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace"
    )
    try:
        yield Tunnel(_address(program, process, patience_s), process)
    finally:
        process.terminate()
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        if process.stdout is not None:
            process.stdout.close()


def _address(program: str, process: "subprocess.Popen[str]", patience_s: float) -> str:
    assert process.stdout is not None
    told: queue.Queue[str] = queue.Queue()
    threading.Thread(target=_listen, args=(program, process.stdout, told), daemon=True).start()
    try:
        url = told.get(timeout=patience_s)
    except queue.Empty:
        raise UnableToOpen(f"{program} named no address within {patience_s:.0f} seconds.") from None
    if not url:
        raise UnableToOpen(f"{program} ended without naming an address.")
    return url


def _listen(program: str, output: IO[str], told: "queue.Queue[str]") -> None:
    """Read to the end: a program whose output nobody reads would stand still."""
    try:
        for line in output:
            if url := address_in(program, line):
                told.put(url)
    except ValueError:  # closed under our hands
        pass
    told.put("")
