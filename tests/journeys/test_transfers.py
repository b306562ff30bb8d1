"""A caller asks for a person: what becomes of them, whatever the person does."""

from collections.abc import Iterator

import pytest

from agents.models import Agent
from calls.lifecycle import EndedReason, Phase
from calls.lifecycle.transfer import Outcome
from tests.journeys import people
from tests.journeys.books import closed, kinds, said
from tests.journeys.house import House
from tests.journeys.people import offer_of, phase_of, transfer_of, until

# Takes the call, lets the room be told that it is recorded, and then speaks.
TALKS = [
    {"when": "gather", "after_ms": 2000, "press": "1", "give_up_ms": 60_000},
    {"when": "joined", "after_ms": 14_000, "say": "Please note harbor lantern river.", "give_up_ms": 60_000},
    {"when": "hung_up", "give_up_ms": 3_600_000},
]
BOB, IVY = "+14155550171", "+14155550172"


@pytest.fixture(autouse=True)
def _quiet_house(house: House) -> Iterator[None]:
    people.nobody_here()
    yield
    people.nobody_here()


def test_a_person_is_briefed_accepts_by_key_talks_and_hangs_up(house: House) -> None:
    queue = people.a_queue()
    people.reached_by(queue)
    bob = people.an_agent(house, "bob", BOB, "accepts", queue=queue, steps=TALKS)
    sid, call = people.asking(house)
    until(house, lambda: phase_of(call) == Phase.WITH_AGENT, what="with a person")
    offer = offer_of(call)
    assert offer is not None
    assert offer.leg is not None
    assert offer.accepted_by == "key"
    bob.refresh_from_db()
    assert bob.state == Agent.State.ON_CALL
    until(house, lambda: said(call, "agent"), what="the person's words")
    assert "harbor" in said(call, "agent")[0].text.lower()
    house.ask("POST", f"calls/{sid}/say", json={"text": "Thank you very much."})
    until(
        house, lambda: "thank you very much" in " ".join(t.text for t in said(call, "customer")).lower(), what="words"
    )
    house.step(6000)  # nobody who hangs up so late was lost
    house.ask("POST", f"calls/{offer.leg.leg_sid}/hangup")
    until(house, lambda: phase_of(call) == Phase.CLOSED, what="end")
    done = closed(sid)
    assert done.ended_reason == EndedReason.AGENT_ENDED
    transfer = transfer_of(call)
    assert (transfer.state, transfer.outcome) == ("ended", Outcome.ACCEPTED)
    bob.refresh_from_db()
    assert bob.state == Agent.State.WRAP_UP
    assert {"transfer_requested", "offered", "agent_joined"} <= set(kinds(call))


def test_who_declines_is_passed_over_and_the_next_one_takes_the_call(house: House) -> None:
    queue = people.a_queue()
    people.reached_by(queue)
    bob = people.an_agent(house, "bob", BOB, "declines", queue=queue)
    ivy = people.an_agent(house, "ivy", IVY, "accepts", queue=queue)
    sid, call = people.asking(house)
    until(house, lambda: phase_of(call) == Phase.WITH_AGENT, what="with a person")
    assert [(offer.agent, offer.outcome) for offer in people.offers_of(call)] == [(bob, "declined"), (ivy, "")]
    bob.refresh_from_db()
    assert bob.state == Agent.State.AVAILABLE
    house.ask("POST", f"calls/{sid}/hangup")
    until(house, lambda: transfer_of(call).state == "ended", what="end of the transfer")
    ivy.refresh_from_db()
    assert ivy.state == Agent.State.WRAP_UP
    until(house, lambda: house.on_line(people.offers_of(call)[1].leg.leg_sid)["status"] == "completed", what="her line")


