"""The floor as a supervisor lives with it: live rows, an open call, the keyboard, pauses and lost connections."""

from collections.abc import Awaitable, Callable

import pytest
from django.utils import timezone
from playwright.async_api import Locator, Page, expect

from agents import floor
from calls.models import Call
from tests import calls_on_screen as screen
from tests import given
from tests.browser.conftest import Complaints, Server, Watch

Written = Callable[..., Awaitable[object]]


async def the_floor(watch: Watch, written: Written, **options: object) -> Page:
    page = await watch("/", await written(given.alice), **options)
    await expect(page.locator("#connection")).to_have_text("Live")
    return page


def row(page: Page, call: Call) -> Locator:
    return page.locator(f"#call-{call.pk}")


def open_call(page: Page, call: Call) -> Locator:
    """The call beside the floor, once its own socket is open."""
    return page.locator(f"#panel-{call.pk}[data-connection=live]")


async def test_a_call_comes_talks_and_ends(watch: Watch, written: Written) -> None:
    page = await the_floor(watch, written)
    await expect(page.locator("#quiet")).to_be_visible()
    call = await written(given.a_call, now=timezone.now())
    await expect(row(page, call).locator(".state")).to_have_text("Ringing")
    await expect(page.locator("#quiet")).to_be_hidden()
    await expect(page.locator("#counts")).to_have_text("1 call · 1 ringing")
    await written(floor.heard, call=call.pk, seq=1, party="customer", item_id="i1", text="Is anybody there?")
    await expect(row(page, call).locator(".row-said")).to_have_text("Caller Is anybody there?")
    await expect(row(page, call).locator(".speaker")).to_have_attribute("data-now", "")
    await written(screen.end, call)
    await expect(page.locator(f"#ended #call-{call.pk} .state")).to_have_text("Ended")
    await expect(page.locator("#counts")).to_have_text("0 calls")


async def test_a_row_that_changes_keeps_focus_and_what_is_under_the_pointer_stays(
    watch: Watch, written: Written
) -> None:
    first, second = await written(screen.a_live_call), await written(screen.a_live_call)
    page = await the_floor(watch, written)
    await row(page, second).locator("a").focus()
    await row(page, second).hover()
    before = await row(page, second).bounding_box()
    await written(screen.end, first)
    await expect(row(page, first).locator(".state")).to_have_text("Ended")
    await written(screen.a_talk, second)
    await written(floor.changed, "transcript", second.pk)
    await expect(row(page, second).locator(".row-said")).to_contain_text("I want the second one back.")
    assert await row(page, second).bounding_box() == before
    await expect(row(page, second).locator("a")).to_be_focused()
    await expect(page.locator(f"#live #call-{first.pk}")).to_have_count(1)
    await page.mouse.move(700, 880)
    await expect(page.locator(f"#ended #call-{first.pk}")).to_have_count(1)


async def test_an_address_that_names_no_call_fetches_no_other_page_into_the_floor(
    watch: Watch, written: Written
) -> None:
    call = await written(screen.a_live_call)
    page = await the_floor(watch, written)
    await row(page, call).locator(".row-state").click()
    await expect(open_call(page, call)).to_be_visible()
    fetched: list[str] = []
    page.on("request", lambda request: request.resource_type in {"fetch", "xhr"} and fetched.append(request.url))
    for address in ("/?call=../export/", "/"):  # as a link and a click leave them in the history
        await page.evaluate("address => history.pushState(history.state, '', address)", address)
    await page.go_back()
    await expect(page).to_have_url("/?call=../export/")
    await expect(page.locator("#panel > *")).to_have_count(0)
    assert fetched == []


async def test_an_open_call_is_in_the_address_and_back_closes_it(watch: Watch, written: Written) -> None:
    first, second = await written(screen.a_live_call), await written(screen.a_live_call, from_="+12125550199")
    await written(screen.a_talk, first)
    page = await the_floor(watch, written)
    await row(page, first).locator(".row-state").click()
    await expect(page).to_have_url(f"/?call={first.pk}")
    await expect(open_call(page, first).locator(".turns")).to_contain_text("I was charged twice.")
    await expect(row(page, first)).to_have_attribute("aria-current", "true")
    await row(page, second).locator("a").click()
    await expect(open_call(page, second)).to_be_visible()
    await page.go_back()
    await expect(open_call(page, first)).to_be_visible()
    await page.go_back()
    await expect(page.locator("#panel > *")).to_have_count(0)
    await page.go_forward()
    await expect(open_call(page, first)).to_be_visible()
    await page.reload()
    await expect(open_call(page, first)).to_be_visible()
    await page.get_by_label("Close", exact=True).first.click()
    await expect(page).to_have_url("/")


async def test_an_open_call_streams(watch: Watch, written: Written) -> None:
    call = await written(screen.a_live_call)
    page = await watch(f"/?call={call.pk}", await written(given.alice))
    await expect(open_call(page, call)).to_be_visible()
    await written(floor.heard, call=call.pk, seq=1, party="customer", item_id="item_600", text="Hello, I")
    words = page.locator(f"#words-{call.pk}")
    await expect(words).to_contain_text("Hello, I")
    await expect(words).to_have_attribute("aria-hidden", "true")
    log = page.get_by_role("log")
    await expect(log).not_to_contain_text("Hello")
    await written(screen.a_talk, call, ("customer", 600, "Hello, I was charged twice."))
    await written(floor.changed, "transcript", call.pk)
    await expect(log.locator(".turn-text")).to_have_text(["Hello, I was charged twice."])
    await expect(words).to_be_empty()


