"""The documents we answer Twilio with; every URL in them is absolute.

Builders take values, not models. The only one that makes a telephone ring is `dial_fallback`: its number comes from the
settings and nobody can pass another.

Source: https://www.twilio.com/docs/voice/twiml.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.conf import settings
from twilio.twiml.voice_response import (
    Connect,
    ConversationRelay,
    Dial,
    Gather,
    Language,
    Parameter,
    Start,
    Stream,
    VoiceResponse,
)

from compliance.numbers import Kind, read_address

SAY_LIMIT = 4096  # characters of one <Say>

CANNOT_TAKE_CALL = "We are sorry, we cannot take your call right now. Please try again in a few minutes. Goodbye."
LOST_ASSISTANT = "We are sorry, we lost the connection to our assistant. Please call again in a few minutes. Goodbye."
NOT_IN_SERVICE = "This number is not in service. Please check the number and call again. Goodbye."
ONE_MOMENT = "One moment, please."
ALL_BUSY = "We are sorry, all our lines are busy. Please try again in a few minutes. Goodbye."
CONNECTING_TO_PERSON = "Please hold while we connect you to a person."


@dataclass(frozen=True, slots=True)
class TextLine:
    """A ConversationRelay line by the carrier's own attribute names; `greeting` empty: the carrier says none.

    Source: https://www.twilio.com/docs/voice/twiml/connect/conversationrelay.
    """

    attributes: Mapping[str, str]
    languages: Sequence[Mapping[str, str]]
    greeting: str = ""


def public_url(path: str) -> str:
    """The address of one of our own paths as Twilio reaches it."""
    return settings.PUBLIC_URL + path


def media_url(bridge: str = "") -> str:
    """The address of the media stream socket, exactly as it is signed by Twilio; of a certain bridge, if named."""
    return "ws" + public_url(f"/twilio/media/{bridge}/" if bridge else "/twilio/media/").removeprefix("http")


def relay_url() -> str:
    """The address of the socket of lines of text, exactly as it is signed by Twilio; any bridge serves it."""
    return "ws" + public_url("/twilio/relay/").removeprefix("http")


def listen_url() -> str:
    """The address of the socket to which the carrier copies a call's sound, exactly as it is signed by Twilio."""
    return "ws" + public_url("/twilio/listen/").removeprefix("http")


def connect_assistant(
    *,
    opening_words: str,
    language: str,
    ticket: str,
    is_recorded: bool,
    bridge: str = "",
    text_line: TextLine | None = None,
) -> str:
    """Record, speak the opening words into the recording, then hand the line to the assistant; after it, resume."""
    response = VoiceResponse()
    if is_recorded:
        _start_recording(response)
    response.say(opening_words[:SAY_LIMIT], language=language)
    connect(response, ticket=ticket, bridge=bridge, text_line=text_line)
    return str(response)


def _start_recording(response: VoiceResponse) -> None:
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


def ask_consent(*, question: str, language: str, is_again: bool) -> str:
    """Ask whether the caller may be recorded, before anything is: by voice or key, and silence is an answer too."""
    response = VoiceResponse()
    action = public_url("/twilio/consent/again/" if is_again else "/twilio/consent/")
    gather = Gather(
        input="dtmf speech",
        num_digits=1,
        timeout=5,
        speech_timeout="1",
        action=action,
        method="POST",
        action_on_empty_result=True,
        language=language,
        hints="yes, no, yes you may, no thank you",
    )
    gather.say(question[:SAY_LIMIT], language=language)
    response.append(gather)
    response.redirect(action, method="POST")  # should the carrier go on all the same
    return str(response)


def reconnect_assistant(*, ticket: str, bridge: str = "", text_line: TextLine | None = None) -> str:
    """Hand the line to the assistant again, at once: the conversation has lost its stream and goes on."""
    response = VoiceResponse()
    connect(response, ticket=ticket, bridge=bridge, text_line=text_line)
    return str(response)


def connect(response: VoiceResponse, *, ticket: str, bridge: str, text_line: TextLine | None = None) -> None:
    """Hand the line to the assistant, by sound or by text; afterwards the carrier asks what follows."""
    if text_line is not None:
        _connect_text(response, text_line, ticket=ticket)
        return
    connect = Connect()
    stream = Stream(
        url=media_url(bridge),
        name="assistant",
        status_callback=public_url("/twilio/stream-status/"),
        status_callback_method="POST",
    )
    stream.parameter(name="ticket", value=ticket)
    connect.append(stream)
    response.append(connect)
    response.redirect(public_url("/twilio/voice/resume/"), method="POST")


