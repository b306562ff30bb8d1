"""Somebody talks to a draft from a page by microphone, in real time: heard, answered audibly, ended from both ends."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.db import connections
from playwright.async_api import Page, expect

from agents import prompts
from agents.models import PromptVersion, ToolGrant
from calls.models import Call
from tests.browser import screens
from tests.browser.screens import Screens
from tests.browser.test_accessible import faults
from tests.complaints import Complaints
from tests.journeys.books import said
from tests.journeys.conftest import looked_into
from tests.journeys.house import House, eventually

SENTENCE = "Please note harbor lantern river."
GREETING = "You have reached the draft."
HANG_UP = {"tool": "end_call", "arguments": {"reason": "caller_done"}}
SEND_ON = {"tool": "transfer", "arguments": {"to": "Max", "reason": "wants a person", "summary": "Wants a person."}}
GOODBYE = [{"hears": "harbor lantern", "says": "I noted it. Goodbye.", "calls": [HANG_UP]}]
PUT_THROUGH = [{"hears": "harbor lantern", "says": "I put you through.", "calls": [SEND_ON]}]


@pytest.fixture(scope="module")
def house(living_house: House, django_db_blocker: Any) -> Iterator[House]:
    """The whole product with the sandbox's model on its far side; real time passes, and its books are open."""
    with looked_into(living_house, django_db_blocker) as house:
        yield house


@pytest.fixture
async def people(house: House, complaints: Complaints) -> AsyncIterator[Screens]:
    """A browser whose microphone says the sentence again and again, and waits, so that answers can be heard."""
    await sync_to_async(connections.close_all)()  # that thread may still look into the other tests' books
    async with screens.opened(house, says=SENTENCE, complaints=complaints, pause_s=4, before_s=3) as people:
        yield people
        await sync_to_async(connections.close_all)()


@sync_to_async
def a_draft() -> PromptVersion:
    live = PromptVersion.objects.filter(assistant__name="Reception").order_by("number").first()
    assert live is not None
    ToolGrant.objects.get_or_create(assistant=live.assistant, tool="transfer")
    draft = prompts.copy_to_draft(version=live)
    PromptVersion.objects.filter(pk=draft.pk).update(greeting=GREETING)
    return draft


@sync_to_async
def the_call(*, after: int = 0) -> Call:
    return eventually(lambda: Call.objects.filter(channel="browser", pk__gt=after).first(), what="the test call")


@sync_to_async
def over(call: Call) -> Call:
    return eventually(lambda: Call.objects.filter(pk=call.pk, phase="closed").first(), what="its end")


async def model_does(house: House, rules: list[dict[str, Any]]) -> None:
    await asyncio.to_thread(house.ask, "DELETE", "script", at=house.model)
    if rules:
        await asyncio.to_thread(house.ask, "POST", "script", at=house.model, json={"rules": rules})


async def begin(page: Page) -> None:
    await page.get_by_role("button", name="Call", exact=True).press("Enter")
    await expect(page.locator("[data-said]")).to_have_text("In a call", timeout=15_000)


