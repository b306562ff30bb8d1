"""Calls that we place: people are talked to at once, machines get the message after the tone, and a stop is a stop."""

from calls.lifecycle import EndedReason
from calls.lifecycle.campaign import AttemptOutcome
from tests.journeys.books import closed
from tests.journeys.calls_out import a_customer, ours, placed
from tests.journeys.house import House, eventually


def test_a_person_hears_who_calls_and_talks_to_the_assistant(house: House) -> None:
    sid, call = placed(house, a_customer(house, "answers"))
    house.step_to_stream(sid)
    assert house.on_line(sid)["problems"] == []
    assert house.step(15_000, until={"call": sid, "silent_ms": 700})["reached"]
    house.ask("POST", f"calls/{sid}/say", json={"text": "Could you tell me your opening hours, please?"})
    house.step(6_000)
    house.ask("POST", f"calls/{sid}/hangup")
    house.step(1500)
    closed(sid)
    settled = eventually(lambda: ours(call) if ours(call).settled_at else None)
    call.refresh_from_db()
    print(call.ended_reason, settled.outcome, settled.greeted_ms, settled.answered_by, settled.detected_ms)
    print([(t.item_id, t.started_ms, t.ended_ms, t.text) for t in call.turns.order_by("started_ms")])
    assert settled.outcome == AttemptOutcome.HUMAN
    assert call.ended_reason == EndedReason.CALLER_HUNG_UP
