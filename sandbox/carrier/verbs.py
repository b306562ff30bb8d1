"""The TwiML verbs, one coroutine each: run the verb on the call and say where the flow goes from here.

A verb answers None (the next verb follows), a source (go to that document) or `End`. All of them but `<Pause>` and
`<Reject>` answer a ringing call first. https://www.twilio.com/docs/voice/twiml
"""

import itertools
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from sandbox import audio, speech
from sandbox.carrier import (
    beside,
    conference_verb,
    dequeue,
    dial,
    enqueue_verb,
    gather,
    media_stream,
    pay,
    progress,
    record_verb,
    recordings,
    relay,
    sound_files,
    webhooks,
)
from sandbox.carrier.documents import Document
from sandbox.carrier.state import Call, CallStatus, Carrier, FetchDocument, Source
from sandbox.carrier.twiml import Element, TwimlError
from sandbox.carrier.twiml_schema import is_absolute_url

ASSISTANT = "assistant"
_SILENT_VERBS = ("Pause", "Reject")
_WAITS_MS = {"w": 500, "W": 1_000}


@dataclass(frozen=True, slots=True)
class End:
    """The call is over; `status` is what it counts as if it was never answered."""

    status: CallStatus = CallStatus.NO_ANSWER


Flow = Source | End | None
Verb = Callable[[Carrier, Call, Element, Document], Awaitable[Flow]]


async def run(carrier: Carrier, *, call: Call, element: Element, document: Document) -> Flow:
    """Execute one verb. Raises `TwimlError` when the verb cannot be run on this call."""
    waits_for_the_bridge = element.name == "Dial" and element.get("answerOnBridge") == "true"
    if element.name not in _SILENT_VERBS and not waits_for_the_bridge:
        progress.answer(carrier, call)
    return await _VERBS[element.name](carrier, call, element, document)


async def play(carrier: Carrier, call: Call, sound: bytes) -> None:
    """Let the caller hear `sound` in its real time; whoever interrupts it also cuts it off."""
    try:
        await carrier.clock.until(call.line.play(sound))
    finally:
        call.line.run()
        call.line.outbound.clear()


async def say(carrier: Carrier, call: Call, text: str) -> None:
    """Speak a text to the caller."""
    await play(carrier, call, speech.say(text, voice=ASSISTANT).audio)


async def _say(carrier: Carrier, call: Call, verb: Element, _document: Document) -> Flow:
    for _ in _times(verb):
        await say(carrier, call, verb.text)
    return None


async def _play(carrier: Carrier, call: Call, verb: Element, document: Document) -> Flow:
    if verb.get("digits"):
        for key in verb.get("digits"):
            sound = audio.silence(_WAITS_MS[key]) if key in _WAITS_MS else audio.dtmf_tone(key)
            await play(carrier, call, sound)
        return None
    answer_ = await webhooks.fetch_audio(carrier, call=call, url=document.resolve(verb.text))
    sound = sound_files.read(answer_.body, content_type=answer_.content_type)
    for _ in _times(verb):
        await play(carrier, call, sound)
    return None


def _times(verb: Element) -> "itertools.repeat[None]":
    loop = int(verb.get("loop", "1"))
    return itertools.repeat(None, loop) if loop else itertools.repeat(None)


async def _pause(carrier: Carrier, _call: Call, verb: Element, _document: Document) -> Flow:
    await carrier.clock.sleep(int(verb.get("length", "1")) * 1000)
    return None


async def _start(carrier: Carrier, call: Call, verb: Element, document: Document) -> Flow:
    noun = verb.children[0]
    if noun.name == "Transcription":
        beside.start_transcription(carrier, call=call, noun=noun, document=document)
        return None
    if noun.name == "Stream":
        beside.start_stream(carrier, call=call, noun=noun, document=document)
        return None
    recording = recordings.new(carrier, call=call, source="StartCallRecordingTwiML")
    recording.trim = noun.get("trim") == "trim-silence"
    recording.track = noun.get("track", "both")
    recording.callback_method = noun.get("recordingStatusCallbackMethod", "POST")
    recording.callback_events = frozenset(noun.get("recordingStatusCallbackEvent", "completed").split())
    url = noun.get("recordingStatusCallback").strip()
    if url and not is_absolute_url(url):
        message = f"recordingStatusCallback must be an absolute URL, not {url!r}: nothing will be reported"
        carrier.ledger.add("error", call_sid=call.sid, code=11200, message=message)
        url = ""
    recording.callback_url = url
    recordings.start(carrier, call=call, recording=recording)
    return None


