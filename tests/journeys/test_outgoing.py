"""Calls that we place: people are talked to at once, machines get the message after the tone, and a stop is a stop."""

from typing import Any

import pytest

from calls.lifecycle import EndedReason
from calls.lifecycle.campaign import AttemptOutcome
from calls.models import Call, OutgoingCall, Recording, TranscriptTurn
from compliance import disclosures
from compliance.disclosures import Words
from compliance.models import Revocation, SuppressionEntry
from sandbox import signals, speech
from tests.journeys.books import closed, kinds
from tests.journeys.calls_out import SELLER, TOPIC, a_customer, ours, placed
from tests.journeys.hearing import likeness, of_mulaw
from tests.journeys.house import House, eventually

MS = 8
MESSAGE = "Your order is ready to be picked up."


def settled(call: Call) -> OutgoingCall:
    """What came of a call, once that is known."""
    return eventually(lambda: found if (found := ours(call)).settled_at else None, what="what came of the call")


def heard_at(house: House, sid: str, which: Words) -> tuple[int, int]:
    """When a sentence began and ended, in milliseconds from the answer, as it came out of the telephone."""
    words = disclosures.words(which, business=SELLER, topic=TOPIC).text
    clip = speech.say(words, voice="assistant").audio
    alike, at_ms = likeness(of_mulaw(clip), of_mulaw(house.sound(sid, "heard")))
    assert alike >= 0.9, words
    return at_ms, at_ms + len(clip) // MS


def greeting_end(house: House, sid: str) -> int:
    """When whoever picked up had said hello."""
    clip = speech.say("Hello.", voice="caller").audio
    alike, at_ms = likeness(of_mulaw(clip), of_mulaw(house.sound(sid, "spoken")))
    assert alike >= 0.9
    return at_ms + len(clip) // MS


def problems(house: House, sid: str) -> list[Any]:
    return list(house.on_line(sid)["problems"])


def hung_up(house: House, sid: str) -> None:
    house.ask("POST", f"calls/{sid}/hangup")
    house.step(1500)
    closed(sid)


def is_suppressed(call: Call) -> bool:
    return SuppressionEntry.objects.filter(number=call.customer_e164, lifted_at=None).exists()


@pytest.mark.parametrize("is_known", [True, False], ids=["in order", "the carrier is first"])
def test_a_person_hears_who_calls_and_talks_to_the_assistant(house: House, is_known: bool) -> None:
    sid, call = placed(house, a_customer(house, "answers"), is_known=is_known)
    house.step_to_stream(sid)
    assert house.step(15_000, until={"call": sid, "silent_ms": 700})["reached"]
    house.ask("POST", f"calls/{sid}/say", json={"text": "Could you tell me your opening hours, please?"})
    house.step(6_000)
    hung_up(house, sid)
    found = settled(call)
    call.refresh_from_db()
    assert problems(house, sid) == []
    assert (found.outcome, found.answered_by) == (AttemptOutcome.HUMAN, "human")
    assert found.greeted_ms is not None
    assert found.greeted_ms < 1_200
    assert call.ended_reason == EndedReason.CALLER_HUNG_UP
    turns = list(call.turns.order_by("pk").values_list("party", "text"))
    assert ("customer", "Hello.") in turns, "what they said while we spoke"
    # From the carrier's own sound: who calls, then at once how to have no more of it, then the rest.
    identity, stop = heard_at(house, sid, Words.OUTGOING_IDENTITY), heard_at(house, sid, Words.OUTGOING_OPT_OUT)
    recorded, purpose = heard_at(house, sid, Words.OUTGOING_RECORDED), heard_at(house, sid, Words.OUTGOING_PURPOSE)
    assert identity[0] - greeting_end(house, sid) <= 1_200
    assert 0 <= stop[0] - identity[1] <= 2_000
    assert identity[1] <= stop[0] < stop[1] <= recorded[0] < recorded[1] <= purpose[0] <= 10_000


def test_key_nine_during_the_first_words_ends_all_calls_at_once(house: House) -> None:
    sid, call = placed(house, a_customer(house, "presses_nine"))
    house.step_to_end(sid, within_ms=20_000)
    closed(sid)
    found = settled(call)
    call.refresh_from_db()
    assert found.outcome == AttemptOutcome.OPTED_OUT
    assert call.ended_reason == EndedReason.OPTED_OUT
    assert is_suppressed(call)
    assert Revocation.objects.get(number=call.customer_e164).route == Revocation.Route.KEY
    # The call ends in the middle of the words: the third sentence has hardly begun.
    line = house.on_line(sid)
    identity = heard_at(house, sid, Words.OUTGOING_IDENTITY)
    assert line["ended_at_ms"] - line["answered_at_ms"] - identity[1] < 5_000


def test_stop_said_during_the_first_words_ends_all_calls(house: House) -> None:
    sid, call = placed(house, a_customer(house, "says_stop"))
    house.step_to_end(sid, within_ms=20_000)
    closed(sid)
    assert settled(call).outcome == AttemptOutcome.OPTED_OUT
    assert is_suppressed(call)
    assert Revocation.objects.get(number=call.customer_e164).route == Revocation.Route.SPEECH


@pytest.mark.parametrize("how", ["key", "words"])
def test_a_stop_in_the_middle_of_the_conversation_ends_it(house: House, how: str) -> None:
    sid, call = placed(house, a_customer(house, "answers"))
    house.step_to_stream(sid)
    assert house.step(15_000, until={"call": sid, "silent_ms": 700})["reached"]
    if how == "key":
        house.ask("POST", f"calls/{sid}/press", json={"digits": "9"})
    else:
        house.ask("POST", f"calls/{sid}/say", json={"text": "Please stop calling me."})
    house.step_to_end(sid, within_ms=8_000)
    closed(sid)
    assert settled(call).outcome == AttemptOutcome.OPTED_OUT
    call.refresh_from_db()
    assert call.ended_reason == EndedReason.OPTED_OUT
    assert is_suppressed(call)


