"""A call outlives its parts: the model's session, the stream, the process; and its caller hears that it goes on."""

import pytest

from calls.lifecycle import EndedReason
from tests.journeys.books import call_of, closed, kinds, said, stored
from tests.journeys.house import House, eventually

REMEMBER = "Please remember the word tiger."
RECALL = "Which word did I tell you?"
TOLD = "You told me the word tiger."
GREETING = "Thank you for calling"


def remembered(house: House) -> str:
    """A caller who has been greeted and has told the assistant a word."""
    sid = house.call()
    house.step_to_stream(sid)
    assert house.step(10_000, until={"call": sid, "silent_ms": 500})["reached"]
    house.ask("POST", f"calls/{sid}/say", json={"text": REMEMBER})
    assert house.step(12_000, until={"call": sid, "silent_ms": 900})["reached"]
    assert said(call_of(sid), "assistant")[-1].text == "I will remember tiger."
    return sid


def ask_for_the_word(house: House, sid: str) -> None:
    """The caller asks for it, and the conversation that goes on knows it and greets nobody twice."""
    house.ask("POST", f"calls/{sid}/say", json={"text": RECALL})
    call = call_of(sid)

    def answered() -> bool:
        house.step(500)
        return any(turn.text == TOLD for turn in said(call, "assistant"))

    eventually(answered, what="the word")
    house.ask("POST", f"calls/{sid}/hangup")
    house.step(1500)
    call = closed(sid)
    assert (call.ended_reason, call.failure_class) == (EndedReason.CALLER_HUNG_UP, "")
    assert [turn.text for turn in said(call, "assistant") if turn.text.startswith(GREETING)] == [
        "Thank you for calling Marlow Outdoor. How can I help you today?"
    ]
    assert house.ask("GET", f"calls/{sid}/silences.json")["longest_ms"] < 4000
    assert stored(call).is_playable


def sessions(house: House) -> list[dict]:
    return list(house.ask("GET", "sessions", at=house.model)["sessions"])


# --- the model --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("how", [{"abrupt": True}, {"code": 1011}, {"code": 1001}])
def test_a_session_that_dies_in_a_pause_is_not_noticed(house: House, how: dict) -> None:
    sid = remembered(house)
    house.ask("POST", f"sessions/{house.model_session()['id']}/close", json=how, at=house.model)
    house.step(600)
    ask_for_the_word(house, sid)
    assert {"model_lost", "model_reopened"} <= set(kinds(call_of(sid)))


@pytest.mark.parametrize("where", ["before_audio", "delta", "function_call"])
def test_a_session_that_dies_in_an_answer_is_gone_on_with(house: House, where: str) -> None:
    sid = remembered(house)
    faults = {"close_responses": 1, "close_at": where, "close_abruptly": True, "close_stalls": False}
    house.ask("POST", "faults", json=faults, at=house.model)
    text = "Please stop recording this call." if where == "function_call" else "Please tell me about your tents."
    house.ask("POST", f"calls/{sid}/say", json={"text": text})
    call = call_of(sid)

    def lost() -> bool:
        house.step(300)
        return "model_lost" in kinds(call)

    eventually(lost, what="the loss")
    assert house.step(40_000, until={"call": sid, "silent_ms": 900})["reached"]
    if where == "function_call":
        assert kinds(call).count("recording_refused") == 1
        house.ask("POST", f"calls/{sid}/hangup")
        house.step(1500)
        closed(sid)
    else:
        ask_for_the_word(house, sid)


def test_a_session_that_dies_while_the_caller_speaks_hears_it_all_again(house: House) -> None:
    sid = remembered(house)
    house.ask("POST", "faults", json={"close_turns": 1, "close_abruptly": True, "close_stalls": False}, at=house.model)
    ask_for_the_word(house, sid)
    asked = [turn.text for turn in said(call_of(sid), "customer")]
    assert asked == [REMEMBER.rstrip("."), RECALL]


def test_a_session_that_fails_several_times_is_given_up_with_words(house: House) -> None:
    sid = remembered(house)
    house.ask("POST", "faults", json={"refuse_connects": 20, "refuse_status": 503}, at=house.model)
    house.ask("POST", f"sessions/{house.model_session()['id']}/close", json={"abrupt": True}, at=house.model)
    house.step_to_end(sid)
    call = closed(sid)
    assert call.failure_class == "model"
    assert [verb["text"] for verb in house.on_line(sid)["verbs"] if verb["verb"] == "Say"][-1].startswith(
        "We are sorry"
    )
    assert house.ask("GET", f"calls/{sid}/silences.json")["longest_ms"] < 4000


def test_an_answer_that_takes_long_is_covered_by_words(house: House) -> None:
    sid = remembered(house)
    house.ask("POST", "faults", json={"slow_responses": 1, "slow_first_audio_ms": 5000}, at=house.model)
    ask_for_the_word(house, sid)
    assert "filler_played" in kinds(call_of(sid))


def test_a_session_that_expires_is_renewed_before_and_nothing_is_lost(house: House) -> None:
    house.ask("POST", "faults", json={"session_expires_in_ms": 90_000}, at=house.model)
    before = {session["id"] for session in sessions(house)}
    sid = remembered(house)
    house.behave()
    call = call_of(sid)
    for _ in range(7):
        house.ask("POST", f"calls/{sid}/say", json={"text": "When are you open?"})
        assert house.step(15_000, until={"call": sid, "silent_ms": 900})["reached"]
    assert "model_renewed" in kinds(call)
    assert not {"model_lost", "filler_played"} & set(kinds(call))
    ask_for_the_word(house, sid)
    assert len({session["id"] for session in sessions(house)} - before) >= 2


# --- the stream -------------------------------------------------------------------------------------------------------


def test_a_stream_that_breaks_is_taken_up_again(house: House) -> None:
    house.ask("POST", "faults", json={"stream": {"tcp_close_at": 560}})
    sid = remembered(house)
    house.behave()
    call = call_of(sid)

    def resumed() -> bool:
        house.step(500)
        return "conversation_resumed" in kinds(call)

    eventually(resumed, what="the conversation goes on")
    assert house.step(10_000, until={"call": sid, "silent_ms": 700})["reached"]
    ask_for_the_word(house, sid)
    assert call.streams.filter(opened_at__isnull=False).count() == 2
