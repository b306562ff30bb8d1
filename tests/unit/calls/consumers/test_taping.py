"""The bridge's own recording: what passes is noted, and written when it is old enough, as the books want it."""

import base64
import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from calls.carrier import media_stream
from calls.consumers import taping
from calls.consumers.carrier_line import CarrierLine, Line
from calls.consumers.taping import HOLD_MS, Tape, taped
from calls.control.bridge_tapes import UNWANTED, Wish
from calls.voice import effects as e

SID = "MZ" + "0" * 32
WANTED = Wish(is_wanted=True)
QUIET = 0xFF


@pytest.fixture(autouse=True)
def folder(settings: Any, tmp_path: Path) -> Path:
    settings.TAPES_DIR = str(tmp_path)
    return tmp_path


def a_tape(*, offset_ms: int = 0) -> Tape:
    return Tape(call_id=7, stream_id=3, stream_sid=SID, offset_ms=offset_ms)


def a_frame(n: int, code: int = 0x11) -> str:
    payload = base64.b64encode(bytes([code]) * 160).decode()
    media = {"track": "inbound", "chunk": str(n + 1), "timestamp": str(n * 20), "payload": payload}
    return json.dumps({"event": "media", "sequenceNumber": str(n + 2), "streamSid": SID, "media": media})


def of_ours(ms: int, code: int = 0x22) -> str:
    payload = base64.b64encode(bytes([code]) * ms * 8).decode()
    return media_stream.encode(e.PlayAudio(payload), stream_sid=SID)


