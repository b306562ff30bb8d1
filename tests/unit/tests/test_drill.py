"""What the fire drill makes of what it saw: figures that miss nothing, and books held against the far end's word."""

import json

import pytest

from sandbox import speech
from tests.drill.callers import _WORDS, Caller
from tests.drill.figures import LONGEST_S, Figures, quantile
from tests.drill.truth import Truth, doubled


def good(**other: object) -> Figures:
    fields = {"calls": 2, "strikes": 1, "struck": 2, "resumed": 2, "turns_told": 9, "silences": {"kill": [0.9, 1.1]}}
    return Figures(**fields | other)


@pytest.mark.parametrize("word", _WORDS)
def test_the_words_that_are_told_bear_the_loss_of_a_frame(word: str) -> None:
    """They are spoken by a voice: of a text that is only sounded out every frame is wanted."""
    assert speech.say(f"Please remember the word {word}.").is_clip
    assert speech.say(Caller("CA1", word).proof, voice=speech.ASSISTANT).is_clip


# --- figures ----------------------------------------------------------------------------------------------------------


def test_a_drill_in_which_nothing_went_wrong_misses_nothing() -> None:
    assert good().missed() == []


def test_a_drill_that_struck_nobody_has_shown_nothing() -> None:
    assert Figures().missed() == ["no call was struck"]
    assert "0 of 0" in Figures().table()
    assert json.loads(json.dumps(Figures().as_json()))["silence_s"] == {}


def test_a_call_that_ended_in_the_drill_is_missed_twice_when_nobody_measured_it() -> None:
    assert good(resumed=1, silences={"kill": [0.9]}).missed() == [
        "1 calls were not resumed with their conversation",
        "1 calls were not measured",
    ]


@pytest.mark.parametrize(
    "field", ["turns_lost", "turns_doubled", "words_kept", "greeted_twice", "effects_repeated", "effects_wanted"]
)
def test_one_of_anything_is_one_too_many(field: str) -> None:
    (missed,) = good(**{field: 1}).missed()
    assert missed.startswith("1 ")


def test_books_that_nothing_was_held_against_prove_nothing() -> None:
    assert good(turns_told=0).missed() == ["nobody knows what was said"]


def test_more_effects_than_were_wanted_are_not_hidden_by_those_that_are_missing() -> None:
    assert good(effects_wanted=2, effects=1, effects_repeated=1).missed() == [
        "1 effects of tools missing",
        "1 effects of tools repeated",
    ]


@pytest.mark.parametrize("how", LONGEST_S)
def test_each_way_of_striking_has_its_own_limit(how: str) -> None:
    assert good(silences={how: [LONGEST_S[how]] * 2}).missed() == []
    (missed,) = good(silences={how: [0.1, LONGEST_S[how] + 0.02]}).missed()
    assert f"after a {how}" in missed


def test_one_call_in_a_hundred_may_wait_longer_but_is_published() -> None:
    figures = good(struck=100, resumed=100, silences={"kill": [1.0] * 99 + [9.0]})
    assert figures.missed() == []
    assert figures.as_json()["silence_s"]["kill"] == {"p50": 1.0, "p99": 1.0, "longest": 9.0}


@pytest.mark.parametrize(
    ("values", "share", "expected"),
    [([], 0.99, 0.0), ([2.0], 0.5, 2.0), ([3.0, 1.0, 2.0], 0.5, 2.0), ([1.0, 9.0], 0.99, 9.0), ([1.0, 9.0], 0.5, 1.0)],
)
def test_quantiles_are_by_nearest_rank(values: list[float], share: float, expected: float) -> None:
    assert quantile(values, share) == expected


# --- the far end's word -----------------------------------------------------------------------------------------------


