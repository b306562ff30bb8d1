"""What a scripted call costs, reckoned from the model's own record; money that is spent stops dials and no talk."""

from decimal import Decimal
from typing import Any

import pytest

from calls.lifecycle import EndedReason
from calls.models import Budget, Call, CallCost, Contact
from tests import all_day
from tests.faults import dialling
from tests.journeys.books import call_of, closed, said, stored
from tests.journeys.house import House, eventually
from tests.journeys.test_campaigns import a_campaign, tick

SERVERS = ("uvicorn",)
# Dollars for a million tokens, as printed: text and sound, each fresh, from the cache, and out.
TEXT, SOUND = ("4", "0.40", "24"), ("32", "0.40", "64")
HEARD_IN, HEARD_OUT = Decimal("2.50"), Decimal(10)


@pytest.fixture(autouse=True)
def _no_budget_is_left(house: House) -> Any:
    yield
    Budget.objects.all().delete()


def counted(house: House, call: Call) -> CallCost:
    """The call's cost, after its end. (The carrier's clock, by which it ended, is ahead of ours.)"""
    CallCost.count_anew([call.pk])
    house.sweep("count_costs")
    return eventually(
        lambda: CallCost.objects.filter(call=call, counted_at__isnull=False).first(), what=f"cost of {call}"
    )


def by_hand(events: list[dict[str, Any]]) -> tuple[Decimal, Decimal]:
    """Micro-dollars of a session's answers, and of its transcriptions."""
    answers = transcriptions = Decimal(0)
    for event in (entry.get("event", entry) for entry in events):
        if event["type"] == "response.done":
            usage = event["response"]["usage"]
            went_in, came_out = usage["input_token_details"], usage["output_token_details"]
            again = went_in["cached_tokens_details"]
            for name, (fresh, cached, out) in (("text_tokens", TEXT), ("audio_tokens", SOUND)):
                answers += (went_in[name] - again[name]) * Decimal(fresh) + again[name] * Decimal(cached)
                answers += came_out[name] * Decimal(out)
        elif event["type"].endswith("input_audio_transcription.completed"):
            usage = event["usage"]
            transcriptions += usage["input_tokens"] * HEARD_IN + usage["output_tokens"] * HEARD_OUT
    return answers, transcriptions


def test_a_scripted_call_costs_what_a_calculation_from_the_models_record_says(house: House) -> None:
    before = house.model_session_ids()
    sid = house.call(persona="polite")
    house.step_to_end(sid)
    call = closed(sid)
    assert call.prompt_version is not None
    assert call.prompt_version.model == "gpt-realtime-2.1"
    recorded = -(-(stored(call).duration_ms or 0) // 60_000)
    cost = counted(house, call)
    sessions = [house.model_session(one)["sent"] for one in house.model_session_ids() - before]
    answers, transcriptions = by_hand([event for sent in sessions for event in sent])
    assert answers > 1000
    assert Decimal(cost.parts["model"]) == answers
    assert Decimal(cost.parts["transcription"]) == transcriptions > 0
    minutes = -(-(call.legs.get().duration_s or 0) // 60)
    assert Decimal(cost.parts["lines"]) == minutes * 8500
    assert Decimal(cost.parts["recording"]) == recorded * 2500 > 0
    rest = cost.micros - answers - transcriptions - minutes * 8500 - recorded * 2500
    assert rest == Decimal(cost.parts["streams"]) > 0
    page = house.sign_in().get(f"{house.url}/calls/{call.pk}/", timeout=20).text
    assert f"${cost.usd:.3f}" in page


def test_a_spent_budget_stops_the_campaign_and_lets_the_caller_talk(house: House) -> None:
    all_day.adopt()
    sid = house.call(persona="polite")
    house.step_to_stream(sid)
    house.step(5000)
    talking = call_of(sid)
    Budget.objects.create(name="Today", warn_at="0.01", step_down_at="0.01", stop_at="0.01")
    house.sweep("count_costs")
    eventually(lambda: Budget.objects.filter(level="stopped").exists(), what="a budget that is spent")
    (number,) = dialling.numbers_of(all_day.AREA, 1, beginning=8300)
    campaign = a_campaign(house, {number: "answers"}, name="Too dear")
    tick(house)
    held = eventually(lambda: Contact.objects.filter(campaign=campaign).exclude(code="").first(), what="a refusal")
    assert (held.state, held.code) == ("due", "BUDGET_SPENT")
    assert not Call.objects.filter(customer_e164=number).exists()
    browser = house.sign_in()
    assert "Budget: Today" in browser.get(f"{house.url}/health/", timeout=20).text
    assert "outgoing calls are stopped" in browser.get(f"{house.url}/costs/", timeout=20).text
    # The caller notices nothing; the next one is answered too, by the cheaper model.
    next_sid = house.call(persona="polite")
    house.step_to_end(sid)
    house.step_to_end(next_sid)
    assert closed(sid).ended_reason == closed(next_sid).ended_reason == EndedReason.ASSISTANT_ENDED
    assert said(talking)[-1].text.endswith("Goodbye.")
    models = {
        one.pk: set(one.usage.filter(kind="response").values_list("model", flat=True))
        for one in Call.objects.filter(legs__leg_sid__in=[sid, next_sid])
    }
    assert models == {talking.pk: {"gpt-realtime-2.1"}, closed(next_sid).pk: {"gpt-realtime-2.1-mini"}}
