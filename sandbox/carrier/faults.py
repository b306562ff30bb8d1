"""How the carrier may be told to misbehave, as plain values: `POST /_sandbox/faults` sets them, DELETE clears them.

Everything drawn by lot comes from one seeded generator, so a run can be repeated from its seed.
"""

import random
import re
from collections.abc import Iterable
from dataclasses import dataclass, field, fields
from enum import StrEnum
from typing import Any

from sandbox.carrier import poisons


class CallbackAction(StrEnum):
    """What happens to a status callback that a rule picks."""

    DROP = "drop"
    DUPLICATE = "duplicate"
    DELAY = "delay"
    SHUFFLE = "shuffle"
    FORGE = "forge"


class JsonStyle(StrEnum):
    """How the JSON text of stream messages is written; the meaning is the same."""

    COMPACT = "compact"
    SPACED = "spaced"
    REORDERED = "reordered"
    ESCAPED = "escaped"


class RestAnswer(StrEnum):
    """What a REST request meets instead of the API."""

    ERROR = "500"
    TOO_MANY = "429"
    TIMEOUT = "timeout"


@dataclass(frozen=True, slots=True)
class CallbackRule:
    """Applies `action` to callbacks of one kind (status, transcription, … or any) and event (or any).

    With `where`, `Name=value`, only to those with this parameter: the ones of one participant, for instance.
    """

    action: CallbackAction
    kind: str = "any"
    event: str = "any"
    where: str = ""
    share: float = 1.0
    times: int = 1_000_000
    delay_ms: int = (
        1000  # delay: this long; shuffle: up to this long, by lot; duplicate: the copy comes this much later
    )

    def __post_init__(self) -> None:
        if self.where and "=" not in self.where:
            raise ValueError(f"callbacks: where must be Name=value, not {self.where!r}")

    def fits(self, *, kind: str, event: str, params: Iterable[tuple[str, str]]) -> bool:
        """Whether it is meant for this callback."""
        name, _, value = self.where.partition("=")
        return (
            self.kind in ("any", kind) and self.event in ("any", event) and (not name or (name, value) in set(params))
        )


@dataclass(frozen=True, slots=True)
class StreamFaults:
    """Misbehaviour of every media stream opened from now on; 0 and false mean off, `…_at` is a frame number.

    `poison` spoils the next stream only.
    """

    json: JsonStyle = JsonStyle.COMPACT
    no_start: bool = False
    duplicate_start: bool = False
    media_before_start: int = 0
    lose_every: int = 0
    lose_frames: int = 1
    swap_every: int = 0
    repeat_every: int = 0
    jitter_ms: int = 0  # each frame is late by lot, up to this; none overtakes another
    stop_reading_at: int = 0
    stop_reading_ms: int = 5_000  # with stop_reading_at: what the application sends in this time waits in its socket
    mark_delay_ms: int = 0
    tcp_close_at: int = 0
    second_socket_at: int = 0
    bad_base64_at: int = 0
    empty_payload_at: int = 0
    big_frame_at: int = 0
    big_frame_mb: int = 1
    binary_frame_at: int = 0
    bad_json_at: int = 0
    unknown_event_at: int = 0
    poison: str = ""
    poison_at: int = 25
    audible_keys: bool = False

    def __post_init__(self) -> None:
        if self.poison and self.poison not in poisons.NAMES:
            raise ValueError(f"stream.poison: there is no poison {self.poison!r}")


@dataclass(frozen=True, slots=True)
class RecordingFaults:
    """Misbehaviour of recording media; the callbacks of recordings are under `callbacks`."""

    swap_channels: bool = False
    absent: bool = False
    redirect_media: bool = False
    failing_downloads: int = 0
    failing_status: int = 500
    truncate_to_bytes: int = 0
    processing_ms: int = 300


@dataclass(frozen=True, slots=True)
class RestFaults:
    """The next `count` REST requests get `answer`."""

    count: int = 0
    answer: RestAnswer = RestAnswer.ERROR


@dataclass(frozen=True, slots=True)
class RestDelay:
    """The next `times` REST requests of this method and path (a regular expression found in it) are answered late.

    With `after_effect` the request is carried out first, else last. With `answer_lost` the connection is cut instead of
    the answer: after the effect, or in its place.
    """

    method: str = "any"
    path: str = ""
    times: int = 1
    delay_ms: int = 0
    after_effect: bool = True
    answer_lost: bool = False

    def __post_init__(self) -> None:
        if self.method not in ("any", "GET", "POST", "DELETE"):
            raise ValueError(f"rest_delays: method cannot be {self.method!r}")
        try:
            re.compile(self.path)
        except re.error as wrong:
            raise ValueError(f"rest_delays: path is not a regular expression: {wrong}") from wrong

    def fits(self, *, method: str, path: str) -> bool:
        """Whether it is meant for this request."""
        return self.method in ("any", method) and bool(re.search(self.path, path))


