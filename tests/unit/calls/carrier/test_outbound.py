"""What the carrier is asked when a telephone is to ring, and what its silence means."""

from collections.abc import Iterator
from typing import Any

import pytest

from calls.carrier import outbound
from calls.carrier.errors import CarrierError
from calls.carrier.outbound import Seat
from compliance.models import DialPermit
from tests.carrier_on_loopback import Carrier, a_carrier

BOB, OURS = "+12125550101", "+14155550100"
HERE = "https://voice.example.com"


@pytest.fixture
def carrier(settings: Any) -> Iterator[Carrier]:
    settings.PUBLIC_URL = HERE
    with a_carrier(settings) as carrier:
        yield carrier


def a_permit(state: str = "sent") -> DialPermit:
    return DialPermit(number=BOB, caller_id=OURS, state=state, label="agent-7")


def place(permit: DialPermit | None = None, **words: Any) -> outbound.Placed:
    words = {"url": "/twilio/offer/1/", "status_callback": "/twilio/offer/1/status/", "timeout_s": 20} | words
    return outbound.place_call(permit or a_permit(), time_limit_s=3600, **words)


def seat(seat: Seat) -> outbound.Placed:
    return outbound.add_participant(
        a_permit(), seat=seat, status_callback="/twilio/offer/1/status/", timeout_s=20, time_limit_s=3600
    )


def test_a_call_goes_to_the_permits_number_and_asks_us_what_to_do(carrier: Carrier) -> None:
    placed = place()
    assert (placed.leg_sid, placed.status) == (carrier.legs[0]["sid"], "queued")
    path, _ = carrier.asked[0]
    assert path.endswith("/Calls.json")
    assert carrier.dials == [
        {
            "To": BOB,
            "From": OURS,
            "Url": f"{HERE}/twilio/offer/1/",
            "Method": "POST",
            "StatusCallback": f"{HERE}/twilio/offer/1/status/",
            "StatusCallbackMethod": "POST",
            "StatusCallbackEvent": "initiated ringing answered completed",
            "Timeout": "20",
            "TimeLimit": "3600",
        }
    ]


def test_a_machine_is_looked_for_beside_the_document(carrier: Carrier) -> None:
    place(machine_callback="/twilio/offer/1/machine/")
    (dial,) = carrier.dials
    assert {name: dial[name] for name in dial if "Machine" in name or "Amd" in name} == {
        "MachineDetection": "Enable",
        "AsyncAmd": "true",
        "AsyncAmdStatusCallback": f"{HERE}/twilio/offer/1/machine/",
        "AsyncAmdStatusCallbackMethod": "POST",
    }


@pytest.mark.parametrize(("wanted", "asked"), [(1, "5"), (20, "20"), (9999, "600")])
def test_it_rings_as_long_as_the_carrier_lets_it(carrier: Carrier, wanted: int, asked: str) -> None:
    place(timeout_s=wanted)
    assert carrier.dials[0]["Timeout"] == asked


def test_a_third_person_is_taken_into_the_conference(carrier: Carrier) -> None:
    placed = seat(Seat("call-12", "third-1"))
    assert placed.leg_sid == carrier.legs[0]["sid"]
    path, _ = carrier.asked[0]
    assert path.endswith("/Conferences/call-12/Participants.json")
    (dial,) = carrier.dials
    shape = {"To": BOB, "From": OURS, "Label": "third-1", "Muted": "false", "EndConferenceOnExit": "false"}
    assert {name: dial[name] for name in shape} == shape
    assert "Coaching" not in dial


def test_a_listener_is_muted_and_a_coach_is_heard_by_one(carrier: Carrier) -> None:
    seat(Seat("call-12", "supervisor-2", is_muted=True, starts_room=False))
    seat(Seat("call-12", "supervisor-2", coaches="CA1"))
    listening, coaching = carrier.dials
    assert (listening["Muted"], listening["StartConferenceOnEnter"]) == ("true", "false")
    assert (coaching["Coaching"], coaching["CallSidToCoach"]) == ("true", "CA1")


@pytest.mark.parametrize("state", ["issued", "confirmed", "void", "unknown"])
def test_without_a_permit_just_spent_nobody_is_asked(carrier: Carrier, state: str) -> None:
    with pytest.raises(CarrierError) as error:
        place(a_permit(state))
    assert not error.value.may_be_done
    assert carrier.asked == []


@pytest.mark.parametrize(
    ("answer", "is_permanent"), [((400, 21211), True), ((403, 21216), True), ((429, 20429), False), ((409, 0), False)]
)
def test_a_refusal_is_certain(carrier: Carrier, answer: tuple[int, int], is_permanent: bool) -> None:
    carrier.manner, carrier.refuses_with = "refuses", answer
    with pytest.raises(CarrierError) as error:
        place()
    assert (error.value.code, error.value.is_permanent, error.value.may_be_done) == (answer[1], is_permanent, False)


@pytest.mark.parametrize("manner", ["loses", "breaks", "deaf"])
def test_a_lost_answer_leaves_it_open_whether_it_rings(carrier: Carrier, manner: str) -> None:
    carrier.manner = manner
    with pytest.raises(CarrierError) as error:
        place()
    assert error.value.may_be_done
    assert BOB not in str(error.value)


def test_an_answer_that_takes_too_long_is_a_lost_one(carrier: Carrier, monkeypatch: pytest.MonkeyPatch) -> None:
    from threading import Event

    from calls.carrier import client

    monkeypatch.setattr(client, "TIMEOUT_S", 0.3)
    client.get_client.cache_clear()
    carrier.meanwhile = Event()
    with pytest.raises(CarrierError) as error:
        place()
    carrier.meanwhile.set()
    assert error.value.may_be_done


def test_a_carrier_that_was_not_reached_has_done_nothing(settings: Any) -> None:
    with a_carrier(settings):
        pass
    with pytest.raises(CarrierError) as error:
        place()
    assert (error.value.is_permanent, error.value.may_be_done) == (False, False)
