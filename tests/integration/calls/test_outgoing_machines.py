"""Machines that answer calls of ours: told once, given the message once, and nothing of them is kept."""

from unittest.mock import patch

import pytest
from django.utils import timezone

from calls import sweeps
from calls.control import machines
from calls.lifecycle import EndedReason
from calls.lifecycle.campaign import AttemptOutcome
from calls.lifecycle.outgoing import Voicemail
from calls.models import TranscriptTurn
from compliance.models import SuppressionEntry
from tests import given
from tests.carrier_on_loopback import Carrier
from tests.integration.calls.placing import MESSAGE, ended, leg_of, ours, placed, post

pytestmark = pytest.mark.django_db(transaction=True)


def machine(sid: str, who: str, took: str = "5000") -> None:
    post("/twilio/amd/", sid, AnsweredBy=who, MachineDetectionDuration=took)


def test_a_guess_is_kept_once_and_a_person_changes_nothing() -> None:
    sid = leg_of(call := placed())
    post("/twilio/voice/", sid)
    for _ in range(3):
        machine(sid, "human", "1700")
    assert (ours(call).answered_by, ours(call).detected_ms, ours(call).machine_at) == ("human", 1700, None)
    assert call.events.filter(kind="answered_by").count() == 1


def test_a_machine_is_taken_from_the_conversation_once_and_told_the_message(carrier: Carrier) -> None:
    sid = leg_of(call := placed(voicemail=Voicemail.LEAVE, voicemail_words=MESSAGE))
    post("/twilio/voice/", sid)
    carrier.legs.append({"sid": sid, "status": "in-progress"})
    with patch.object(machines.rest, "redirect") as redirect:
        for _ in range(2):
            machine(sid, "machine_end_beep")
    redirect.assert_called_once_with(sid, "/twilio/outgoing/machine/")
    first = post("/twilio/outgoing/machine/", sid)
    assert MESSAGE in first
    assert first == post("/twilio/outgoing/machine/", sid)
    post("/twilio/outgoing/left/", sid)
    ended(sid)
    call.refresh_from_db()
    assert (ours(call).outcome, call.ended_reason) == (
        AttemptOutcome.MACHINE_MESSAGE,
        EndedReason.MESSAGE_DELIVERED,
    )


def test_a_message_that_was_broken_off_was_not_left() -> None:
    sid = leg_of(call := placed(voicemail=Voicemail.LEAVE, voicemail_words=MESSAGE))
    post("/twilio/voice/", sid)
    with patch.object(machines.rest, "redirect"):
        machine(sid, "machine_end_silence")
    post("/twilio/outgoing/machine/", sid)
    ended(sid)
    assert ours(call).outcome == AttemptOutcome.MACHINE_HUNG_UP


def test_of_a_machines_greeting_no_word_is_kept() -> None:
    sid = leg_of(call := placed())
    post("/twilio/voice/", sid)
    TranscriptTurn.keep_all(
        [TranscriptTurn(call=call, item_id="c1", party="customer", started_ms=1, ended_ms=2, text="You have reached")]
    )
    with patch.object(machines.rest, "redirect"):
        machine(sid, "machine_end_silence")
    ended(sid)
    assert not call.turns.filter(party="customer").exists()
    TranscriptTurn.keep_all(
        [TranscriptTurn(call=call, item_id="c2", party="customer", started_ms=3, ended_ms=4, text="late words")]
    )
    sweeps.settle_outgoing()
    assert not call.turns.filter(party="customer").exists()


def test_whoever_speaks_on_is_a_person_and_hears_the_words_from_the_beginning() -> None:
    sid = leg_of(call := placed(voicemail=Voicemail.LEAVE, voicemail_words=MESSAGE))
    post("/twilio/voice/", sid)
    with patch.object(machines.rest, "redirect"):
        machine(sid, "machine_end_other")
    post("/twilio/outgoing/machine/", sid)
    text = post("/twilio/outgoing/person/", sid, SpeechResult="Hello? I am here.")
    assert "calling for Marlow" in text
    assert "<Connect" in text
    ended(sid)
    assert ours(call).outcome == AttemptOutcome.HUMAN


def test_a_guess_that_comes_after_the_end_changes_nothing() -> None:
    sid = leg_of(call := placed())
    post("/twilio/voice/", sid)
    ended(sid)
    assert ours(call).outcome == AttemptOutcome.HUMAN
    machine(sid, "machine_end_beep")
    assert (ours(call).outcome, ours(call).answered_by) == (AttemptOutcome.HUMAN, "")


@pytest.mark.parametrize("path", ["amd", "outgoing/key", "outgoing/machine", "outgoing/left", "outgoing/person"])
def test_what_is_told_of_a_leg_nobody_knows_is_answered_and_harms_nothing(path: str) -> None:
    post(f"/twilio/{path}/", given.a_sid(), Digits="9", AnsweredBy="machine_end_beep", SpeechResult="stop")
    assert not SuppressionEntry.objects.exists()


@pytest.mark.parametrize("path", ["amd", "outgoing/key", "outgoing/words", "outgoing/left", "outgoing/person"])
def test_a_caller_of_ours_reaches_none_of_it(path: str) -> None:
    call = given.a_call(now=timezone.now())
    post(f"/twilio/{path}/", call.customer_leg().leg_sid, Digits="9", AnsweredBy="machine_end_beep")
    assert not SuppressionEntry.objects.exists()
    call.refresh_from_db()
    assert call.is_live
