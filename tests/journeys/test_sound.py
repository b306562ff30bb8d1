"""What was said is what was heard: bytes, words and recordings."""

import base64
import random
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from websockets.sync.client import ClientConnection, connect

from sandbox import speech
from tests.journeys.books import call_of, closed, said, stored
from tests.journeys.hearing import fetch_in_ranges, likeness, of_mulaw, of_wav
from tests.journeys.house import House, eventually

SERVERS = ("uvicorn", "picows")
FRAMES = 10_000
FRAME = 160
EARLY = 20


@contextmanager
def watching(house: House, query: str) -> Iterator[ClientConnection]:
    """Somebody's browser that shows the floor or a call."""
    session = house.sign_in()
    cookie = "; ".join(f"{name}={value}" for name, value in session.cookies.items())
    address = f"ws{house.url.removeprefix('http')}/live/?{query}"
    with connect(address, additional_headers={"Cookie": cookie, "Origin": house.url}, compression=None) as socket:
        yield socket


def converse(house: House) -> str:
    """A caller who is asked nothing by a persona: rings, hears the opening words and the greeting."""
    sid = house.call()
    house.step_to_stream(sid)
    assert house.step(10_000, until={"call": sid, "silent_ms": 700})["reached"]
    return sid


def test_words_drawn_at_random_are_on_the_floor_before_the_call_ends_and_in_the_recording(house: House) -> None:
    words = random.sample(speech.WORDS, 3)
    asked, noted = f"please note {' '.join(words)}", f"I noted {' '.join(words)}"
    sid = converse(house)
    call = call_of(sid)
    with watching(house, "floor=1") as floor, watching(house, f"call={call.pk}") as page:
        house.ask("POST", f"calls/{sid}/say", json={"text": asked})
        assert house.step(20_000, until={"call": sid, "silent_ms": 700})["reached"]
        assert house.on_line(sid)["status"] == "in-progress"
        for socket in (floor, page):
            shown = ""
            while not all(word in shown for word in words):
                shown += str(socket.recv(timeout=10))
    rows = house.sign_in().get(house.url, timeout=20).text
    assert all(word in rows for word in words)

    house.ask("POST", f"calls/{sid}/hangup")
    house.step(1500)
    recording = stored(closed(sid))
    assert [turn.text for turn in said(call)][-2:] == [asked, noted]

    wav = fetch_in_ranges(house, recording)
    channels = of_wav(wav)
    ours, theirs = channels[recording.assistant_channel], channels[1 - recording.assistant_channel]
    assert likeness(of_mulaw(speech.say(asked).audio), theirs)[0] >= 0.9
    assert likeness(of_mulaw(speech.say(noted, voice="assistant").audio), ours)[0] >= 0.9
    assert likeness(of_mulaw(speech.say(asked).audio), ours)[0] < 0.5


@pytest.mark.parametrize("spelling", ["compact", "spaced", "reordered", "escaped"])
def test_every_byte_the_caller_spoke_is_the_byte_the_model_received(house: House, spelling: str) -> None:
    frames = FRAMES if spelling == "reordered" else 500
    voice = random.Random(spelling).randbytes(frames * FRAME)
    house.ask("POST", "faults", json={"stream": {"json": spelling}})
    # The model's door opens only after the stream has begun: the first frames come before it is connected.
    house.ask("POST", "faults", json={"hold_accepts": 1}, at=house.model)
    sid = house.call()
    house.step_to_stream(sid)
    house.ask("POST", f"calls/{sid}/audio", data=voice)
    house.step(EARLY * 20)
    assert house.streams(sid)[0]["frames"]["count"] >= EARLY
    before = house.model_session_ids()
    house.ask("POST", "faults", json={"hold_accepts": 0}, at=house.model)
    (session,) = eventually(lambda: house.model_session_ids() - before, what="the model's session")
    house.step(frames * 20, tick_ms=100)
    sent = house.streams(sid)[0]["frames"]["count"] * FRAME
    received = eventually(lambda: sound if len(sound := house.received(session)) >= sent else None, what="every frame")
    assert received.count(voice) == 1
    assert len(received) == sent
    assert received in house.sound(sid, "spoken"), "from the first frame on, before the model was connected"
    house.ask("POST", f"calls/{sid}/hangup")
    house.step(500)
    closed(sid)


def test_every_byte_the_model_spoke_is_the_byte_the_caller_heard(house: House) -> None:
    voice = random.Random(7).randbytes(FRAMES * FRAME)
    rule = {
        "hears": ".",
        "dictated": True,
        "audio_b64": base64.b64encode(voice).decode(),
        "chunk_bytes": [1733],
        "times": 1,
    }
    house.ask("POST", "script", json={"rules": [rule]}, at=house.model)
    sid = house.call()
    house.step_to_stream(sid)
    house.step(2000)
    house.step(FRAMES * 20, tick_ms=100)
    heard = house.sound(sid, "heard")
    at = heard.find(voice[:800])
    assert at > 0
    assert heard[at : at + len(voice)] == voice
    house.ask("POST", f"calls/{sid}/hangup")
    house.step(500)
    closed(sid)
