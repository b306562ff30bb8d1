"""What the database must hold after a run."""

from benchmarks.media_bridge import books

PLAYED = {
    "calls": 2,
    "caller_turns": 7,
    "assistant_turns": 9,
    "truncates": 3,
    "responses": 9,
    "transcriptions": 7,
    "frames_sent": 5000,
}


def test_books_that_agree() -> None:
    assert books.differences(PLAYED, books.expected(PLAYED)) == {}


def test_every_difference_is_named_with_both_counts() -> None:
    rows = books.expected(PLAYED) | {"cuts": 2, "response_usage": 0}
    del rows["opening_turns"]
    assert books.differences(PLAYED, rows) == {"cuts": (3, 2), "response_usage": (9, 0), "opening_turns": (2, 0)}
