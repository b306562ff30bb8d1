"""The minute's comparison of live calls: what the carrier has and we do not, and the other way round."""

from calls.lifecycle import Phase
from calls.models import Call, Leg, Number
from tests.journeys.books import closed, kinds
from tests.journeys.house import NUMBERS, House, eventually

_COMPARE = """
from datetime import timedelta
from django.utils import timezone
from calls.control import reconciling
reconciling.reconcile(now=timezone.now() + timedelta(days=1))
"""


def compare(house: House) -> None:
    """Do what the worker does every minute, when no call is young; the sandbox's calendar is not ours by now."""
    house.manage("shell", "-v", "0", "-c", _COMPARE)


def test_a_call_whose_end_we_never_heard_of_is_closed(house: House) -> None:
    sid = house.call()
    house.step_to_stream(sid)
    house.ask("POST", f"calls/{sid}/forget")
    compare(house)
    assert closed(sid).phase == Phase.CLOSED


def test_a_caller_nobody_announced_is_answered(house: House) -> None:
    orphan = house.ask("POST", "orphans", json={"to": NUMBERS[0], "age_ms": 60_000})["sid"]
    compare(house)
    call = eventually(lambda: Call.objects.filter(legs__leg_sid=orphan).first(), what="the orphan in our books")
    house.step_to_stream(orphan)
    assert house.step(10_000, until={"call": orphan, "silent_ms": 500})["reached"]
    assert "stream_opened" in kinds(call)
    house.ask("POST", f"calls/{orphan}/hangup")
    house.step(1500)
    assert closed(orphan).failure_class == ""


def test_calls_of_another_application_are_left_alone(house: House) -> None:
    Number.objects.filter(e164=NUMBERS[-1]).update(is_active=False)
    other = house.ask("POST", "orphans", json={"to": NUMBERS[-1], "age_ms": 60_000})["sid"]
    compare(house)
    Number.objects.filter(e164=NUMBERS[-1]).update(is_active=True)
    assert house.on_line(other)["status"] == "in-progress"
    assert not Leg.objects.filter(leg_sid=other).exists()
    house.ask("POST", f"calls/{other}/hangup")
