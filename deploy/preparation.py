"""What runs to its end before or beside the long-lived processes: management commands, and waiting for an answer."""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Self

from deploy import programs

ROOT = Path(__file__).resolve().parent.parent
LOOK_AGAIN_S = 0.1


class Failed(RuntimeError):
    """A command failed; the message is what it printed."""


class Commands:
    """Management commands in one process of their own, which ends with the ``with`` block, whatever it is doing.

    ``run`` may be called from another thread than the one that leaves the block; it fails then.
    """

    def __init__(self, env: Mapping[str, str]) -> None:
        self._errors = tempfile.TemporaryFile("w+", encoding="utf-8")  # noqa: SIM115 closed on leaving
        self._process = subprocess.Popen(
            [sys.executable, str(ROOT / "deploy" / "one_by_one.py")],
            env=dict(env),
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            text=True,
            start_new_session=True,  # Ctrl-C is ours to handle
        )

    def run(self, *words: str) -> str:
        """Run one command; what it printed.

        Raises Failed.
        """
        code, said, complained = self.ask(*words)
        if code != 0:
            raise Failed(f"manage.py {words[0]} failed:\n{f'{said}{complained}'.strip()}")
        return said.strip()

    def ask(self, *words: str) -> tuple[int, str, str]:
        """Run one command that may fail; its exit code, what it printed, and its errors.

        Raises Failed when it did not come to its end.
        """
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        try:
            before = self._errors.seek(0, os.SEEK_END)
            print(json.dumps(words), file=self._process.stdin, flush=True)
            answer = json.loads(self._process.stdout.readline() or '{"code": -1, "said": ""}')
            self._errors.seek(before)
            return int(answer["code"]), str(answer["said"]), self._errors.read()
        except (OSError, ValueError) as left:  # the block was left meanwhile
            raise Failed(f"manage.py {words[0]} was interrupted.") from left

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """No more commands will be asked for."""
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            with suppress(OSError):  # a command that was not sent yet goes nowhere
                pipe.close()  # type: ignore[union-attr]  # both were asked for
        self._errors.close()


def run_at_the_terminal(env: Mapping[str, str], command: list[str]) -> int:
    """Run one management command with the person's keyboard and screen; its exit code."""
    child = subprocess.Popen(programs.manage(*command), env=dict(env), cwd=ROOT)
    # Ctrl-C reaches the command itself, which may be a shell that only drops its current line.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, lambda *_: child.terminate())
    return child.wait()


def wait_for(url: str, *, timeout_s: float, go_on: Callable[[], bool]) -> bool:
    """Wait until a server of ours answers with success; False when it did not in time, or nobody wants to go on."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))  # a proxy cannot reach our loopback
    deadline = time.monotonic() + timeout_s
    while go_on() and time.monotonic() < deadline:
        try:
            with opener.open(url, timeout=2):
                return True
        except (urllib.error.URLError, OSError):
            time.sleep(LOOK_AGAIN_S)
    return False
