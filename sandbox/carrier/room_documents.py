"""What a conference plays to somebody: music while waiting or on hold, and announcements.

The document is a sound file or TwiML of Play, Say, Pause and Redirect only. A wait document begins anew at its end.
https://www.twilio.com/docs/voice/twiml/conference#waiturl
"""

import itertools

from sandbox import music, speech
from sandbox.carrier import documents, sound_files, webhooks
from sandbox.carrier.documents import Document
from sandbox.carrier.line import BYTES_PER_MS
from sandbox.carrier.mixing import Sounds
from sandbox.carrier.state import Call, Carrier, FetchDocument
from sandbox.carrier.twiml import Element, TwimlError
from sandbox.carrier.webhooks import WebhookFailed

_VOICE = "assistant"
_ALLOWED = ("Play", "Say", "Pause", "Redirect")
_MOST_REDIRECTS = 10
_SHORTEST_ROUND_MS = 1_000  # a document that plays nothing is not asked for more often


async def play_music(carrier: Carrier, *, call: Call, source: FetchDocument | None, sounds: Sounds) -> None:
    """Play until cancelled; without a source the carrier's own music. A source that fails leaves silence."""
    try:
        while source is None:
            await hear(carrier, sounds, music.while_waiting())
        await _play_again_and_again(carrier, call=call, source=source, sounds=sounds)
    finally:
        sounds.clear()


async def _play_again_and_again(carrier: Carrier, *, call: Call, source: FetchDocument, sounds: Sounds) -> None:
    try:
        while True:
            began_ms = carrier.clock.now_ms()
            await _play_once(carrier, call=call, source=source, sounds=sounds)
            if carrier.clock.now_ms() - began_ms < _SHORTEST_ROUND_MS:
                await carrier.clock.until(began_ms + _SHORTEST_ROUND_MS)
    except (TwimlError, WebhookFailed) as error:
        carrier.ledger.add("error", call_sid=call.sid, code=error.code, message=str(error), url=source.url)


async def announce(carrier: Carrier, *, call: Call, source: FetchDocument, sounds: Sounds) -> str:
    """Play a document once; answers what went wrong, or nothing."""
    try:
        await _play_once(carrier, call=call, source=source, sounds=sounds)
    except (TwimlError, WebhookFailed) as error:
        carrier.ledger.add("error", call_sid=call.sid, code=error.code, message=str(error), url=source.url)
        return str(error)
    return ""


async def hear(carrier: Carrier, sounds: Sounds, sound: bytes) -> None:
    """Put a sound behind what waits, and wait until it must have been heard."""
    sounds.put(sound)
    await carrier.clock.sleep(sounds.pending / BYTES_PER_MS)


async def _play_once(carrier: Carrier, *, call: Call, source: FetchDocument, sounds: Sounds) -> None:
    following: FetchDocument | None = source
    for _ in range(_MOST_REDIRECTS):
        if following is None:
            return
        document = await documents.load(carrier, call=call, source=following)
        following = await _play_document(carrier, call=call, document=document, sounds=sounds)
    raise TwimlError(11215, f"too many redirects: {source.url} only leads on")


async def _play_document(carrier: Carrier, *, call: Call, document: Document, sounds: Sounds) -> FetchDocument | None:
    if document.audio:
        await hear(carrier, sounds, sound_files.read(document.audio.body, content_type=document.audio.content_type))
    for verb in document.verbs:
        if verb.name not in _ALLOWED:
            raise TwimlError(12200, f"<{verb.name}> is not allowed here: a conference plays {', '.join(_ALLOWED)}")
    for verb in document.verbs:
        if verb.name == "Redirect":
            return FetchDocument(document.resolve(verb.text), verb.get("method", "POST"))
        await _run(carrier, call=call, verb=verb, document=document, sounds=sounds)
    return None


async def _run(carrier: Carrier, *, call: Call, verb: Element, document: Document, sounds: Sounds) -> None:
    if verb.name == "Pause":
        await carrier.clock.sleep(int(verb.get("length", "1")) * 1000)
        return
    if verb.name == "Say":
        sound = speech.say(verb.text, voice=_VOICE).audio
    else:
        answer = await webhooks.fetch_audio(carrier, call=call, url=document.resolve(verb.text))
        sound = sound_files.read(answer.body, content_type=answer.content_type)
    times = int(verb.get("loop", "1"))
    for _ in itertools.repeat(None, times) if times else itertools.repeat(None):
        await hear(carrier, sounds, sound)
