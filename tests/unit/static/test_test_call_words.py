"""A test call that does not begin, or ends, says why in words."""

import json

import pytest

from calls.lifecycle import EndedReason
from calls.voice.messages import EndReason
from tests.unit.static import node


def words(name: str, *arguments: object) -> object:
    given = ", ".join(json.dumps(argument) for argument in arguments)
    return node.run(f"""
        import {{ {name} }} from "js/test_call_words.js";
        console.log(JSON.stringify({name}({given})));
    """)


@pytest.mark.parametrize(
    ("known", "said"),
    [
        ({"isSecure": True, "hasDevices": True}, ""),
        ({"isSecure": False, "hasDevices": False}, "over https, or on the machine itself as 127.0.0.1."),
        ({"isSecure": False, "hasDevices": False, "at": "https://x.example"}, "Open it at https://x.example."),
        ({"isSecure": True, "hasDevices": False}, "This browser gives pages no microphone."),
    ],
)
def test_what_keeps_a_page_from_the_microphone_is_said(known: dict[str, object], said: str) -> None:
    found = words("beforeCall", known)
    assert found == "" if not said else said in str(found)


@pytest.mark.parametrize(
    ("error", "said"),
    [
        ("NotAllowedError", "may not use the microphone"),
        ("NotFoundError", "There is no microphone"),
        ("NotReadableError", "another program"),
        ("OverconstrainedError", "Choose another one"),
        ("SyntaxError", "could not be started: odd"),
    ],
)
def test_what_is_wrong_with_the_microphone_is_said(error: str, said: str) -> None:
    assert said in str(words("ofMicrophone", {"name": error, "message": "odd"}))


def test_every_end_has_its_words() -> None:
    reasons = [*EndReason, EndedReason.BRIDGE_FAILED, EndedReason.NO_ASSISTANT]
    found = node.run(f"""
        import {{ afterClose }} from "js/test_call_words.js";
        const reasons = {json.dumps([str(reason) for reason in reasons])};
        console.log(JSON.stringify(reasons.map((reason) => afterClose({{ code: 4000, reason, wasOpen: true }}).text)));
    """)
    unknown = "The connection to the server broke."  # what is said of a reason nobody has words for
    assert [reason for reason, text in zip(reasons, found, strict=True) if text == unknown] == []


@pytest.mark.parametrize(
    ("known", "said"),
    [
        ({"code": 4403, "reason": "", "wasOpen": True}, "may not hold test calls any more"),
        ({"code": 1008, "reason": "out of order", "wasOpen": True}, "out of order"),
        ({"code": 1006, "reason": "", "wasOpen": False}, "did not take the call"),
        ({"code": 1006, "reason": "", "wasOpen": True}, "The connection to the server broke."),
    ],
)
def test_a_close_that_is_no_ordinary_end_is_a_fault(known: dict[str, object], said: str) -> None:
    found = words("afterClose", known)
    assert isinstance(found, dict)
    assert found["isFault"] is True
    assert said in found["text"]
