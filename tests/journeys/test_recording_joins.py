"""Somebody comes into a call that is recorded: they and the room are told, and asked where their place wants it."""

from collections.abc import Iterator

import pytest

from agents.models import Agent
from calls.lifecycle import Phase, RecordingStatus
from calls.models import Call, RecordingConsent
from compliance import disclosures
from compliance.disclosures import Words
from sandbox import speech
from tests.journeys import people
from tests.journeys.books import closed, stored
from tests.journeys.hearing import fetch_in_ranges, likeness, of_mulaw, of_wav
from tests.journeys.house import House
from tests.journeys.people import offer_of, phase_of, until

BOB = "+14155550171"


@pytest.fixture(autouse=True)
def _quiet_house(house: House) -> Iterator[None]:
    people.nobody_here()
    yield
    people.nobody_here()


def with_bob(house: House, *, place: str) -> tuple[str, Call]:
    """A caller who was put through to Bob, who works in this place."""
    queue = people.a_queue()
    people.reached_by(queue)
    bob = people.an_agent(house, "bob", BOB, "accepts", queue=queue)
    Agent.objects.filter(pk=bob.pk).update(place=place)
    sid, call = people.asking(house)
    until(house, lambda: phase_of(call) == Phase.WITH_AGENT, what="with a person")
    return sid, call


def consent_of(call: Call) -> RecordingConsent | None:
    offer = offer_of(call)
    assert offer is not None
    return RecordingConsent.objects.filter(call=call, party=offer.label).exclude(asked_at=None).first()


def hung_up(house: House, sid: str, call: Call) -> None:
    house.ask("POST", f"calls/{sid}/hangup")
    until(house, lambda: phase_of(call) == Phase.CLOSED, what="end")
    house.step(1500)
    closed(sid)


def test_a_person_of_another_place_is_told_and_the_rooms_announcement_is_in_the_recording(house: House) -> None:
    sid, call = with_bob(house, place="US-IL")
    known = until(house, lambda: consent_of(call), what="the room is told")
    assert (known.place, known.law, known.answer) == ("US-IL", "all_party", "stayed")
    assert "Illinois" in known.why
    offer = offer_of(call)
    assert offer is not None
    assert offer.leg is not None
    said_to_bob = [verb["text"] for verb in house.on_line(offer.leg.leg_sid)["verbs"] if verb["verb"] == "Say"]
    assert disclosures.words(Words.TO_JOINER).text in said_to_bob
    house.step(20_000)
    hung_up(house, sid, call)
    recording = stored(call)
    ours = of_wav(fetch_in_ranges(house, recording))[recording.assistant_channel]
    told = f"Bob from Reception is with you now. {disclosures.words(Words.JOINED).text}"
    assert likeness(of_mulaw(speech.say(told, voice="assistant").audio), ours)[0] >= 0.9
    page = house.sign_in().get(f"{house.url}/calls/{call.pk}/", timeout=20).text
    assert "Told for agent-" in page


def test_where_a_persons_place_wants_a_yes_the_recording_waits_for_the_callers(house: House) -> None:
    sid, call = with_bob(house, place="DE")
    tape = call.recordings.get()
    assert (tape.status, tape.pauses) == (RecordingStatus.PAUSED, ["question"])
    until(house, lambda: consent_of(call), what="the room is asked")
    house.step(20_000)
    house.ask("POST", f"calls/{sid}/say", json={"text": "Yes."})
    until(house, lambda: call.recordings.get().status == RecordingStatus.IN_PROGRESS, what="the recording goes on")
    known = consent_of(call)
    assert known is not None
    assert (known.ask, known.answer, known.proof, known.said.lower().strip(". ")) == (
        "explicit_yes",
        "yes",
        "words",
        "yes",
    )
    hung_up(house, sid, call)
