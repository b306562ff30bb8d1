"""The append-only book of everything that crossed the carrier's edge.

REST requests received, webhooks sent and how they were answered, calls dialled out, errors and warnings as the
carrier's own debugger would show them. Checkers read this and nothing else.
"""

import json
from collections import deque
from collections.abc import Callable
from pathlib import Path

from sandbox.clock import Clock

_KEPT_IN_MEMORY = 50_000

Entry = dict[str, object]


class Ledger:
    """Numbered entries, oldest first; all of them also go to a file when one is given."""

    def __init__(self, *, clock: Clock, path: Path | None = None) -> None:
        self._clock = clock
        self._entries: deque[Entry] = deque(maxlen=_KEPT_IN_MEMORY)
        self._next_id = 1
        self._file = path.open("a", encoding="utf-8") if path else None
        self.tell: Callable[[Entry], None] = lambda _: None  # of every new entry

    def add(self, kind: str, *, call_sid: str = "", **facts: object) -> Entry:
        """Write down one fact; its kinds are in docs/sandbox.md: rest, webhook, dial, text, stream, error and so on."""
        at_ms = self._clock.now_ms()
        entry: Entry = {
            "id": self._next_id,
            "kind": kind,
            "at_ms": round(at_ms, 3),
            "at": self._clock.date(at_ms).isoformat(timespec="milliseconds"),
            "call_sid": call_sid,
            **facts,
        }
        self._next_id += 1
        self._entries.append(entry)
        self._write(entry)
        self.tell(entry)
        return entry

    def amend(self, entry: Entry, **facts: object) -> None:
        """Complete an entry whose end was not known when it was added (the answer to a request that was sent)."""
        entry |= facts
        self._write({"amends": entry["id"], **facts})

    def _write(self, line: Entry) -> None:
        if self._file:
            self._file.write(json.dumps(line) + "\n")
            self._file.flush()

    def since(self, entry_id: int = 0, *, kind: str = "", call_sid: str = "") -> list[Entry]:
        """Entries with a number above `entry_id`, oldest first, optionally of one kind or one call."""
        return [
            entry
            for entry in self._entries
            if int(str(entry["id"])) > entry_id and kind in ("", entry["kind"]) and call_sid in ("", entry["call_sid"])
        ]

    def close(self) -> None:
        """Close the file; nothing can be written to it afterwards."""
        if self._file:
            self._file.close()
            self._file = None
