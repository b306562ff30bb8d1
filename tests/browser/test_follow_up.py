"""Messages and callbacks worked through by keyboard and button, as an agent does."""

import re
from collections.abc import Awaitable, Callable

from playwright.async_api import expect

from calls.models import Voicemail
from tests import calls_on_screen as screen
from tests import given
from tests.browser.conftest import Watch

Written = Callable[..., Awaitable[object]]


def a_message() -> Voicemail:
    return screen.a_message(screen.a_past_call())


async def test_a_message_is_opened_heard_and_done(watch: Watch, written: Written) -> None:
    left = await written(a_message)
    page = await watch("/", await written(given.bob))
    await page.keyboard.press("g")
    await page.keyboard.press("v")
    await expect(page).to_have_url(re.compile("/voicemail/$"))
    await page.wait_for_load_state()  # before that nobody listens for keys
    await page.keyboard.press("j")
    await page.keyboard.press("Enter")
    await expect(page).to_have_url(re.compile(f"/voicemail/{left.pk}/$"))
    player = page.locator("call-player[data-drawn]")
    await expect(player).to_be_visible()
    await page.keyboard.press(" ")
    await expect(page.get_by_role("button", name="Pause")).to_be_visible()
    await expect(page.locator(".turn")).to_contain_text("Please call me back about my tent.")
    await page.locator(".turn").click()
    await expect(page.locator(".turn")).to_have_attribute("aria-current", "true")
    await page.get_by_role("button", name="Done").click()
    await expect(page.locator(".head .state")).to_have_text("Done")


async def test_call_now_tells_why_nobody_is_rung(watch: Watch, written: Written) -> None:
    made = await written(lambda: screen.a_callback(screen.a_past_call()))
    page = await watch("/", await written(given.bob))
    await page.keyboard.press("g")
    await page.keyboard.press("b")
    await page.get_by_role("row").filter(has_text="A refund").click()
    await expect(page).to_have_url(re.compile(f"/callbacks/{made.pk}/$"))
    await page.get_by_role("button", name="Call now").click()
    await expect(page.locator("#notices")).to_contain_text("needs their consent, and there is none.")
    await page.get_by_label("Outcome").select_option(label="They did not want it any more")
    await page.get_by_label("Note").fill("Has bought elsewhere.")
    await page.get_by_role("button", name="Finish").click()
    await expect(page.locator(".head .state")).to_have_text("Not wanted any more")
    await expect(page.get_by_text("Has bought elsewhere.")).to_be_visible()
