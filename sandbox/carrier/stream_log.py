"""What happened on one media stream, for the control API: counts, times and played positions."""

import asyncio
import itertools
from array import array
from dataclasses import dataclass, field
from typing import Any


@dataclass(slots=True)
class StreamLog:
    """One socket that the carrier opened; all `at_ms` are on the sandbox clock, `…_ms` positions on the play buffer."""

    sid: str
    name: str
    url: str
    opened_at_ms: float
    parameters: dict[str, str]
    tracks: tuple[str, ...] = ("inbound",)
    state: str = "connecting"  # connecting, open, closed, refused
    started_at_ms: float | None = None
    started_at_call_ms: float = 0.0
    ended_at_ms: float | None = None
    ended_by: str = ""  # application, carrier, broken, refused
    close_code: int | None = None
    error_code: int = 0
    error: str = ""
    frame_timestamps: "array[int]" = field(default_factory=lambda: array("L"))
    frame_sent_at_ms: "array[float]" = field(default_factory=lambda: array("d"))
    received: list[dict[str, Any]] = field(default_factory=list)
    marks_returned: list[dict[str, Any]] = field(default_factory=list)
    keys: list[dict[str, Any]] = field(default_factory=list)
    media_bytes_received: int = 0
    warnings: dict[int, str] = field(default_factory=dict)
    second_socket: dict[str, Any] = field(default_factory=dict)
    poison: dict[str, Any] = field(default_factory=dict)  # which was sent, when, after which frame
    stopping: asyncio.Event = field(default_factory=asyncio.Event)  # of a one-way stream: it was told to end

    def warn(self, code: int, message: str) -> bool:
        """Note a warning; True the first time, because the carrier reports each kind once per stream."""
        is_new = code not in self.warnings
        self.warnings.setdefault(code, message)
        return is_new

    def as_json(self, *, with_frames: bool = False) -> dict[str, Any]:
        """The log as the control API shows it; `with_frames` lists stamp and time of every frame."""
        stamps = self.frame_timestamps
        gaps = [[before, after] for before, after in itertools.pairwise(stamps) if after - before != 20]
        shown: dict[str, Any] = {
            name: getattr(self, name)
            for name in (
                *(
                    "sid",
                    "name",
                    "url",
                    "parameters",
                    "tracks",
                    "state",
                    "opened_at_ms",
                    "started_at_ms",
                    "started_at_call_ms",
                ),
                *("ended_at_ms", "ended_by", "close_code", "error_code", "error", "received", "marks_returned"),
                *("keys", "media_bytes_received", "second_socket", "poison"),
            )
        }
        shown["warnings"] = [{"code": code, "message": message} for code, message in self.warnings.items()]
        shown["frames"] = {
            "count": len(stamps),
            "first_ms": stamps[0] if stamps else None,
            "last_ms": stamps[-1] if stamps else None,
            "irregular": gaps,
        }
        if with_frames:
            shown["frame_timestamps"] = stamps.tolist()
            shown["frame_sent_at_ms"] = [round(at, 2) for at in self.frame_sent_at_ms]
        return shown