async def _stop(carrier: Carrier, call: Call, verb: Element, _document: Document) -> Flow:
    beside.stop(carrier, call=call, noun=verb.children[0])
    return None


async def _connect(carrier: Carrier, call: Call, verb: Element, document: Document) -> Flow:
    action = document.resolve(verb.get("action")) if verb.get("action") else ""
    method = verb.get("method", "POST")
    if verb.children[0].name == relay.NAME:
        asked = (action, method) if action else None
        told = await relay.run(carrier, call=call, noun=verb.children[0], document=document, action=asked)
        return FetchDocument(action, method, told) if action else None
    await media_stream.run(carrier, call=call, noun=verb.children[0], document=document)
    return FetchDocument(action, method) if action else None


async def _dial(carrier: Carrier, call: Call, verb: Element, document: Document) -> Flow:
    if verb.children and verb.children[0].name == "Conference":
        return await conference_verb.run(carrier, call=call, verb=verb, document=document)
    if verb.children and verb.children[0].name == "Queue":
        return await dequeue.run(carrier, call=call, verb=verb, document=document, perform=run)
    return await dial.run(carrier, call=call, verb=verb, document=document)


async def _gather(carrier: Carrier, call: Call, verb: Element, document: Document) -> Flow:
    async def question() -> None:
        for part in verb.children:
            await run(carrier, call=call, element=part, document=document)

    return await gather.run(carrier, call=call, verb=verb, document=document, question=question())


async def _record(carrier: Carrier, call: Call, verb: Element, document: Document) -> Flow:
    return await record_verb.run(carrier, call=call, verb=verb, document=document, hear=play)


async def _pay(carrier: Carrier, call: Call, verb: Element, document: Document) -> Flow:
    async def perform(part: Element) -> None:
        await run(carrier, call=call, element=part, document=document)

    async def speak(text: str) -> None:
        await say(carrier, call, text)

    return await pay.run(carrier, call=call, verb=verb, document=document, perform=perform, say=speak)


async def _enqueue(carrier: Carrier, call: Call, verb: Element, document: Document) -> Flow:
    async def perform(part: Element, of: Document) -> Source | None:
        flow = await run(carrier, call=call, element=part, document=of)
        return None if isinstance(flow, End) else flow

    async def hear(sound: bytes) -> None:
        await play(carrier, call, sound)

    try:
        return await enqueue_verb.run(carrier, call=call, verb=verb, document=document, perform=perform, hear=hear)
    except enqueue_verb.HungUp:
        return End()


async def _leave(_carrier: Carrier, _call: Call, _verb: Element, _document: Document) -> Flow:
    raise TwimlError(12200, "<Leave> is only possible in the wait document of a queue")


async def _redirect(_carrier: Carrier, _call: Call, verb: Element, document: Document) -> Flow:
    return FetchDocument(document.resolve(verb.text), verb.get("method", "POST"))


async def _hangup(_carrier: Carrier, _call: Call, _verb: Element, _document: Document) -> Flow:
    return End()


async def _reject(_carrier: Carrier, call: Call, verb: Element, _document: Document) -> Flow:
    if call.status is not CallStatus.RINGING:
        raise TwimlError(12200, "<Reject> is only possible before the call is answered")
    return End(CallStatus.BUSY if verb.get("reason") == "busy" else CallStatus.NO_ANSWER)


_VERBS: dict[str, Verb] = {
    "Say": _say,
    "Play": _play,
    "Pause": _pause,
    "Start": _start,
    "Stop": _stop,
    "Connect": _connect,
    "Dial": _dial,
    "Enqueue": _enqueue,
    "Gather": _gather,
    "Leave": _leave,
    "Pay": _pay,
    "Record": _record,
    "Redirect": _redirect,
    "Hangup": _hangup,
    "Reject": _reject,
}
