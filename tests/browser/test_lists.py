"""A registry's file is sent and watched until it counts; a number goes on our own list; all of it by keyboard."""

import re
from collections.abc import Awaitable, Callable

from django.utils import timezone
from playwright.async_api import Page, expect

from compliance import imports
from compliance.imports import work
from compliance.models import ListImport, NumberList
from tests import given, number_lists
from tests.browser.conftest import Watch
from tests.browser.test_accessible import faults

Written = Callable[..., Awaitable[object]]


def a_step() -> None:
    """What a worker does, once."""
    with work._Work(ListImport.objects.latest("pk").pk) as at_work:
        at_work.step(timezone.now())


def the_rest() -> None:
    """What a worker does, until nothing is left."""
    imports.bring_on(import_id=ListImport.objects.latest("pk").pk, clock=timezone.now)


async def send(page: Page, name: str, content: bytes) -> None:
    await page.get_by_label("What the file holds").select_option(label="National registry: the whole list")
    await page.get_by_label("Copy of").fill(f"{timezone.now():%Y-%m-%d}")
    await page.get_by_label("File", exact=True).set_input_files(
        {"name": name, "mimeType": "text/csv", "buffer": content}
    )
    await page.get_by_role("button", name="Send").click()


async def test_a_file_is_sent_watched_and_counts(watch: Watch, written: Written) -> None:
    ada = await written(lambda: given.a_person("ada", "admin"))
    page = await watch("/calls/", ada)
    await page.keyboard.press("g")
    await page.keyboard.press("l")
    await expect(page).to_have_url(re.compile("/compliance/$"))
    await expect(page.get_by_text("No registry is set up. No sales call leaves.")).to_be_visible()
    await page.get_by_role("link", name="Lists and imports").click()
    await page.get_by_label("Name", exact=True).fill("National registry")
    await page.get_by_label("Kind", exact=True).select_option(label="national do-not-call registry")
    await page.get_by_role("button", name="Set up").click()
    await expect(page.get_by_text("No copy. No sales call leaves until there is a new one.")).to_be_visible()

    await send(page, "picture.csv", b"\x89PNG\r\n\x1a\n" + bytes(100))
    await expect(page.get_by_role("alert")).to_have_text("This is a picture, not a list of numbers.")
    file = number_lists.a_file(*number_lists.some(250_000)) + b"=HYPERLINK(1)\n<img src=x onerror=alert(1)>\n"
    await send(page, "registry.csv", file)
    await expect(page).to_have_url(re.compile(r"/imports/\d+/$"))
    await expect(page.get_by_role("status").filter(has_text="Waits for a worker")).to_be_visible()
    await written(a_step)
    await expect(page.get_by_text("Being read")).to_be_visible()
    await expect(page.get_by_text("76 % of the file")).to_be_visible()
    await written(the_rest)
    await expect(page.get_by_text("Done")).to_be_visible()
    await expect(page.get_by_text("This is a formula, not a telephone number.")).to_be_visible()
    await expect(page.get_by_text("<img src=x onerror=alert(1)>")).to_be_visible()
    assert await faults(page) == []
    async with page.expect_download() as saved:
        await page.get_by_role("link", name="CSV").click()
    assert "'=HYPERLINK(1)" in (await (await saved.value).path()).read_text()

    await page.get_by_role("link", name="Lists and imports").click()
    await expect(page.get_by_role("row", name=re.compile("^National registry.*250,000"))).to_be_visible()
    assert await faults(page) == []
    await send(page, "again.csv", number_lists.a_file(*number_lists.some(9)))
    await page.get_by_role("button", name="Cancel").click()
    await page.get_by_role("button", name="Stop it").click()
    await expect(page.get_by_text("Cancelled")).to_be_visible()
    assert await written(lambda: len(number_lists.held(NumberList.objects.get()))) == 250_000


async def test_a_number_goes_on_our_own_list_and_off(watch: Watch, written: Written) -> None:
    page = await watch("/compliance/own-list/", await written(lambda: given.a_person("ada", "admin")))
    await expect(page.get_by_text("Nobody has asked not to be called")).to_be_visible()
    await page.get_by_text("Add a number").click()
    await page.get_by_label("Number", exact=True).fill("(415) 555-2671")
    await page.get_by_label("Why").fill("Asked at the fair.")
    await page.get_by_role("button", name="Do not call this number").click()
    row = page.get_by_role("row").filter(has_text="+14155552671")
    await expect(row).to_contain_text("Asked at the fair.")
    await page.reload()
    assert await faults(page) == []
    await row.get_by_text("Take off").first.click()
    await row.get_by_label("Why it may be called again").fill("They signed up again.")
    await page.keyboard.press("Enter")
    await expect(row).to_contain_text("They signed up again.")
    await page.goto("/compliance/reassigned/")
    await expect(page.get_by_text("No answer has come in yet.")).to_be_visible()
    assert await faults(page) == []
