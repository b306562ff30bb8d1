"""A carrier on paper: plays what the session sends at eight bytes a millisecond and returns the marks."""

import base64
from collections import deque
from typing import TypeVar

from calls.voice import effects as e
from calls.voice import messages as m
from calls.voice.plan import ConversationPlan
from calls.voice.session import VoiceSession

FRAME_MS = 20
QUIET = base64.b64encode(b"\xff" * 160).decode()
Kind = TypeVar("Kind")


def sound(ms: int) -> str:
    return base64.b64encode(b"\x2a" * (ms * 8)).decode()


class Talk:
    """One session with its carrier; every effect it ever gave is in `done`."""

    def __init__(self, *, is_ready: bool = True, marks_come_back: bool = True, **plan) -> None:
        self.session = VoiceSession(ConversationPlan(**({"greeting": ""} | plan)))
        self.done: list[e.Effect] = []
        self.played_ms = 0
        self._buffer: deque[list] = deque()
        self._marks_come_back = marks_come_back
        self._at_ms = 0
        self._sequence = 1
        self.session.from_carrier(m.StreamStarted("MZ1", "CA1", "audio/x-mulaw", 8000, 1, {}))
        self.collect()
        if is_ready:
            self.model(m.ModelReady())

    def collect(self) -> None:
        for effect in self.session.effects():
            self.done.append(effect)
            if isinstance(effect, e.PlayAudio):
                self._buffer.append(["audio", len(base64.b64decode(effect.payload))])
            elif isinstance(effect, e.Mark):
                self._buffer.append(["mark", effect.name])
            elif isinstance(effect, e.Clear):
                pending = [name for kind, name in self._buffer if kind == "mark"]
                self._buffer.clear()
                for name in pending:
                    self.session.from_carrier(m.MarkReturned(name))

    def carrier(self, *messages: m.CarrierMessage) -> "Talk":
        for message in messages:
            self.session.from_carrier(message)
            self.collect()
        return self

    def model(self, *messages: m.ModelMessage) -> "Talk":
        for message in messages:
            self.session.from_model(message)
            self.collect()
        return self

    def tool(self, result: m.ToolFinished) -> "Talk":
        self.session.from_tool(result)
        self.collect()
        return self

    def wait(self, ms: int) -> "Talk":
        """Let this much of the call's time pass, frame by frame."""
        for _ in range(ms // FRAME_MS):
            left = FRAME_MS * 8
            while self._buffer and (left or self._buffer[0][0] == "mark"):
                kind, what = self._buffer[0]
                if kind == "mark":
                    self._buffer.popleft()
                    if self._marks_come_back:
                        self.carrier(m.MarkReturned(what))
                    continue
                taken = min(left, what)
                left -= taken
                self.played_ms += taken // 8
                self._buffer[0][1] -= taken
                if not self._buffer[0][1]:
                    self._buffer.popleft()
            self._sequence += 1
            self.carrier(m.CallerAudio(QUIET, self._at_ms, self._sequence))
            self._at_ms += FRAME_MS
        return self

    def says(self, text: str, ms: int, *, item: str = "item_a", response: str = "resp_a", ends: bool = True) -> "Talk":
        """The assistant says something that lasts `ms`, in pieces of 200 ms, faster than it is played."""
        self.model(m.ResponseStarted(response), m.AssistantWords(response, item, text, is_final=False))
        for start in range(0, ms, 200):
            self.model(m.AudioDelta(response, item, sound(min(200, ms - start))))
        if ends:
            self.model(m.AssistantWords(response, item, text, is_final=True))
            self.model(m.ResponseEnded(response, "completed", "", {}))
        return self

    def caller_starts(self, item: str = "item_c") -> "Talk":
        return self.model(m.SpeechStarted(item, self.session.now_ms))

    def caller_stops(self, item: str = "item_c", text: str | None = None) -> "Talk":
        self.model(m.SpeechStopped(item, self.session.now_ms))
        if text is not None:
            self.model(m.CallerWords(item, text, is_final=True))
        return self

    def all(self, kind: type[Kind]) -> list[Kind]:
        return [effect for effect in self.done if isinstance(effect, kind)]

    def noted(self) -> list[str]:
        return [note.kind for note in self.all(e.Noted)]

    def turns(self) -> list[e.TurnSpoken]:
        return self.all(e.TurnSpoken)


HELLO = "Hello, how can I help you today?"
QUESTION = "What are your opening hours?"


def mid_talk(**plan) -> Talk:
    """Greeted, asked something, answered; nobody speaks."""
    talk = Talk(greeting=HELLO, **plan).says(HELLO, 1000).wait(1200)
    talk.caller_starts("c1").wait(800).caller_stops("c1", QUESTION)
    return talk.says("From nine to six.", 1000, item="a1", response="r1").wait(1200)


def told(talk: Talk, since: int = 0) -> list[e.Effect]:
    """What the model was told, but for sound."""
    kinds = (e.AddMessage, e.AddToolCall, e.AnswerTool, e.Respond, e.Truncate, e.ListenAgain, e.CancelResponse)
    return [effect for effect in talk.done[since:] if isinstance(effect, kinds)]