def bridge_to_model(
    *,
    token: str,
    line_id: int,
    opening_words: str,
    language: str,
    is_recorded: bool,
    is_first: bool = True,
    edge: str = "",
    ring_s: int = 15,
) -> str:
    """Say the opening words, as before a stream, then connect the caller to the model's own address by SIP.

    The address is the settings', and so is the carrier's edge where none is given; `token` travels along in a header
    and tells us whom the model has got. When the line is over, however it ends, the carrier asks what follows.
    """
    response = VoiceResponse()
    if is_first and is_recorded:
        _start_recording(response)
    if is_first:
        response.say(opening_words[:SAY_LIMIT], language=language)
    line = Dial(
        answer_on_bridge=True,
        timeout=ring_s,
        action=public_url(f"/twilio/sip/after/{line_id}/"),
        method="POST",
    )
    line.sip(model_address(token, edge=edge))
    response.append(line)
    return str(response)


def model_address(token: str, *, edge: str = "") -> str:
    """The model's SIP address with the header that tells us whose line it is; shorter than 255 characters.

    Source: https://developers.openai.com/api/docs/guides/realtime-sip, https://www.twilio.com/docs/voice/twiml/sip.
    """
    edge = edge or settings.OPENAI_SIP_EDGE
    by_edge = f";edge={edge}" if edge else ""
    where = f"sip:{settings.OPENAI_PROJECT_ID}@{settings.OPENAI_SIP_HOST};transport=tls;secure=true{by_edge}"
    return f"{where}?X-Call-Token={token}"


def _connect_text(response: VoiceResponse, line: TextLine, *, ticket: str) -> None:
    connect = Connect(action=public_url("/twilio/relay-ended/"), method="POST")
    greeting = {"welcomeGreeting": line.greeting[:SAY_LIMIT]} if line.greeting else {}
    relay = ConversationRelay(url=relay_url(), **line.attributes, **greeting)
    for language in line.languages:
        relay.append(Language(**language))
    relay.append(Parameter(name="ticket", value=ticket))
    connect.append(relay)
    response.append(connect)


def say_and_hang_up(words: str, *, language: str | None = None) -> str:
    """Speak a sentence and end the call."""
    response = VoiceResponse()
    response.say(words[:SAY_LIMIT], language=language)
    response.hangup()
    return str(response)


def hang_up() -> str:
    """End the call."""
    response = VoiceResponse()
    response.hangup()
    return str(response)


def go_on(path: str) -> str:
    """Ask one of our own addresses for what comes next."""
    response = VoiceResponse()
    response.redirect(public_url(path), method="POST")
    return str(response)


def once_more(path: str, *, attempt: int) -> str:
    """Say a word, and ask the same again: our books were not ready in time. The address tells which attempt it is."""
    response = VoiceResponse()
    response.say(ONE_MOMENT)
    response.redirect(public_url(f"{path}?again={attempt}"), method="POST")
    return str(response)


def nothing() -> str:
    """The answer to a callback: no instruction."""
    return str(VoiceResponse())


def has_fallback(*, is_by_whatsapp: bool = False) -> bool:
    """True when there is somebody to fall back to."""
    return bool(_fallback_of_whatsapp() if is_by_whatsapp else settings.FALLBACK_NUMBER)


def _fallback_of_whatsapp() -> str:
    """The browser or SIP telephone of the settings; whatever else is written there is nobody."""
    address = read_address(settings.WHATSAPP_FALLBACK)
    return address.value if address.kind in (Kind.CLIENT, Kind.SIP) else ""


def dial_fallback(*, apology: str = CANNOT_TAKE_CALL, is_by_whatsapp: bool = False) -> str:
    """When our own answer failed: connect to the settings' fallback, or apologise when none is set.

    Somebody on WhatsApp is never connected to a number: theirs is a browser or a SIP telephone.
    """
    if not has_fallback(is_by_whatsapp=is_by_whatsapp):
        return say_and_hang_up(apology)
    response = VoiceResponse()
    response.say(CONNECTING_TO_PERSON)
    if not is_by_whatsapp:
        response.dial(settings.FALLBACK_NUMBER)
    else:
        address = _fallback_of_whatsapp()
        kind, _, name = address.partition(":")
        dial = Dial()
        if kind == "client":
            dial.client(name)
        else:
            dial.sip(address)
        response.append(dial)
    response.hangup()
    return str(response)
