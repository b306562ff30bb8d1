"""The far ends as a process: compiled on the spot, told what to do line by line, answering in JSON.

Where there is no C compiler a Python program of the same conversation takes its place; it is the limit then, and the
rows say so.
"""

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.media_bridge.spread import Spread
from benchmarks.surroundings import ROOT

SOURCES = Path(__file__).parent / "far_ends"


class UnableToCompile(RuntimeError):
    """The compiler is there and refuses; its words are the message."""


@dataclass(frozen=True, slots=True)
class Window:
    """What was seen in one window of measurement."""

    frames_sent: int
    frames_arrived: int
    chunks_sent: int
    chunks_arrived: int
    marks: int
    clears: int
    truncates: int
    up: Spread  # caller's frames, carrier to model
    down: Spread  # the model's voice, model to carrier
    barge_in: Spread  # from "the caller speaks" to the clear
    truncation: Spread  # what the model was told against what was played
    behind: Spread  # how late the far ends were themselves
    faults: dict[str, int]

    @property
    def lost(self) -> int:
        """Frames that never reached the model."""
        return self.frames_sent - self.frames_arrived

    @classmethod
    def of(cls, told: dict[str, Any]) -> "Window":
        """From the far ends' JSON."""
        spreads = {name: Spread.of(told[name]) for name in ("up", "down", "barge_in", "truncation", "behind")}
        return cls(**(told | spreads))


def program(var: Path) -> tuple[list[str], bool]:
    """The command of the far ends, and whether it is the compiled one. Compiles when the sources are newer."""
    compiler = shutil.which("cc")
    if compiler is None:
        return [sys.executable, "-m", "benchmarks.media_bridge.generator"], False
    made = var / "far_ends"
    sources = sorted(SOURCES.glob("*.[ch]"))
    if not made.exists() or made.stat().st_mtime < max(source.stat().st_mtime for source in sources):
        var.mkdir(parents=True, exist_ok=True)
        fresh = made.with_suffix(f".{os.getpid()}")
        units = [str(source) for source in sources if source.suffix == ".c"]
        done = subprocess.run([compiler, "-O2", "-o", str(fresh), *units], capture_output=True, text=True, check=False)
        if done.returncode:
            raise UnableToCompile(done.stderr)
        fresh.rename(made)
    return [str(made)], True


class FarEnds:
    """The carrier and the model of one process under test. `model_port` is where the model listens."""

    def __init__(
        self, command: list[str], *, carrier_port: int, path: str, signature: str, is_pcm: bool, does_clear: bool
    ) -> None:
        format_, duty = "pcm" if is_pcm else "pcmu", "clears" if does_clear else "keeps"
        self._process = subprocess.Popen(
            [*command, "0", str(carrier_port), path, signature, format_, duty],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            bufsize=1,
            start_new_session=True,
        )
        self.model_port = int(self._answer()["model_port"])
        self.pid = self._process.pid

    def _answer(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"the far ends stopped with code {self._process.wait()}")
        return dict(json.loads(line))

    def _tell(self, line: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(f"{line}\n")
        self._process.stdin.flush()

    def add(self, call_sid: str, ticket: str) -> None:
        """Begin a call."""
        self._tell(f"add {call_sid} {ticket}")

    def ask(self, command: str) -> dict[str, Any]:
        """Any other command; answers with everything counted since the beginning."""
        self._tell(command)
        return self._answer()

    def window(self) -> Window:
        """What the last window holds."""
        self._tell("window")
        return Window.of(self._answer())

    def stop(self) -> None:
        """End the process."""
        if self._process.poll() is None:
            self._process.terminate()
            self._process.wait(10)
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()
