"""What a screen understands and a voice does not is not read out, however the pieces are cut."""

import pytest

from calls.voice.speakable import Speakable


@pytest.mark.parametrize(
    ("text", "spoken"),
    [
        ("We are open.", "We are open."),
        ("**Two** `kinds`:\n\n- small\n- large", "Two kinds: - small - large"),
        ("See [our page](https://x.example/a?b=1) for more.", "See our page for more."),
        ("# Hours\nNine to six", " Hours Nine to six"),
        ("[not a link] at all", "[not a link] at all"),
        ("It ends in [nothing", "It ends in [nothing"),
        ("a_b and C#", "ab and C"),
    ],
)
def test_marks_are_left_out_whole_and_letter_by_letter(text: str, spoken: str) -> None:
    for size in (len(text), 7, 3, 1):
        voice = Speakable()
        pieces = [voice.feed(text[start : start + size]) for start in range(0, len(text), size)]
        said = "".join(pieces) + voice.rest()
        assert " ".join(said.split()) == " ".join(spoken.split())


def test_what_is_no_link_is_not_held_back_for_long() -> None:
    voice = Speakable()
    assert voice.feed("[" + "x" * 300).startswith("[xxx")
