"""Callers who wait in a line: what they hear, who is rung for them, and what becomes of them when nobody comes."""

import itertools
import threading
from collections.abc import Iterator

import pytest
import requests

from agents import presence
from agents.models import Agent
from calls.lifecycle import EndedReason, Phase
from calls.models import Call, Transfer
from tests.journeys import people
from tests.journeys.books import call_of, closed
from tests.journeys.house import House
from tests.journeys.people import offer_of, phase_of, told, transfer_of, until

BOB, IVY = "+14155550171", "+14155550172"
NOBODY = "We are sorry, nobody can take your call at this moment."


@pytest.fixture(autouse=True)
def _quiet_house(house: House) -> Iterator[None]:
    people.nobody_here()
    yield
    people.everybody_hangs_up(house)
    people.nobody_here()


def longest_without_a_word_s(house: House, sid: str, call: Call) -> float:
    """The longest time in which a waiting caller was told nothing, by when we were asked what to say."""
    asked = [each["at_ms"] for each in told(house, f"/twilio/wait/{call.pk}/")]
    gaps = [later - earlier for earlier, later in itertools.pairwise(asked)]
    return max(gaps, default=0.0) / 1000


def silences(house: House, sid: str) -> list[dict[str, float]]:
    return list(house.ask("GET", f"calls/{sid}/silences.json", params={"over_ms": 4000})["silences"])


def test_callers_wait_in_line_for_one_agent(house: House) -> None:
    queue = people.a_queue("Tents", max_wait_s=600)
    people.reached_by(queue)
    bob = people.an_agent(house, "bob", BOB, "listens", queue=queue)
    first, call = people.asking(house)
    until(house, lambda: phase_of(call) == Phase.WITH_AGENT, what="the first with Bob")
    second, waiting = people.asking(house, **{"from": "+14155550124"})
    third, last = people.asking(house, **{"from": "+14155550125"})
    until(house, lambda: phase_of(waiting) == phase_of(last) == Phase.QUEUED, what="a line of two")
    house.step(32_000, tick_ms=100)
    assert "You are next." in told(house, f"/twilio/wait/{waiting.pk}/")[-1]["answer"]
    line = told(house, f"/twilio/wait/{last.pk}/")[-1]["answer"]
    assert "You are number 2 in the line." in line
    assert "minute" not in line, "nothing is known yet of how long it takes"
    assert longest_without_a_word_s(house, second, waiting) <= 20
    assert silences(house, second) == silences(house, third) == []
    house.ask("POST", f"calls/{first}/hangup")
    until(house, lambda: phase_of(call) == Phase.CLOSED, what="the end of the first")
    assert offer_of(waiting) is None, "Bob writes his note"
    presence.end_wrap_up(bob.pk, now=people.now())
    house.sweep("drive_transfers")
    until(house, lambda: phase_of(waiting) == Phase.WITH_AGENT, what="the second with Bob")
    assert silences(house, second) == []


def test_a_line_overflows_into_the_next_and_then_into_an_apology(house: House) -> None:
    workshop = people.a_queue("Workshop", max_wait_s=20, overflow="hang_up")
    desk = people.a_queue(max_wait_s=20, overflow="queue", overflow_queue=workshop)
    people.reached_by(desk)
    for name, phone, queue in (("bob", BOB, desk), ("ivy", IVY, workshop)):
        agent = people.an_agent(house, name, phone, "listens", queue=queue)
        Agent.objects.filter(pk=agent.pk).update(state=Agent.State.ON_CALL)
    sid, call = people.asking(house)
    until(house, lambda: phase_of(call) == Phase.QUEUED, what="a wait")
    Transfer.objects.filter(call=call).update(waits_until=people.now())  # the worker's clock is not the sandbox's
    house.sweep("drive_transfers")
    until(house, lambda: transfer_of(call).queue == workshop, what="the next line")
    house.step(3000)
    Transfer.objects.filter(call=call, state="open").update(waits_until=people.now())
    house.sweep("drive_transfers")
    until(house, lambda: phase_of(call) == Phase.CLOSED, what="end")
    assert closed(sid).ended_reason == EndedReason.NOBODY_FREE
    assert NOBODY in people.words(house, sid)
    assert silences(house, sid) == []


