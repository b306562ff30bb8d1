"""Who said what, when, and how much of it was heard.

A turn is one party's stretch of speech and carries the model's item id. A customer's turn begins and ends where the
model heard speech begin and end; its words come later, from a transcription that runs apart. An assistant's turn
begins with its first sound in the caller's ear; its words run ahead of the sound, so what is shown and kept is the part
that was heard.
"""

from dataclasses import dataclass, replace

from calls.voice.effects import TurnSpoken, Words
from calls.voice.messages import Party
from calls.voice.playback import Playback

# What has been heard of a long turn is kept this often while it is being played: this process may not live to its end.
KEEP_EVERY_MS = 2_000


def heard_words(text: str, heard_ms: int, total_ms: int) -> str:
    """The whole words of `text` that fit into the heard share of its sound."""
    if heard_ms >= total_ms:
        return text
    end = len(text) * max(heard_ms, 0) // max(total_ms, 1)
    if end < len(text) and not text[end].isspace():
        end = text.rfind(" ", 0, end + 1)
    return text[: max(end, 0)].rstrip()


@dataclass(slots=True)
class _CustomerTurn:
    item_id: str
    started_ms: int
    ended_ms: int | None = None
    text: str = ""


@dataclass(slots=True)
class _AssistantTurn:
    item_id: str
    response_id: str
    started_ms: int | None = None  # None until it has sound
    response_ms: int | None = None
    text: str = ""
    shown: int = 0
    kept_ms: int = 0
    is_spoken: bool = False  # the model has sent all of it


