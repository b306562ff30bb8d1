"""Who agreed to a recording, and who did not: asked, answered, refused, and asked again when somebody joins."""

from datetime import timedelta

import pytest

from calls import intake
from calls.carrier import callbacks, rest
from calls.carrier.errors import CarrierError
from calls.control import recording_consent, recordings
from calls.control.recording_consent import Announce, Question
from calls.lifecycle import CopyState, EndedReason, PauseReason, RecordingFact, RecordingStatus
from calls.models import Call, Recording, RecordingConsent, TranscriptTurn
from calls.models.recording_consent import CUSTOMER
from compliance.disclosures import VERSION
from compliance.places import NOWHERE, Place
from tests import given
from tests.given import NOON

pytestmark = pytest.mark.django_db
TEXAN, NEW_YORK = "+12145550101", "+12125550100"
TEXAS, BAVARIA = Place("US", "TX"), Place("DE")


class Carrier:
    """What the carrier was asked to do to a recording; it may be out of reach."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.error: CarrierError | None = None

    def change(self, leg_sid: str, recording_sid: str, status: str) -> str:
        if self.error is not None:
            raise self.error
        self.asked.append(status)
        return status


@pytest.fixture
def carrier(monkeypatch: pytest.MonkeyPatch) -> Carrier:
    found = Carrier()
    monkeypatch.setattr(rest, "change_recording", found.change)
    return found


def a_call(*, from_: str = TEXAN, **number: object) -> Call:
    """A call to a number in New York."""
    given.a_number(e164=NEW_YORK, **number)
    return given.a_call(to=NEW_YORK, from_=from_)


def recorded(*, from_: str = TEXAN, **number: object) -> Call:
    """A call whose recording runs."""
    call = a_call(from_=from_, **number)
    Recording.request(call=call, notice_version=VERSION, now=NOON)
    tape = Recording.named(call=call, recording_sid=given.a_sid("RE"), now=NOON)
    tape.advance(RecordingFact.STARTED, at=NOON, source="carrier")
    return call


def consent_of(call: Call, party: str = CUSTOMER) -> RecordingConsent:
    return RecordingConsent.objects.get(call=call, party=party)


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


def test_a_refusal_in_the_middle_stops_the_tape_and_keeps_nothing(carrier: Carrier) -> None:
    call = recorded()
    recording_consent.stayed(call=call, now=NOON)
    TranscriptTurn.objects.create(call=call, item_id="i1", party="customer", started_ms=0, text="Hello.")
    refusal = refuse(call)
    assert refusal == recording_consent.Refusal(ends=False, is_stopped=True)
    tape = call.recordings.get()
    assert (carrier.asked, tape.status, tape.copy_state) == (["stopped"], RecordingStatus.STOPPED, CopyState.REFUSED)
    assert not call.turns.exists()
    known = consent_of(call)
    assert (known.answer, known.withdrawn_at, known.withdrawn_said) == ("stayed", NOON, "Do not record me.")
    assert refuse(call).is_stopped
    assert call.events.filter(kind="recording_refused").count() == 1


def test_a_refusal_stands_when_the_carrier_cannot_be_asked(carrier: Carrier) -> None:
    call = recorded()
    carrier.error = CarrierError("away", is_permanent=False)
    assert not refuse(call).is_stopped
    tape = call.recordings.get()
    assert (tape.status, tape.copy_state) == (RecordingStatus.IN_PROGRESS, CopyState.REFUSED)
    assert tape.pk in Recording.due_ids(now=NOON, limit=10), "it is asked again"


def test_a_refusal_ends_the_call_where_the_number_says_so(carrier: Carrier) -> None:
    call = recorded(recording_refused="end")
    assert refuse(call).ends
    call.refresh_from_db()
    assert call.ended_reason == EndedReason.RECORDING_REFUSED


def test_a_recording_heard_of_after_the_refusal_is_refused_too(carrier: Carrier) -> None:
    call = recorded()
    refuse(call)
    late = Recording.named(call=call, recording_sid=given.a_sid("RE"), now=NOON)
    assert late.copy_state == CopyState.REFUSED


def test_an_objection_spoken_to_a_person_counts(carrier: Carrier) -> None:
    call = recorded()
    recording_consent.heard(call=call, text="My order is late.", now=NOON)
    assert carrier.asked == []
    recording_consent.heard(call=call, text="Please stop recording this call.", now=NOON)
    assert carrier.asked == ["stopped"]
    assert not Call.objects.get(pk=call.pk).are_words_kept


# --- somebody joins ---------------------------------------------------------------------------------------------------


def joins(call: Call, place: Place = TEXAS, party: str = "agent-7") -> Announce | Question | None:
    return recording_consent.on_join(call=call, party=party, who="the colleague who joins", place=place, now=NOON)


def test_whoever_joins_is_told_and_so_is_the_room_until_it_has_been_said(carrier: Carrier) -> None:
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
    assert carrier.asked == []


def test_the_place_of_whoever_joins_counts_for_the_call() -> None:
    call = recorded()
    joins(call, Place("US", "IL"))
    assert consent_of(call, "agent-7").law == "all_party"
    joins(call, TEXAS, "third-2")
    assert consent_of(call, "third-2").law == "all_party", "the one from Illinois is still there"
    joins(recorded_again := given.a_call(to=NEW_YORK, from_=TEXAN), NOWHERE)
    assert not RecordingConsent.objects.filter(call=recorded_again, party="agent-7").exists(), "nothing is recorded"


def test_nothing_is_said_where_nothing_is_recorded(carrier: Carrier) -> None:
    assert joins(a_call(is_recorded=False)) is None
    refused = given.a_call(to=NEW_YORK, from_=TEXAN)
    refuse(refused)
    assert joins(refused) is None


def test_where_silence_is_no_consent_the_recording_waits_for_the_callers_yes(carrier: Carrier) -> None:
    call = recorded()
    found = joins(call, BAVARIA)
    assert isinstance(found, Question)
    assert carrier.asked == ["paused"]
    assert call.recordings.get().pauses == [PauseReason.QUESTION]
    assert isinstance(joins(call, BAVARIA), Question)
    assert carrier.asked == ["paused"]
    recording_consent.spoken(call=call, party="agent-7", now=NOON)
    recording_consent.heard(call=call, text="Who is this?", now=NOON)
    assert carrier.asked == ["paused"]
    recording_consent.heard(call=call, text="Yes, go ahead.", now=NOON)
    assert carrier.asked == ["paused", "in-progress"]
    known = consent_of(call, "agent-7")
    assert (known.answer, known.proof, known.said) == ("yes", "words", "Yes, go ahead.")


def test_a_no_to_that_question_is_a_refusal(carrier: Carrier) -> None:
    call = recorded()
    joins(call, BAVARIA)
    recording_consent.spoken(call=call, party="agent-7", now=NOON)
    recording_consent.heard(call=call, text="No.", now=NOON)
    assert carrier.asked == ["paused", "stopped"]
    assert call.recordings.get().copy_state == CopyState.REFUSED


def test_a_caller_who_said_yes_is_not_asked_again(carrier: Carrier) -> None:
    call = a_call(recording_ask="explicit_yes")
    after(call, digits="1")
    Recording.named(call=call, recording_sid=given.a_sid("RE"), now=NOON)
    assert isinstance(joins(call, BAVARIA), Announce)
    assert carrier.asked == []


def test_a_recording_that_cannot_be_paused_for_the_question_is_an_error(carrier: Carrier) -> None:
    call = recorded()
    carrier.error = CarrierError("away", is_permanent=False)
    with pytest.raises(recordings.UnableToChangeRecording):
        joins(call, BAVARIA)
    assert call.recordings.get().pauses == []


# --- pauses within pauses ---------------------------------------------------------------------------------------------


def change(call: Call, verb: str, reason: PauseReason) -> None:
    source = reason.value if reason in (PauseReason.AGENT, PauseReason.SUPERVISOR) else "system"
    recordings.change(call=call, verb=verb, source=source, by=f"{reason}@example.com", now=NOON, reason=reason)


def test_the_end_of_a_capture_does_not_undo_a_supervisors_pause(carrier: Carrier) -> None:
    call = recorded()
    change(call, "pause", PauseReason.SUPERVISOR)
    change(call, "pause", PauseReason.CAPTURE)
    change(call, "resume", PauseReason.CAPTURE)
    tape = call.recordings.get()
    assert (tape.status, tape.pauses) == (RecordingStatus.PAUSED, ["supervisor"])
    assert carrier.asked == ["paused", "paused"]
    change(call, "resume", PauseReason.SUPERVISOR)
    tape = call.recordings.get()
    assert (tape.status, tape.pauses, len(tape.paused_spans)) == (RecordingStatus.IN_PROGRESS, [], 1)
    assert carrier.asked == ["paused", "paused", "in-progress"]


@pytest.mark.parametrize(
    ("wants", "lifts", "may"),
    [
        (PauseReason.CAPTURE, PauseReason.SUPERVISOR, False),
        (PauseReason.SUPERVISOR, PauseReason.AGENT, False),
        (PauseReason.AGENT, PauseReason.SUPERVISOR, True),
        (PauseReason.QUESTION, PauseReason.AGENT, False),
    ],
)
def test_who_may_take_back_whose_pause(carrier: Carrier, wants: PauseReason, lifts: PauseReason, may: bool) -> None:
    call = recorded()
    change(call, "pause", wants)
    if may:
        change(call, "resume", lifts)
    else:
        with pytest.raises(recordings.UnableToChangeRecording, match="paused"):
            change(call, "resume", lifts)
    assert (call.recordings.get().status == RecordingStatus.IN_PROGRESS) is may


def test_a_pause_the_carrier_did_not_do_is_none(carrier: Carrier) -> None:
    call = recorded()
    carrier.error = CarrierError("away", is_permanent=False)
    with pytest.raises(recordings.UnableToChangeRecording):
        change(call, "pause", PauseReason.CAPTURE)
    assert (call.recordings.get().status, call.recordings.get().pauses) == (RecordingStatus.IN_PROGRESS, [])


def test_a_resumption_the_carrier_did_not_do_leaves_the_pause(carrier: Carrier) -> None:
    call = recorded()
    change(call, "pause", PauseReason.SUPERVISOR)
    carrier.error = CarrierError("away", is_permanent=False)
    with pytest.raises(recordings.UnableToChangeRecording):
        change(call, "resume", PauseReason.SUPERVISOR)
    assert call.recordings.get().pauses == ["supervisor"]


def test_a_stop_is_silence_for_good(carrier: Carrier) -> None:
    call = recorded()
    change(call, "stop", PauseReason.SUPERVISOR)
    assert call.recordings.get().paused_spans == [[0, None]]
    with pytest.raises(recordings.UnableToChangeRecording):
        change(call, "resume", PauseReason.SUPERVISOR)