def test_when_everybody_goes_away_nobody_is_waited_for(house: House) -> None:
    queue = people.a_queue(max_wait_s=600)
    people.reached_by(queue)
    agent = people.an_agent(house, "max", BOB, "never_answers", queue=queue)
    Agent.objects.filter(pk=agent.pk).update(state=Agent.State.WRAP_UP)
    sid, call = people.asking(house)
    until(house, lambda: phase_of(call) == Phase.QUEUED, what="a wait")
    house.press(house.sign_in("max@demo.test"), "/desk/be/away/")
    until(house, lambda: transfer_of(call).state == "ended", what="nobody is left", within_ms=20_000)
    until(house, lambda: call.streams.count() == 2, what="the assistant's return")
    assert silences(house, sid) == []


def test_of_two_supervisors_one_sends_the_call_and_the_other_reads_who_was_faster(house: House) -> None:
    queue = people.a_queue()
    people.an_agent(house, "bob", BOB, "never_answers", queue=queue)
    sid = house.call()
    house.step_to_stream(sid)
    call = call_of(sid)
    sessions = [house.sign_in("sam@demo.test"), house.sign_in("ada@demo.test")]
    pages: list[str] = []
    together = threading.Barrier(2)

    def press(session: requests.Session) -> None:
        together.wait()
        form = {"to": f"queue:{queue.pk}", "kind": "cold", "reason": "wants a tent"}
        pages.append(house.press(session, f"/calls/{call.pk}/transfer/", **form).text)

    both = [threading.Thread(target=press, args=(session,)) for session in sessions]
    for each in both:
        each.start()
    for each in both:
        each.join()
    transfer = Transfer.objects.get(call=call)
    told_off = [page for page in pages if "is already sending this call to Front desk." in page]
    assert len(told_off) == 1
    assert f"{transfer.requested_by_ref} is already sending" in told_off[0]
    until(house, lambda: offer_of(call) and offer_of(call).leg, what="a ring")


def test_a_call_that_is_over_is_sent_nowhere_and_the_page_says_so(house: House) -> None:
    queue = people.a_queue()
    sid = house.call()
    house.step_to_stream(sid)
    house.ask("POST", f"calls/{sid}/hangup")
    house.step(1500)
    call = closed(sid)
    sam = house.sign_in()
    form = {"to": f"queue:{queue.pk}", "kind": "warm"}
    page = house.press(sam, f"/calls/{call.pk}/transfer/", **form)
    assert page.status_code == 200
    assert "This call is over already." in page.text
    for verb in ("hold", "resume", "take-over", "barge", "coach-person", "cancel", "mute", "drop", "leave"):
        assert house.press(sam, f"/calls/{call.pk}/control/{verb}/", who="third-1").status_code == 200, verb
    assert not Transfer.objects.filter(call=call).exists()
    assert phase_of(call) == Phase.CLOSED
    assert Agent.objects.get(user__username="sam@demo.test").state == Agent.State.AWAY


def test_an_assistant_that_is_lost_leaves_the_caller_to_its_queue(house: House) -> None:
    queue = people.a_queue()
    people.reached_by(queue)
    people.an_agent(house, "bob", BOB, "listens", queue=queue)
    house.ask("POST", "faults", json={"refuse_connects": 50, "refuse_status": 500}, at=house.model)
    sid = house.call()
    call = call_of(sid)
    until(house, lambda: phase_of(call) == Phase.WITH_AGENT, what="with a person")
    assert transfer_of(call).source == Transfer.Source.RULE
    assert silences(house, sid) == []
