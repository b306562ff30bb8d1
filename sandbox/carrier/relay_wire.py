"""The JSON of a ConversationRelay socket: what the carrier sends, and what it takes.

https://www.twilio.com/docs/voice/conversationrelay/websocket-messages. A message with a field too many, or one too few,
is not understood: the real carrier answers with an `error` message and counts.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any


class NotUnderstood(Exception):
    """A message that the carrier ignores; `str()` says why."""


@dataclass(frozen=True, slots=True)
class Text:
    """Speak this."""

    token: str
    last: bool
    interruptible: str  # "": as the session is
    preemptible: bool | None


@dataclass(frozen=True, slots=True)
class PlayUrl:
    """Play a file, so often."""

    source: str
    loop: int


@dataclass(frozen=True, slots=True)
class SendDigits:
    """Send keys down the line."""

    digits: str


@dataclass(frozen=True, slots=True)
class Switch:
    """Hear or speak another language from now on."""

    tts: str
    transcription: str


@dataclass(frozen=True, slots=True)
class End:
    """The session is over."""

    handoff: str


Order = Text | PlayUrl | SendDigits | Switch | End
Field = Callable[[Any], bool]


def _text(value: Any) -> bool:
    return isinstance(value, str)


def _flag(value: Any) -> bool:
    return isinstance(value, bool)


def _count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


_SHAPES: dict[str, tuple[dict[str, Field], dict[str, Field]]] = {
    "text": ({"token": _text}, {"last": _flag, "lang": _text, "interruptible": _flag, "preemptible": _flag}),
    "play": ({"source": _text}, {"loop": _count, "preemptible": _flag, "interruptible": _flag}),
    "sendDigits": ({"digits": lambda value: _text(value) and bool(value) and set(value) <= set("0123456789*#w")}, {}),
    "language": ({}, {"ttsLanguage": _text, "transcriptionLanguage": _text}),
    "end": ({}, {"handoffData": _text}),
}


def read(data: str) -> Order:
    """One message of the application. Raises `NotUnderstood`."""
    try:
        message = json.loads(data)
    except (ValueError, RecursionError):
        raise NotUnderstood("not JSON") from None
    kind = message.get("type") if isinstance(message, dict) else None
    if not isinstance(kind, str) or kind not in _SHAPES:
        raise NotUnderstood("unknown type")
    required, optional = _SHAPES[kind]
    fields = {name: value for name, value in message.items() if name != "type"}
    for name in required:
        if name not in fields:
            raise NotUnderstood(f"{kind} without {name}")
    for name, value in fields.items():
        check = required.get(name) or optional.get(name)
        if check is None or not check(value):
            raise NotUnderstood(f"{kind}.{name}")
    return _ORDERS[kind](fields)


def _switch(fields: Mapping[str, Any]) -> Switch:
    if not fields:
        raise NotUnderstood("language without a language")
    return Switch(fields.get("ttsLanguage", ""), fields.get("transcriptionLanguage", ""))


def _as_text(fields: Mapping[str, Any]) -> Text:
    interruptible = {True: "any", False: "none", None: ""}[fields.get("interruptible")]
    return Text(fields["token"], fields.get("last", False), interruptible, fields.get("preemptible"))


_ORDERS: dict[str, Callable[[Mapping[str, Any]], Order]] = {
    "text": _as_text,
    "play": lambda fields: PlayUrl(fields["source"], fields.get("loop", 1)),
    "sendDigits": lambda fields: SendDigits(fields["digits"]),
    "language": _switch,
    "end": lambda fields: End(fields.get("handoffData", "")),
}


def _write(kind: str, **fields: Any) -> str:
    return json.dumps({"type": kind, **fields}, ensure_ascii=False)


def setup(*, session_id: str, account_sid: str, call: Mapping[str, str], parameters: Mapping[str, str]) -> str:
    """The first message."""
    return _write(
        "setup",
        sessionId=session_id,
        accountSid=account_sid,
        callSid=call["sid"],
        parentCallSid=call["parent_sid"],
        **{"from": call["from"], "to": call["to"]},
        forwardedFrom="",
        callType="PSTN",
        callerName="",
        direction=call["direction"],
        callStatus=call["status"],
        customParameters=dict(parameters),
    )


def prompt(text: str, *, lang: str, last: bool) -> str:
    """What the caller has said, or has said so far."""
    return _write("prompt", voicePrompt=text, lang=lang, last=last)


def interrupt(heard: str, *, after_ms: int) -> str:
    """The caller has cut us short."""
    return _write("interrupt", utteranceUntilInterrupt=heard, durationUntilInterruptMs=after_ms)


def dtmf(digit: str) -> str:
    """A key."""
    return _write("dtmf", digit=digit)


def info(name: str, value: str) -> str:
    """What `debug` asks for."""
    return _write("info", name=name, value=value)


def error(description: str) -> str:
    """Something was not understood, or cannot be."""
    return _write("error", description=description)
