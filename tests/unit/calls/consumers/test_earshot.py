"""What listeners hear: both sides on one clock, the assistant's as it was really played."""

import base64
import itertools

from calls.consumers.earshot import PIECE_MS, Earshot
from calls.voice import effects as e
from calls.voice import messages as m
from tests.unit.calls.voice.talk import Talk

MS = 8  # bytes
SILENT = b"\xff"


class Listener:
    """Somebody who listens to a conversation on paper."""

    def __init__(self, talk: Talk) -> None:
        self.talk = talk
        self.pieces: list[tuple[int, bytes, bytes]] = []
        self.earshot = Earshot(talk.session, lambda *piece: self.pieces.append(piece))
        self._done = len(talk.done)
        self._tones = itertools.count(1)

    def says(self, ms: int, *, item: str = "i") -> bytes:
        """The assistant's voice comes from the model, all at once; the sound it is."""
        voice = bytes([next(self._tones)]) * (ms * MS)
        pieces = [voice[at : at + 200 * MS] for at in range(0, len(voice), 200 * MS)]
        self.talk.model(m.ResponseStarted(f"r of {item}"))
        for piece in pieces:
            self.talk.model(m.AudioDelta(f"r of {item}", item, base64.b64encode(piece).decode()))
        self.perform()
        return voice

    def wait(self, ms: int, caller: bytes = b"") -> None:
        """Time passes, frame by frame, while the caller says this."""
        for at in range(0, ms * MS, 20 * MS):
            frame = caller[at : at + 20 * MS].ljust(20 * MS, SILENT)
            at_ms = self.talk._at_ms
            self.talk.wait(20)
            self.earshot.frame(base64.b64encode(frame).decode(), at_ms)
            self.perform()

    def perform(self) -> None:
        for effect in self.talk.done[self._done :]:
            if isinstance(effect, e.PlayAudio | e.Clear):
                self.earshot.sent(effect)
        self._done = len(self.talk.done)

    @property
    def caller(self) -> bytes:
        return b"".join(caller for _, caller, _ in self.pieces)

    @property
    def assistant(self) -> bytes:
        return b"".join(assistant for _, _, assistant in self.pieces)


def test_the_caller_is_heard_as_they_came_in_pieces_that_lie_end_to_end() -> None:
    listener = Listener(Talk().wait(100))
    said = bytes(range(200)) * 16
    listener.wait(400, said)
    assert listener.caller == said[: 400 * MS]
    assert [at for at, _, _ in listener.pieces] == [100, 200, 300, 400]
    assert {len(piece) for _, *sides in listener.pieces for piece in sides} == {PIECE_MS * MS}


def test_the_assistant_is_heard_when_it_is_played_not_when_it_was_sent() -> None:
    listener = Listener(Talk())
    listener.wait(100)
    voice = listener.says(1000)
    listener.wait(1500)
    assert listener.assistant == SILENT * (100 * MS) + voice + SILENT * (500 * MS)


def test_what_is_cleared_is_not_heard() -> None:
    listener = Listener(Talk())
    voice = listener.says(3000)
    listener.wait(700)
    listener.talk.caller_starts()
    listener.perform()
    listener.wait(1300)
    again = listener.says(200, item="j")
    listener.wait(400)
    assert listener.assistant == voice[: 700 * MS] + SILENT * (1300 * MS) + again + SILENT * (200 * MS)


def test_who_comes_in_the_middle_of_an_answer_hears_the_rest_of_it() -> None:
    first = Listener(Talk())
    voice = first.says(3000)
    first.wait(1260)
    second = Listener(first.talk)
    second.wait(2000)
    assert second.assistant.rstrip(SILENT) == voice[1260 * MS :]


def test_marks_that_come_back_late_do_not_make_gaps() -> None:
    listener = Listener(Talk(marks_come_back=False))
    voice = listener.says(400)
    listener.wait(500)
    assert listener.assistant[: 400 * MS] == voice, "200 ms beyond the mark that is out"
    longer = Listener(Talk(marks_come_back=False))
    voice = longer.says(3000)
    longer.wait(1000)
    assert longer.assistant[: 400 * MS] == voice[: 400 * MS]
    assert set(longer.assistant[400 * MS :]) == {SILENT[0]}, "nobody knows whether the rest is being played"


def test_lost_frames_are_silence_and_doubled_ones_nothing() -> None:
    listener = Listener(Talk())
    frame = base64.b64encode(b"\x01" * 160).decode()
    for at_ms in (0, 20, 20, 80, 60, 100, 120):
        listener.earshot.frame(frame, at_ms)
    assert listener.caller == b"\x01" * 320 + SILENT * 320 + b"\x01" * 160
    listener.earshot.frame(frame, 9000)
    assert [at for at, *_ in listener.pieces] == [0, 100]
    assert listener.pieces[1][1] == b"\x01" * 320, "what came before a long hole does not wait"
