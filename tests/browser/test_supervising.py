"""A supervisor at a live call in a real browser: keyboard, sound, the box only the assistant reads, tools that wait."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from channels.layers import get_channel_layer
from django.utils import timezone
from playwright.async_api import Locator, Page, expect

from agents import floor
from calls.control import supervision
from calls.models import Call, Stream, ToolApproval
from tests import calls_on_screen as screen
from tests import given
from tests.browser.conftest import Complaints, Server, Watch

Written = Callable[..., Awaitable[object]]
PIECE = 800  # bytes: 100 ms
LOUD, SILENT = bytes([0x80, 0x00]) * (PIECE // 2), b"\xff" * PIECE


async def at_call(watch: Watch, written: Written, call: Call, person: object = None) -> Page:
    """The floor with this call open, for Alice unless somebody else is named."""
    page = await watch(f"/?call={call.pk}", person or await written(given.alice))
    await expect(page.locator(f"#panel-{call.pk}[data-connection=live]")).to_be_visible()
    return page


@asynccontextmanager
async def sounding(call: Call) -> AsyncIterator[None]:
    """The caller makes a loud noise, the assistant is silent."""

    async def send() -> None:
        at_ms = 0
        while True:
            message = {"type": "call.sound", "at_ms": at_ms, "caller": LOUD, "assistant": SILENT}
            await get_channel_layer().group_send(supervision.sound_group(call.pk), message)
            at_ms += 100
            await asyncio.sleep(0.1)

    task = asyncio.create_task(send())
    yield
    task.cancel()


def level(page: Page, side: str) -> Locator:
    return page.locator(f"meter[data-level={side}]")


async def test_listening_says_how_it_stands_and_who_listens_is_shown(watch: Watch, written: Written) -> None:
    call = await written(screen.a_live_call)
    page = await at_call(watch, written, call)
    other = await watch("/", await written(given.bob))
    await expect(other.locator(f"#call-{call.pk} .watchers")).to_contain_text("alice@example.com watches")
    await expect(page.locator(f"#head-{call.pk} .watchers")).to_contain_text("You watches")
    await page.keyboard.press("l")
    said = page.locator(".listen-state")
    await expect(said).to_have_text("Nobody to hear yet")
    await expect(other.locator(f"#call-{call.pk} .watchers")).to_contain_text("alice@example.com listens, unheard")
    async with sounding(call):
        await expect(said).to_have_text("Listening (nobody hears you)")
        await expect(level(page, "caller")).not_to_have_js_property("value", 0)
        await expect(level(page, "assistant")).to_have_js_property("value", 0)
        mute = page.locator(".listen-side[data-side=caller]")
        await mute.click()
        await expect(mute).to_have_attribute("aria-pressed", "true")
        await written(floor.changed, "call", call.pk)
        await expect(mute).to_have_attribute("aria-pressed", "true")
    await expect(said).to_have_text("Nobody to hear yet")
    await page.keyboard.press("l")
    await expect(said).to_have_text("")
    await expect(other.locator(f"#call-{call.pk} .watchers")).to_contain_text("alice@example.com watches")
    await page.keyboard.press("l")
    await expect(said).to_have_text("Nobody to hear yet")
    await written(screen.end, call)
    await expect(page.locator(f"#supervise-{call.pk}")).to_be_hidden()


async def test_a_lost_connection_is_said_and_listening_goes_on_when_it_is_back(
    watch: Watch, written: Written, server: Server, complaints: Complaints
) -> None:
    call = await written(screen.a_live_call)
    page = await at_call(watch, written, call)
    await page.get_by_role("button", name="Listen").click()
    said = page.locator(".listen-state")
    await expect(said).to_have_text("Nobody to hear yet")
    server.stop()
    await expect(said).to_have_text("Connection lost, trying again…")
    server.start()
    await expect(said).to_have_text("Nobody to hear yet", timeout=20_000)
    await expect(page.locator("#connection")).to_have_text("Live", timeout=20_000)
    complaints.clear()  # refused connections are errors to the browser


async def test_the_assistant_is_told_by_the_keyboard_and_what_is_typed_survives_news(
    watch: Watch, written: Written
) -> None:
    call = await written(screen.a_live_call)
    await written(screen.held, call)
    page = await at_call(watch, written, call)
    await page.keyboard.press("c")
    await page.keyboard.type("Offer a free ")
    await written(screen.a_talk, call)
    await written(floor.changed, "call", call.pk)
    await written(floor.changed, "transcript", call.pk)
    await expect(page.get_by_role("log")).to_contain_text("I was charged twice.")
    await page.keyboard.type("repair.")
    await page.keyboard.press("Enter")
    line = page.locator(".turn[data-kind=coach]")
    await expect(line).to_contain_text("alice@example.com told the assistant Offer a free repair.")
    await expect(line).to_contain_text("Not heard by the assistant so far.")
    await expect(page.locator("[data-coach]")).to_have_value("")
    event = await call.events.aget(kind="coached")
    await written(call.note, "supervisor_heard", at=timezone.now(), source="model", ref=event.key)
    await written(floor.changed, "transcript", call.pk)
    await expect(line).to_contain_text("Heard by the assistant.")
    await page.locator("[data-coach]").fill("You get it back today.")
    await page.get_by_role("button", name="Say aloud").click()
    await expect(line.nth(1)).to_contain_text("had the assistant say You get it back today.")


async def test_when_the_assistant_cannot_be_told_that_is_said_and_the_words_stay(
    watch: Watch, written: Written
) -> None:
    call = await written(screen.a_live_call)
    page = await at_call(watch, written, call)
    await page.locator("[data-coach]").fill("Offer a free repair.")
    await page.keyboard.press("Enter")
    await expect(page.locator(".notice")).to_contain_text("The assistant cannot be reached at this moment")
    await expect(page.locator("[data-coach]")).to_have_value("Offer a free repair.")
    assert not await Stream.objects.filter(call=call, opened_at__isnull=False).aexists()


async def test_a_tool_that_waits_needs_you_and_is_approved_with_changes(watch: Watch, written: Written) -> None:
    first, call = await written(screen.a_live_call), await written(screen.a_live_call, from_="+12125550199")
    page = await at_call(watch, written, call)
    await expect(page.locator("#live tr[data-call]")).to_have_count(2)
    approval = await written(screen.an_approval, call)
    row = page.locator(f"#needy #call-{call.pk}")
    await expect(row).to_contain_text("May it use end_call (reason caller_done)?")
    card = page.locator(f"#waiting-{approval.pk}")
    await expect(card).to_contain_text("Without a decision it is refused in 0:")
    await card.locator("select").select_option("abuse")
    await written(floor.changed, "call", call.pk)
    await written(screen.a_talk, first)
    await written(floor.changed, "transcript", first.pk)
    await expect(page.locator(f"#said-{first.pk}")).to_contain_text("I want the second one back.")
    await card.get_by_role("button", name="Approve").click()
    await expect(card).to_have_count(0)
    await expect(page.locator(f"#live #call-{call.pk}")).to_be_visible()
    await approval.arefresh_from_db()
    assert (approval.decision, approval.edited_arguments) == ("edited", {"reason": "abuse"})
    await expect(page.get_by_role("log")).to_contain_text("end_call approved with changes by alice@example.com")


async def test_a_tool_is_refused_on_the_floor_and_the_slower_supervisor_is_told(watch: Watch, written: Written) -> None:
    call = await written(screen.a_live_call)
    approval = await written(screen.an_approval, call)
    page = await watch("/", await written(given.alice))
    await expect(page.locator("#connection")).to_have_text("Live")
    await page.locator("#pause-updates").click()
    await ToolApproval.objects.filter(pk=approval.pk).aupdate(decision="approved", by="dana@example.com")
    await page.locator("#needy").get_by_role("button", name="Refuse").click()
    await expect(page.locator(".notice")).to_contain_text("dana@example.com has approved this already.")


async def test_who_may_not_sees_the_question_and_no_button(watch: Watch, written: Written) -> None:
    call = await written(screen.a_live_call)
    await written(screen.an_approval, call)
    page = await at_call(watch, written, call, await written(given.bob))
    await expect(page.locator("#needy .needs")).to_be_visible()
    for what in (".needs-do", ".waiting-do", "form.coach", "call-listen"):
        await expect(page.locator(what)).to_be_hidden()
