"""Calls that we place, as the carrier tells us of them: late, twice, out of order, or before we know of the leg."""

import re
from datetime import datetime, timedelta
from unittest.mock import patch

import pytest
from django.utils import timezone

from calls import sweeps
from calls.control import bridges, outgoing
from calls.control.outgoing import UnableToBegin
from calls.lifecycle import EndedReason, LegRole, Phase
from calls.lifecycle.campaign import AttemptOutcome
from calls.lifecycle.outgoing import Voicemail
from calls.models import Call, Leg, OutgoingCall, RecordingConsent, TranscriptTurn
from calls.webhooks.answering import StoreAway
from compliance.models import SuppressionEntry
from tests import given
from tests.carrier_on_loopback import Carrier
from tests.given import CAROL, OURS
from tests.integration.calls.placing import MESSAGE, ended, leg_of, ours, placed, post

pytestmark = pytest.mark.django_db(transaction=True)
TICKET = re.compile(r'(?<=name="ticket" value=")[^"]+')  # signed with the second in which it was issued

# --- begun and answered -----------------------------------------------------------------------------------------------


def test_a_call_is_begun_with_what_it_is_for_and_its_prompt_pinned() -> None:
    call = placed(voicemail=Voicemail.LEAVE, voicemail_words=MESSAGE)
    assert (call.direction, call.phase, call.customer_e164, call.our_address) == ("outbound", "ringing", CAROL, OURS)
    assert call.prompt_version is not None
    assert (ours(call).seller, ours(call).voicemail_words, ours(call).by_ref) == ("Marlow", MESSAGE, "tests")


def test_without_a_published_prompt_no_call_of_an_assistant_begins() -> None:
    number = given.a_number()
    number.assistant.versions.update(status="retired")
    with pytest.raises(UnableToBegin):
        placed(number=number)
    assert not Call.objects.exists()


@pytest.mark.parametrize("is_known", [True, False], ids=["known", "before our request is answered"])
def test_whoever_picks_up_hears_the_words_and_asked_again_the_same(is_known: bool) -> None:
    call = placed()
    sid = leg_of(call) if is_known else given.a_sid()
    first, again = post("/twilio/voice/", sid), post("/twilio/voice/", sid)
    assert TICKET.sub("", first) == TICKET.sub("", again)
    assert first.index("calling for Marlow") < first.index("press 9") < first.index("recorded") < first.index("It is")
    leg = Leg.objects.get(leg_sid=sid)
    assert (leg.call, leg.role, leg.status) == (call, LegRole.CUSTOMER, "in-progress")
    known = ours(call)
    assert known.times_said == 1
    assert known.answered_at is not None
    assert known.words_at is not None
    assert known.words_at > known.answered_at
    consent = RecordingConsent.objects.get(call=call)
    assert consent.words.startswith("This call is recorded")


def test_a_leg_that_nobody_dialled_is_written_down_and_ended() -> None:
    given.a_number()
    assert "<Hangup" in post("/twilio/voice/", sid := given.a_sid())
    assert Leg.objects.get(leg_sid=sid).is_unexplained


def test_whoever_picks_up_while_our_books_are_away_is_told_so() -> None:
    with patch("calls.webhooks.outgoing.ask", side_effect=StoreAway):
        text = post("/twilio/voice/", leg_of(placed()))
    assert "a fault of ours" in text
    assert "<Dial" not in text


def test_whoever_finds_nobody_hears_who_called_and_was_abandoned() -> None:
    call = placed()
    sid = leg_of(call)
    with patch.object(bridges, "choose", side_effect=bridges.NoRoom("full")):
        text = post("/twilio/voice/", sid)
    assert text.index("calling for Marlow") < text.index("press 9") < text.index("4 1 5, 5 5 5, 0 1 0 0")
    assert "<Connect" not in text
    OutgoingCall.objects.filter(call=call).update(answered_at=timezone.now() - timedelta(seconds=20))
    ended(sid)
    assert ours(call).outcome == AttemptOutcome.ABANDONED


def test_where_a_yes_is_needed_it_is_asked_for_after_who_calls() -> None:
    call = placed(to="+4930901820")
    sid = leg_of(call)
    text = post("/twilio/voice/", sid)
    assert text.index("calling for Marlow") < text.index("press 9") < text.index("May we record this call")
    assert "<Recording" not in text
    agreed = post("/twilio/consent/", sid, Digits="1")
    assert agreed.index("<Recording") < agreed.index("Thank you.") < agreed.index("<Connect")
    assert call.turns.get(item_id="opening-answer").text == "[keypad] 1"


def test_nine_instead_of_a_yes_ends_all_calls() -> None:
    call = placed(to="+4930901820")
    sid = leg_of(call)
    post("/twilio/voice/", sid)
    assert "<Hangup" in post("/twilio/consent/", sid, Digits="9")
    assert SuppressionEntry.objects.filter(number=call.customer_e164).exists()