def test_the_star_during_the_first_words_ends_the_recording_and_not_the_call(house: House) -> None:
    sid, call = placed(house, a_customer(house, "answers"))
    house.step(3_000)
    house.step(6_000)
    house.ask("POST", f"calls/{sid}/press", json={"digits": "*"})
    house.step_to_stream(sid)
    hung_up(house, sid)
    call.refresh_from_db()
    assert not call.are_words_kept
    assert settled(call).outcome == AttemptOutcome.HUMAN
    assert not is_suppressed(call)


def test_a_machine_gets_the_message_after_its_tone_and_nothing_of_it_is_kept(house: House) -> None:
    sid, call = placed(house, a_customer(house, "voicemail"), voicemail="leave", voicemail_words=MESSAGE)
    house.step_to_end(sid, within_ms=60_000)
    closed(sid)
    found = settled(call)
    call.refresh_from_db()
    assert (found.outcome, found.answered_by) == (AttemptOutcome.MACHINE_MESSAGE, "machine_end_beep")
    assert call.ended_reason == EndedReason.MESSAGE_DELIVERED
    ((_, beep_ended),) = signals.find_beeps(house.sound(sid, "spoken"))
    message = disclosures.words(Words.OUTGOING_MESSAGE, business=SELLER, message=MESSAGE, number=call.our_address).text
    clip = of_mulaw(speech.say(message, voice="assistant").audio)
    alike, at_ms = likeness(clip, of_mulaw(house.sound(sid, "heard")))
    assert alike >= 0.9
    assert 0 <= at_ms - beep_ended <= 2_500
    assert MESSAGE in message
    assert "4 1 5" in message
    assert not call.turns.filter(party=TranscriptTurn.Party.CUSTOMER).exists()
    eventually(lambda: not Recording.objects.filter(call=call, removed_at=None).exists(), what="the tape is gone")
    assert all(recording["status"] == "deleted" for recording in house.on_line(sid)["recordings"])


def test_a_machine_is_hung_up_on_where_that_is_wanted(house: House) -> None:
    sid, call = placed(house, a_customer(house, "voicemail"))
    house.step_to_end(sid, within_ms=30_000)
    closed(sid)
    assert settled(call).outcome == AttemptOutcome.MACHINE_HUNG_UP
    call.refresh_from_db()
    assert call.ended_reason == EndedReason.MACHINE_ANSWERED
    assert "machine_message" not in kinds(call)


def test_a_fax_is_hung_up_on(house: House) -> None:
    sid, call = placed(house, a_customer(house, "fax"), voicemail="leave")
    house.step_to_end(sid, within_ms=30_000)
    closed(sid)
    assert settled(call).outcome == AttemptOutcome.MACHINE_HUNG_UP


def test_a_person_taken_for_a_machine_has_the_assistant_back_by_speaking_on(house: House) -> None:
    sid, call = placed(house, a_customer(house, "taken_for_machine"), voicemail="leave", voicemail_words=MESSAGE)
    house.step_to_stream(sid)
    assert house.step(15_000, until={"call": sid, "silent_ms": 700})["reached"]
    hung_up(house, sid)
    assert "person_after_all" in kinds(call)
    assert settled(call).outcome == AttemptOutcome.HUMAN
    # They had been taken off before the words were over, and have heard them from the beginning.
    assert ours(call).times_said == 2


def test_a_machine_taken_for_a_person_gives_itself_away(house: House) -> None:
    sid, call = placed(house, a_customer(house, "taken_for_human"), voicemail="leave", voicemail_words=MESSAGE)
    house.step_to_end(sid, within_ms=60_000)
    closed(sid)
    found = settled(call)
    assert found.outcome == AttemptOutcome.MACHINE_MESSAGE
    ((_, beep_ended),) = signals.find_beeps(house.sound(sid, "spoken"))
    message = disclosures.words(Words.OUTGOING_MESSAGE, business=SELLER, message=MESSAGE, number=call.our_address)
    clip = of_mulaw(speech.say(message.text, voice="assistant").audio)
    alike, at_ms = likeness(clip, of_mulaw(house.sound(sid, "heard")))
    assert alike >= 0.9
    assert 0 <= at_ms - beep_ended <= 2_500


@pytest.mark.parametrize(
    ("persona", "outcome", "reason"),
    [
        ("never_answers", AttemptOutcome.NO_ANSWER, EndedReason.NOT_ANSWERED),
        ("busy", AttemptOutcome.BUSY, EndedReason.NOT_ANSWERED),
        ("fails", AttemptOutcome.FAILED, EndedReason.CARRIER_FAILED),
    ],
)
def test_what_comes_of_a_call_that_nobody_answers(
    house: House, persona: str, outcome: AttemptOutcome, reason: EndedReason
) -> None:
    house.ask(
        "POST",
        "faults",
        json={
            "seed": 7,
            "callbacks": [{"action": "duplicate", "kind": "status"}, {"action": "shuffle", "kind": "status"}],
        },
    )
    sid, call = placed(house, a_customer(house, persona))
    house.step(32_000, tick_ms=200)
    closed(sid)
    assert settled(call).outcome == outcome
    call.refresh_from_db()
    assert call.ended_reason == reason


def test_who_hangs_up_in_the_first_words_was_not_abandoned(house: House) -> None:
    sid, call = placed(house, a_customer(house, "leaves_greeting"))
    house.step_to_end(sid, within_ms=15_000)
    closed(sid)
    assert settled(call).outcome == AttemptOutcome.HUMAN
