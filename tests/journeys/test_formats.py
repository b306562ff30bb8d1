"""A model that speaks A-law or PCM: the caller is understood, and hears the answer, as on the line."""

from collections.abc import Iterator

import pytest

from agents.models import PromptVersion
from sandbox import speech
from tests.journeys.books import call_of, closed, said
from tests.journeys.hearing import likeness, of_mulaw
from tests.journeys.house import House

ASKED = "Could you tell me your opening hours, please?"
ANSWER = (
    "We are open from nine to six on weekdays, and from ten to four on Saturdays. Is there anything else I can help "
    "you with?"
)
STORY = "Please tell me about your tents."
CUT_IN = "How much does a tent cost?"
PRICE = "Our two person tents start at one hundred and forty nine dollars. Is there anything else I can help you with?"
FORMATS = {"pcma": {"type": "audio/pcma"}, "pcm24k": {"type": "audio/pcm", "rate": 24000}}
BYTES_PER_MS = {"pcma": 8, "pcm24k": 48}


@pytest.fixture(params=list(FORMATS))
def kind(request: pytest.FixtureRequest, house: House) -> Iterator[str]:
    """Reception's model speaks so, until the journey is over."""
    version = PromptVersion.objects.filter(assistant__slug="reception", status="published")
    assert version.update(model_audio=request.param) == 1
    yield request.param
    version.update(model_audio="pcmu")


def greeted(house: House) -> str:
    """Somebody calls and hears the greeting out."""
    sid = house.call()
    house.step_to_stream(sid)
    assert house.step(10_000, until={"call": sid, "silent_ms": 700})["reached"]
    return sid


def say_and_hear(house: House, sid: str, text: str) -> None:
    """The caller says something, and hears the answer out."""
    asked = house.ask("POST", f"calls/{sid}/say", json={"text": text})
    house.step(asked["ms"] + 1000)
    assert house.step(30_000, until={"call": sid, "silent_ms": 900})["reached"]


def hang_up(house: House, sid: str) -> None:
    house.ask("POST", f"calls/{sid}/hangup")
    house.step(1500)
    closed(sid)


def clip_of(text: str) -> bytes:
    return speech.say(text, voice=speech.ASSISTANT).audio


def test_the_caller_is_understood_and_the_answer_is_heard(house: House, kind: str) -> None:
    sid = greeted(house)
    say_and_hear(house, sid, ASKED)
    session = house.model_session()
    sent = house.streams(sid)[0]["frames"]["count"]
    hang_up(house, sid)

    assert [turn.text for turn in said(call_of(sid))][-2:] == [ASKED, ANSWER]
    heard = of_mulaw(house.sound(sid, "heard"))
    alike, _ = likeness(of_mulaw(clip_of(ANSWER)), heard)
    assert alike >= 0.95
    audio = session["session"]["audio"]
    assert audio["input"]["format"] == audio["output"]["format"] == FORMATS[kind]
    assert session["errors"] == []
    # Every millisecond of the line is a millisecond of the model's, whatever it is written in.
    assert session["audio_received_ms"] * BYTES_PER_MS[kind] == session["audio_received_bytes"]
    assert abs(session["audio_received_ms"] - sent * 20) <= 40


def test_a_voice_that_was_cut_leaves_the_next_answer_clean(house: House, kind: str) -> None:
    sid = greeted(house)
    house.ask("POST", f"calls/{sid}/say", json={"text": STORY})
    house.step(8000)
    say_and_hear(house, sid, CUT_IN)
    session = house.model_session()
    hang_up(house, sid)

    (cut,) = [turn for turn in said(call_of(sid), "assistant") if turn.is_cut]
    (truncated,) = [event for event in session["received"] if event["type"] == "conversation.item.truncate"]
    assert cut.ended_ms - cut.started_ms == truncated["audio_end_ms"]
    assert session["errors"] == []
    assert [turn.text for turn in said(call_of(sid))][-2:] == [CUT_IN, PRICE]
    heard = of_mulaw(house.sound(sid, "heard"))
    alike, _ = likeness(of_mulaw(clip_of(PRICE)), heard)
    assert alike >= 0.95
