"""The documents of calls that we place: the first words, the message for a machine, and how either may go on.

Keys count from the first word on, whatever is being said: they are asked for around the words. Words of whoever has
answered are written down by the carrier meanwhile, so that "stop" is heard although nothing may cut us short.

Source: https://www.twilio.com/docs/voice/twiml/gather, /play, /transcription.
"""

from collections.abc import Sequence

from twilio.twiml.voice_response import Dial, Gather, Start, Stop, VoiceResponse

from calls.carrier.conferences import TRANSCRIPTION
from calls.carrier.room_documents import ROOM_EVENTS
from calls.carrier.twiml import SAY_LIMIT, TextLine, connect, public_url

LISTENING = "first-words"
# Somebody who picks up says a word first; ours begin when most have said it. `w` is half a second of silence.
BREATH, BREATH_MS = "w", 500
# A key may still be pressed so long after the last word.
KEY_WAIT_S = 1
# Whoever was taken for a machine has so long to speak on.
PERSON_WAIT_S = 2
# A machine that has said that it is one is given so long to come to its tone.
TONE_WAIT_S = 4


def first_words(
    *,
    sentences: Sequence[str],
    language: str,
    ticket: str,
    is_recorded: bool,
    is_again: bool,
    bridge: str = "",
    text_line: TextLine | None = None,
) -> str:
    """Record, say what must be said first, then hand the line to the assistant; after it, resume.

    `is_again`: the words were broken off by a key; what records and listens does so already.
    """
    response = VoiceResponse()
    if not is_again:
        if is_recorded:
            _record(response)
        _listen(response, language=language)
    gather = _keys(response, "/twilio/outgoing/key/")
    if not is_again:
        gather.play("", digits=BREATH)
    for sentence in sentences:
        gather.say(sentence[:SAY_LIMIT], language=language)
    _stop_listening(response)
    connect(response, ticket=ticket, bridge=bridge, text_line=text_line)
    return str(response)


def last_words(*, sentences: Sequence[str], language: str) -> str:
    """Say who calls and that nobody is there for them, and end the call; a key still ends all calls."""
    response = VoiceResponse()
    gather = _keys(response, "/twilio/outgoing/key/")
    gather.play("", digits=BREATH)
    for sentence in sentences:
        gather.say(sentence[:SAY_LIMIT], language=language)
    response.hangup()
    return str(response)


def ask_first(*, sentences: Sequence[str], language: str) -> str:
    """Say who calls, then ask whether the call may be recorded; nothing is, before a yes."""
    response = VoiceResponse()
    action = public_url("/twilio/consent/")
    gather = Gather(
        input="dtmf speech",
        num_digits=1,
        timeout=5,
        speech_timeout="1",
        action=action,
        method="POST",
        action_on_empty_result=True,
        language=language,
        hints="yes, no, yes you may, no thank you, stop, stop calling me",
    )
    gather.play("", digits=BREATH)
    for sentence in sentences:
        gather.say(sentence[:SAY_LIMIT], language=language)
    response.append(gather)
    response.redirect(action, method="POST")
    return str(response)


def to_colleague(*, words: str, language: str, name: str, is_recorded: bool) -> str:
    """Bring whoever picked up into the room where one of us waits who has dialled them."""
    response = VoiceResponse()
    if is_recorded:
        _record(response)
    response.say(words[:SAY_LIMIT], language=language)
    start = Start()
    start.transcription(
        name=TRANSCRIPTION,
        track="both_tracks",
        status_callback_url=public_url("/twilio/transcription/"),
        status_callback_method="POST",
        language_code=language,
        partial_results=True,
    )
    response.append(start)
    dial = Dial(action=public_url("/twilio/outgoing/after/"), method="POST")
    dial.conference(
        name,
        participant_label="customer",
        start_conference_on_enter=True,
        end_conference_on_exit=True,  # without them the one who dialled is alone
        beep="false",
        status_callback=public_url("/twilio/conference/"),
        status_callback_method="POST",
        status_callback_event=" ".join(ROOM_EVENTS),
    )
    response.append(dial)
    return str(response)


def message(*, words: str, language: str, wait_s: int = 0) -> str:
    """Leave a message on a machine. Whoever speaks, or presses a key, meanwhile is no machine."""
    response = VoiceResponse()
    if wait_s:
        response.pause(length=wait_s)
    gather = _person(response, wait_s=1, language=language)
    gather.say(words[:SAY_LIMIT], language=language)
    response.redirect(public_url("/twilio/outgoing/left/"), method="POST")
    return str(response)


def listen(*, language: str) -> str:
    """Say nothing and wait a moment: whoever speaks on is no machine; else the call ends."""
    response = VoiceResponse()
    _person(response, wait_s=PERSON_WAIT_S, language=language)
    response.hangup()
    return str(response)


def _person(response: VoiceResponse, *, wait_s: int, language: str) -> Gather:
    gather = Gather(
        input="dtmf speech",
        num_digits=1,
        timeout=wait_s,
        speech_timeout="1",
        action=public_url("/twilio/outgoing/person/"),
        method="POST",
        language=language,
        hints="hello, hello?, yes, stop, stop calling me",
    )
    response.append(gather)
    return gather


def _keys(response: VoiceResponse, path: str) -> Gather:
    """Keys from the first word on; the star and the hash are keys like the others."""
    gather = Gather(
        input="dtmf", num_digits=1, finish_on_key="", timeout=KEY_WAIT_S, action=public_url(path), method="POST"
    )
    response.append(gather)
    return gather


def _record(response: VoiceResponse) -> None:
    start = Start()
    start.recording(
        channels="dual",
        track="both",
        trim="do-not-trim",
        recording_status_callback=public_url("/twilio/recording/"),
        recording_status_callback_method="POST",
        recording_status_callback_event="in-progress completed absent",
    )
    response.append(start)


def _listen(response: VoiceResponse, *, language: str) -> None:
    start = Start()
    start.transcription(
        name=LISTENING,
        track="inbound_track",
        status_callback_url=public_url("/twilio/outgoing/words/"),
        status_callback_method="POST",
        language_code=language,
        partial_results=False,
    )
    response.append(start)


def _stop_listening(response: VoiceResponse) -> None:
    stop = Stop()
    stop.transcription(name=LISTENING)
    response.append(stop)
