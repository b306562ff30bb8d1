"""Silence, the caller's and the model's."""

from calls.voice.pauses import COMFORT_AFTER_MS, COMFORT_EVERY_MS, PROMPTS, STALL_LIMIT_MS, Pause, Pauses


def run(pauses: Pauses, until_ms: int, *, is_model_expected: bool, from_ms: int = 0) -> list[tuple[int, Pause]]:
    found = []
    for now in range(from_ms, until_ms, 20):
        pause = pauses.due(now, is_model_expected=is_model_expected)
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


def test_a_thinking_model_is_covered_by_a_tone_within_four_seconds_and_again() -> None:
    found = run(Pauses(prompt_after_ms=8000), 8000, is_model_expected=True)
    moments = [now for now, pause in found if pause is Pause.COMFORT]
    assert moments[0] == COMFORT_AFTER_MS
    assert all(later - earlier <= 4000 for earlier, later in zip([0, *moments], [*moments, 8000], strict=False))
    assert moments[1] - moments[0] == COMFORT_EVERY_MS


def test_a_model_that_stays_silent_is_lost() -> None:
    found = run(Pauses(prompt_after_ms=8000), STALL_LIMIT_MS + 20, is_model_expected=True)
    assert found[-1] == (STALL_LIMIT_MS, Pause.MODEL_STALLED)


def test_a_model_that_speaks_is_not() -> None:
    pauses = Pauses(prompt_after_ms=8000)
    for now in range(0, 30_000, 20):
        pauses.sound(now)
        assert pauses.due(now, is_model_expected=True) is None
