"""Budgets: they warn, step down, stop dialling, and never touch a call that is held."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from agents.models import PromptVersion
from calls import intake
from calls.campaigns import runner
from calls.carrier import callbacks
from calls.control import budgets
from calls.intake import conversation
from calls.models import Budget, Call, CallCost, CampaignPace, Number
from compliance.models import AuditEntry, DialDecision
from contactcenter.dashboard import alarms
from tests import given
from tests.carrier_on_loopback import Carrier, a_carrier
from tests.on_campaign import MORNING, running, states

pytestmark = pytest.mark.django_db(transaction=True)
DANA = "+12125550101"
MINI = "gpt-realtime-2.1-mini"


@pytest.fixture
def carrier(settings: Any) -> Iterator[Carrier]:
    """A carrier on loopback, with room for calls."""
    settings.BRIDGE_CALLS = 1000
    with a_carrier(settings) as carrier:
        yield carrier


def spend(dollars: str, *, at: datetime = MORNING, call: Call | None = None) -> Call:
    """A call that has cost so much."""
    call = call or given.a_call(now=at)
    CallCost.objects.update_or_create(call=call, defaults={"micros": Decimal(dollars) * 10**6, "counted_at": at})
    return call


def a_budget(*, judged_at: datetime | None = MORNING, **fields: Any) -> Budget:
    budget = Budget.objects.create(**({"name": "All", "period": "day"} | fields))
    if judged_at is not None:
        budgets.judge_all(now=judged_at)
        budget.refresh_from_db()
    return budget


def test_a_spent_budget_stops_dialling_with_a_code_and_lets_go_when_its_day_is_over(carrier: Carrier) -> None:
    campaign = running([DANA])
    spend("10.00")
    a_budget(stop_at=10)
    runner.tick(campaign_id=campaign.pk, now=MORNING)
    assert carrier.asked == []
    decision = DialDecision.objects.get()
    assert (decision.outcome, decision.code) == ("defer", "BUDGET_SPENT")
    assert decision.until == datetime.fromisoformat("2026-12-02T00:00:00+00:00")
    assert CampaignPace.objects.get().held_code == "BUDGET_SPENT"
    assert states(campaign) == {"due": 1}
    tomorrow = MORNING + timedelta(days=1)
    budgets.judge_all(now=tomorrow)
    runner.tick(campaign_id=campaign.pk, now=tomorrow)
    assert len(carrier.asked) == 1


def test_a_budget_that_is_raised_lets_go_within_a_minute(carrier: Carrier) -> None:
    campaign = running([DANA])
    spend("10.00")
    budget = a_budget(stop_at=10)
    runner.tick(campaign_id=campaign.pk, now=MORNING)
    Budget.objects.filter(pk=budget.pk).update(stop_at=20)
    soon = MORNING + timedelta(minutes=1)
    budgets.judge_all(now=soon)
    runner.tick(campaign_id=campaign.pk, now=soon)
    assert len(carrier.asked) == 1


def test_money_that_nobody_counts_any_more_stops_dialling_too(carrier: Carrier) -> None:
    campaign = running([DANA])
    a_budget(stop_at=10)
    late = MORNING + timedelta(minutes=6)
    runner.tick(campaign_id=campaign.pk, now=late)
    assert carrier.asked == []
    assert DialDecision.objects.get().code == "UNDECIDED"
    assert "budget.unknown" in {alarm.key for alarm in alarms.look(now=late)}


def test_a_budget_of_something_else_and_a_switched_off_one_stop_nothing(carrier: Carrier) -> None:
    campaign = running([DANA])
    other = given.an_assistant(name="Other")
    Call.objects.filter(pk=spend("99.00").pk).update(assistant=other)
    a_budget(name="Other", assistant=other, stop_at=10)
    a_budget(name="Off", stop_at=10, is_active=False)
    a_budget(name="This campaign", campaign=campaign, stop_at=10)
    runner.tick(campaign_id=campaign.pk, now=MORNING)
    assert len(carrier.asked) == 1
    attempt = Call.objects.get(direction="outbound")
    spend("10.00", call=attempt)
    budgets.judge_all(now=MORNING)
    assert Budget.objects.get(name="This campaign").level == "stopped"
    assert budgets.at_door(assistant_id=campaign.assistant_id, campaign_id=campaign.pk, now=MORNING) is not None
    assert budgets.at_door(assistant_id=campaign.assistant_id, now=MORNING) is None


def test_calls_that_begin_use_the_cheaper_model_and_those_in_progress_keep_theirs() -> None:
    now = timezone.now()
    before = spend("8.00", at=now)
    a_budget(warn_at=5, step_down_at=8, stop_at=20, judged_at=now)
    after = given.a_call(now=now, from_="+12125550177")
    held = {call: conversation.conversation_by_id(call.pk) for call in (before, after)}
    assert [one.settings.model for one in held.values() if one is not None] == ["gpt-realtime-2.1", MINI]
    assert [before.cheaper_model, after.cheaper_model] == ["", MINI]
    Budget.objects.update(level="fine")
    again = conversation.conversation_by_id(after.pk)
    assert again is not None
    assert again.settings.model == MINI, "whoever takes it up goes on with the same"


def a_text_budget(*, now: datetime) -> Budget:
    return a_budget(step_down_at=8, uses_text_line=True, judged_at=now)


def by_door(call: Call) -> list[str]:
    return list(call.streams.values_list("door", flat=True))


def test_calls_that_begin_come_by_text_where_there_is_a_line_and_go_on_by_it() -> None:
    now = timezone.now()
    before = spend("8.00", at=now)
    given.a_text_line(before.assistant)
    PromptVersion.objects.update(language_mode="set", other_languages="pt-BR: coral")
    a_text_budget(now=now)
    answer = intake.receive(request=callbacks.voice_request(given.a_ring(from_="+12125550177")), now=now)
    assert isinstance(answer, intake.WithAssistant)
    door = answer.conversation.text_door
    assert door is not None
    assert door.codes == {"en-US", "es-US"}
    assert [tool["name"] for tool in answer.conversation.settings.tools] == ["end_call", "stop_recording"]
    assert "switch_language" not in answer.conversation.settings.instructions
    assert (by_door(before), by_door(answer.call)) == (["stream"], ["relay"])
    Budget.objects.update(level="fine")
    again = conversation.taken_up(Call.objects.get(pk=answer.call.pk), now=now)
    assert again is not None
    assert again.text_door == door, "whoever takes it up goes on with the same"
    goes_on = conversation.taken_up(Call.objects.get(pk=before.pk), now=now)
    assert goes_on is not None
    assert goes_on.text_door is None


@pytest.mark.parametrize("why", ["no line", "stored prompt", "by SIP", "not wanted"])
def test_who_cannot_come_by_text_comes_by_sound_and_nobody_is_refused(why: str) -> None:
    now = timezone.now()
    before = spend("8.00", at=now)
    if why != "no line":
        given.a_text_line(before.assistant)
    if why == "stored prompt":
        PromptVersion.objects.update(instructions="", stored_prompt_id="pmpt_1")
    elif why == "by SIP":
        Number.objects.update(door="openai_sip")
    a_text_budget(now=now)
    Budget.objects.update(uses_text_line=why != "not wanted")
    call = given.a_call(now=now, from_="+12125550177")
    assert (call.is_by_text_line, call.cheaper_model, by_door(call)) == (False, MINI, ["stream"])


def test_the_same_request_again_leads_to_the_same_line() -> None:
    now = timezone.now()
    before = spend("8.00", at=now)
    given.a_text_line(before.assistant)
    a_text_budget(now=now)
    request = callbacks.voice_request(given.a_ring(from_="+12125550177"))
    first = intake.receive(request=request, now=now)
    Budget.objects.update(level="fine")
    second = intake.receive(request=request, now=now)
    assert isinstance(first, intake.WithAssistant)
    assert isinstance(second, intake.WithAssistant)
    assert first.conversation.text_door == second.conversation.text_door is not None


def test_a_call_that_we_place_comes_by_text_too(carrier: Carrier) -> None:
    campaign = running([DANA])
    given.a_text_line(campaign.assistant)
    spend("8.00")
    a_text_budget(now=MORNING)
    runner.tick(campaign_id=campaign.pk, now=MORNING)
    assert Call.objects.get(direction="outbound").is_by_text_line


def test_an_incoming_call_is_answered_whatever_is_spent() -> None:
    now = timezone.now()
    spend("99.00", at=now)
    a_budget(stop_at=1, judged_at=now)
    call = given.a_call(now=now, from_="+12125550177")
    assert call.prompt_version is not None
    assert call.is_live


def test_every_change_of_level_is_told_once(caplog: pytest.LogCaptureFixture) -> None:
    call = spend("5.00")
    a_budget(warn_at=5, stop_at=10)
    budgets.judge_all(now=MORNING)
    told = [alarm.key for alarm in alarms.look(now=MORNING)]
    assert [key for key in told if key.startswith("budget.")] == ["budget.warned"]
    spend("10.00", call=call)
    budgets.judge_all(now=MORNING)
    levels = AuditEntry.objects.filter(act="budget_level").order_by("pk").values_list("details", flat=True)
    assert [(one["before"], one["level"], one["spent_usd"]) for one in levels] == [
        ("fine", "warned", "5.00"),
        ("warned", "stopped", "10.00"),
    ]
    assert caplog.text.count("a budget has changed its level") == 2


@pytest.mark.parametrize(
    "amounts",
    [{}, {"warn_at": 0}, {"warn_at": 5, "stop_at": 4}, {"step_down_at": 5, "cheaper_model": ""}],
    ids=str,
)
def test_a_budget_that_makes_no_sense_is_refused_when_saved(amounts: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Budget(name="All", **amounts).full_clean()


@pytest.fixture
def ada() -> User:
    ada = given.a_person("ada", "admin")
    ada.is_staff = True
    ada.save()
    return ada


def test_a_budget_edited_in_the_middle_of_a_call_tells_the_admin_and_leaves_the_caller_alone(ada: User) -> None:
    now = timezone.now()
    Call.objects.filter(pk=spend("3.50", at=now).pk).update(phase="closed", ended_at=now)
    call = given.a_call(now=now, from_="+12125550177")
    budget = a_budget(name="Today", stop_at=10, judged_at=now)
    held = conversation.conversation_by_id(call.pk)
    client = Client()
    client.force_login(ada)
    form = {"name": "Today", "is_active": "on", "period": "day", "cheaper_model": MINI, "stop_at": "3", "warn_at": ""}
    page = client.post(reverse("admin:calls_budget_change", args=[budget.pk]), form, follow=True).content.decode()
    assert "USD are spent this day" in page
    assert "no outgoing call is dialled until the day ends" in page
    assert "1 call in progress goes on as it is" in page
    budget.refresh_from_db()
    call.refresh_from_db()
    assert (budget.level, call.is_live) == ("stopped", True)
    assert conversation.conversation_by_id(call.pk) == held
    assert AuditEntry.objects.filter(act="change_budget", actor_ref="ada@example.com").exists()