async def test_a_draft_is_talked_to_from_a_page(house: House, people: Screens, complaints: Complaints) -> None:
    draft = await a_draft()
    page = await people.open(f"/test-calls/{draft.pk}/", "sam")
    assert await faults(page) == []
    await refused_without_a_microphone(page)
    await page.context.grant_permissions(["microphone"])

    # It is heard, understood and answered, and what the page plays is really sound.
    await begin(page)
    call = await the_call()
    turns = page.locator(f"#turns-{call.pk}")
    await expect(turns).to_contain_text(GREETING, timeout=15_000)
    await expect(turns.locator("[data-party=customer]").first).to_contain_text("harbor lantern river", timeout=20_000)
    await expect(turns).to_contain_text("I noted harbor lantern river", timeout=20_000)
    await expect(page.locator("[data-first-word]")).to_contain_text(" ms")
    await expect(page.locator("[data-tokens-out]")).not_to_have_text("–")
    phone = page.locator("test-call")
    assert int(await phone.get_attribute("data-sounded-ms") or 0) > 1500
    assert float(await phone.get_attribute("data-loudest") or 0) > 0.05
    assert await faults(page) == []

    # Muted, the caller is silent; keys are pressed; the caller hangs up.
    await page.get_by_role("button", name="Mute me").press("Enter")
    await expect(page.locator("meter[data-level=you]")).to_have_js_property("value", 0)
    await page.get_by_role("button", name="7", exact=True).press("Enter")
    await expect(turns).to_contain_text("Caller pressed 7")
    await page.get_by_role("button", name="Hang up").press("Enter")
    await expect(page.locator("[data-said]")).to_have_text("You hung up.")
    ended = await over(call)
    assert (ended.ended_reason, ended.our_address) == ("caller_hung_up", f"v{draft.number}, draft")
    await expect(page.locator(".test-figures")).to_contain_text("You hung up.")

    # The assistant hangs up; nothing of it was asked of the carrier.
    await model_does(house, GOODBYE)
    await begin(page)
    second = await the_call(after=call.pk)
    await expect(page.locator("[data-said]")).to_have_text("The assistant ended the call.", timeout=30_000)
    assert (await over(second)).ended_reason == "assistant_ended"
    asked = (await asyncio.to_thread(house.ask, "GET", "ledger", params={"kind": "rest"}))["entries"]
    assert [entry for entry in asked if "Calls/BR" in str(entry)] == []

    # A supervisor ends it from the floor.
    await model_does(house, [])
    await begin(page)
    third = await the_call(after=second.pk)
    floor = await people.open("/", "sam")
    row = floor.locator(f"#call-{third.pk}")
    await expect(row).to_contain_text("Test call")
    await row.get_by_role("button", name="End").click()
    await floor.get_by_role("dialog").get_by_role("button", name="End call").click()
    await expect(page.locator("[data-said]")).to_have_text("A supervisor ended the call.")
    assert (await over(third)).ended_reason == "supervisor_ended"


async def test_who_asks_for_a_person_is_put_through_and_both_are_heard(house: House, people: Screens) -> None:
    draft = await a_draft()
    await model_does(house, PUT_THROUGH)
    max_ = await people.open("/desk/", "max", may_speak=True)
    await expect(max_.locator("agent-softphone")).to_have_text("Softphone ready")
    be_free, is_free = (
        max_.get_by_role("button", name="Be free for calls"),
        max_.get_by_role("heading", name="You are free"),
    )
    await expect(be_free.or_(is_free)).to_be_visible()
    if await be_free.is_visible():
        await be_free.click()
    await expect(is_free).to_be_visible()
    before = await Call.objects.filter(channel="browser").order_by("-pk").values_list("pk", flat=True).afirst() or 0
    page = await people.open(f"/test-calls/{draft.pk}/", "sam", may_speak=True)
    await begin(page)
    call = await the_call(after=before)

    # The page goes over to its other line before anybody is rung; Max is told what it is, and takes it.
    await expect(page.locator("[data-said]")).to_have_text("In a call, by telephone line", timeout=30_000)
    offer = max_.get_by_role("alert")
    await expect(offer).to_contain_text("Wants a person.", timeout=15_000)
    await offer.get_by_role("button", name="Accept").click()
    await expect(max_.locator("agent-softphone")).to_have_text("Microphone on")
    for party in ("agent", "customer"):
        # Both say it again and again: on a busy machine not every time is understood.
        await sync_to_async(eventually)(lambda party=party: "harbor" in spoken_with_max(call, party), what=party)
    await expect(page.locator(f"#turns-{call.pk} [data-party=agent]").last).to_contain_text("Max")
    assert await faults(page) == []

    await page.get_by_role("button", name="Hang up").press("Enter")
    await expect(page.locator("[data-said]")).to_have_text("You hung up.")
    assert (await over(call)).ended_reason == "caller_hung_up"
    await sync_to_async(eventually)(lambda: call.transfers.filter(outcome="accepted").exists(), what="its outcome")
    await expect(max_.get_by_role("button", name="Done")).to_be_visible()
    await max_.get_by_role("button", name="Done").click()
    await model_does(house, [])


def spoken_with_max(call: Call, party: str) -> str:
    """What one of the two has said since Max joined."""
    joined = call.events.filter(kind="agent_joined").first()
    if joined is None:
        return ""
    since_ms = (joined.at - call.started_at).total_seconds() * 1000
    return " ".join(turn.text for turn in said(call, party) if turn.ended_ms > since_ms).lower()


async def refused_without_a_microphone(page: Page) -> None:
    await page.context.clear_permissions()
    await page.get_by_role("button", name="Call", exact=True).click()
    await expect(page.locator("[data-problem]")).to_contain_text("This page may not use the microphone.")
    await expect(page.locator("[data-said]")).to_have_text("Not in a call")
    assert await Call.objects.filter(channel="browser").acount() == 0
