"""Who gets the version on trial: the same caller always, about the share, and more when the share rises."""

from agents.canary import is_tried

CALLERS = [f"+1415555{number:04}" for number in range(2000)]


def chosen(share: int, *, key: str = "k", trial: str = "prompt:7") -> set[str]:
    return {caller for caller in CALLERS if is_tried(caller=caller, share=share, key=key, trial=trial)}


def test_about_the_share_of_the_callers_is_chosen_and_always_the_same() -> None:
    assert 400 < len(chosen(25)) < 600
    assert chosen(25) == chosen(25)


def test_a_share_that_rises_keeps_everybody_and_the_ends_are_nobody_and_all() -> None:
    assert chosen(10) < chosen(50) < chosen(100) == set(CALLERS)
    assert chosen(0) == set()


def test_another_key_or_trial_chooses_others_and_nobody_unknown_is_tried() -> None:
    assert chosen(25) != chosen(25, key="other")
    assert chosen(25) != chosen(25, trial="prompt:8")
    assert not is_tried(caller="", share=100, key="k", trial="t")
