"""A caller, or somebody we called, wants no more calls: by words, by a key, through the tool, to a person."""

import json
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from calls import intake, tools
from calls.carrier import callbacks
from calls.carrier.callbacks import TranscriptionCallback
from calls.consumers import opting_out as in_the_bridge
from calls.control import legs, opting_out, rooms
from calls.lifecycle import EndedReason, Phase
from calls.models import Call, Conference, RecordingConsent
from calls.tools import approval
from compliance.models import DialPermit, Revocation, SuppressionEntry
from tests import calls_on_screen as screen
from tests import given
from tests.given import CAROL, NOON
from tests.integration.calls.recorded_calls import NEW_YORK, TEXAN
from tests.integration.compliance.test_opt_out import a_permit

pytestmark = pytest.mark.django_db
WORDS = "Please stop calling me."
CONFIRMED = "All right, we will not call you again. Goodbye."


def our_call(**fields: Any) -> Call:
    """A call that we have placed."""
    call = given.a_call()
    Call.objects.filter(pk=call.pk).update(direction=Call.Direction.OUTBOUND, **fields)
    call.refresh_from_db()
    return call


def listed() -> list[str]:
    return [entry.scope for entry in SuppressionEntry.in_force(CAROL)]


def test_words_take_the_number_off_our_lists_and_are_answered() -> None:
    call = given.a_call()
    assert opting_out.by_words(call=call, said=WORDS, now=NOON) == opting_out.OptedOut(CONFIRMED)
    kept = Revocation.objects.get()
    assert (kept.number, kept.route, kept.said, kept.subject_ref) == (CAROL, "speech", WORDS, f"call:{call.pk}")
    assert kept.seller == "Marlow Outdoor"
    assert listed() == ["all"]
    assert call.events.filter(kind="opted_out").count() == 1


def test_the_key_counts_beside_the_words_and_the_event_is_of_each() -> None:
    call = our_call()
    opting_out.by_key(call=call, key="9", now=NOON)
    opting_out.by_words(call=call, said=WORDS, now=NOON)
    opting_out.by_words(call=call, said="Stop!", now=NOON)
    assert sorted(Revocation.objects.values_list("route", "said")) == [("key", "9"), ("speech", WORDS)]
    assert listed() == ["all"]


def test_words_that_are_not_to_be_kept_are_not_kept() -> None:
    call = given.a_call()
    RecordingConsent.keep_no_words(call)
    opting_out.by_words(call=call, said=WORDS, now=NOON)
    assert Revocation.objects.get().said == ""
    assert listed() == ["all"]


def test_who_withholds_the_number_is_told_how_else() -> None:
    done = opting_out.by_words(call=given.a_call(from_="+266696687"), said=WORDS, now=NOON)
    assert not done.is_listed
    assert "web page" in done.words
    assert Revocation.objects.count() == 0


def test_a_caller_by_whatsapp_has_a_number_too() -> None:
    opting_out.by_words(call=given.a_call(from_=f"whatsapp:{CAROL}"), said=WORDS, now=NOON)
    assert listed() == ["all"]


def test_the_assistants_tool_does_it_and_no_supervisor_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    call = given.a_call()
    monkeypatch.setattr(approval.ToolGrant, "patience", lambda **_: timezone.timedelta(minutes=1))
    asked = tools.ToolCall("c1", "opt_out", json.dumps({"said": WORDS}), call.epoch)
    answer = tools.run(tool_call=asked, call=call, granted=frozenset({"opt_out"}), now=NOON)
    assert (answer.output, answer.hang_up, answer.approval) == (CONFIRMED, True, None)
    assert Revocation.objects.get().created_by_ref == "assistant"


def says(call: Call, text: str, *, track: str = "inbound_track", sequence: int = 1) -> None:
    """The carrier has written this down."""
    rooms.keep_words(
        TranscriptionCallback(
            leg_sid=call.customer_leg().leg_sid,
            transcription_sid="GT1",
            event="transcription-content",
            sequence=sequence,
            track=track,
            text=text,
            is_final=True,
            error="",
            occurred_at=NOON,
        ),
        now=NOON,
    )


