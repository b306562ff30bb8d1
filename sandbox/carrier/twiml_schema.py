"""Which TwiML verbs, nouns and attributes this carrier runs, and what each attribute may hold.

A table, from https://www.twilio.com/docs/voice/twiml. What is not in it is refused: a verb the real carrier knows and
this one does not run is refused too, so that nobody relies on a verb that does nothing.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from sandbox.carrier import cards, relay_attributes

Check = Callable[[str], bool]


def one_of(*words: str) -> Check:
    """Exactly one of these words."""
    return lambda value: value in words


def words_of(*words: str) -> Check:
    """Some of these words, with spaces between them."""
    return lambda value: bool(value.split()) and set(value.split()) <= set(words)


def number(low: int, high: int) -> Check:
    """A whole number from low to high."""
    return lambda value: value.isdecimal() and low <= int(value) <= high


def text(longest: int) -> Check:
    """Any text up to this many characters."""
    return lambda value: len(value) <= longest


def is_absolute_url(value: str) -> bool:
    """An http(s) address with a host; what every URL without a document to be relative to must be."""
    parts = urlsplit(value)
    return parts.scheme in ("http", "https") and bool(parts.hostname) and " " not in value


def url(value: str) -> bool:
    """An address, absolute or relative to the document; what it resolves to is checked when it is used."""
    return bool(value.strip()) and " " not in value.strip()


def keys(most: int) -> Check:
    """Up to so many different keys of a telephone, or none at all."""
    return lambda value: len(value) <= most and len(set(value)) == len(value) and set(value) <= set("0123456789*#")


def label(value: str) -> bool:
    """The name of a conference, or of a participant in it."""
    return bool(value.strip()) and len(value) <= 128


def is_sid(prefix: str) -> Check:
    """An identifier of this kind of thing."""
    return lambda value: re.fullmatch(prefix + "[0-9a-f]{32}", value) is not None


def ordered_keys(value: str) -> bool:
    """Keys to be pressed one after the other, with pauses: `w` half a second, `W` a whole one."""
    return len(value) <= 32 and set(value) <= set("0123456789*#ABCDwW")


is_call_sid = is_sid("CA")
METHOD = one_of("GET", "POST")
BOOLEAN = one_of("true", "false")
E164 = re.compile(r"\+[1-9]\d{6,14}")
RELAY_ATTRIBUTES, RELAY_LANGUAGE_ATTRIBUTES = tuple(relay_attributes.RELAY), tuple(relay_attributes.LANGUAGE)
CARD_TYPES, PAY_STEPS, PAY_ERRORS = tuple(cards.TYPES), tuple(each.name for each in cards.PIECES), cards.ERRORS
LEG: dict[str, Check] = {
    "statusCallback": url,
    "statusCallbackMethod": METHOD,
    "statusCallbackEvent": words_of("initiated", "ringing", "answered", "completed"),
}
CONFERENCE_EVENTS = ("start", "end", "join", "leave", "mute", "hold", "modify", "speaker", "announcement")
RECORDING_EVENTS = words_of("in-progress", "completed", "absent")


@dataclass(frozen=True, slots=True)
class Shape:
    """What one element may contain: attributes with their checks, child elements, text."""

    attributes: dict[str, Check] = field(default_factory=dict)
    required: tuple[str, ...] = ()
    children: tuple[str, ...] = ()
    most_children: int = 1_000_000
    fewest_children: int = 0
    text: Check | None = None  # None: no text allowed


SSML = ("break", "emphasis", "lang", "p", "phoneme", "prosody", "s", "say-as", "sub", "w")

VERBS: dict[str, Shape] = {
    "Say": Shape(
        attributes={"voice": text(100), "language": text(20), "loop": number(0, 1000)},
        children=SSML,
        text=lambda value: bool(value.strip()) and len(value) <= 4096,
    ),
    "Play": Shape(
        attributes={"loop": number(0, 1000), "digits": ordered_keys}, text=lambda value: not value or url(value)
    ),
    "Pause": Shape(attributes={"length": number(0, 86_400)}),
    "Gather": Shape(
        attributes={
            "input": words_of("dtmf", "speech"),
            "action": url,
            "method": METHOD,
            "timeout": number(1, 600),
            "speechTimeout": lambda value: value == "auto" or number(1, 600)(value),
            "finishOnKey": keys(1),
            "numDigits": number(1, 1000),
            "actionOnEmptyResult": BOOLEAN,
            "bargeIn": BOOLEAN,
            # These tell a recogniser what to expect; the one here knows its sentences by their sound.
            "language": text(20),
            "hints": text(10_000),
            "speechModel": text(100),
            "enhanced": BOOLEAN,
            "profanityFilter": BOOLEAN,
        },
        children=("Say", "Play", "Pause"),
    ),
    "Record": Shape(
        attributes={
            "action": url,
            "method": METHOD,
            "timeout": number(1, 600),
            "finishOnKey": keys(12),
            "maxLength": number(1, 14_400),
            "playBeep": BOOLEAN,
            "trim": one_of("trim-silence", "do-not-trim"),
            "recordingStatusCallback": url,
            "recordingStatusCallbackMethod": METHOD,
            "recordingStatusCallbackEvent": RECORDING_EVENTS,
        }
    ),
    "Pay": Shape(
        attributes={
            "paymentConnector": text(100),
            "action": url,
            "method": METHOD,
            "input": one_of("dtmf"),
            "chargeAmount": text(20),  # what is wrong with it the application is told
            "currency": text(3),
            "description": text(1000),
            "tokenType": one_of("one-time", "reusable", "payment-method"),
            "paymentMethod": one_of("credit-card"),
            "validCardTypes": words_of(*CARD_TYPES),
            "timeout": number(1, 600),
            "maxAttempts": number(1, 10),
            "securityCode": BOOLEAN,
            "postalCode": text(20),  # true, false, or the code itself
            "minPostalCodeLength": number(1, 20),
            "language": text(20),
        },
        required=("paymentConnector",),
        children=("Prompt", "Parameter"),
    ),
    "Enqueue": Shape(
        attributes={
            "action": url,
            "method": METHOD,
            "waitUrl": url,
            "waitUrlMethod": METHOD,
            "maxQueueSize": number(1, 5_000),
            "workflowSid": is_sid("WW"),
        },
        children=("Task",),
        most_children=1,
        text=text(64),
    ),
    "Leave": Shape(),
    "Start": Shape(children=("Recording", "Transcription", "Stream"), fewest_children=1, most_children=1),
    "Stop": Shape(children=("Stream", "Transcription"), fewest_children=1, most_children=1),
    "Connect": Shape(
        attributes={"action": url, "method": METHOD},
        children=("Stream", "ConversationRelay"),
        fewest_children=1,
        most_children=1,
    ),
    "Redirect": Shape(attributes={"method": METHOD}, text=url),
    "Hangup": Shape(),
    "Reject": Shape(attributes={"reason": one_of("rejected", "busy")}),
    "Dial": Shape(
        attributes={
            "action": url,
            "method": METHOD,
            "timeout": number(1, 600),
            "timeLimit": number(1, 86_400),
            "callerId": text(100),
            "answerOnBridge": BOOLEAN,
            "hangupOnStar": BOOLEAN,
        },
        children=("Number", "Client", "Sip", "Conference", "Queue"),
        most_children=1,
        text=text(100),
    ),
}

NOUNS: dict[tuple[str, str], Shape] = {
    **{(parent, name): VERBS[name] for parent in ("Gather", "Prompt") for name in ("Say", "Play", "Pause")},
    ("Pay", "Prompt"): Shape(
        attributes={
            "for": words_of(*PAY_STEPS, "payment-processing"),
            "attempt": words_of(*map(str, range(1, 11))),
            "errorType": words_of(*PAY_ERRORS),
            "cardType": words_of(*CARD_TYPES),
        },
        required=("for",),
        children=("Say", "Play", "Pause"),
        fewest_children=1,
    ),
    ("Pay", "Parameter"): Shape(attributes={"name": text(499), "value": text(499)}, required=("name", "value")),
    ("Start", "Recording"): Shape(
        attributes={
            "recordingStatusCallback": url,
            "recordingStatusCallbackMethod": METHOD,
            "recordingStatusCallbackEvent": RECORDING_EVENTS,
            "trim": one_of("trim-silence", "do-not-trim"),
            "track": one_of("inbound", "outbound", "both"),
            "channels": one_of("mono", "dual"),
        }
    ),
    ("Start", "Transcription"): Shape(
        attributes={
            "name": text(100),
            "track": one_of("inbound_track", "outbound_track", "both_tracks"),
            "statusCallbackUrl": url,
            "statusCallbackMethod": METHOD,
            "inboundTrackLabel": text(100),
            "outboundTrackLabel": text(100),
            "partialResults": BOOLEAN,
            "languageCode": text(20),
            "transcriptionEngine": one_of("google", "deepgram"),
            "speechModel": text(100),
            "profanityFilter": BOOLEAN,
            "hints": text(10_000),
            "enableAutomaticPunctuation": BOOLEAN,
        }
    ),
    ("Start", "Stream"): Shape(
        attributes={
            "url": url,
            "name": text(100),
            "track": one_of("inbound_track", "outbound_track", "both_tracks"),
            "statusCallback": url,
            "statusCallbackMethod": METHOD,
        },
        required=("url",),
        children=("Parameter",),
    ),
    ("Stop", "Transcription"): Shape(attributes={"name": text(100)}, required=("name",)),
    ("Stop", "Stream"): Shape(attributes={"name": text(100)}, required=("name",)),
    ("Connect", "Stream"): Shape(
        attributes={
            "url": url,
            "name": text(100),
            "track": one_of("inbound_track"),  # a bidirectional stream carries the caller only
            "statusCallback": url,
            "statusCallbackMethod": METHOD,
        },
        required=("url",),
        children=("Parameter",),
    ),
    # What a value may be is looked at when the session opens, as the real carrier does.
    ("Connect", "ConversationRelay"): Shape(
        attributes=dict.fromkeys(RELAY_ATTRIBUTES, text(10_000)),
        required=("url",),
        children=("Language", "Parameter"),
    ),
    ("ConversationRelay", "Language"): Shape(
        attributes=dict.fromkeys(RELAY_LANGUAGE_ATTRIBUTES, text(10_000)), required=("code",)
    ),
    ("ConversationRelay", "Parameter"): Shape(
        attributes={"name": text(499), "value": text(499)}, required=("name", "value")
    ),
    ("Stream", "Parameter"): Shape(attributes={"name": text(499), "value": text(499)}, required=("name", "value")),
    ("Dial", "Number"): Shape(attributes={**LEG, "sendDigits": ordered_keys}, text=text(40)),
    ("Dial", "Client"): Shape(attributes=LEG, children=("Identity", "Parameter"), text=text(121)),
    ("Client", "Identity"): Shape(text=text(121)),
    ("Client", "Parameter"): Shape(attributes={"name": text(499), "value": text(499)}, required=("name", "value")),
    ("Dial", "Sip"): Shape(attributes={**LEG, "username": text(256), "password": text(256)}, text=text(255)),
    ("Dial", "Queue"): Shape(attributes={"url": url, "method": METHOD}, text=label),
    ("Enqueue", "Task"): Shape(
        attributes={"priority": number(0, 2_147_483_647), "timeout": number(1, 86_400 * 14)}, text=text(4096)
    ),
    ("Dial", "Conference"): Shape(
        attributes={
            "muted": BOOLEAN,
            "beep": one_of("true", "false", "onEnter", "onExit"),
            "startConferenceOnEnter": BOOLEAN,
            "endConferenceOnExit": BOOLEAN,
            "participantLabel": label,
            "coach": is_call_sid,
            "jitterBufferSize": one_of("off", "small", "medium", "large"),
            "waitUrl": lambda value: not value or url(value),
            "waitMethod": METHOD,
            "maxParticipants": number(2, 250),
            "record": one_of("do-not-record", "record-from-start"),
            "trim": one_of("trim-silence", "do-not-trim"),
            "region": one_of("us1", "ie1", "de1", "sg1", "br1", "au1", "jp1"),
            "statusCallback": url,
            "statusCallbackMethod": METHOD,
            "statusCallbackEvent": words_of(*CONFERENCE_EVENTS),
            "recordingStatusCallback": url,
            "recordingStatusCallbackMethod": METHOD,
            "recordingStatusCallbackEvent": RECORDING_EVENTS,
        },
        text=label,
    ),
}
