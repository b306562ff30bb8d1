"""Where a recording lies on its call's clock: by what we know of our own voice, not by what others wrote down."""

from datetime import timedelta

import numpy as np
import pytest

from calls.control import copies
from calls.models import Call, Recording, Stream, TranscriptTurn
from tests.given import NOON
from tests.integration.calls import recorded_calls

pytestmark = pytest.mark.django_db(transaction=True)
RATE = 8000


def a_turn(call: Call, item_id: str, started_ms: int, ended_ms: int) -> TranscriptTurn:
    party = TranscriptTurn.Party.ASSISTANT
    return TranscriptTurn(
        call=call, item_id=item_id, party=party, started_ms=started_ms, ended_ms=ended_ms, text="Words."
    )


def test_what_the_carrier_wrote_down_late_moves_no_tape() -> None:
    call = recorded_calls.recorded()
    TranscriptTurn.keep_all(
        [
            a_turn(call, "opening", 0, 2_500),
            a_turn(call, "item_1", 3_000, 4_200),
            a_turn(call, "GT7:outbound:2", 9_500, 13_500),  # it was heard from 4.5 s on
        ]
    )
    opened_at = NOON + timedelta(milliseconds=2_600)
    Stream.objects.create(call=call, nonce="n", issued_at=NOON, expires_at=NOON, opened_at=opened_at, bridge="")
    samples = np.zeros((20 * RATE, 2), dtype=np.int16)
    for start, end in ((0, 2_500), (3_000, 4_200), (4_500, 8_500)):
        samples[start * 8 : end * 8, 1] = (6000 * np.sin(np.arange((end - start) * 8) / 5)).astype(np.int16)
    seen = copies._look_at(Recording.objects.get(call=call), samples, RATE)
    assert abs(seen.offset_ms) <= 20
    assert (seen.notice_started_ms, seen.assistant_channel) == (0, 1)
