"""What callers live through when something behind the line breaks: words, never silence."""

import pytest

from calls.lifecycle import EndedReason
from calls.models import Number
from tests.journeys.books import call_of, closed, kinds, said
from tests.journeys.house import NUMBERS, House, eventually

LOST = "We are sorry, we lost the connection to our assistant. Please call again in a few minutes. Goodbye."


def spoken_verbs(house: House, sid: str) -> list[str]:
    """What the carrier itself said to the caller."""
    return [verb["text"] for verb in house.on_line(sid)["verbs"] if verb["verb"] == "Say"]


def greeted(house: House) -> str:
    """A caller who has heard the greeting."""
    sid = house.call()
    house.step_to_stream(sid)
    assert house.step(10_000, until={"call": sid, "silent_ms": 500})["reached"]
    return sid


@pytest.mark.parametrize("status", [401, 429, 500])
def test_a_model_that_cannot_be_reached(house: House, status: int) -> None:
    house.ask("POST", "faults", json={"refuse_connects": 50, "refuse_status": status}, at=house.model)
    sid = house.call()
    house.step_to_stream(sid)
    house.step_to_end(sid)
    call = closed(sid)
    assert (call.ended_reason, call.failure_class) == (EndedReason.MODEL_UNREACHABLE, "model")
    assert spoken_verbs(house, sid)[-1] == LOST
    assert "apologised" in kinds(call)
    assert longest_silence(house, sid) < 4000


def test_a_model_that_accepts_and_never_answers(house: House) -> None:
    house.ask("POST", "faults", json={"half_open": True}, at=house.model)
    sid = house.call()
    house.step_to_stream(sid)
    house.step_to_end(sid)
    assert closed(sid).ended_reason == EndedReason.MODEL_UNREACHABLE
    assert spoken_verbs(house, sid)[-1] == LOST
    assert longest_silence(house, sid) < 4000


def longest_silence(house: House, sid: str) -> float:
    """The longest stretch in which the caller neither spoke nor heard anything, since the answer."""
    return float(house.ask("GET", f"calls/{sid}/silences.json")["longest_ms"])


@pytest.mark.parametrize("odd", ["not_json", "not_object", "unknown_type", "missing_fields", "binary"])
def test_a_model_that_talks_nonsense_is_not_listened_to_and_the_call_goes_on(house: House, odd: str) -> None:
    sid = greeted(house)
    session = house.model_session()["id"]
    house.ask("POST", f"sessions/{session}/send", json={"odd": odd}, at=house.model)
    house.ask("POST", f"calls/{sid}/say", json={"text": "Hello. Could you tell me your opening hours, please?"})
    assert house.step(20_000, until={"call": sid, "silent_ms": 900})["reached"]
    house.ask("POST", f"calls/{sid}/hangup")
    house.step(1500)
    call = closed(sid)
    assert call.failure_class == ""
    assert "nine to six" in said(call, "assistant")[-1].text


def test_speech_that_cannot_be_transcribed_is_counted_and_the_call_goes_on(house: House) -> None:
    house.ask("POST", "faults", json={"transcription_failures": 1}, at=house.model)
    sid = greeted(house)
    house.ask("POST", f"calls/{sid}/say", json={"text": "Thank you very much."})
    house.step(6000)
    house.ask("POST", f"calls/{sid}/hangup")
    house.step(1500)
    call = closed(sid)
    assert call.transcription_failures == 1
    assert said(call, "customer")[0].transcription_failed


def test_an_answer_that_fails_is_asked_for_again(house: House) -> None:
    house.ask("POST", "faults", json={"response_failures": 1}, at=house.model)
    sid = house.call()
    house.step_to_stream(sid)
    assert house.step(12_000, until={"call": sid, "silent_ms": 700})["reached"]
    house.ask("POST", f"calls/{sid}/hangup")
    house.step(1500)
    call = closed(sid)
    assert "response_failed" in kinds(call)
    assert said(call, "assistant")


MALFORMED = ["bad_base64_at", "big_frame_at", "binary_frame_at", "bad_json_at"]


@pytest.mark.parametrize("fault", MALFORMED)
def test_malformed_frames_end_that_call_with_a_reason_and_the_other_feels_nothing(house: House, fault: str) -> None:
    other = house.call(to=NUMBERS[1])
    house.step_to_stream(other)
    house.ask("POST", "faults", json={"stream": {fault: 30}})
    sid = house.call()
    house.step_to_end(sid)
    call = closed(sid)
    assert (call.ended_reason, call.failure_class) == (EndedReason.STREAM_MALFORMED, "carrier")
    assert spoken_verbs(house, sid)[-1] == LOST
    assert house.on_line(other)["status"] == "in-progress"
    (stream,) = house.streams(other)
    session = next(s for s in house.ask("GET", "sessions", at=house.model)["sessions"] if s["state"] == "open")
    assert session["audio_received_bytes"] == stream["frames"]["count"] * 160
    house.ask("POST", f"calls/{other}/hangup")
    house.step(1500)
    assert closed(other).failure_class == ""


