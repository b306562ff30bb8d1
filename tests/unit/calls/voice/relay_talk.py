"""A line of text on paper: what the session says and asks, and a clock that is moved by hand."""

from typing import TypeVar

from calls.voice import effects as e
from calls.voice import messages as m
from calls.voice import relay_messages as r
from calls.voice.plan import ConversationPlan
from calls.voice.relay_session import RelaySession

Kind = TypeVar("Kind")


class Line:
    """One session; every effect it ever gave is in `done`."""

    def __init__(self, *, greets: bool = True, languages: frozenset[str] = frozenset(), **plan) -> None:
        line = r.RelayPlan(greets=greets, languages=languages)
        self.session = RelaySession(ConversationPlan(**({"greeting": ""} | plan)), line)
        self.done: list[r.RelayEffect] = []
        self.now_ms = 0
        self.session.begin()
        self._collect()

    def _collect(self) -> None:
        self.done += self.session.effects()

    def carrier(self, *messages: r.RelayMessage) -> "Line":
        for message in messages:
            self.session.from_carrier(message)
            self._collect()
        return self

    def caller(self, text: str) -> "Line":
        return self.carrier(r.Prompted(text, "en-US", is_last=True))

    def model(self, *messages: r.AnswerMessage) -> "Line":
        for message in messages:
            self.session.from_model(message)
            self._collect()
        return self

    def answer(self, *pieces: str, tools: tuple[m.ToolCalled, ...] = ()) -> "Line":
        """The newest question is answered so."""
        answer_id = self.asked().answer_id
        self.model(*(r.Piece(answer_id, piece) for piece in pieces), *tools)
        return self.model(r.AnswerEnded(answer_id, f"resp_{answer_id}", {"input_tokens": 1}))

    def tool(self, result: m.ToolFinished) -> "Line":
        self.session.from_tool(result)
        self._collect()
        return self

    def wait(self, ms: int) -> "Line":
        for _ in range(ms // 100):
            self.now_ms += 100
            self.session.at(self.now_ms)
            self.session.tick()
            self._collect()
        return self

    def spoken(self) -> "Line":
        """The carrier says that everything was spoken."""
        return self.carrier(r.Speaking(is_on=True), r.Speaking(is_on=False))

    def all(self, kind: type[Kind]) -> list[Kind]:
        return [effect for effect in self.done if isinstance(effect, kind)]

    def asked(self) -> r.Ask:
        return self.all(r.Ask)[-1]

    def said(self) -> str:
        return "".join(say.text for say in self.all(r.Say))

    def turns(self) -> list[tuple[str, str]]:
        return [(turn.party.value, turn.text) for turn in self.all(e.TurnSpoken)]

    def notes(self) -> list[str]:
        return [noted.kind for noted in self.all(e.Noted)]
