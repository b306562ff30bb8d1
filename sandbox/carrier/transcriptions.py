"""Real-time transcriptions: what is said on the two sides of a call, told sentence by sentence while it goes on.

`inbound_track` is what the call's own telephone sends, `outbound_track` what it hears. Words are known as the model
stand-in knows them: by the sound of prepared sentences, and as marked tones; of all other sound nothing is told. It
outlives every document of the call, until it is stopped or the call ends.
https://www.twilio.com/docs/voice/twiml/transcription
"""

import asyncio
import json
from dataclasses import dataclass, field

from sandbox import speech
from sandbox.carrier import callbacks, utterances
from sandbox.carrier.state import Call, Carrier, Transcription, new_sid
from sandbox.carrier.utterances import Utterances

FAILED = 32650
TRACKS = {"inbound_track": ("inbound_track",), "outbound_track": ("outbound_track",)} | {
    "both_tracks": ("inbound_track", "outbound_track")
}
ENGINES = ("google", "deepgram")
_LOOK_EVERY_MS = 100
_PARTIAL_EVERY_MS = 1_000
_CONFIDENCE = 0.95
_STABILITY = "0.9"


@dataclass(frozen=True, slots=True)
class Wishes:
    """How a transcription is to be made, and who is told."""

    name: str = ""
    track: str = "both_tracks"
    callback_url: str = ""
    callback_method: str = "POST"
    labels: dict[str, str] = field(default_factory=dict)  # by track
    partial_results: bool = False
    language: str = "en-US"
    engine: str = "google"
    provider: dict[str, str] = field(default_factory=dict)  # handed on to the engine


class UnableToTranscribe(Exception):
    """One of this name is running on the call already."""


def find(call: Call, name_or_sid: str) -> Transcription | None:
    """The newest transcription of this call with this name or SID."""
    return next((each for each in reversed(call.transcriptions) if name_or_sid in (each.sid, each.name)), None)


def start(carrier: Carrier, *, call: Call, wishes: Wishes) -> Transcription:
    """Listen from now on. Raises `UnableToTranscribe`."""
    running = find(call, wishes.name) if wishes.name else None
    if running and running.is_running:
        raise UnableToTranscribe(f"a transcription named {wishes.name!r} is running on {call.sid} already")
    sid = new_sid("GT")
    transcription = Transcription(sid, wishes.name or sid, updated_at_ms=carrier.clock.now_ms())
    call.transcriptions.append(transcription)
    carrier.spawn(_Transcriber(carrier, call, transcription, wishes).run())
    return transcription


def stop(carrier: Carrier, transcription: Transcription) -> None:
    """Listen no more; what is being said is told first."""
    transcription.is_running = False
    transcription.updated_at_ms = carrier.clock.now_ms()
    transcription.stopping.set()


class _Transcriber:
    """One transcription from its start to its end."""

    def __init__(self, carrier: Carrier, call: Call, transcription: Transcription, wishes: Wishes) -> None:
        self._carrier, self._call, self._transcription, self._wishes = carrier, call, transcription, wishes
        now, line = call.line.run(), call.line
        sides = {"inbound_track": line.inbound, "outbound_track": line.outbound}
        self._sides = {name: Utterances(sides[name], since=now) for name in TRACKS[wishes.track]}
        self._told = dict.fromkeys(self._sides, "")  # the last partial result
        self._sequence = 0

    async def run(self) -> None:
        """Tell what is said until it is stopped or the call is over."""
        self._report("transcription-started", *self._settings())
        since_partial_ms = 0
        while self._call.is_live and self._transcription.is_running:
            await self._pause()
            self._call.line.run()
            since_partial_ms += _LOOK_EVERY_MS
            is_partial_due = self._wishes.partial_results and since_partial_ms >= _PARTIAL_EVERY_MS
            is_last = not (self._call.is_live and self._transcription.is_running)
            for track, side in self._sides.items():
                if sound := side.next(is_last=is_last):
                    self._told[track] = ""
                    if words := await utterances.words_in(self._carrier, sound):
                        self._tell(track, words, is_final=True)
                elif is_partial_due:
                    self._tell_partial(track, speech.recognise(side.so_far()) or "")
            if is_partial_due:
                since_partial_ms = 0
        if self._transcription.is_running:
            stop(self._carrier, self._transcription)
        self._report("transcription-stopped")

    async def _pause(self) -> None:
        waits = (
            self._carrier.clock.sleep(_LOOK_EVERY_MS),
            self._call.ended.wait(),
            self._transcription.stopping.wait(),
        )
        tasks = [asyncio.ensure_future(each) for each in waits]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()

    def _tell_partial(self, track: str, words: str) -> None:
        if words and words != self._told[track]:
            self._told[track] = words
            self._tell(track, words, is_final=False)

    def _tell(self, track: str, words: str, *, is_final: bool) -> None:
        data = json.dumps({"transcript": words, "confidence": _CONFIDENCE})
        stability = () if is_final else (("Stability", _STABILITY),)
        final = ("Final", "true" if is_final else "false")
        self._report("transcription-content", ("Track", track), ("TranscriptionData", data), final, *stability)

    def _settings(self) -> tuple[tuple[str, str], ...]:
        wishes = self._wishes
        labels = tuple(
            (f"{track.partition('_')[0].capitalize()}TrackLabel", wishes.labels[track])
            for track in self._sides
            if wishes.labels.get(track)
        )
        return (
            ("Name", self._transcription.name),
            ("Track", wishes.track),
            *labels,
            ("TranscriptionEngine", wishes.engine),
            ("ProviderConfiguration", json.dumps(wishes.provider)),
            ("PartialResults", "true" if wishes.partial_results else "false"),
        )

    def _report(self, event: str, *facts: tuple[str, str]) -> None:
        if not self._wishes.callback_url:
            return
        self._sequence += 1
        moment = self._carrier.clock.date().isoformat(timespec="microseconds").replace("+00:00", "Z")
        params = (
            ("AccountSid", self._carrier.account_sid),
            ("CallSid", self._call.sid),
            ("TranscriptionSid", self._transcription.sid),
            ("TranscriptionEvent", event),
            ("SequenceId", str(self._sequence)),
            ("Timestamp", moment),
            ("LanguageCode", self._wishes.language),
            *facts,
        )
        callbacks.send(
            self._carrier,
            call=self._call,
            kind="transcription",
            event=event,
            url=self._wishes.callback_url,
            method=self._wishes.callback_method,
            params=params,
        )
