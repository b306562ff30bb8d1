"""Who agreed to a recording, and who did not: asked, answered, refused, and asked again when somebody joins."""

from datetime import timedelta

import pytest

from calls import intake
from calls.carrier import callbacks
from calls.carrier.errors import CarrierError
from calls.control import recording_consent
from calls.lifecycle import CopyState, EndedReason, RecordingStatus
from calls.models import Call, Recording, RecordingConsent, TranscriptTurn
from compliance.disclosures import VERSION
from tests import given
from tests.given import NOON
from tests.integration.calls.recorded_calls import NEW_YORK, TEXAN, Carrier, a_call, consent_of, recorded

pytestmark = pytest.mark.django_db


def after(call: Call, *, digits: str = "", speech: str = "", attempt: int = 1) -> intake.AfterQuestion:
    form = {"CallSid": call.customer_leg().leg_sid, "Digits": digits, "SpeechResult": speech}
    return intake.after_question(gathered=callbacks.gather_callback(form), attempt=attempt, now=NOON)


# --- told -------------------------------------------------------------------------------------------------------------


def test_whoever_is_told_and_stays_agrees() -> None:
    call = a_call()
    told = consent_of(call)
    assert (told.ask, told.law, told.place, told.answer) == ("notice", "one_party", "US-TX", "")
    assert "This call is recorded" in told.words
    recording_consent.stayed(call=call, now=NOON + timedelta(seconds=9))
    known = consent_of(call)
    assert (known.answer, known.proof, known.wording_version) == ("stayed", "line", VERSION)
    assert known.answered_at == NOON + timedelta(seconds=9)


def test_the_places_of_both_sides_are_looked_at() -> None:
    assert consent_of(a_call(from_=given.CAROL)).law == "all_party"
    here = given.a_call(to=given.OURS, from_=TEXAN)
    assert consent_of(here).law == "all_party"
    assert "our number is in California" in consent_of(here).why


def test_a_number_that_is_not_recorded_asks_nobody() -> None:
    call = a_call(is_recorded=False)
    assert not RecordingConsent.objects.filter(call=call).exists()


# --- asked ------------------------------------------------------------------------------------------------------------


def test_where_a_yes_is_needed_nothing_is_recorded_before_it() -> None:
    given.a_number(e164=NEW_YORK, recording_ask="explicit_yes")
    form = given.a_ring(to=NEW_YORK, from_=TEXAN)
    first = intake.receive(request=callbacks.voice_request(form), now=NOON)
    again = intake.receive(request=callbacks.voice_request(form), now=NOON)
    assert isinstance(first, intake.AskConsent)
    assert first == again
    assert first.question.text.startswith("Hello, this is an AI assistant")
    assert not Recording.objects.exists()
    assert not first.call.streams.exists()


def test_a_place_where_silence_is_no_consent_is_asked_whatever_the_number_says() -> None:
    given.a_number(e164=NEW_YORK)
    answer = intake.receive(request=callbacks.voice_request(given.a_ring(to=NEW_YORK, from_="+498912345678")), now=NOON)
    assert isinstance(answer, intake.AskConsent)


@pytest.mark.parametrize(
    ("given_answer", "proof", "said"),
    [({"digits": "1"}, "key", "1"), ({"speech": "Yes, you may."}, "words", "Yes, you may.")],
    ids=["by key", "by word"],
)
def test_a_yes_is_kept_with_its_proof_and_the_recording_begins(given_answer: dict, proof: str, said: str) -> None:
    call = a_call(recording_ask="explicit_yes")
    answer = after(call, **given_answer)
    assert isinstance(answer, intake.WithAssistant)
    assert answer.is_recorded
    assert answer.opening.text.startswith("Thank you. This call is recorded")
    known = consent_of(call)
    assert (known.answer, known.proof, known.said, known.answered_at) == ("yes", proof, said, NOON)
    assert call.recordings.get().notice_version == VERSION
    texts = list(call.turns.order_by("item_id").values_list("item_id", "party", "text"))
    assert texts == [
        ("opening-answer", "customer", said if proof == "words" else "[keypad] 1"),
        ("opening-question", "assistant", known.words),
    ]
    assert isinstance(after(call, **given_answer), intake.WithAssistant)
    assert Recording.objects.count() == 1


