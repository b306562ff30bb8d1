"""ConversationRelay's messages: what they mean, and what becomes of those nobody should ever send."""

import json

import pytest

from calls.carrier import relay
from calls.voice import messages as m
from calls.voice import relay_messages as r

SETUP = {
    "type": "setup",
    "sessionId": "VX01",
    "accountSid": "AC01",
    "callSid": "CA01",
    "from": "+14155550100",
    "to": "+14155550199",
    "customParameters": {"ticket": "k3J"},
}


def decode(message: object, *, is_set_up: bool = True) -> relay.Decoded:
    return relay.decode(message if isinstance(message, str) else json.dumps(message), is_set_up=is_set_up)


def test_the_first_message_names_the_session_and_brings_our_ticket() -> None:
    assert decode(SETUP, is_set_up=False) == relay.Setup("VX01", "CA01", {"ticket": "k3J"})


@pytest.mark.parametrize(
    ("message", "meant"),
    [
        ({"type": "prompt", "voicePrompt": "Hi", "lang": "en-US", "last": True}, r.Prompted("Hi", "en-US", True)),
        ({"type": "prompt", "voicePrompt": "H", "lang": "en", "last": False}, r.Prompted("H", "en", False)),
        ({"type": "prompt", "voicePrompt": "a\0\ud800b"}, r.Prompted("ab", "", True)),
        (
            {"type": "interrupt", "utteranceUntilInterrupt": "Your", "durationUntilInterruptMs": 1320},
            r.Interrupted("Your", 1320),
        ),
        (
            {"type": "interrupt", "utteranceUntilInterrupt": "", "durationUntilInterruptMs": "460"},
            r.Interrupted("", 460),
        ),
        ({"type": "dtmf", "digit": "#"}, m.KeyPressed("#")),
        ({"type": "info", "name": "agentSpeaking", "value": "on"}, r.Speaking(True)),
        ({"type": "info", "name": "clientSpeaking", "value": "off"}, r.Listening(False)),
        ({"type": "info", "name": "tokensPlayed", "value": "Hello"}, r.Played("Hello")),
        ({"type": "info", "name": "roundTripDelayMs", "value": 80}, relay.Skipped("info")),
        (
            {"type": "error", "description": 'Invalid message received: {"token":"my secret"}'},
            r.Complained("Invalid message received"),
        ),
        ({"type": "surprise", "voicePrompt": "x"}, relay.Skipped("unknown")),
        (SETUP, relay.Skipped("repeated")),
    ],
)
def test_a_message_means(message: dict, meant: relay.Decoded) -> None:
    assert decode(message) == meant


@pytest.mark.parametrize(
    "message",
    [
        "",
        "not json",
        "[]",
        "null",
        "[" * 5000,
        {"voicePrompt": "no type"},
        {"type": 7},
        {"type": "prompt"},
        {"type": "prompt", "voicePrompt": None},
        {"type": "prompt", "voicePrompt": "x", "last": "yes"},
        {"type": "interrupt", "durationUntilInterruptMs": "soon"},
        {"type": "interrupt", "durationUntilInterruptMs": 1e300},
        {"type": "interrupt", "durationUntilInterruptMs": -5},
        {"type": "dtmf"},
        {"type": "dtmf", "digit": "12"},
        {"type": "dtmf", "digit": "x"},
        {"type": "info", "name": "tokensPlayed", "value": 3},
        {"type": "prompt", "voicePrompt": "x" * 1_000_000},
    ],
)
def test_a_message_that_breaks_the_protocol_is_told_as_such(message: object) -> None:
    with pytest.raises(relay.Malformed) as told:
        decode(message)
    assert "x" * 20 not in str(told.value)


@pytest.mark.parametrize(
    "message",
    [
        {"type": "prompt", "voicePrompt": "Hi"},
        SETUP | {"sessionId": None},
        SETUP | {"sessionId": "V" * 65},
        SETUP | {"callSid": "CÄ"},
        SETUP | {"customParameters": {"ticket": 3}},
        SETUP | {"customParameters": []} | {"callSid": 1},
    ],
)
def test_before_setup_nothing_else_counts(message: dict) -> None:
    with pytest.raises(relay.Malformed):
        decode(message, is_set_up=False)


def test_what_we_send_is_what_the_carrier_takes() -> None:
    assert json.loads(relay.encode(r.Say("Hé ", is_last=False))) == {"type": "text", "token": "Hé ", "last": False}
    firm = json.loads(relay.encode(r.Say("x", is_last=True, is_interruptible=False)))
    assert firm == {"type": "text", "token": "x", "last": True, "interruptible": False}
    assert json.loads(relay.encode(r.SendDigits("1w#"))) == {"type": "sendDigits", "digits": "1w#"}
    switch = json.loads(relay.encode(r.SwitchLanguage("es-US")))
    assert switch == {"type": "language", "ttsLanguage": "es-US", "transcriptionLanguage": "es-US"}
    ended = json.loads(relay.end({"reason": "handed_over"}))
    assert (ended["type"], json.loads(ended["handoffData"])) == ("end", {"reason": "handed_over"})
