"""`<Dial><Conference>`: the attributes of the noun, and what follows when the call comes out of the room again.

https://www.twilio.com/docs/voice/twiml/conference
"""

import asyncio

from sandbox.audio import FRAME_MS
from sandbox.carrier import farewells, rooms, whatsapp_calls
from sandbox.carrier.documents import Document
from sandbox.carrier.keypad import Keypad
from sandbox.carrier.room import JITTER_MS, Terms
from sandbox.carrier.state import Call, Carrier, FetchDocument
from sandbox.carrier.twiml import Element, TwimlError
from sandbox.carrier.values import RecordingTerms

_LONGEST_S = "14400"
_COACH_IS_GONE = 13240


async def run(carrier: Carrier, *, call: Call, verb: Element, document: Document) -> FetchDocument | None:
    """Be in the conference; answers the request for `action`, if there is one.

    A label that is taken and a full room are errors in the debugger only: the next verb follows. Raises `TwimlError`
    13240 when there is nobody to coach.
    """
    noun, began_ms = verb.children[0], carrier.clock.now_ms()
    terms = terms_of(noun, document)
    action = document.resolve(verb.get("action")) if verb.get("action") else ""

    def following() -> FetchDocument | None:
        seconds = str(round((carrier.clock.now_ms() - began_ms) / 1000))
        outcome = (("DialCallStatus", "answered"), ("DialCallDuration", seconds))
        return FetchDocument(action, verb.get("method", "POST"), outcome) if action else None

    if whatsapp_calls.bars(whatsapp_calls.party(call), whatsapp_calls.people_of(rooms.find(carrier, noun.text))):
        message = "Dial: a WhatsApp call cannot be in a conference with the telephone network"
        raise TwimlError(whatsapp_calls.NOT_WITH_TELEPHONES, message)
    leaving = asyncio.create_task(_leave_in_time(carrier, call, verb))
    try:
        await rooms.stay(carrier, call=call, name=noun.text, terms=terms)
    except rooms.UnableToEnter as unable:
        if unable.code == _COACH_IS_GONE:
            raise TwimlError(unable.code, f"Dial: {unable}") from unable
        carrier.ledger.add("error", call_sid=call.sid, code=unable.code, message=f"Dial: {unable}")
        return None
    except asyncio.CancelledError:
        if told := following():
            farewells.send(carrier, call=call, source=told)
        raise
    finally:
        leaving.cancel()
    return following()


async def _leave_in_time(carrier: Carrier, call: Call, verb: Element) -> None:
    """Take the call out of the room at the time limit, or at a star when that is wanted."""
    ends_at_ms = carrier.clock.now_ms() + int(verb.get("timeLimit", _LONGEST_S)) * 1000
    if verb.get("hangupOnStar") != "true":
        await carrier.clock.until(ends_at_ms)
    else:
        with Keypad(call) as keypad:
            while carrier.clock.now_ms() < ends_at_ms and "*" not in keypad.take():
                await carrier.clock.sleep(FRAME_MS)
    rooms.step_out(carrier, call)


def terms_of(noun: Element, document: Document) -> Terms:
    """What the attributes of a `<Conference>` say."""
    beep = noun.get("beep", "true")
    return Terms(
        label=noun.get("participantLabel"),
        muted=noun.get("muted") == "true",
        beeps_on_enter=beep in ("true", "onEnter"),
        beeps_on_exit=beep in ("true", "onExit"),
        starts=noun.get("startConferenceOnEnter", "true") == "true",
        ends=noun.get("endConferenceOnExit") == "true",
        coach=noun.get("coach"),
        wait=_address(noun, document, "waitUrl", "waitMethod"),
        waits_in_silence="waitUrl" in noun.attributes and not noun.get("waitUrl"),
        jitter_ms=JITTER_MS[noun.get("jitterBufferSize", "large")],
        most=int(noun.get("maxParticipants", "250")),
        recording=_recording(noun, document),
        region=noun.get("region", "us1"),
        status_callback=_address(noun, document, "statusCallback", "statusCallbackMethod"),
        status_events=frozenset(noun.get("statusCallbackEvent", "start end").split()),
    )


def _address(noun: Element, document: Document, url: str, method: str) -> FetchDocument | None:
    return FetchDocument(document.resolve(noun.get(url)), noun.get(method, "POST")) if noun.get(url) else None


def _recording(noun: Element, document: Document) -> RecordingTerms | None:
    if noun.get("record", "do-not-record") == "do-not-record":
        return None
    callback = _address(noun, document, "recordingStatusCallback", "recordingStatusCallbackMethod")
    return RecordingTerms(
        callback_url=callback.url if callback else "",
        callback_method=callback.method if callback else "POST",
        callback_events=frozenset(noun.get("recordingStatusCallbackEvent", "completed").split()),
        trim=noun.get("trim", "trim-silence") == "trim-silence",
        channels=1,
    )
