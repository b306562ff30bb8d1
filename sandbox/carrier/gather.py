"""`<Gather>`: ask something, and wait for keys, for speech, or for whichever comes first.

Keys and speech count from the first moment on and cut the question short (`bargeIn`). The timeout runs from the end of
the question, and anew from each key. Who answers nothing, or presses the finishing key first, goes on with the verb
after it. https://www.twilio.com/docs/voice/twiml/gather
"""

import asyncio
from collections.abc import Coroutine
from typing import Any

from sandbox import speech
from sandbox.audio import FRAME_MS
from sandbox.carrier.documents import Document
from sandbox.carrier.ear import Ear
from sandbox.carrier.keypad import Keypad
from sandbox.carrier.state import Call, Carrier, FetchDocument
from sandbox.carrier.twiml import Element, TwimlError

_SPOKE_MS = 200  # less sound than this is a click, not speech
_LONGEST_SPEECH_MS = 60_000
_AUTO_SILENCE_MS = 1_000
_CONFIDENCE = "0.95"

Params = tuple[tuple[str, str], ...]


async def run(
    carrier: Carrier, *, call: Call, verb: Element, document: Document, question: Coroutine[Any, Any, None]
) -> FetchDocument | None:
    """Collect an answer while `question` is being asked and after it; None when there was none.

    Raises `TwimlError` 13335 for a speech timeout that goes with no such model.
    """
    asking = asyncio.create_task(question)
    try:
        if verb.get("speechTimeout") == "auto" and verb.get("speechModel", "default") == "default":
            raise TwimlError(13335, "<Gather>: speechTimeout auto is not possible with the speechModel default")
        action = document.resolve(verb.get("action")) if verb.get("action") else ""
        with Keypad(call) as keypad:
            answer = await _Gathering(carrier, call, verb, asking).collect(keypad)
        if answer is None:
            return None
        return FetchDocument(action or document.resolve(""), verb.get("method", "POST"), answer)
    finally:
        asking.cancel()
        await asyncio.wait({asking})


class _Gathering:
    """One answer, from the beginning of the question to its end."""

    def __init__(self, carrier: Carrier, call: Call, verb: Element, asking: "asyncio.Task[None]") -> None:
        self._clock, self._line, self._verb, self._asking = carrier.clock, call.line, verb, asking
        kinds = verb.get("input", "dtmf").split()
        self._takes_keys, self._takes_speech = "dtmf" in kinds, "speech" in kinds
        self._timeout_ms = int(verb.get("timeout", "5")) * 1000
        silence = verb.get("speechTimeout", verb.get("timeout", "5"))
        self._silence_ms = _AUTO_SILENCE_MS if silence == "auto" else int(silence) * 1000
        self._finish, self._most = verb.get("finishOnKey", "#"), int(verb.get("numDigits", "0"))
        self._may_interrupt = verb.get("bargeIn", "true") == "true"
        self._began = call.line.run()
        self._ear = Ear(call.line.inbound, since=self._began)
        self._digits = ""
        self._waiting_since_ms = 0.0

    async def collect(self, keypad: Keypad) -> Params | None:
        """The parameters of the answer; None when nothing came and nobody wants to know."""
        self._waiting_since_ms = self._clock.now_ms()
        while True:
            await self._clock.sleep(FRAME_MS)
            self._follow_the_question()
            if self._keys_are_complete(keypad.take() if self._takes_keys else []):
                break
            if self._takes_speech and not self._digits:
                words = self._speech()
                if words is not None:
                    return (("SpeechResult", words), ("Confidence", _CONFIDENCE)) if words else self._nothing()
                if self._ear.speaking_ms:
                    continue
            if self._clock.now_ms() - self._waiting_since_ms >= self._timeout_ms:
                break
        if not self._may_interrupt:
            await asyncio.wait({self._asking})
        return (("Digits", self._digits),) if self._digits else self._nothing()

    def _follow_the_question(self) -> None:
        if not self._asking.done():
            self._waiting_since_ms = self._clock.now_ms()
        elif not self._asking.cancelled():
            self._asking.result()

    def _keys_are_complete(self, keys: list[str]) -> bool:
        for key in keys:
            self._interrupt()
            if key == self._finish:
                return True
            self._digits += key
            if len(self._digits) == self._most:
                return True
        return False

    def _speech(self) -> str | None:
        """What was said, when it is over; empty when nobody can understand it. None while nothing is complete."""
        self._line.run()
        self._ear.listen()
        if self._ear.spoken_ms < _SPOKE_MS:
            return None
        self._interrupt()
        if self._ear.silent_ms < self._silence_ms and self._ear.speaking_ms < _LONGEST_SPEECH_MS:
            return None
        return speech.recognise(bytes(self._line.inbound.past[self._began :])) or ""

    def _interrupt(self) -> None:
        self._waiting_since_ms = self._clock.now_ms()
        if self._may_interrupt:
            self._asking.cancel()

    def _nothing(self) -> Params | None:
        if self._verb.get("actionOnEmptyResult") != "true":
            return None
        return (("Digits" if self._takes_keys else "SpeechResult", ""),)