class Turns:
    """The turns of one session that are still growing; finished ones are handed out and forgotten."""

    def __init__(self, playback: Playback) -> None:
        self._playback = playback
        self._customer: dict[str, _CustomerTurn] = {}
        self._assistant: dict[str, _AssistantTurn] = {}
        self._speech_ended_ms: int | None = None  # the end of speech that has had no answer yet
        self._voiced_response = ""  # the newest response with sound
        self.written_until_ms: int | None = None  # where the newest words of the customer end that are written down

    # --- the customer ---

    def speech_started(self, item_id: str, at_ms: int) -> None:
        """The customer began to speak."""
        self._customer.setdefault(item_id, _CustomerTurn(item_id, at_ms))

    def speech_stopped(self, item_id: str, at_ms: int) -> None:
        """The customer fell silent."""
        turn = self._customer.get(item_id)
        if turn is not None:
            turn.ended_ms = max(at_ms, turn.started_ms)
        self._speech_ended_ms = at_ms

    def customer_words(self, item_id: str, text: str, now_ms: int, *, is_final: bool) -> Words | TurnSpoken:
        """More of the customer's words, or all of them."""
        turn = self._customer.setdefault(item_id, _CustomerTurn(item_id, now_ms))
        if not is_final:
            turn.text += text
            return Words(Party.CUSTOMER, item_id, turn.text)
        turn.text = text
        return self._finish_customer(turn, now_ms)

    def customer_words_failed(self, item_id: str, now_ms: int) -> TurnSpoken:
        """The customer spoke, and nobody could write it down: kept as a turn without words."""
        turn = self._customer.setdefault(item_id, _CustomerTurn(item_id, now_ms))
        return self._finish_customer(turn, now_ms, failed=True)

    def _finish_customer(self, turn: _CustomerTurn, now_ms: int, *, failed: bool = False) -> TurnSpoken:
        self._customer.pop(turn.item_id, None)
        if turn.ended_ms is None:  # written down, or given up, while the model still heard speech
            turn.ended_ms = max(now_ms, turn.started_ms)
        self.written_until_ms = max(self.written_until_ms or 0, turn.ended_ms)
        return TurnSpoken(
            Party.CUSTOMER, turn.item_id, turn.started_ms, turn.ended_ms, turn.text.strip(), transcription_failed=failed
        )

    # --- the assistant ---

    def assistant_sound(self, response_id: str, item_id: str, now_ms: int) -> None:
        """A piece of the assistant's voice was sent to the carrier; it must be enqueued in the playback already."""
        turn = self._assistant.setdefault(item_id, _AssistantTurn(item_id, response_id))
        self._voiced_response = response_id
        if turn.started_ms is None:
            turn.started_ms = self._playback.started_ms(item_id)
            if self._speech_ended_ms is not None:
                turn.response_ms = max(now_ms - self._speech_ended_ms, 0)
                self._speech_ended_ms = None

    def assistant_words(self, response_id: str, item_id: str, text: str, *, is_final: bool) -> None:
        """More of the assistant's words, or all of them."""
        turn = self._assistant.setdefault(item_id, _AssistantTurn(item_id, response_id))
        turn.text = text if is_final else turn.text + text

    def response_ended(self, response_id: str) -> None:
        """No more will come for this response's items."""
        for turn in self._assistant.values():
            if turn.response_id == response_id:
                turn.is_spoken = True

    def shown_words(self, now_ms: int) -> Words | None:
        """What the caller has heard of the turn being played, when that has grown since it was last asked."""
        for turn in self._assistant.values():
            if turn.started_ms is None or turn.started_ms > now_ms:
                continue
            heard = heard_words(
                turn.text,
                self._playback.heard_ms(turn.item_id, now_ms),
                self._playback.sent_ms(turn.item_id),
            )
            if len(heard) > turn.shown:
                turn.shown = len(heard)
                return Words(Party.ASSISTANT, turn.item_id, heard)
        return None

    def growing(self, now_ms: int) -> TurnSpoken | None:
        """A turn that is being played, as far as it was heard, when that was not kept for a while."""
        for turn in self._assistant.values():
            if turn.started_ms is None or now_ms - max(turn.started_ms, turn.kept_ms) < KEEP_EVERY_MS:
                continue
            turn.kept_ms = now_ms
            heard_ms, sent_ms = self._playback.heard_ms(turn.item_id, now_ms), self._playback.sent_ms(turn.item_id)
            return replace(self._as_cut(turn, heard_ms, sent_ms), is_final=False)
        return None

    def heard_out(self, now_ms: int) -> list[TurnSpoken]:
        """Assistant turns whose every sound has been played; also silent ones the model has finished."""
        done = [
            turn
            for turn in self._assistant.values()
            if turn.is_spoken and self._playback.is_heard_out(turn.item_id, now_ms)
        ]
        return [spoken for turn in done if (spoken := self._finish_assistant(turn, now_ms)) is not None]

    def cut(self, item_id: str, heard_ms: int, sent_ms: int) -> TurnSpoken | None:
        """The assistant was interrupted in this item: what was heard stays, the rest is kept as unheard."""
        turn = self._assistant.pop(item_id, None)
        if turn is None or turn.started_ms is None:
            return None
        self._playback.forget(item_id)
        return self._as_cut(turn, heard_ms, sent_ms)

    def _as_cut(self, turn: _AssistantTurn, heard_ms: int, sent_ms: int) -> TurnSpoken:
        heard = heard_words(turn.text, heard_ms, sent_ms)
        started_ms = turn.started_ms or 0
        return TurnSpoken(
            Party.ASSISTANT,
            turn.item_id,
            started_ms,
            started_ms + heard_ms,
            heard,
            unheard=turn.text[len(heard) :].strip(),
            is_cut=True,
            response_ms=turn.response_ms,
        )

    def _finish_assistant(self, turn: _AssistantTurn, now_ms: int) -> TurnSpoken | None:
        self._assistant.pop(turn.item_id, None)
        if turn.started_ms is None:
            return None
        heard_ms = self._playback.heard_ms(turn.item_id, now_ms)
        self._playback.forget(turn.item_id)
        return TurnSpoken(
            Party.ASSISTANT,
            turn.item_id,
            turn.started_ms,
            turn.started_ms + heard_ms,
            turn.text.strip(),
            response_ms=turn.response_ms,
        )

    # --- another session of the model ---

    def model_lost(self) -> int | None:
        """The model's session is gone: nothing more comes for what is growing.

        What the assistant had said is heard to its end; what the customer said and nobody wrote down will be said to
        the next session, as a turn of its own: answers the moment at which the first of it began, None for nothing.
        """
        for turn in list(self._assistant.values()):
            turn.is_spoken = True
            if turn.started_ms is None:
                del self._assistant[turn.item_id]
        unwritten = self.unwritten_since()
        self._customer.clear()
        return unwritten

    def was_voiced(self, response_id: str) -> bool:
        """True when this response is the newest one of which anything was spoken."""
        return response_id == self._voiced_response

    def letters_of(self, item_id: str) -> int:
        """How many letters of an assistant's turn are known; 0 when it is not growing."""
        turn = self._assistant.get(item_id)
        return 0 if turn is None else len(turn.text.strip())

    def has_sound_of(self, response_id: str) -> bool:
        """True when something of this response was sent to the carrier."""
        return any(t.response_id == response_id and t.started_ms is not None for t in self._assistant.values())

    def unwritten_since(self) -> int | None:
        """When the first speech of the customer began that is not written down yet."""
        if not self._customer:
            return None
        return min(turn.started_ms for turn in self._customer.values())

    def in_the_air(self) -> list[str]:
        """What the assistant says that has not been heard to its end yet, oldest first."""
        return [turn.text.strip() for turn in self._assistant.values() if turn.started_ms is not None and turn.text]

    # --- the end ---

    def close_assistant(self, now_ms: int) -> list[TurnSpoken]:
        """Nothing more will be heard: every growing turn of the assistant as far as it got."""
        spoken: list[TurnSpoken] = []
        for turn in list(self._assistant.values()):
            heard = self._playback.heard_ms(turn.item_id, now_ms)
            sent = self._playback.sent_ms(turn.item_id)
            finished = self._finish_assistant(turn, now_ms) if heard >= sent else self.cut(turn.item_id, heard, sent)
            if finished is not None:
                spoken.append(finished)
        return spoken

    def close_customer(self, now_ms: int) -> list[TurnSpoken]:
        """Nobody waits any longer: every growing turn of the customer with the words there are."""
        return [self._finish_customer(turn, now_ms) for turn in list(self._customer.values())]
