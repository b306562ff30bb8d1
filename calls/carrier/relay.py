"""Twilio ConversationRelay's JSON messages, to and from the text conversation's vocabulary.

Total like the codec of Media Streams: an unknown message becomes `Skipped`; one that breaks the protocol raises
`Malformed`, and the shell ends that one line with a reason.

Source: https://www.twilio.com/docs/voice/conversationrelay/websocket-messages.
"""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from calls.voice import messages as m
from calls.voice import relay_messages as r

# What a caller says in one breath is a few kilobytes at most.
MESSAGE_LIMIT = 64 * 1024
_SID = re.compile(r"[A-Za-z0-9]{2,64}")
_DIGITS = frozenset("0123456789*#ABCD")
_WORDS_LIMIT = 8_000
_COMPLAINT_LIMIT = 300


class Malformed(ValueError):
    """A message that is not of the protocol; `str()` names what is wrong, without the message's content."""


@dataclass(frozen=True, slots=True)
class Setup:
    """The first message: which session of which leg this is; `parameters` are the strings our own TwiML sent along."""

    session_id: str
    call_sid: str
    parameters: dict[str, str]


@dataclass(frozen=True, slots=True)
class Skipped:
    """A message nothing is done with."""

    kind: str


Decoded = r.RelayMessage | Setup | Skipped


def decode(text: str, *, is_set_up: bool) -> Decoded:
    """One message of the carrier; `is_set_up`: its `setup` has come before. Raises Malformed."""
    if len(text) > MESSAGE_LIMIT:
        raise Malformed("message too long")
    try:
        message = json.loads(text)
    except (ValueError, RecursionError):
        raise Malformed("not JSON") from None
    kind = message.get("type") if isinstance(message, dict) else None
    if not isinstance(kind, str):
        raise Malformed("no type")
    decoder = _DECODERS.get(kind)
    if kind == "setup" and is_set_up:
        return Skipped("repeated")
    if decoder is None:
        return Skipped("unknown")
    if kind != "setup" and not is_set_up:
        raise Malformed(f"{kind} before setup")
    try:
        return decoder(message)
    except (KeyError, TypeError, AttributeError, ValueError, OverflowError) as error:
        raise error if isinstance(error, Malformed) else Malformed(f"{kind} not as documented") from None


def _setup(message: dict[str, Any]) -> Setup:
    parameters = message.get("customParameters") or {}
    session_id, call_sid = _name(message["sessionId"]), _name(message["callSid"])
    if _SID.fullmatch(session_id) is None:
        raise Malformed("setup without a session")
    return Setup(session_id, call_sid, {_name(name): _name(value) for name, value in parameters.items()})


def _prompt(message: dict[str, Any]) -> r.Prompted:
    is_last = message.get("last", True)
    if not isinstance(is_last, bool):
        raise Malformed("prompt.last")
    return r.Prompted(_words(message["voicePrompt"]), _words(message.get("lang") or "")[:40], is_last)


def _interrupt(message: dict[str, Any]) -> r.Interrupted:
    # The carrier has sent this number as text, too.
    after_ms = int(float(message.get("durationUntilInterruptMs") or 0))
    if not 0 <= after_ms < 10**9:
        raise Malformed("interrupt.durationUntilInterruptMs")
    return r.Interrupted(_words(message.get("utteranceUntilInterrupt") or ""), after_ms)


def _dtmf(message: dict[str, Any]) -> m.KeyPressed:
    digit = message["digit"]
    if not isinstance(digit, str) or digit not in _DIGITS or len(digit) != 1:
        raise Malformed("dtmf.digit")
    return m.KeyPressed(digit)


def _info(message: dict[str, Any]) -> Decoded:
    name, value = message.get("name"), message.get("value")
    if name == "tokensPlayed":
        return r.Played(_words(value))
    if name in ("agentSpeaking", "clientSpeaking") and value in ("on", "off"):
        return r.Speaking(value == "on") if name == "agentSpeaking" else r.Listening(value == "on")
    return Skipped("info")


def _error(message: dict[str, Any]) -> r.Complained:
    """Its text may repeat what we sent, a caller's words among it: only the sentence before that is kept."""
    said = _words(message.get("description") or "")
    return r.Complained(said.partition("{")[0].strip(" :")[:_COMPLAINT_LIMIT] or "an error without words")


def _name(value: Any) -> str:
    """A name, an id, or our own ticket."""
    if not isinstance(value, str) or not value.isascii() or "\0" in value:
        raise Malformed("letters that are never sent")
    return value


def _words(value: Any) -> str:
    """What somebody says."""
    if not isinstance(value, str):
        raise Malformed("text expected")
    clean = value.replace("\0", "").encode("utf-8", "ignore").decode("utf-8")  # halves of a pair of code units
    return clean[:_WORDS_LIMIT]


_DECODERS: dict[str, Callable[[dict[str, Any]], Decoded]] = {
    "setup": _setup,
    "prompt": _prompt,
    "interrupt": _interrupt,
    "dtmf": _dtmf,
    "info": _info,
    "error": _error,
}


def encode(order: r.ToRelay) -> str:
    """One order to the carrier as its message."""
    if isinstance(order, r.SendDigits):
        return json.dumps({"type": "sendDigits", "digits": order.digits})
    if isinstance(order, r.SwitchLanguage):
        return json.dumps({"type": "language", "ttsLanguage": order.code, "transcriptionLanguage": order.code})
    message: dict[str, Any] = {"type": "text", "token": order.text, "last": order.is_last}
    if order.is_interruptible is not None:
        message["interruptible"] = order.is_interruptible
    return json.dumps(message, ensure_ascii=False)


def end(handoff: dict[str, str]) -> str:
    """The message that ends the session; `handoff` comes back as HandoffData of the `action` request."""
    return json.dumps({"type": "end", "handoffData": json.dumps(handoff)})
