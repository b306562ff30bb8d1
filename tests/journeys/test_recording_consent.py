"""Callers who are asked whether they may be recorded, and callers who do not want to be."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.utils import timezone

from calls.lifecycle import EndedReason, RecordingStatus
from calls.models import Call, Number, Recording, RecordingConsent
from compliance import disclosures
from compliance.disclosures import Words
from sandbox import speech
from tests.journeys.books import call_of, closed, kinds, said, stored
from tests.journeys.hearing import fetch_in_ranges, likeness, of_mulaw, of_wav
from tests.journeys.house import NUMBERS, House, eventually

QUESTION_MS = 3000  # far enough into the question
LINE = NUMBERS[1]
BUSINESS = "Marlow Outdoor"


@contextmanager
def policy(**fields: str) -> Iterator[None]:
    """How callers of one number are asked, for one journey."""
    number = Number.objects.filter(e164=LINE)
    number.update(**fields)
    try:
        yield
    finally:
        number.update(recording_ask="notice", recording_refused="go_on")


def words(which: Words) -> str:
    return disclosures.words(which, business=BUSINESS).text


def spoken(text: str) -> Any:
    return of_mulaw(speech.say(text, voice="assistant").audio)


def asked(house: House) -> str:
    """A caller in the middle of the question; nothing is recorded."""
    sid = house.call(to=LINE)
    house.step(QUESTION_MS)
    assert house.on_line(sid)["verbs"][-1]["verb"] in ("Gather", "Say")
    assert house.on_line(sid)["recordings"] == []
    return sid


def talking(house: House, to: str = LINE) -> str:
    """A caller in conversation."""
    sid = house.call(to=to)
    house.step_to_stream(sid)
    assert house.step(15_000, until={"call": sid, "silent_ms": 700})["reached"]
    return sid


def hung_up(house: House, sid: str) -> Call:
    house.ask("POST", f"calls/{sid}/hangup")
    house.step(1500)
    return closed(sid)


def consent_of(call: Call) -> RecordingConsent:
    return RecordingConsent.objects.get(call=call, party="customer")


def is_gone_at_carrier(house: House, call: Call) -> bool:
    """Nothing of the call is left at the carrier, and our books know that it was asked."""
    leg = call.customer_leg()
    assert leg is not None
    here = all(recording.removed_at is not None and not recording.audio for recording in call.recordings.all())
    return here and all(recording["status"] == "deleted" for recording in house.on_line(leg.leg_sid)["recordings"])


def by_key(house: House, sid: str, key: str) -> None:
    house.ask("POST", f"calls/{sid}/press", json={"digits": key})


def by_word(house: House, sid: str, text: str) -> None:
    house.ask("POST", f"calls/{sid}/say", json={"text": text})


@pytest.mark.parametrize(
    ("answers", "answer", "proof", "kept"),
    [(by_key, "1", "key", "1"), (by_word, "Yes, you may.", "words", "Yes, you may.")],
    ids=["by key", "by word"],
)
def test_after_a_yes_the_call_is_recorded_and_the_announcement_is_in_the_recording(
    house: House, answers: Callable[[House, str, str], None], answer: str, proof: str, kept: str
) -> None:
    with policy(recording_ask="explicit_yes"):
        sid = asked(house)
        answers(house, sid, answer)
        house.step_to_stream(sid)
        assert house.step(15_000, until={"call": sid, "silent_ms": 700})["reached"]
        by_word(house, sid, "Could you tell me your opening hours, please?")
        assert house.step(15_000, until={"call": sid, "silent_ms": 700})["reached"]
        call = hung_up(house, sid)
    known = consent_of(call)
    assert (known.answer, known.proof, known.said) == ("yes", proof, kept)
    assert [turn.item_id for turn in call.turns.order_by("started_ms", "pk")][:2] == [
        "opening-question",
        "opening-answer",
    ]
    recording = stored(call)
    assert recording.is_playable
    channels = of_wav(fetch_in_ranges(house, recording))
    ours = channels[recording.assistant_channel]
    alike, at_ms = likeness(spoken(words(Words.AGREED)), ours)
    assert alike >= 0.9
    assert abs(at_ms - recording.notice_started_ms) < 500
    assert likeness(spoken(words(Words.QUESTION))[:40_000], ours)[0] < 0.5


def test_without_an_answer_to_two_questions_nobody_has_agreed(house: House) -> None:
    with policy(recording_ask="explicit_yes"):
        sid = house.call(to=LINE)
        house.step(60_000, until={"call": sid, "stream": "open"}, tick_ms=100)
        heard = of_mulaw(house.sound(sid, "heard"))
        assert likeness(spoken(words(Words.QUESTION_AGAIN)), heard)[0] >= 0.9
        assert likeness(spoken(words(Words.UNRECORDED)), heard)[0] >= 0.9
        assert house.on_line(sid)["recordings"] == []
        call = hung_up(house, sid)
    assert (consent_of(call).answer, consent_of(call).tries) == ("silent", 2)
    assert not call.are_words_kept
    assert said(call) == []


def test_a_no_ends_with_thanks_where_nothing_goes_on_unrecorded(house: House) -> None:
    with policy(recording_ask="explicit_yes", recording_refused="end"):
        sid = asked(house)
        by_word(house, sid, "No, please do not.")
        house.step_to_end(sid)
        heard = of_mulaw(house.sound(sid, "heard"))
        call = closed(sid)
    assert likeness(spoken(words(Words.PARTING)), heard)[0] >= 0.9
    assert call.ended_reason == EndedReason.RECORDING_REFUSED
    assert house.on_line(sid)["ended_by"] == "application"
    assert (house.on_line(sid)["recordings"], call.recordings.count()) == ([], 0)


def test_a_refusal_by_the_star_key_deletes_what_there_was_also_at_the_carrier_and_keeps_no_words(house: House) -> None:
    sid = talking(house)
    by_word(house, sid, "Could you tell me your opening hours, please?")
    assert house.step(15_000, until={"call": sid, "silent_ms": 700})["reached"]
    call = call_of(sid)
    eventually(lambda: len(said(call)) >= 2, what="words are kept until then")
    by_key(house, sid, "*")
    house.step(1000)
    eventually(lambda: "recording_refused" in kinds(call))
    status = (RecordingStatus.STOPPED, RecordingStatus.COMPLETED)
    eventually(lambda: call.recordings.get().status in status, what="the carrier has stopped it")
    assert house.step(15_000, until={"call": sid, "silent_ms": 700})["reached"]
    assert likeness(spoken(words(Words.STOPPED)), of_mulaw(house.sound(sid, "heard")))[0] >= 0.9
    by_word(house, sid, "Where are you located?")
    assert house.step(15_000, until={"call": sid, "silent_ms": 700})["reached"]
    assert house.on_line(sid)["status"] == "in-progress", "the call goes on"
    call = hung_up(house, sid)
    house.sweep("copy_due_recordings")
    eventually(lambda: is_gone_at_carrier(house, call), what="deleted, and known to be")
    assert said(call) == []
    page = house.sign_in().get(f"{house.url}/calls/{call.pk}/", timeout=20).text
    assert "what is said is not written down" in page
    assert "Refused later" in page


def test_a_refusal_in_the_callers_words_ends_with_thanks_where_the_number_says_so(house: House) -> None:
    with policy(recording_refused="end"):
        sid = talking(house)
        by_word(house, sid, "I would rather not be recorded.")
        house.step_to_end(sid)
        call = closed(sid)
    assert call.ended_reason == EndedReason.RECORDING_REFUSED
    consent = consent_of(call)
    assert (consent.answer, consent.withdrawn_said) == ("stayed", "I would rather not be recorded.")
    eventually(lambda: is_gone_at_carrier(house, call), what="deleted at the carrier")


@pytest.mark.parametrize("is_carried_out", [True, False])
def test_a_deletion_whose_answer_is_lost_is_asked_for_until_the_recording_is_known_to_be_gone(
    house: House, is_carried_out: bool
) -> None:
    lost = {"method": "DELETE", "path": "/Recordings/", "answer_lost": True, "after_effect": is_carried_out}
    house.ask("POST", "faults", json={"rest_delays": [lost]})
    sid = talking(house)
    by_key(house, sid, "*")
    house.step(1500)
    call = call_of(sid)
    failed = eventually(lambda: call.recordings.exclude(copy_error="").first(), what="the failure is kept")
    assert (failed.copy_state, failed.removed_at) == ("refused", None)
    Recording.objects.filter(pk=failed.pk).update(next_copy_at=timezone.now())
    house.sweep("copy_due_recordings")
    eventually(lambda: is_gone_at_carrier(house, call), what="deleted, and known to be")
    hung_up(house, sid)