# --- keys and words while we speak ------------------------------------------------------------------------------------


def test_nine_suppresses_and_hangs_up_without_another_word() -> None:
    call = placed()
    sid = leg_of(call)
    post("/twilio/voice/", sid)
    answer = post("/twilio/outgoing/key/", sid, Digits="9")
    assert "<Hangup" in answer
    assert "<Say" not in answer
    assert SuppressionEntry.objects.get().number == CAROL
    ended(sid)
    call.refresh_from_db()
    assert (ours(call).outcome, call.ended_reason) == (AttemptOutcome.OPTED_OUT, EndedReason.OPTED_OUT)
    assert "<Hangup" in post("/twilio/voice/", sid), "nothing more is said to them"


def test_any_other_key_has_the_words_said_again_and_at_last_the_call_goes_on() -> None:
    sid = leg_of(call := placed())
    post("/twilio/voice/", sid)
    said = [post("/twilio/outgoing/key/", sid, Digits=key) for key in "57#"]
    assert all("calling for Marlow" in text and "<Connect" in text for text in said)
    assert ["press 9" in text for text in said] == [True, True, False]
    assert ours(call).times_said == 4


def test_the_star_has_nothing_recorded_and_says_so() -> None:
    sid = leg_of(call := placed())
    post("/twilio/voice/", sid)
    text = post("/twilio/outgoing/key/", sid, Digits="*")
    assert text.index("no longer recorded") < text.index("calling for Marlow")
    assert "transcribed by our provider" not in text
    call.refresh_from_db()
    assert not call.are_words_kept


@pytest.mark.parametrize("words", ["Please stop calling me.", "Take me off your list."])
def test_stop_said_meanwhile_is_kept_and_the_line_released(carrier: Carrier, words: str) -> None:
    sid = leg_of(call := placed())
    post("/twilio/voice/", sid)
    carrier.legs.append({"sid": sid, "status": "in-progress"})
    content = f'{{"transcript": "{words}", "confidence": 0.9}}'
    said = {"TranscriptionEvent": "transcription-content", "TranscriptionSid": "GT1", "SequenceId": "2"}
    post("/twilio/outgoing/words/", sid, Track="inbound_track", Final="true", TranscriptionData=content, **said)
    assert carrier.legs[-1]["status"] == "completed"
    assert SuppressionEntry.objects.get().number == CAROL
    assert call.turns.get().text == words


# --- what came of it --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "outcome"),
    [("busy", AttemptOutcome.BUSY), ("no-answer", AttemptOutcome.NO_ANSWER), ("failed", AttemptOutcome.FAILED)],
)
def test_what_comes_of_a_call_that_nobody_answers(status: str, outcome: AttemptOutcome) -> None:
    sid = leg_of(call := placed())
    for _ in range(2):
        ended(sid, status)
    assert ours(call).outcome == outcome
    call.refresh_from_db()
    assert call.phase == Phase.CLOSED


def broken_off(call: Call, *, after: timedelta) -> TranscriptTurn | None:
    """They have hung up so long after our first word."""
    sid = leg_of(call)
    post("/twilio/voice/", sid)
    at: datetime = ours(call).said_at + after
    Leg.objects.get(leg_sid=sid).report("completed", at=at, source="carrier")
    outgoing.settle(call=call, now=at)
    return call.turns.filter(item_id="opening").first()


def test_words_that_were_broken_off_are_kept_as_far_as_they_were_heard() -> None:
    turn = broken_off(placed(), after=timedelta(seconds=5))
    assert turn is not None
    assert turn.is_cut
    assert turn.text.startswith("Hello, this is an AI assistant calling for Marlow.")
    assert "It is it." not in turn.text
    assert "It is about it." in turn.unheard


def test_who_was_gone_before_the_first_word_has_heard_nothing() -> None:
    assert broken_off(placed(), after=timedelta(milliseconds=-300)) is None


def test_a_call_that_was_never_dialled_is_closed_by_the_sweep() -> None:
    call = placed()
    Call.objects.filter(pk=call.pk).update(started_at=timezone.now() - timedelta(minutes=5))
    sweeps.settle_outgoing()
    call.refresh_from_db()
    assert (call.phase, call.ended_reason) == (Phase.CLOSED, EndedReason.NOT_DIALLED)


def test_a_call_whose_last_report_got_lost_is_settled_by_the_sweep() -> None:
    sid = leg_of(call := placed())
    post("/twilio/voice/", sid)
    Leg.objects.get(leg_sid=sid).report("completed", at=timezone.now(), source="carrier")
    assert ours(call).settled_at is None
    sweeps.settle_outgoing()
    assert ours(call).settled_at is not None
