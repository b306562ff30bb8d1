"""The callers of a drill: each tells the assistant a word of his own, and asks for it again and again."""

import json
import re
from dataclasses import dataclass
from typing import Any

from tests.journeys.house import House

REFUSAL = "Please stop recording this call."
# Said in one breath with a question, the refusal is what the assistant acts on.
REFUSAL_RULE = {
    "hears": "stop recording",
    "says": "All right, this call is no longer recorded.",
    "calls": [{"tool": "stop_recording", "arguments": {}}],
}
_WORDS = (
    *("tiger", "river", "candle", "violin", "pepper", "garden", "window", "silver", "ladder", "planet"),
    *("button", "forest", "hammer", "island", "jacket", "kettle", "lemon", "marble", "needle", "orange"),
)
_ROUNDS = 60


@dataclass(slots=True)
class Caller:
    """One call of the drill, by the carrier's id. `has_refused`: asked that the recording be stopped, once."""

    sid: str
    word: str
    has_refused: bool = False

    @property
    def promise(self) -> str:
        """What the assistant says when it is told the word."""
        return f"I will remember {self.word}."

    @property
    def proof(self) -> str:
        """What a conversation that was not lost says when it is asked for the word."""
        return f"You told me the word {self.word}."

    def is_in(self, session: dict[str, Any]) -> bool:
        """True when the word was told in this session of the model, or it was told that it had been."""
        return re.search(rf"\b{self.word}\b", json.dumps(session["items"])) is not None


def call_in(house: House, n: int) -> Caller:
    """Let one more caller call, who talks until somebody hangs up."""
    word = _WORDS[n % len(_WORDS)] + "s" * (n // len(_WORDS))
    asks = [_says("Which word did I tell you?"), _says("When are you open?")]
    tells = [_says(f"Please remember the word {word}.")] * 2  # on a busy machine one of them may not be understood
    return Caller(house.call(steps=[*tells, *(asks * _ROUNDS)]), word)


def _says(text: str) -> dict[str, Any]:
    return {"when": "assistant_done", "say": text, "settle_ms": 600, "after_ms": 200, "give_up_ms": 60_000}