@pytest.mark.parametrize("fault", ["empty_payload_at", "unknown_event_at"])
def test_strange_but_harmless_messages_are_passed_over(house: House, fault: str) -> None:
    house.ask("POST", "faults", json={"stream": {fault: 30}})
    sid = greeted(house)
    house.step(1000)
    assert house.on_line(sid)["status"] == "in-progress"
    house.ask("POST", f"calls/{sid}/hangup")
    house.step(1500)
    assert closed(sid).failure_class == ""


@pytest.mark.parametrize("fault", [{"no_start": True}, {"media_before_start": 3}])
def test_a_stream_that_does_not_begin_as_it_must_is_not_served(house: House, fault: dict) -> None:
    house.ask("POST", "faults", json={"stream": fault})
    sid = house.call()
    before = house.model_session_ids()
    house.step_to_stream(sid)
    for tried in (1, 2):
        house.step(200)
        eventually(lambda tried=tried: house.streams(sid)[tried - 1]["state"] == "closed", what="the socket is closed")
    house.step_to_end(sid)
    assert len(house.streams(sid)) == 2, "a line that does not come through is tried once more, and no further"
    call = closed(sid)
    assert not call.streams.filter(opened_at__isnull=False).exists()
    assert spoken_verbs(house, sid)[-1] == LOST
    heard_by_model = [house.model_session(i)["audio_received_bytes"] for i in house.model_session_ids() - before]
    assert not any(heard_by_model)


def test_a_second_socket_with_the_same_ticket_is_refused_and_the_first_goes_on(house: House) -> None:
    house.ask("POST", "faults", json={"stream": {"second_socket_at": 20}})
    sid = greeted(house)
    eventually(lambda: house.streams(sid)[0]["second_socket"], what="the second socket's fate")
    second = house.streams(sid)[0]["second_socket"]
    assert "closed" in str(second)
    assert house.on_line(sid)["status"] == "in-progress"
    house.ask("POST", f"calls/{sid}/hangup")
    house.step(1500)
    closed(sid)


def test_a_number_that_is_not_ours_hears_so(house: House) -> None:
    Number.objects.filter(e164=NUMBERS[2]).update(is_active=False)
    try:
        sid = house.call(to=NUMBERS[2])
        house.step_to_end(sid)
    finally:
        Number.objects.filter(e164=NUMBERS[2]).update(is_active=True)
    assert spoken_verbs(house, sid) == [
        "This number is not in service. Please check the number and call again. Goodbye."
    ]
    assert call_of(sid).ended_reason == EndedReason.UNKNOWN_NUMBER


def test_a_caller_who_hangs_up_during_the_opening_words_leaves_nothing_open(house: House) -> None:
    before = house.model_session_ids()
    sid = house.call()
    house.step(3000)
    house.ask("POST", f"calls/{sid}/hangup")
    house.step(1500)
    call = closed(sid)
    assert call.ended_reason == EndedReason.CALLER_HUNG_UP
    assert not call.turns.exists(), "words that were not spoken to their end are not claimed"
    (session,) = house.model_session_ids() - before
    eventually(lambda: house.model_session(session)["state"] == "closed", what="the warmed model is let go")


def test_callbacks_doubled_late_and_shuffled_change_nothing(house: House) -> None:
    rules = [
        {"action": "duplicate", "kind": "any", "event": "any", "delay_ms": 400},
        {"action": "shuffle", "kind": "any", "event": "any", "delay_ms": 900},
    ]
    house.ask("POST", "faults", json={"seed": 11, "callbacks": rules})
    sid = greeted(house)
    house.ask("POST", f"calls/{sid}/hangup")
    house.step(4000)
    call = closed(sid)
    assert call.ended_reason == EndedReason.CALLER_HUNG_UP
    assert call.recordings.count() == 1
    assert kinds(call).count("recording_completed") == kinds(call).count("leg_ended") == 1


def test_a_call_whose_last_callback_is_lost_is_closed_all_the_same(house: House) -> None:
    house.ask("POST", "faults", json={"callbacks": [{"action": "drop", "kind": "status", "event": "any"}]})
    sid = greeted(house)
    house.ask("POST", f"calls/{sid}/hangup")
    house.step(2000)
    assert closed(sid).ended_reason == EndedReason.CALLER_HUNG_UP