def a_session(*, closed_at_ms: float | None, words_at_ms: float = 1000, answer_at_ms: float = 2000) -> dict:
    output = [{"type": "message", "id": "a1", "content": [{"transcript": "I will."}]}]
    return {
        "closed_at_ms": closed_at_ms,
        "sent": [
            {"type": "session.updated"},
            {
                "type": "conversation.item.input_audio_transcription.completed",
                "item_id": "c1",
                "transcript": "Hello.",
                "at_ms": words_at_ms,
            },
            {
                "type": "conversation.item.input_audio_transcription.completed",
                "item_id": "cough",
                "transcript": " ",
                "at_ms": 0,
            },
        ],
        "responses": [
            {"status": "completed", "first_audio_at_ms": answer_at_ms, "audio_ms": 800, "output": output},
            {
                "status": "cancelled",
                "first_audio_at_ms": 0,
                "audio_ms": 800,
                "output": [{"type": "message", "id": "x"}],
            },
            {
                "status": "completed",
                "first_audio_at_ms": None,
                "audio_ms": 0,
                "output": [{"type": "message", "id": "y"}],
            },
        ],
    }


def seen(session: dict, *, strikes_ms: tuple[float, ...] = (), now_ms: float = 60_000) -> Truth:
    truth = Truth()
    truth.add(session, strikes_ms=strikes_ms, now_ms=now_ms)
    return truth


def test_what_the_model_told_must_be_in_the_books() -> None:
    truth = seen(a_session(closed_at_ms=10_000))
    assert truth.lost([]) == ["a1", "c1"]
    assert truth.lost(["c1", "a1", "opening"]) == []
    assert truth.cut_off([]) == []


def test_what_was_on_its_way_when_the_bridge_ended_is_counted_apart() -> None:
    truth = seen(a_session(closed_at_ms=2500))
    assert (truth.lost([]), truth.cut_off([])) == (["c1"], ["a1"])
    assert truth.cut_off(["a1"]) == []


def test_a_frozen_bridge_took_nothing_in_although_its_sockets_were_open() -> None:
    session = a_session(closed_at_ms=4000, words_at_ms=2100)
    assert seen(session).lost([]) == ["a1", "c1"]
    assert seen(session, strikes_ms=(2000,)).lost([]) == []
    assert seen(session, strikes_ms=(9000,)).lost([]) == ["a1", "c1"], "another strike, later"


def test_what_is_still_being_said_is_not_lost_yet_and_is_looked_at_again() -> None:
    session = a_session(closed_at_ms=None)
    truth = seen(session, now_ms=2500)
    assert truth.lost([]) == ["c1"]
    truth.add(session, strikes_ms=(), now_ms=9000)
    assert truth.lost([]) == ["a1", "c1"]
    assert truth.cut_off([]) == []


def test_the_same_words_twice_at_the_same_moment_are_doubled_and_one_after_the_other_are_not() -> None:
    again = [("customer", "Yes.", 0.0, 1.0), ("customer", "Yes.", 2.0, 3.0)]
    assert doubled(again) == []
    assert doubled([*again, ("assistant", "Yes.", 0.5, 1.5)]) == []
    assert doubled([*again, ("customer", "Yes.", 0.5, 1.5)]) == ["Yes."]
    assert doubled([("customer", "", 0.0, 1.0), ("customer", "", 0.0, 1.0)]) == []


def test_whose_words_no_book_keeps_is_known_by_what_the_model_said() -> None:
    truth = seen(a_session(closed_at_ms=10_000, answer_at_ms=2000))
    assert truth.has_said("I will.", since_ms=1900)
    assert not truth.has_said("I will.", since_ms=2000), "that was before"
    assert not truth.has_said("Hello.", since_ms=0), "the caller said it"
    assert not seen(a_session(closed_at_ms=2500)).has_said("I will.", since_ms=0), "it may not have been heard"


def test_a_caller_is_known_in_a_session_by_their_whole_word() -> None:
    caller = Caller("CA1", "tiger")
    assert caller.is_in({"items": [{"content": [{"transcript": "Please remember the word tiger"}]}]})
    assert not caller.is_in({"items": [{"content": [{"transcript": "You told me the word tigers."}]}]})
    assert not caller.is_in({"items": []})
