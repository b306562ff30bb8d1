"""Nobody comes: the caller leaves a message, or is offered to be called back, as the queue says."""

from collections.abc import Iterator

import pytest

from calls.lifecycle import EndedReason, Phase
from calls.models import Callback, Voicemail
from tests.journeys import people
from tests.journeys.books import call_of, closed
from tests.journeys.house import House
from tests.journeys.people import phase_of, transfer_of, until


@pytest.fixture(autouse=True)
def _quiet_house(house: House) -> Iterator[None]:
    people.nobody_here()
    yield
    people.nobody_here()


def verbs(house: House, sid: str) -> list[str]:
    """What the carrier has done on a line, in order."""
    return [each["verb"] for each in house.on_line(sid)["verbs"]]


def test_the_caller_leaves_a_message_in_the_queues_box(house: House) -> None:
    people.reached_by(people.a_queue(overflow="voicemail"))
    sid, call = people.asking(house)
    until(house, lambda: "Record" in verbs(house, sid), what="the beep")
    assert phase_of(call) == Phase.VOICEMAIL
    assert transfer_of(call).outcome == "nobody"
    house.step(1500)
    house.ask("POST", f"calls/{sid}/say", json={"text": "My stove is broken. Can you repair it?"})
    house.step(4000)
    house.ask("POST", f"calls/{sid}/hangup")
    until(house, lambda: Voicemail.objects.filter(call=call).exists(), what="the message")
    assert Voicemail.objects.get(call=call).box == "Front desk"
    assert closed(sid).ended_reason == EndedReason.VOICEMAIL_LEFT


def test_the_caller_is_called_back_when_they_press_one_and_else_has_the_assistant_again(house: House) -> None:
    people.reached_by(people.a_queue(overflow="callback"))
    sid, call = people.asking(house)
    until(house, lambda: "Gather" in verbs(house, sid), what="the offer")
    house.step(3000)
    house.ask("POST", f"calls/{sid}/press", json={"digits": "1"})
    until(house, lambda: Callback.objects.filter(call=call).exists(), what="the callback")
    house.step_to_end(sid)
    other, _ = people.asking(house)
    until(house, lambda: "Gather" in verbs(house, other), what="the offer")
    again = call_of(other)
    until(house, lambda: phase_of(again) == Phase.WITH_ASSISTANT, what="the assistant's return")
    assert not Callback.objects.filter(call=again).exists()
    house.ask("POST", f"calls/{other}/hangup")
