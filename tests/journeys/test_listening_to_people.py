"""A supervisor listens to a call that is with a person: the carrier copies it, while somebody listens and no longer."""

from collections.abc import Iterator

import pytest

from calls.lifecycle import Phase
from sandbox import speech
from tests.journeys import people
from tests.journeys.books import closed
from tests.journeys.hearing import likeness, of_mulaw
from tests.journeys.house import House, eventually
from tests.journeys.listener import Listener, listening
from tests.journeys.people import phase_of, until

THANKS = "Thank you very much."
WORDS = "please note harbor lantern river"


@pytest.fixture(autouse=True)
def _quiet_house(house: House) -> Iterator[None]:
    people.nobody_here()
    yield
    people.nobody_here()


def pass_together(house: House, listener: Listener, ms: int) -> None:
    """Let time pass no faster than the listener hears it: what came faster would be dropped."""
    for _ in range(0, ms, 200):
        heard_ms = listener.heard_ms
        house.step(200)
        eventually(lambda heard_ms=heard_ms: listener.heard_ms >= heard_ms + 100, what="sound in step")


def test_both_sides_of_a_call_with_a_person_are_heard_and_the_copy_ends_with_the_listening(house: House) -> None:
    queue = people.a_queue()
    people.reached_by(queue)
    people.an_agent(house, "bob", "+14155550171", "accepts", queue=queue)
    sid, call = people.asking(house)
    until(house, lambda: phase_of(call) != Phase.WITH_ASSISTANT, what="on the way")
    assert house.on_line(sid)["one_way"] == [], "nobody listens"
    with listening(house, call.pk) as listener:
        until(house, lambda: phase_of(call) == Phase.WITH_AGENT, what="with a person")
        until(house, lambda: listener.heard_ms, what="the first sound")
        pass_together(house, listener, 14_000)  # what is announced, and what the person says by themselves
        house.ask("POST", f"calls/{sid}/say", json={"text": THANKS})
        pass_together(house, listener, 3000)
        theirs = of_mulaw(speech.say(THANKS, voice="caller").audio)
        until(house, lambda: likeness(theirs, of_mulaw(bytes(listener.caller)))[0] >= 0.9, what="the caller")
        offer = people.offer_of(call)
        assert offer is not None
        house.ask("POST", f"calls/{offer.leg.leg_sid}/say", json={"text": WORDS})
        pass_together(house, listener, 4000)
        person = of_mulaw(speech.say(WORDS, voice="caller-f1").audio)
        until(house, lambda: likeness(person, of_mulaw(bytes(listener.assistant)))[0] >= 0.9, what="the person")
        (copy,) = house.on_line(sid)["one_way"]
        assert copy["state"] == "open"
    until(house, lambda: house.on_line(sid)["one_way"][0]["state"] == "closed", what="the end of the copy")
    house.ask("POST", f"calls/{sid}/hangup")
    until(house, lambda: phase_of(call) == Phase.CLOSED, what="end")
    closed(sid)
    assert [one.closed_at is not None for one in call.room_sounds.all()] == [True]
