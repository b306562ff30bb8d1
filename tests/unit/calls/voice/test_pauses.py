"""Silence, the caller's and the model's."""

from calls.voice.pauses import (
    COMFORT_EVERY_MS,
    FILLER_AFTER_LOSS_MS,
    FILLER_AFTER_MS,
    PROMPTS,
    STALL_LIMIT_MS,
    Pause,
    Pauses,
)


def run(
    pauses: Pauses, until_ms: int, *, is_model_expected: bool, from_ms: int = 0, down_since_ms: int | None = None
) -> list[tuple[int, Pause]]:
    found = []
    for now in range(from_ms, until_ms, 20):
        pause = pauses.due(now, is_model_expected=is_model_expected, down_since_ms=down_since_ms)
        if pause is not None:
            found.append((now, pause))
    return found


def test_a_silent_caller_is_asked_and_then_given_up() -> None:
    found = run(Pauses(prompt_after_ms=8000), 26_000, is_model_expected=False)
    assert [pause for _, pause in found] == [Pause.PROMPT] * PROMPTS + [Pause.GIVE_UP]
    assert [now for now, _ in found] == [8000, 16_000, 24_000]


def test_a_caller_who_speaks_is_not_asked() -> None:
    pauses = Pauses(prompt_after_ms=8000)
    run(pauses, 9000, is_model_expected=False)
    pauses.caller_active(9000)
    assert run(pauses, 16_980, is_model_expected=False, from_ms=9000) == []


def test_silence_can_be_left_alone() -> None:
    assert run(Pauses(prompt_after_ms=0), 60_000, is_model_expected=False) == []


def test_a_thinking_model_is_covered_by_words_and_then_tones_with_never_four_seconds_of_silence() -> None:
    found = run(Pauses(prompt_after_ms=8000), 8000, is_model_expected=True)
    assert found[0] == (FILLER_AFTER_MS, Pause.FILLER)
    assert {pause for _, pause in found[1:]} == {Pause.COMFORT}
    moments = [now for now, _ in found]
    assert all(later - earlier <= 4000 for earlier, later in zip([0, *moments], [*moments, 8000], strict=False))
    assert moments[1] - moments[0] == COMFORT_EVERY_MS


def test_a_model_known_to_be_dead_is_covered_sooner() -> None:
    pauses = Pauses(prompt_after_ms=8000)
    pauses.sound(5000)
    found = run(pauses, 8000, is_model_expected=True, from_ms=5000, down_since_ms=5200)
    assert found[0] == (5200 + FILLER_AFTER_LOSS_MS, Pause.FILLER)


def test_a_dead_model_is_not_given_up_for_its_silence() -> None:
    found = run(Pauses(prompt_after_ms=8000), STALL_LIMIT_MS * 2, is_model_expected=True, down_since_ms=0)
    assert Pause.MODEL_STALLED not in {pause for _, pause in found}


def test_each_wait_for_an_answer_gets_words_of_its_own() -> None:
    pauses = Pauses(prompt_after_ms=0)
    first = run(pauses, 2000, is_model_expected=True)
    pauses.sound(2500)
    second = run(pauses, 5000, is_model_expected=True, from_ms=2500)
    assert [pause for _, pause in (*first, *second)].count(Pause.FILLER) == 2


def test_noise_is_no_answer_to_whether_anybody_is_there() -> None:
    pauses = Pauses(prompt_after_ms=8000)
    run(pauses, 10_000, is_model_expected=False)
    pauses.maybe_speech(12_000)
    pauses.maybe_speech(12_400)
    pauses.was_noise()
    assert run(pauses, 17_000, is_model_expected=False, from_ms=12_500)[0] == (16_000, Pause.PROMPT)


def test_speech_is() -> None:
    pauses = Pauses(prompt_after_ms=8000)
    run(pauses, 20_000, is_model_expected=False)
    pauses.maybe_speech(20_000)
    pauses.was_speech()
    assert [pause for _, pause in run(pauses, 37_000, is_model_expected=False, from_ms=20_000)] == [Pause.PROMPT] * 2


def test_a_model_that_stays_silent_is_lost() -> None:
    found = run(Pauses(prompt_after_ms=8000), STALL_LIMIT_MS + 20, is_model_expected=True)
    assert found[-1] == (STALL_LIMIT_MS, Pause.MODEL_STALLED)


def test_a_model_that_speaks_is_not() -> None:
    pauses = Pauses(prompt_after_ms=8000)
    for now in range(0, 30_000, 20):
        pauses.sound(now)
        assert pauses.due(now, is_model_expected=True) is None
