"""What the two ways to dial over REST have in common: a call, and a participant of a conference.

Whom, as whom, for how long, what is reported, recorded and listened for; each refused as the carrier refuses it.
https://www.twilio.com/docs/voice/api/call-resource#create-a-call-resource
"""

import re
from urllib.parse import urlsplit

from sandbox.carrier import addresses, geography
from sandbox.carrier.addresses import Address
from sandbox.carrier.machine_detection import Detection
from sandbox.carrier.rest import wire
from sandbox.carrier.rest.wire import Params, RestError
from sandbox.carrier.state import Carrier, FetchDocument, Number
from sandbox.carrier.twiml_schema import E164, is_absolute_url
from sandbox.carrier.values import RecordingTerms
from sandbox.carrier.whatsapp import PREFIX, channel

METHODS = ("GET", "POST")
CALL_EVENTS = ("initiated", "ringing", "answered", "completed")
RECORDING_EVENTS = ("in-progress", "completed", "absent")
DETECTION = (
    *("MachineDetection", "MachineDetectionTimeout", "MachineDetectionSpeechThreshold"),
    *("MachineDetectionSpeechEndThreshold", "MachineDetectionSilenceTimeout"),
)
RECORDING = (
    *("RecordingChannels", "RecordingTrack", "RecordingStatusCallback", "RecordingStatusCallbackMethod"),
    *("RecordingStatusCallbackEvent", "Trim"),
)
REPORTING = ("StatusCallback", "StatusCallbackMethod", "StatusCallbackEvent")
# Accepted, and without effect at a telephone that is simulated.
WITHOUT_EFFECT = ("CallerId", "CallReason", "CallToken", "SipAuthUsername", "SipAuthPassword", "ClientNotificationUrl")
_USER = re.compile(r"[A-Za-z0-9_.+-]{1,121}")
# The carrier's own numbers for tests: they are refused like the real thing they stand for.
_REFUSED_TO = {
    "+15005550001": (21217, "Phone number does not appear to be valid"),
    "+15005550002": (21214, "'To' phone number cannot be reached"),
    "+15005550003": (21215, "Account not authorized to call: no geographic permission"),
    "+15005550004": (21216, "Account not allowed to call"),
}


def _check_account(carrier: Carrier, to: str) -> None:
    """An account that is not active calls nobody, and none calls a country that its owner has closed."""
    if carrier.account.status != "active":
        raise RestError(403, 20005, "Account not active")
    country = carrier.account.countries.get(geography.guess(to)[3])
    if country is not None and not country.low_risk_numbers_enabled:
        raise RestError(400, *_REFUSED_TO["+15005550003"])


def parties(carrier: Carrier, params: Params) -> tuple[Address, str, Number | None]:
    """Whom to dial and as whom. Raises `RestError` 21201, 21211 and their like for To, 21213, 21212, 21210 for From."""
    to, from_ = wire.one(params, "To").strip(), wire.one(params, "From").strip()
    if not to:
        raise RestError(400, 21201, "No 'To' number is specified")
    address = addresses.read(to)
    if address is None:
        raise RestError(400, 21211, f"The phone number you are attempting to call, {to}, is not valid.")
    if to in _REFUSED_TO:
        raise RestError(400, *_REFUSED_TO[to])
    _check_account(carrier, to)
    if not from_:
        raise RestError(400, 21213, "No 'From' number is specified")
    if "whatsapp" in (channel(to), channel(from_)):
        return address, _sender_of(carrier, params, to, from_), None
    number = carrier.number_of(from_)
    if number is not None:
        return address, from_, number
    if E164.fullmatch(from_):
        message = f"The source phone number provided, {from_}, is not yet verified for your account."
        raise RestError(400, 21210, message)
    party = addresses.read(from_)
    is_person = bool(party and party.kind == "client") or bool(_USER.fullmatch(from_) and address.kind == "sip")
    if address.kind == "phone" or not is_person:
        raise RestError(400, 21212, f"The source phone number provided, {from_}, is not a valid phone number")
    return address, from_, None


def _sender_of(carrier: Carrier, params: Params, to: str, from_: str) -> str:
    """As whom a WhatsApp user is called. Raises `RestError` with what WhatsApp refuses."""
    sender = carrier.whatsapp.sender_of(from_)
    if channel(to) != "whatsapp":
        raise RestError(400, 21212, "A WhatsApp sender calls WhatsApp users only")
    if sender is None:
        raise RestError(400, 37008, f"{from_} is not a WhatsApp sender of this account")
    if given := [name for name in ("SendDigits", "MachineDetection", "AsyncAmd") if params.get(name)]:
        raise RestError(400, 20001, f"{given[0]} does not apply to WhatsApp calls")
    if not sender.status.startswith("ONLINE"):
        raise RestError(400, 37008, f"{from_} is {sender.status}")
    pair = (sender.e164, to.removeprefix(PREFIX))
    if refusal := carrier.whatsapp.refuse_call(pair, carrier.clock.now_ms()):
        raise RestError(400, *refusal)
    return from_