@pytest.mark.parametrize(
    ("persona", "outcome", "state"),
    [
        ("declines", Outcome.DECLINED, Agent.State.AVAILABLE),
        ("busy", Outcome.BUSY, Agent.State.AVAILABLE),
        ("rejects", Outcome.BUSY, Agent.State.AVAILABLE),
        ("fails", Outcome.FAILED, Agent.State.AWAY),
        ("never_answers", Outcome.NO_ANSWER, Agent.State.AWAY),
        ("voicemail", Outcome.VOICEMAIL, Agent.State.AWAY),
        ("leaves_briefing", Outcome.DECLINED, Agent.State.AVAILABLE),
    ],
)
def test_who_does_not_come_gives_the_caller_back_to_an_assistant_that_knows_why(
    house: House, persona: str, outcome: str, state: str
) -> None:
    queue = people.a_queue(ring_s=12)
    people.reached_by(queue)
    bob = people.an_agent(house, "bob", BOB, persona, queue=queue)
    sid, call = people.asking(house)
    until(house, lambda: transfer_of(call).state == "ended", what="end of the transfer")
    assert transfer_of(call).outcome == Outcome.NOBODY
    assert offer_of(call).outcome == outcome
    until(house, lambda: call.streams.count() == 2 and call.streams.last().opened_at, what="the assistant's return")
    bob.refresh_from_db()
    assert bob.state == state
    told = " ".join(people.told_to_model(house))
    assert "was to be put through to anybody in Front desk" in told
    assert house.step(20_000, until={"call": sid, "silent_ms": 700})["reached"], "the assistant speaks first"
    assert phase_of(call) == Phase.WITH_ASSISTANT
    house.ask("POST", f"calls/{sid}/hangup")
    house.step(1500)
    closed(sid)
    assert [each["message"] for each in house.on_line(sid)["problems"]] == [], "the carrier complains of nothing"
    silences = house.ask("GET", f"calls/{sid}/silences.json", params={"over_ms": 4000})["silences"]
    assert silences == [], people.story()


def test_a_person_lost_right_after_joining_is_replaced(house: House) -> None:
    queue = people.a_queue()
    people.reached_by(queue)
    people.an_agent(house, "bob", BOB, "leaves_room", queue=queue)
    people.an_agent(house, "ivy", IVY, "accepts", queue=queue)
    sid, call = people.asking(house)
    until(house, lambda: len(people.offers_of(call)) == 2 and phase_of(call) == Phase.WITH_AGENT, what="the second")
    assert people.offers_of(call)[0].outcome == Outcome.DROPPED
    house.ask("POST", f"calls/{sid}/hangup")
    until(house, lambda: transfer_of(call).state == "ended")


def test_nobody_there_at_all_is_said_by_the_assistant_at_once(house: House) -> None:
    people.reached_by(people.a_queue())
    sid, call = people.asking(house)
    until(house, lambda: transfer_of(call).state == "ended", what="end of the transfer")
    assert people.offers_of(call) == []
    until(house, lambda: call.streams.count() == 2, what="the assistant's return")
    house.ask("POST", f"calls/{sid}/hangup")


@pytest.mark.parametrize("moment", ["ringing", "briefing", "in the room"])
def test_a_caller_who_leaves_lets_everybody_go(house: House, moment: str) -> None:
    queue = people.a_queue()
    people.reached_by(queue)
    persona = {"ringing": "never_answers", "briefing": "clicks", "in the room": "accepts"}[moment]
    bob = people.an_agent(house, "bob", BOB, persona, queue=queue)
    sid, call = people.asking(house)

    def is_there() -> bool:
        offer = offer_of(call)
        if offer is None:
            return False
        return {
            "ringing": offer.leg_status == "ringing",
            "briefing": offer.answered_at is not None,
            "in the room": phase_of(call) == Phase.WITH_AGENT,
        }[moment]

    until(house, is_there, what=moment)
    house.ask("POST", f"calls/{sid}/hangup")
    until(house, lambda: transfer_of(call).state == "ended", what="end of the transfer")
    was_connected = moment == "in the room"
    assert transfer_of(call).outcome == (Outcome.ACCEPTED if was_connected else Outcome.CALLER_LEFT)
    leg = offer_of(call).leg.leg_sid
    until(house, lambda: house.on_line(leg)["status"] in ("completed", "canceled"), what="the person's line")
    bob.refresh_from_db()
    assert bob.state == (Agent.State.WRAP_UP if was_connected else Agent.State.AVAILABLE)