@dataclass(slots=True)
class Faults:
    """All switches; sections not named in a change stay as they are."""

    seed: int = 1
    callbacks: tuple[CallbackRule, ...] = ()
    stream: StreamFaults = field(default_factory=StreamFaults)
    recordings: RecordingFaults = field(default_factory=RecordingFaults)
    rest: RestFaults = field(default_factory=RestFaults)
    rest_delays: tuple[RestDelay, ...] = ()
    dice: random.Random = field(default_factory=lambda: random.Random(1), repr=False)
    used: dict[str, int] = field(default_factory=dict, repr=False)

    def change(self, wanted: dict[str, Any]) -> None:
        """Replace the sections that `wanted` names. Raises `ValueError`, changing nothing, on anything unknown."""
        read: dict[str, Any] = {}
        for name, value in wanted.items():
            if name == "seed" and isinstance(value, int):
                read[name] = value
            elif name in _LISTS and isinstance(value, list):
                read[name] = tuple(_load(_LISTS[name], rule, f"{name}[{n}]") for n, rule in enumerate(value))
            elif name in _SECTIONS:
                read[name] = _load(_SECTIONS[name], value, name)
            else:
                raise ValueError(f"{name}: no such fault, or not of that shape")
        for name, value in read.items():
            setattr(self, name, value)
            self.used = {key: count for key, count in self.used.items() if key.partition(":")[0] != name}
        if "seed" in read:
            self.dice = random.Random(self.seed)

    def clear(self) -> None:
        """Behave again."""
        fresh = Faults()
        for each in fields(self):
            setattr(self, each.name, getattr(fresh, each.name))

    def rules_for(self, *, kind: str, event: str, params: Iterable[tuple[str, str]] = ()) -> list[CallbackRule]:
        """The rules that apply to this one callback; each picked rule is used up by one."""
        picked = []
        for number, rule in enumerate(self.callbacks):
            if rule.fits(kind=kind, event=event, params=params) and self._take(
                f"callbacks:{number}", rule.times, share=rule.share
            ):
                picked.append(rule)
        return picked

    def take_rest(self) -> RestAnswer | None:
        """The answer that replaces the API for this REST request, if any is left."""
        return self.rest.answer if self._take("rest:", self.rest.count) else None

    def take_rest_delay(self, *, method: str, path: str) -> RestDelay | None:
        """The first delay that fits this request and is not used up."""
        for number, rule in enumerate(self.rest_delays):
            if rule.fits(method=method, path=path) and self._take(f"rest_delays:{number}", rule.times):
                return rule
        return None

    def take_poison(self) -> str:
        """The poison for the stream that opens now: its name, or nothing."""
        wanted = self.stream.poison
        return wanted if wanted and self._take("stream:poison", 1) else ""

    def take_failed_download(self) -> int | None:
        """The HTTP status that this download fails with, if any is left."""
        wanted = self.recordings
        return wanted.failing_status if self._take("recordings:", wanted.failing_downloads) else None

    def _take(self, key: str, limit: int, *, share: float = 1.0) -> bool:
        if self.used.get(key, 0) >= limit or (share < 1.0 and self.dice.random() >= share):
            return False
        self.used[key] = self.used.get(key, 0) + 1
        return True


_LISTS: dict[str, type] = {"callbacks": CallbackRule, "rest_delays": RestDelay}
_SECTIONS: dict[str, type] = {"stream": StreamFaults, "recordings": RecordingFaults, "rest": RestFaults}


def _load(shape: type, value: Any, where: str) -> Any:
    if not hasattr(value, "items"):
        raise ValueError(f"{where} must be an object")
    known = {each.name: each.type for each in fields(shape)}
    read: dict[str, Any] = {}
    for name, given in value.items():
        if name not in known:
            raise ValueError(f"{where}.{name}: no such fault")
        wanted = known[name]
        if isinstance(wanted, type) and issubclass(wanted, StrEnum):
            read[name] = wanted(str(given))
        elif wanted is float and _is_number(given):
            read[name] = float(given)
        elif isinstance(wanted, type) and type(given) is wanted and (wanted in (bool, str) or _is_number(given)):
            read[name] = given
        else:
            raise ValueError(f"{where}.{name}: not of the right type, or negative")
    try:
        return shape(**read)
    except TypeError as missing:
        raise ValueError(f"{where}: {missing}") from missing


def _is_number(given: Any) -> bool:
    return isinstance(given, int | float) and not isinstance(given, bool) and given >= 0