def test_words_to_a_person_of_ours_count_when_they_are_plain_and_the_room_is_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    told: list[str] = []
    monkeypatch.setattr(opting_out.conferences, "announce", lambda sid, path: told.append(f"{sid} {path}"))
    call = given.a_call()
    Conference.known(call=call, conference_sid="CF1")
    says(call, "I am looking for a tent.", sequence=1)
    says(call, "Shall we stop calling you? We will not call you again.", track="outbound_track", sequence=2)
    says(call, "Cancel.", sequence=3)
    assert listed() == []
    says(call, "Yes. Take me off your list, please.", sequence=4)
    says(call, "I said, take me off your list.", sequence=5)
    assert listed() == ["all"]
    assert told == [f"CF1 /twilio/opted-out/{call.pk}/"], "once"
    words = opting_out.words_in_room(call=call, now=NOON)
    assert words == "This number has been taken off our lists, and we will not call it again."
    says(call, words, track="outbound_track", sequence=6)
    assert call.turns.get(item_id="GT1:outbound:6").party == "assistant", "it is ours, not the colleague's"


def test_words_in_a_voicemail_are_presumed_to_be_a_wish_and_read_by_somebody() -> None:
    call = given.a_call()
    Call.objects.filter(pk=call.pk).update(phase=Phase.VOICEMAIL)
    says(call, "Hello, this is Carol. Please stop calling me. Bye.")
    kept = Revocation.objects.get()
    assert (kept.route, kept.needs_review) == ("voicemail", True)
    assert listed() == ["all"]


def test_whoever_hears_a_message_takes_its_caller_off_the_list(client: Client) -> None:
    call = screen.a_past_call()
    message = screen.a_message(call)
    client.force_login(given.alice())
    assert "Wants no more calls" in client.get(f"/voicemail/{message.pk}/").content.decode()
    page = client.post(f"/voicemail/{message.pk}/stop/", follow=True).content.decode()
    assert "This number is not called any more." in page
    kept = Revocation.objects.get()
    assert (kept.route, kept.reviewed_by_ref) == ("voicemail", "alice@example.com")
    assert listed() == ["all"]


def after(call: Call, *, digits: str = "", speech: str = "") -> intake.AfterQuestion:
    form = {"CallSid": call.customer_leg().leg_sid, "Digits": digits, "SpeechResult": speech}
    return intake.after_question(gathered=callbacks.gather_callback(form), attempt=1, now=NOON)


def asked_to_record(from_: str = TEXAN) -> Call:
    given.a_number(e164=NEW_YORK, recording_ask="explicit_yes")
    return given.a_call(to=NEW_YORK, from_=from_)


def test_who_is_asked_about_the_recording_and_wants_no_calls_is_let_go() -> None:
    call = asked_to_record()
    answer = after(call, speech="No. And stop calling me!")
    assert isinstance(answer, intake.Parting)
    assert answer.words.text == CONFIRMED
    call.refresh_from_db()
    assert call.ended_reason == EndedReason.OPTED_OUT
    assert not call.are_words_kept
    assert [entry.scope for entry in SuppressionEntry.in_force(TEXAN)] == ["all"]


def test_a_mere_stop_of_a_caller_answers_the_question_about_the_recording() -> None:
    call = asked_to_record()
    assert not isinstance(after(call, speech="Stop."), intake.Parting)
    assert SuppressionEntry.objects.count() == 0


def test_calls_to_the_same_number_that_ring_are_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    released: list[str] = []
    monkeypatch.setattr(legs.rest, "hang_up", lambda sid: released.append(sid) or True)
    permit: DialPermit = a_permit()
    assert permit.spend()
    assert permit.confirm("CA77")
    other = our_call()
    ringing = other.dialled(permit=permit, leg_sid="CA77", role="customer", status="ringing", now=NOON)
    opting_out.by_words(call=given.a_call(), said=WORDS, now=NOON)
    assert released == [ringing.leg_sid]
    ringing.report("in-progress", at=NOON, source="carrier")
    assert opting_out.stop_ringing(number=CAROL) == 0, "who answers hears it and can say so"


def test_a_dial_that_is_under_way_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    permit = a_permit()
    assert permit.spend()
    looks: list[bool] = []

    def look(number: str) -> bool:
        looks.append(is_asked(number))
        permit.confirm("CA78")
        return looks[-1]

    is_asked = DialPermit.is_being_asked_for
    monkeypatch.setattr(DialPermit, "is_being_asked_for", look)
    opting_out.by_words(call=given.a_call(), said=WORDS, now=NOON)
    assert looks == [True, False]


def test_what_the_journal_does_again_changes_nothing() -> None:
    call = given.a_call()
    for _ in range(2):
        in_the_bridge._opt_out_later(call_id=call.pk, said=WORDS, by_key=False, needs_review=False, now=NOON)
    in_the_bridge._opt_out_later(call_id=0, said=WORDS, by_key=False, needs_review=False, now=NOON)
    assert Revocation.objects.count() == SuppressionEntry.objects.count() == 1