def document(params: Params, name: str, *, code: int = 21205, method: str = "POST") -> FetchDocument | None:
    """An address and the method beside it. Raises `RestError` with this code for one that is not absolute."""
    url = wire.one(params, name)
    chosen = wire.choice(params, _method_of(name), METHODS, method)
    if not url:
        return None
    if not is_absolute_url(url):
        raise RestError(400, code, f"{name} is not a valid URL: {url}")
    return FetchDocument(url, chosen)


def _method_of(name: str) -> str:
    """`FallbackUrl` goes with `FallbackMethod`, `StatusCallback` with `StatusCallbackMethod`."""
    return name.removesuffix("Url") + "Method"


def reporting(
    params: Params, prefix: str = "", *, events: tuple[str, ...] = CALL_EVENTS, default: str = "completed"
) -> tuple[FetchDocument | None, frozenset[str]]:
    """Where to report, and what. Raises `RestError` 21609 for the address, 21626 for an unknown event."""
    name = prefix + "StatusCallback"
    callback = document(params, name, code=21609)
    if callback is not None and "_" in (urlsplit(callback.url).hostname or ""):
        raise RestError(400, 21609, f"{name} is not a valid URL: an underscore in the host")
    wanted = words(params, name + "Event", default)
    if not set(wanted) <= set(events):
        raise RestError(400, 21626, f"Invalid value for {name}Event: {wanted!r}")
    return callback, frozenset(wanted)


def words(params: Params, name: str, default: str) -> list[str]:
    """A list: the parameter repeated, or several words in one."""
    return [word for value in params.get(name, [default]) for word in value.split()]


def boolean(params: Params, name: str, *, default: bool = False) -> bool:
    """`true` or `false`. Raises `RestError` 20001 for anything else."""
    return wire.choice(params, name, ("true", "false"), str(default).lower()) == "true"


def number(params: Params, name: str, *, low: int, high: int, default: int) -> int:
    """A whole number within its limits. Raises `RestError` 20001 for anything else."""
    value = wire.one(params, name, str(default))
    if not value.isdecimal() or not low <= int(value) <= high:
        raise RestError(400, 20001, f"Invalid value for {name}: {value!r} is no number from {low} to {high}")
    return int(value)


def timeout_ms(params: Params, *, low: int) -> int:
    """How long it may ring."""
    return number(params, "Timeout", low=low, high=600, default=60) * 1000


def limit_s(params: Params) -> int:
    """How long the call may last; 0 without a limit."""
    return number(params, "TimeLimit", low=1, high=86_400, default=86_400) if "TimeLimit" in params else 0


def recording(params: Params, *, trim_default: str = "trim-silence") -> RecordingTerms | None:
    """How the leg is recorded, if it is. Raises `RestError`."""
    events = frozenset(words(params, "RecordingStatusCallbackEvent", "completed"))
    if not events <= set(RECORDING_EVENTS):
        raise RestError(400, 20001, f"Invalid value for RecordingStatusCallbackEvent: {sorted(events)!r}")
    callback = document(params, "RecordingStatusCallback")
    terms = RecordingTerms(
        callback_url=callback.url if callback else "",
        callback_method=callback.method if callback else "POST",
        callback_events=events,
        trim=wire.choice(params, "Trim", ("trim-silence", "do-not-trim"), trim_default) == "trim-silence",
        track=wire.choice(params, "RecordingTrack", ("inbound", "outbound", "both"), "both"),
        channels=2 if wire.choice(params, "RecordingChannels", ("mono", "dual"), "mono") == "dual" else 1,
    )
    return terms if boolean(params, "Record") else None


def detection(params: Params, *, is_async: bool, callback: FetchDocument | None) -> Detection | None:
    """What to find out about who picks up. Raises `RestError` for limits that are none."""
    mode = wire.choice(params, "MachineDetection", ("", "Enable", "DetectMessageEnd"), "")
    timeout_s = number(params, "MachineDetectionTimeout", low=3, high=59, default=30)
    speech = number(params, "MachineDetectionSpeechThreshold", low=1000, high=6000, default=2400)
    speech_end = number(params, "MachineDetectionSpeechEndThreshold", low=500, high=5000, default=1200)
    silence = number(params, "MachineDetectionSilenceTimeout", low=2000, high=10000, default=5000)
    if not mode:
        return None
    return Detection(
        to_message_end=mode == "DetectMessageEnd",
        is_async=is_async,
        callback=callback,
        timeout_ms=timeout_s * 1000,
        speech_ms=speech,
        speech_end_ms=speech_end,
        silence_ms=silence,
    )