def test_who_cannot_be_understood_is_asked_once_more_and_then_has_not_agreed() -> None:
    call = a_call(recording_ask="explicit_yes")
    again = after(call, speech="What did you say?")
    assert isinstance(again, intake.AskConsent)
    assert again.attempt == 2
    assert after(call, speech="What did you say?") == again
    answer = after(call, attempt=2)
    assert isinstance(answer, intake.WithAssistant)
    assert not answer.is_recorded
    assert (consent_of(call).answer, consent_of(call).tries) == ("silent", 2)


@pytest.mark.parametrize("given_answer", [{"digits": "2"}, {"speech": "No, please do not."}])
def test_a_no_goes_on_unrecorded_and_nothing_that_is_said_is_kept(given_answer: dict) -> None:
    call = a_call(recording_ask="explicit_yes")
    answer = after(call, **given_answer)
    assert isinstance(answer, intake.WithAssistant)
    assert not answer.is_recorded
    assert answer.opening.text == "All right, this call is not recorded."
    call.refresh_from_db()
    assert not call.are_words_kept
    assert not call.turns.exists()
    assert not Recording.objects.exists()
    assert call.ended_reason == EndedReason.UNKNOWN


def test_where_nothing_goes_on_unrecorded_a_no_ends_with_thanks() -> None:
    call = a_call(recording_ask="explicit_yes", recording_refused="end")
    answer = after(call, digits="2")
    assert isinstance(answer, intake.Parting)
    assert "Thank you for calling" in answer.words.text
    call.refresh_from_db()
    assert call.ended_reason == EndedReason.RECORDING_REFUSED
    assert isinstance(after(call, digits="1"), intake.Parting), "a late yes changes nothing"


def test_an_answer_nobody_was_asked_for_is_none() -> None:
    call = a_call(is_recorded=False)
    assert isinstance(after(call, digits="1"), intake.NoQuestion)


# --- refused ----------------------------------------------------------------------------------------------------------


def refuse(call: Call) -> recording_consent.Refusal:
    return recording_consent.refuse(
        call=call, proof="words", said="Do not record me.", source="carrier", by="caller", now=NOON
    )


def test_a_refusal_in_the_middle_stops_the_tape_and_keeps_nothing(recorder: Carrier) -> None:
    call = recorded()
    recording_consent.stayed(call=call, now=NOON)
    TranscriptTurn.objects.create(call=call, item_id="i1", party="customer", started_ms=0, text="Hello.")
    refusal = refuse(call)
    assert refusal == recording_consent.Refusal(ends=False, is_stopped=True)
    tape = call.recordings.get()
    assert (recorder.asked, tape.status, tape.copy_state) == (["stopped"], RecordingStatus.STOPPED, CopyState.REFUSED)
    assert not call.turns.exists()
    known = consent_of(call)
    assert (known.answer, known.withdrawn_at, known.withdrawn_said) == ("stayed", NOON, "Do not record me.")
    assert refuse(call).is_stopped
    assert call.events.filter(kind="recording_refused").count() == 1


def test_a_refusal_stands_when_the_carrier_cannot_be_asked(recorder: Carrier) -> None:
    call = recorded()
    recorder.error = CarrierError("away", is_permanent=False)
    assert not refuse(call).is_stopped
    tape = call.recordings.get()
    assert (tape.status, tape.copy_state) == (RecordingStatus.IN_PROGRESS, CopyState.REFUSED)
    assert tape.pk in Recording.due_ids(now=NOON, limit=10), "it is asked again"


def test_a_refusal_ends_the_call_where_the_number_says_so(recorder: Carrier) -> None:
    call = recorded(recording_refused="end")
    assert refuse(call).ends
    call.refresh_from_db()
    assert call.ended_reason == EndedReason.RECORDING_REFUSED


def test_a_recording_heard_of_after_the_refusal_is_refused_too(recorder: Carrier) -> None:
    call = recorded()
    refuse(call)
    late = Recording.named(call=call, recording_sid=given.a_sid("RE"), now=NOON)
    assert late.copy_state == CopyState.REFUSED


def test_an_objection_spoken_to_a_person_counts(recorder: Carrier) -> None:
    call = recorded()
    recording_consent.heard(call=call, text="My order is late.", now=NOON)
    assert recorder.asked == []
    recording_consent.heard(call=call, text="Please stop recording this call.", now=NOON)
    assert recorder.asked == ["stopped"]
    assert not Call.objects.get(pk=call.pk).are_words_kept
