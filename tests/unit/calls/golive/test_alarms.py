"""The alarms: each kind of trouble makes its own, names its count, and says what to do."""

import pytest

from calls.golive import alarms, error_words
from calls.golive.alarms import Watched


def test_where_nothing_happens_nothing_is_said() -> None:
    assert alarms.judge(Watched()) == []


@pytest.mark.parametrize(
    ("watched", "key", "count"),
    [
        (Watched(codes={32011: 4}), "sip.silent", 4),
        (Watched(accepts_refused=2), "sip.accept", 2),
        (Watched(sip_codes={"503": 2, "404": 1}), "sip.codes", 3),
        (Watched(carrier_forged=9), "signature.twilio", 9),
        (Watched(model_forged=1), "signature.openai", 1),
        (Watched(streams_forged=3), "signature.stream", 3),
        (Watched(streams_broken=5), "stream.broken", 5),
        (Watched(codes={31921: 2}), "stream.broken", 2),
        (Watched(streams_broken=5, codes={31921: 2}), "stream.broken", 5),
        (Watched(codes={64105: 1}), "stream.broken", 1),
        (Watched(streams_refused=1), "stream.refused", 1),
        (Watched(relays_broken=1), "relay.broken", 1),
        (Watched(codes={11200: 3, 11205: 1}), "fetch", 4),
        (Watched(codes={21215: 1}), "code.21215", 1),
        (Watched(codes={99999: 1}), "code.99999", 1),
    ],
)
def test_one_kind_of_trouble_is_one_alarm(watched: Watched, key: str, count: int) -> None:
    (alarm,) = alarms.judge(watched)
    assert (alarm.key, alarm.count) == (key, count)
    assert ("Once" if count == 1 else str(count)) in alarm.said
    assert len(alarm.do) > 20


def test_everything_at_once_is_told_apart() -> None:
    all_ = Watched(
        codes={32011: 1, 31921: 1, 11200: 1, 21215: 1},
        sip_codes={"500": 1},
        streams_forged=1,
        streams_refused=1,
        relays_broken=1,
        carrier_forged=1,
        model_forged=1,
        accepts_refused=1,
    )
    found = [alarm.key for alarm in alarms.judge(all_)]
    assert len(found) == len(set(found)) == 11


def test_a_code_nobody_here_knows_leads_to_the_carriers_own_words() -> None:
    assert error_words.of(12345).do.endswith("/errors/12345")
