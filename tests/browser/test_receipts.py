"""Receipts and privacy in a browser: read, taken along, and a person erased in two steps; clean to axe."""

import zipfile

from playwright.async_api import expect

from calls.models import Call
from compliance.models import DialDecision, Erasure
from contactcenter.privacy import tasks
from tests import calls_on_screen as screen
from tests import given, receipts_given
from tests.browser.conftest import Watch
from tests.browser.test_accessible import Written, faults


def a_dialled_call() -> tuple[int, int]:
    call = screen.a_past_call()
    screen.a_tape(call)
    decision = receipts_given.a_dialled_decision(call)
    receipts_given.a_consent()
    receipts_given.a_stop(subject_ref=f"call:{call.pk}")
    return decision.pk, call.pk


def an_admin() -> object:
    return given.a_person("ada", "admin")


def erased() -> None:
    tasks.erase(erasure_id=Erasure.objects.get().pk)


async def test_a_receipt_is_found_read_and_taken_along(watch: Watch, written: Written) -> None:
    decision, _ = await written(a_dialled_call)  # type: ignore[misc]
    page = await watch("/receipts/", await written(an_admin))
    assert await faults(page) == []
    await page.get_by_label("Number or what it was for").fill("2671")
    await page.get_by_role("rowheader").get_by_role("link").first.click()
    await expect(page.get_by_role("heading", level=1)).to_have_text(f"Receipt {decision}: allowed")
    await expect(page.get_by_text("Stop calling me.")).to_be_visible()
    assert await faults(page) == []
    await page.get_by_role("button", name="Dispute packet").click()
    await expect(page.get_by_text("The packet is ready")).to_be_visible()
    assert await faults(page) == []
    async with page.expect_download() as saved:
        await page.get_by_role("link", name="Download").click()
    with zipfile.ZipFile(await (await saved.value).path()) as packet:
        assert {"cover.pdf", "verify.py", "MANIFEST.json", "decisions.json"} <= set(packet.namelist())


async def test_a_person_is_erased_in_two_steps(watch: Watch, written: Written) -> None:
    await written(lambda: Call.objects.filter(pk=a_plain_call()))
    page = await watch("/privacy/", await written(an_admin))
    await page.get_by_label("Telephone number").fill("+1 415 555 2671")
    await page.get_by_role("button", name="Look").click()
    await expect(page.locator("#counts")).to_contain_text("turns of words")
    assert await faults(page) == []
    assert "2671" not in page.url
    await page.get_by_label("How they asked to be erased").fill("by letter")
    await page.get_by_role("button", name="Erase…").click()
    await expect(page.get_by_text("It cannot be undone.")).to_be_visible()
    assert await faults(page) == []
    await page.get_by_label("Type the number once more").fill("415 555 2671")
    await page.get_by_role("button", name="Erase this person").click()
    await expect(page.get_by_text("It waits for a worker.")).to_be_visible()
    await written(erased)
    await expect(page.get_by_text("Done.")).to_be_visible()
    assert await faults(page) == []
    async with page.expect_download() as saved:
        await page.get_by_role("link", name="Certificate").click()
    assert (await saved.value).suggested_filename.startswith("erasure-")
    assert await written(lambda: DialDecision.objects.filter(number=given.CAROL).count()) == 0


def a_plain_call() -> int:
    """A call that was never recorded, whose line the carrier has forgotten: nobody needs to be asked about it."""
    call = screen.a_past_call()
    call.recordings.all().delete()
    call.legs.all().delete()
    return int(call.pk)