def hear(tape: Tape, ms: int, *, from_ms: int = 0, code: int = 0x11) -> None:
    for n in range(from_ms // 20, (from_ms + ms) // 20):
        tape.heard(a_frame(n, code))
    tape.listen()


def written(folder: Path, suffix: str = ".tape") -> np.ndarray:
    (path,) = folder.iterdir()
    assert path.suffix == suffix
    return np.frombuffer(path.read_bytes(), dtype=np.uint8).reshape(-1, 2)


def test_both_sides_are_written_when_they_are_old_enough_and_all_of_it_at_the_end(folder: Path) -> None:
    tape = a_tape()
    tape.sent(of_ours(1000))
    hear(tape, HOLD_MS + 500)
    tape.write(WANTED)
    assert len(written(folder, ".part")) == 500 * 8
    tape.close()
    tape.write(WANTED)
    both = written(folder)
    assert tape.is_over
    assert len(both) == (HOLD_MS + 500) * 8
    assert (both[:, 0] == 0x11).all()
    assert (both[:8000, 1] == 0x22).all()
    assert (both[8000:, 1] == QUIET).all()
    assert [path.name for path in folder.iterdir()] == ["7-3-0.tape"]


def test_a_pause_is_silence_on_the_calls_clock_and_a_stop_is_silence_for_good(folder: Path) -> None:
    tape = a_tape(offset_ms=10_000)
    tape.sent(of_ours(4000))
    hear(tape, 4000)
    tape.close()
    tape.write(Wish(is_wanted=True, silent=((11_000, 12_000), (13_000, 10**8))))
    both = written(folder)
    for side, code in ((0, 0x11), (1, 0x22)):
        seconds = [set(both[n * 8000 : (n + 1) * 8000, side]) for n in range(4)]
        assert seconds == [{code}, {QUIET}, {code}, {QUIET}]


def test_what_was_said_just_before_the_books_knew_of_a_pause_is_not_written(folder: Path) -> None:
    tape = a_tape()
    hear(tape, 5000)
    tape.write(WANTED)
    hear(tape, 2000, from_ms=5000, code=0x44)
    tape.close()
    tape.write(Wish(is_wanted=True, silent=((4900, 10**8),)))
    assert 0x44 not in written(folder)


@pytest.mark.parametrize("has_begun", [True, False])
def test_a_call_that_is_not_to_be_recorded_leaves_nothing(folder: Path, has_begun: bool) -> None:
    tape = a_tape()
    hear(tape, HOLD_MS + 100)
    if has_begun:
        tape.write(WANTED)
    tape.write(UNWANTED)
    assert tape.is_over
    assert list(folder.iterdir()) == []


def test_while_the_books_are_away_nothing_is_written_and_not_for_ever(folder: Path) -> None:
    tape = a_tape()
    hear(tape, 119_000)
    tape.write(None)
    assert list(folder.iterdir()) == []
    hear(tape, 2000, from_ms=119_000)
    with pytest.raises(ValueError, match="books are away"):
        tape.write(None)


def test_what_nobody_looks_at_does_not_pile_up() -> None:
    tape = a_tape()
    for n in range(taping._MOST_TEXTS + 1):
        tape.heard(a_frame(n))
    with pytest.raises(ValueError, match="too much"):
        tape.listen()


def test_nonsense_of_the_carrier_ends_no_tape(folder: Path) -> None:
    tape = a_tape()
    a_key = json.dumps({"event": "dtmf", "streamSid": SID, "dtmf": {"digit": "5"}})
    for text in ("{", '{"event":"media"}', a_key, "[]"):
        tape.heard(text)
    hear(tape, 100)
    tape.close()
    tape.write(WANTED)
    assert len(written(folder)) == 100 * 8


class Lane:
    """A server's fast lane."""

    def __init__(self) -> None:
        self.gone: list[str] = []
        self.take: Callable[[str], object] = lambda _: None

    def listen(self, take: Callable[[str], object]) -> None:
        self.take = take

    def send_texts(self, texts: Iterable[str]) -> bool:
        self.gone += texts
        return True

    async def drained(self) -> None:
        """At once."""


async def test_whatever_passes_by_either_way_is_noted_and_passes_unchanged() -> None:
    tape, lane, gone = a_tape(), Lane(), []

    async def receive() -> dict[str, Any]:
        return {"type": "websocket.receive", "text": a_frame(0)}

    async def send(message: dict[str, Any]) -> None:
        gone.append(message["text"])

    plain = taped(Line(receive, send, SID), tape)
    assert (await plain.receive())["text"] == a_frame(0)
    line = CarrierLine(plain)
    line.put(e.PlayAudio("qqqq"))
    await line.flush()

    fast = taped(Line(receive, send, SID, lane), tape)
    taken: list[str] = []
    assert fast.lane is not None
    fast.lane.listen(taken.append)
    lane.take(a_frame(1))
    line = CarrierLine(fast)
    line.put(e.PlayAudio("rrrr"))
    line.flush_now()
    assert (taken, len(gone), len(lane.gone)) == ([a_frame(1)], 1, 1)
    assert list(tape._passed) == [(True, a_frame(0)), (False, gone[0]), (True, a_frame(1)), (False, lane.gone[0])]


async def test_a_clear_takes_what_was_not_heard_off_the_tape(folder: Path) -> None:
    tape = a_tape()
    hear(tape, 200)
    tape.sent(of_ours(5000))
    tape.listen()
    hear(tape, 300, from_ms=200)
    tape.sent(media_stream.encode(e.Clear(), stream_sid=SID))
    tape.listen()
    hear(tape, 500, from_ms=500)
    tape.close()
    tape.write(WANTED)
    heard = written(folder)[:, 1]
    assert (heard[200 * 8 : 500 * 8] == 0x22).all()
    assert (heard[500 * 8 :] == QUIET).all()


def test_a_tape_that_cannot_be_written_is_given_up_alone(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bad, good = a_tape(), Tape(call_id=8, stream_id=4, stream_sid=SID, offset_ms=0)
    bad._path = folder / ("x" * 300) / "7.part"
    for tape in (bad, good):
        hear(tape, 100)
        tape.close()
    monkeypatch.setattr(taping.bridge_tapes, "wishes", lambda ids: dict.fromkeys(ids, WANTED))
    taping.Recorder().look_after([bad, good])
    assert bad.is_over
    assert [path.name for path in folder.iterdir()] == ["8-4-0.tape"]
