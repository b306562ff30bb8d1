"""What the person at the terminal sees of the processes, and what goes to their log files instead."""

import json
import logging
import re
import sys
import threading
from contextlib import suppress
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import Self, TextIO

from honcho.printer import Message

LARGEST_LOG_BYTES = 2_000_000
LAST_WORDS = 12  # lines
ALARMING_LEVELS = ("warning", "error", "critical")
ALARMING = re.compile(r"\b(WARNING|ERROR|CRITICAL|FATAL)\b|^Traceback \(most recent call last\)")
# Fields of a JSON log line that a reader of the terminal can do without.
DULL_FIELDS = ("event", "level", "logger", "timestamp", "exception")


class Console:
    """The printer behind the launcher's processes: everything, or only what alarms, each line with its sender.

    With ``logs`` every line also goes to ``<logs>/<sender>.log``, two files of bounded size per sender.
    """

    def __init__(self, *, show_all: bool, logs: Path | None = None, output: TextIO = sys.stdout) -> None:
        self.width = 0  # of the widest sender; set by honcho as it adds processes
        self._show_all = show_all
        self._logs = logs
        self._output = output
        self._is_terminal = output.isatty()
        self._files: dict[str, RotatingFileHandler] = {}
        self._in_traceback: set[str] = set()
        self._turn = threading.RLock()  # re-entered by the signal handler

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for file in self._files.values():
            file.close()

    def say(self, text: str) -> None:
        """Words of the launcher itself."""
        with self._turn, suppress(OSError):  # a closed terminal must not keep the rest from being stopped
            print(text, file=self._output, flush=True)

    def write(self, message: Message) -> None:
        """One or more lines of a process, as honcho hands them over; honcho's own remarks are left out."""
        if message.name == "system":
            return
        text = message.data.decode("utf-8", "replace") if isinstance(message.data, bytes) else message.data
        for line in text.splitlines():
            self._keep(message.name, line)
            if self._show_all or self._alarms(message.name, line):
                self.say(self._prefix(message) + (readable(line) if self._is_terminal or not self._show_all else line))

    def _prefix(self, message: Message) -> str:
        prefix = f"{message.name:<{self.width}} | "
        return f"\033[{message.colour}m{prefix}\033[0m" if self._is_terminal and message.colour else prefix

    def _alarms(self, name: str, line: str) -> bool:
        """Whether a line is a warning or worse, or goes on with a traceback that began before."""
        if name in self._in_traceback:
            if not line.startswith((" ", "\t")) and line:
                self._in_traceback.discard(name)  # the last line: the error itself
            return True
        if line.startswith("Traceback "):
            self._in_traceback.add(name)
        return is_alarming(line)

    def _keep(self, name: str, line: str) -> None:
        if self._logs is None:
            return
        if name not in self._files:
            self._logs.mkdir(parents=True, exist_ok=True)
            self._files[name] = RotatingFileHandler(
                self._logs / f"{name}.log", maxBytes=LARGEST_LOG_BYTES, backupCount=1, encoding="utf-8"
            )
        self._files[name].emit(logging.makeLogRecord({"msg": line}))

    def last_words(self, names: list[str]) -> str:
        """The end of these processes' logs, on lines of their own; nothing when all was shown already."""
        if self._logs is None or self._show_all:
            return ""
        words = []
        for path in (self._logs / f"{name}.log" for name in names):
            if path.exists():
                lines = path.read_text(encoding="utf-8", errors="replace").splitlines()[-LAST_WORDS:]
                words += [f"The end of {path}:", *(f"  {readable(line)}" for line in lines)]
        return "".join(f"\n{line}" for line in words)


def is_alarming(line: str) -> bool:
    """Whether a log line, JSON or plain, is a warning or worse."""
    if record := _record(line):
        return str(record.get("level", "")).lower() in ALARMING_LEVELS
    return ALARMING.search(line) is not None


def readable(line: str) -> str:
    """A JSON log line in words, its traceback below; any other line as it is."""
    record = _record(line)
    if not record:
        return line
    fields = " ".join(f"{name}={value}" for name, value in record.items() if name not in DULL_FIELDS)
    level = str(record.get("level", "")).lower()
    words = " ".join(part for part in (level if level in ALARMING_LEVELS else "", str(record["event"]), fields) if part)
    return f"{words}\n{record['exception']}" if record.get("exception") else words


def _record(line: str) -> dict[str, object] | None:
    if not line.startswith("{"):
        return None
    try:
        record = json.loads(line)
    except ValueError:
        return None
    return record if isinstance(record, dict) and "event" in record else None
