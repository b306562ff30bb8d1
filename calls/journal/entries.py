"""One entry of the journal, as a line of JSON, and who takes which kind."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

_AS_LINE = orjson.OPT_APPEND_NEWLINE | orjson.OPT_PASSTHROUGH_DATETIME
Handler = Callable[[list["Entry"]], None]
_handlers: dict[str, Handler] = {}
_jobs: set[str] = set()
_AT = "$at"


@dataclass(frozen=True, slots=True)
class Entry:
    """Something to be written down. `data` is plain values and times; `put_at` is when it was put, in Unix seconds."""

    kind: str
    data: dict[str, Any]
    put_at: float

    def line(self) -> bytes:
        """The entry as one line, with its end."""
        parts = [self.kind, self.put_at, self.data]
        try:
            return orjson.dumps(parts, default=_plain, option=_AS_LINE)
        except TypeError:  # half of a letter, a number of more than 64 bits: the tolerant way writes them too
            return json.dumps(parts, default=_plain, separators=(",", ":")).encode() + b"\n"

    @classmethod
    def read(cls, line: bytes) -> "Entry":
        """The entry of a line. Raises ValueError for one that was cut off or is none."""
        try:
            kind, put_at, data = json.loads(line, object_hook=_revived)
        except (TypeError, UnicodeDecodeError) as error:
            raise ValueError("no entry") from error
        if not isinstance(kind, str) or not isinstance(data, dict):
            raise ValueError("no entry")
        return cls(kind, data, float(put_at))


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return {_AT: value.isoformat()}
    raise TypeError(f"{type(value).__name__} cannot be put into the journal")


def _revived(value: dict[str, Any]) -> Any:
    return datetime.fromisoformat(value[_AT]) if value.keys() == {_AT} else value


def handles(kind: str) -> Callable[[Handler], Handler]:
    """The decorated function takes the entries of this kind, oldest first, inside a transaction."""

    def register(handler: Handler) -> Handler:
        _handlers[kind] = handler
        return handler

    return register


def handler_of(kind: str) -> Handler | None:
    """Who takes this kind."""
    return _handlers.get(kind)


def is_job(kind: str) -> bool:
    """True for what is done one by one, with locks of its own, and not written in bulk."""
    return kind in _jobs


def job(work: Callable[..., None]) -> Callable[..., None]:
    """Make a function of plain keyword arguments (and times) something that `journal.soon` does, until it is done."""
    kind = f"{work.__module__}.{work.__qualname__}"
    known_as(kind, work)
    work.kind = kind  # type: ignore[attr-defined]  # read by `soon`
    return work


def known_as(kind: str, work: Callable[..., None]) -> None:
    """Have `work` take entries of this kind too: what the release before has left may name where it was then."""
    _jobs.add(kind)

    @handles(kind)
    def _do(entries: list[Entry]) -> None:
        for entry in entries:
            work(**entry.data)
