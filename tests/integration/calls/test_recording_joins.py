"""Somebody else comes into a call that is recorded: told, announced, and asked about where their place wants it."""

import pytest

from calls.carrier.errors import CarrierError
from calls.control import recording_consent, recordings
from calls.control.recording_consent import Announce, Question
from calls.lifecycle import CopyState, PauseReason
from calls.models import Call, Recording
from compliance.disclosures import VERSION
from compliance.places import Place
from tests import given
from tests.given import NOON
from tests.integration.calls.recorded_calls import NEW_YORK, TEXAN, Carrier, a_call, consent_of, recorded

pytestmark = pytest.mark.django_db
TEXAS, BAVARIA = Place("US", "TX"), Place("DE")


def joins(call: Call, place: Place = TEXAS, party: str = "agent-7") -> Announce | Question | None:
    return recording_consent.on_join(call=call, party=party, who="the colleague who joins", place=place, now=NOON)


def test_whoever_joins_is_told_and_so_is_the_room_until_it_has_been_said(recorder: Carrier) -> None:
    call = recorded()
    found = joins(call)
    assert isinstance(found, Announce)
    assert (found, joins(call)) == (joins(call), found)
    assert "recorded" in found.words.text
    assert "recorded" in found.aside.text
    recording_consent.spoken(call=call, party="agent-7", now=NOON)
    assert joins(call) is None
    assert isinstance(joins(call, party="third-2"), Announce), "the next one is told as well"
    known = consent_of(call, "agent-7")
    assert (known.place, known.law, known.answer, known.wording_version) == ("US-TX", "one_party", "stayed", VERSION)
    assert recorder.asked == []


def test_the_place_of_whoever_joins_counts_for_the_call() -> None:
    call = recorded()
    joins(call, Place("US", "IL"))
    assert consent_of(call, "agent-7").law == "all_party"
    joins(call, TEXAS, "third-2")
    assert consent_of(call, "third-2").law == "all_party", "the one from Illinois is still there"


def test_nothing_is_said_where_nothing_is_recorded(recorder: Carrier) -> None:
    assert joins(a_call(is_recorded=False)) is None
    refused = given.a_call(to=NEW_YORK, from_=TEXAN)
    recording_consent.refuse(call=refused, proof="words", said="No.", source="carrier", by="caller", now=NOON)
    assert joins(refused) is None


def test_where_silence_is_no_consent_the_recording_waits_for_the_callers_yes(recorder: Carrier) -> None:
    call = recorded()
    found = joins(call, BAVARIA)
    assert isinstance(found, Question)
    assert recorder.asked == ["paused"]
    assert call.recordings.get().pauses == [PauseReason.QUESTION]
    assert isinstance(joins(call, BAVARIA), Question)
    assert recorder.asked == ["paused"]
    recording_consent.spoken(call=call, party="agent-7", now=NOON)
    recording_consent.heard(call=call, text="Who is this?", now=NOON)
    assert recorder.asked == ["paused"]
    recording_consent.heard(call=call, text="Yes, go ahead.", now=NOON)
    assert recorder.asked == ["paused", "in-progress"]
    known = consent_of(call, "agent-7")
    assert (known.answer, known.proof, known.said) == ("yes", "words", "Yes, go ahead.")


def test_a_no_to_that_question_is_a_refusal(recorder: Carrier) -> None:
    call = recorded()
    joins(call, BAVARIA)
    recording_consent.spoken(call=call, party="agent-7", now=NOON)
    recording_consent.heard(call=call, text="No.", now=NOON)
    assert recorder.asked == ["paused", "stopped"]
    assert call.recordings.get().copy_state == CopyState.REFUSED


def test_a_caller_who_said_yes_is_not_asked_again(recorder: Carrier) -> None:
    call = a_call(recording_ask="explicit_yes")
    recording_consent.answer(call=call, keys="1", speech="", attempt=1, now=NOON)
    Recording.request(call=call, notice_version=VERSION, now=NOON)
    Recording.named(call=call, recording_sid=given.a_sid("RE"), now=NOON)
    assert isinstance(joins(call, BAVARIA), Announce)
    assert recorder.asked == []


def test_a_recording_that_cannot_be_paused_for_the_question_is_an_error(recorder: Carrier) -> None:
    call = recorded()
    recorder.error = CarrierError("away", is_permanent=False)
    with pytest.raises(recordings.UnableToChangeRecording):
        joins(call, BAVARIA)
    assert call.recordings.get().pauses == []
