"""The chain of receipts as arithmetic: how a row becomes bytes, how each entry follows the one before, what breaks it.

An entry's hash covers its place, its day, what it is about, the hash of its body and the hash of the entry before. So
no entry can be changed, left out, put in between or moved without the next one showing it.
"""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

# What the first entry of all follows.
BEGINNING = "0" * 64


def canonical(value: object) -> bytes:
    """A value as the one sequence of bytes it is hashed as: JSON, keys in order, no blanks, UTF-8, times in UTC."""
    plain = _plain(value)
    return json.dumps(plain, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode()


def sha256_of(value: object) -> str:
    """The SHA-256 of a value's canonical bytes."""
    return hashlib.sha256(canonical(value)).hexdigest()


def _plain(value: object) -> object:
    match value:
        case datetime():
            return value.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
        case date():
            return value.isoformat()
        case dict():
            return {str(name): _plain(part) for name, part in value.items()}
        case list() | tuple():
            return [_plain(part) for part in value]
    return value


@dataclass(frozen=True, slots=True)
class Link:
    """One entry of the chain without its body."""

    position: int
    day: date
    kind: str
    decision: int | None
    body_sha256: str
    previous: str
    sha256: str


def link_sha256(*, position: int, day: date, kind: str, decision: int | None, body_sha256: str, previous: str) -> str:
    """The hash of an entry. The script in a dispute packet computes the same, with nothing but Python."""
    return sha256_of(
        {
            "body_sha256": body_sha256,
            "day": day,
            "decision": decision,
            "kind": kind,
            "position": position,
            "previous": previous,
        }
    )


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is not as it was written: where, about which decision, and what, as a sentence."""

    sentence: str
    position: int | None = None
    decision: int | None = None


class Walk:
    """A walk along the chain, entry by entry. `findings` of each step say what does not fit."""

    def __init__(self, *, after: int = 0, previous: str = BEGINNING) -> None:
        self.position, self.sha256 = after, previous
        self.day: date | None = None

    def step(self, link: Link) -> Iterator[Finding]:
        """Take the next entry in the order of their positions."""
        here: dict[str, Any] = {"position": link.position, "decision": link.decision}
        if link.position != self.position + 1:
            missing = f"{self.position + 1}" if link.position == self.position + 2 else f"{self.position + 1} and on"
            yield Finding(f"Before entry {link.position}, entry {missing} is missing.", **here)
        elif link.previous != self.sha256:
            yield Finding(f"Entry {link.position} does not follow the entry before it as that stands now.", **here)
        if self.day is not None and link.day < self.day:
            yield Finding(f"Entry {link.position} is of a day before that of the entry before it.", **here)
        computed = link_sha256(
            position=link.position,
            day=link.day,
            kind=link.kind,
            decision=link.decision,
            body_sha256=link.body_sha256,
            previous=link.previous,
        )
        if computed != link.sha256:
            yield Finding(f"Entry {link.position} is not what its own hash says.", **here)
        self.position, self.sha256, self.day = link.position, link.sha256, link.day