async def test_paused_updates_wait_and_are_counted(watch: Watch, written: Written) -> None:
    call = await written(screen.a_live_call)
    page = await the_floor(watch, written)
    pause = page.locator("#pause-updates")
    await pause.click()
    await expect(page.locator("#connection")).to_contain_text("Showing ")
    await written(given.a_call, now=timezone.now())
    await written(screen.end, call)
    await expect(page.locator("#connection")).to_contain_text("2 changes")
    await expect(row(page, call).locator(".state")).to_have_text("With assistant")
    await pause.click()
    await expect(row(page, call).locator(".state")).to_have_text("Ended")
    await expect(page.locator("#live tr[data-call]")).to_have_count(1)
    await expect(page.locator("#connection")).to_have_text("Live")


async def test_a_lost_server_is_said_and_the_page_is_complete_again_when_it_is_back(
    watch: Watch, written: Written, server: Server, complaints: Complaints
) -> None:
    call = await written(screen.a_live_call)
    page = await the_floor(watch, written)
    server.stop()
    await expect(page.locator("#connection")).to_contain_text("Reconnecting… showing ")
    await expect(page.locator("body")).to_have_attribute("data-stale", "")
    new = await written(given.a_call, now=timezone.now())
    await written(screen.end, call)
    server.start()
    await expect(page.locator("#connection")).to_have_text("Live", timeout=20_000)
    await expect(row(page, new)).to_be_visible()
    await expect(row(page, call).locator(".state")).to_have_text("Ended")
    complaints.clear()  # refused connections are errors to the browser


async def test_ending_a_call_asks_first_and_says_what_happens(watch: Watch, written: Written) -> None:
    call = await written(screen.a_live_call)
    page = await the_floor(watch, written)
    sent: list[str] = []
    page.on(
        "request", lambda request: sent.append(request.method + " " + request.url) if request.method == "POST" else None
    )
    await row(page, call).get_by_role("button", name="End").click()
    dialog = page.get_by_role("dialog")
    await expect(dialog).to_contain_text("Ends the call for +1 415 ••• 2671 and the assistant.")
    await dialog.get_by_role("button", name="Cancel").click()
    await expect(dialog).to_be_hidden()
    assert sent == []


async def test_a_role_sees_only_what_it_may_press(watch: Watch, written: Written) -> None:
    call = await written(screen.a_live_call)
    page = await watch("/", await written(given.bob))
    await expect(row(page, call)).to_be_visible()
    await expect(row(page, call).get_by_role("button")).to_have_count(0)


async def test_the_keyboard_walks_opens_and_closes(watch: Watch, written: Written) -> None:
    calls = [await written(screen.a_live_call) for _ in range(2)]
    page = await the_floor(watch, written)
    await page.keyboard.press("j")
    await expect(row(page, calls[0]).locator("a")).to_be_focused()
    await page.keyboard.press("j")
    await expect(row(page, calls[1]).locator("a")).to_be_focused()
    await page.keyboard.press("ArrowUp")
    await expect(row(page, calls[0]).locator("a")).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(open_call(page, calls[0])).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(page.locator("#panel > *")).to_have_count(0)
    await page.keyboard.press("g")
    await page.keyboard.press("c")
    await expect(page).to_have_url("/calls/")
    await page.wait_for_load_state()  # before that nobody listens for keys
    await page.keyboard.press("/")
    await expect(page.locator("#id_q")).to_be_focused()
    await page.keyboard.type("jg?")
    await expect(page.locator("#id_q")).to_have_value("jg?")


async def test_single_letters_can_be_switched_off(watch: Watch, written: Written) -> None:
    await written(screen.a_live_call)
    page = await the_floor(watch, written)
    await page.keyboard.press("?")
    help_ = page.get_by_role("dialog", name="Keyboard shortcuts")
    await expect(help_).to_be_visible()
    await help_.get_by_label("Single-letter shortcuts").uncheck()
    await help_.get_by_label("Close").click()
    await page.reload()
    await expect(page.locator("#connection")).to_have_text("Live")
    await page.keyboard.press("j")
    await page.keyboard.press("?")
    await expect(page.locator("tr[data-call] a:focus")).to_have_count(0)
    await expect(help_).to_be_hidden()


@pytest.mark.parametrize("size", [{"width": 800, "height": 1000}, {"width": 400, "height": 800}])
async def test_on_a_narrow_screen_rows_are_cards_and_the_call_is_a_sheet(
    watch: Watch, written: Written, size: dict[str, int]
) -> None:
    call = await written(screen.a_live_call)
    page = await the_floor(watch, written, viewport=size)
    await expect(page.locator("thead")).to_be_hidden()
    await row(page, call).locator("a").click()
    sheet = open_call(page, call)
    await expect(sheet).to_be_visible()
    assert (await sheet.bounding_box())["width"] == size["width"]
    await expect(sheet).to_be_focused()
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")


async def test_the_theme_is_the_systems_until_one_is_chosen(watch: Watch, written: Written) -> None:
    page = await the_floor(watch, written, theme="dark")
    await expect(page.locator("html")).to_have_css("color-scheme", "dark")
    await page.locator(".rail-me").click()
    await page.get_by_label("Light").check()
    await expect(page.locator("html")).to_have_css("color-scheme", "light")
    await page.reload()
    await expect(page.locator("html")).to_have_css("color-scheme", "light")


async def test_a_session_that_ended_leads_to_the_sign_in_page(watch: Watch, written: Written) -> None:
    call = await written(screen.a_live_call)
    page = await the_floor(watch, written)
    await page.context.clear_cookies()
    await row(page, call).locator("a").click()
    await expect(page).to_have_url(r"/accounts/login/?next=" + f"/calls/{call.pk}/panel/")
