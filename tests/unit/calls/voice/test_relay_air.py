"""What the caller has heard of our words, when only words and times are told."""

import pytest

from calls.voice.relay_air import Air, heard_until

WHOLE = "We have three kinds of tents. The smallest is light. "


@pytest.mark.parametrize(
    ("heard", "after_ms", "kept"),
    [
        ("We have three", 900, "We have three"),
        ("we have  three kinds", 900, "We have three kinds"),
        (WHOLE, 9_000, WHOLE.strip()),
        ("kinds of tents", 900, "We have three kinds of tents"),
        ("", 0, ""),
        ("", 490, "We have"),
        ("", 60_000, WHOLE.strip()),
        ("something else", 900, "We have three"),
    ],
)
def test_the_carriers_words_are_found_in_ours(heard: str, after_ms: int, kept: str) -> None:
    assert WHOLE[: heard_until(WHOLE, heard, after_ms)].strip() == kept


def test_speech_is_reckoned_while_nothing_is_told() -> None:
    air = Air()
    spoken = air.begin("a", 0)
    air.add(spoken, "Good morning.", 0)
    spoken.is_whole = True
    assert not air.is_dry(600)
    assert air.heard_out(600) == []
    assert air.is_dry(2_000)
    assert air.heard_out(2_000) == [spoken]
    assert air.heard_out(2_100) == []


def test_what_the_carrier_says_of_its_speaking_counts_more_than_the_reckoning() -> None:
    air = Air()
    spoken = air.begin("a", 0)
    air.add(spoken, "Good morning.", 0)
    spoken.is_whole = True
    air.speaking(is_on=True, now_ms=300)
    assert not air.is_dry(5_000)  # it speaks slowly
    air.speaking(is_on=False, now_ms=5_200)
    assert air.is_dry(5_200)


def test_a_carrier_that_never_says_it_has_ended_is_not_believed_for_ever() -> None:
    air = Air()
    spoken = air.begin("a", 0)
    air.add(spoken, "Good morning.", 0)
    spoken.is_whole = True
    air.speaking(is_on=True, now_ms=300)
    assert not air.is_dry(10_000)
    assert air.is_dry(60_000)


def test_the_end_of_something_earlier_is_not_taken_for_the_end_of_what_comes_next() -> None:
    air = Air()
    for item, text in (("a", "Good morning."), ("b", "We are open from nine to six.")):
        spoken = air.begin(item, 0)
        air.add(spoken, text, 0)
        spoken.is_whole = True
    air.speaking(is_on=True, now_ms=100)
    air.played("Good morning.")
    air.speaking(is_on=False, now_ms=1_000)
    assert air.heard_out(1_000) == []
    air.speaking(is_on=True, now_ms=1_050)
    air.played("We are open from nine to six.")
    air.speaking(is_on=False, now_ms=3_000)
    assert [done.item_id for done in air.heard_out(3_000)] == ["a", "b"]


def test_a_pause_between_tokens_is_no_end() -> None:
    air = Air()
    spoken = air.begin("a", 0)
    air.add(spoken, "Good ", 0)
    air.speaking(is_on=False, now_ms=400)
    assert not air.is_dry(500)
    assert air.heard_out(2_000) == []  # it is not whole


def test_an_interruption_cuts_the_one_that_is_heard_and_drops_what_waits() -> None:
    air = Air()
    for item, text in (("a", "One two."), ("b", "Three four."), ("c", "Five six.")):
        spoken = air.begin(item, 0)
        air.add(spoken, text, 0)
        spoken.is_whole = True
    cuts = air.cut("One two. Three", 1_400, 1_500)
    assert [(cut.spoken.item_id, cut.heard, cut.unheard) for cut in cuts] == [
        ("a", "One two.", ""),
        ("b", "Three", "four."),
        ("c", "", "Five six."),
    ]
    assert air.is_dry(1_500)


def test_words_of_the_house_do_not_count_as_the_assistants() -> None:
    air = Air()
    filler = air.begin("f", 0, is_ours=True)
    air.add(filler, "One moment, please.", 0)
    filler.is_whole = True
    assert not air.is_dry(100)
    assert air.is_dry(100, but_for_ours=True)
