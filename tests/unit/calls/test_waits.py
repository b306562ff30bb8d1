"""What callers are told of how long others have waited."""

from datetime import timedelta

import pytest

from calls.lifecycle.waits import usual_minutes


def seconds(*waits: int) -> list[timedelta]:
    return [timedelta(seconds=wait) for wait in waits]


@pytest.mark.parametrize(
    ("recent", "waited", "minutes"),
    [
        ((), 0, None),
        ((30, 40), 0, None),
        ((30, 40, 50), 0, 1),
        ((60, 60, 61), 0, 1),
        ((30, 61, 600), 0, 2),
        ((100, 110, 120, 130), 0, 2),
        ((10, 600, 700), 599, 10),
        ((10, 600, 700), 600, None),
        ((0, 0, 0), 0, None),
    ],
)
def test_only_what_is_known_and_new_is_told(recent: tuple[int, ...], waited: int, minutes: int | None) -> None:
    assert usual_minutes(seconds(*recent), waited=timedelta(seconds=waited)) == minutes
