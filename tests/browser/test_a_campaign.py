"""A campaign from its first word to its last call, at two people's screens, over the whole house and the sandbox."""

import asyncio
import csv
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from asgiref.sync import sync_to_async
from celery import Celery
from django.db import connections
from django.utils import timezone
from playwright.async_api import Page, expect

from calls.lifecycle.campaign import CampaignState
from calls.models import Call, Campaign, ContactAttempt, DryRun
from compliance.models import DialDecision, Person
from tests import all_day, on_campaign
from tests.browser import screens
from tests.browser.screens import Screens
from tests.complaints import Complaints
from tests.journeys.conftest import looked_into
from tests.journeys.house import House, eventually

PEOPLE = [f"+1415555{place}" for place in range(4100, 4106)]
FILE = "\n".join(
    ["phone,name,bike", *(f"{number},Rider {place},Blue" for place, number in enumerate(PEOPLE)), "12,Nobody,Red"]
)

IVY, BY_HAND = "+14155550171", "+14155554199"


@pytest.fixture(scope="module")
def house(living_house: House, django_db_blocker: Any) -> Iterator[House]:
    """The whole product, worker and all; real time passes. Whoever is rung says nothing for a while."""
    with looked_into(living_house, django_db_blocker) as house:
        for number in (*PEOPLE, BY_HAND):
            house.ask("PUT", f"agents/{quote(number, safe='')}", json={"persona": "answers"})
        house.ask("PUT", f"agents/{quote(IVY, safe='')}", json={"persona": "listens"})
        all_day.adopt()
        on_campaign.agree(PEOPLE, at=timezone.now() - timedelta(days=5))
        yield house


@pytest.fixture
async def people(house: House, complaints: Complaints) -> AsyncIterator[Screens]:
    """The screens of the house's people."""
    await sync_to_async(connections.close_all)()  # that thread may still look into the other tests' books
    async with screens.opened(house, says="Hello.", complaints=complaints) as people:
        yield people
        await sync_to_async(connections.close_all)()


async def found(look: Callable[[], Any], **how: Any) -> Any:
    """What `look` finds in the books, as soon as it is there."""
    return await sync_to_async(eventually)(look, **how)


def tick(house: House) -> None:
    """Let the worker look what is due, as beat would."""
    with Celery(broker=house.env["REDIS_URL"]) as beat:
        beat.send_task("calls.campaigns.tasks.tick_all")


async def test_a_campaign_is_written_approved_watched_and_stopped(
    house: House, people: Screens, tmp_path: Path
) -> None:
    sam, ada = await asyncio.gather(people.open("/campaigns/", "sam"), people.open("/campaigns/", "ada"))
    await write(sam)
    await upload(sam, tmp_path)
    await try_it_dry(sam)
    campaign = await Campaign.objects.aget(name="Winter reminders")
    await approve(sam, ada, campaign)
    await run(house, sam, campaign)
    await take_a_packet(ada)


async def write(sam: Page) -> None:
    """The steps, one after the other."""
    await sam.get_by_role("link", name="New campaign").click()
    await sam.get_by_label("Name", exact=True).fill("Winter reminders")
    await sam.get_by_label("Purpose").select_option("informational")
    await sam.get_by_label("Topic").fill(on_campaign.TOPIC)
    await sam.get_by_label("Seller").fill(on_campaign.SELLER)
    await sam.get_by_label("Assistant").select_option(label="Reception")
    await sam.get_by_role("button", name="Keep and go on").click()
    await sam.get_by_label("Main number").check()
    await sam.get_by_role("button", name="Keep and go on").click()
    await sam.get_by_label("Not before").fill("08:00")
    await sam.get_by_role("button", name="Keep and go on").click()
    await sam.get_by_label("Calls at the same time, at most").fill("3")
    await sam.get_by_role("button", name="Keep and go on").click()
    await expect(sam.get_by_role("heading", name="Upload a file")).to_be_visible()
    written = Campaign.objects.filter(name="Winter reminders")
    await written.aupdate(**all_day.WINDOW)  # the tests run at every hour


async def upload(sam: Page, folder: Path) -> None:
    """A file with one row that cannot be taken; that row comes back as a file."""
    file = folder / "riders.csv"
    file.write_text(FILE)
    await sam.get_by_label("CSV or XLSX").set_input_files(file)
    await sam.get_by_role("button", name="Upload").click()
    await expect(sam.locator("#preview")).to_contain_text("not a complete telephone number")
    await sam.get_by_label("phone").select_option("")
    await expect(sam.locator("#preview")).to_contain_text("Say which column is the telephone number.")
    await sam.get_by_label("phone").select_option("number")
    await expect(sam.locator("#preview")).not_to_contain_text("Say which column")
    await sam.get_by_role("button", name="Read the file").click()
    report = sam.locator("#import")
    await expect(report.locator("div", has_text="People taken").get_by_role("definition").first).to_be_visible()
    await expect(report.get_by_role("link", name="All of it as CSV")).to_be_visible(timeout=20_000)
    async with sam.expect_download() as download:
        await report.get_by_role("link", name="All of it as CSV").click()
    rows = list(csv.reader((await (await download.value).path()).read_text().splitlines()))
    assert rows[1][0] == "8"
    assert rows[1][3:] == ["12", "Nobody", "Red"]


async def try_it_dry(sam: Page) -> None:
    """Everybody may be called; then it is submitted."""
    await sam.get_by_role("link", name="Go on to the dry run").click()
    await sam.get_by_role("button", name="Try it dry").click()
    await expect(sam.locator("#dry-run")).to_contain_text("6 would be called at once", timeout=20_000)
    dry = await DryRun.objects.aget(campaign__name="Winter reminders")
    assert (dry.will_call, dry.will_call_later, dry.will_not_call) == (6, 0, 0)
    await sam.get_by_role("button", name="Submit for approval").click()


async def approve(sam: Page, ada: Page, campaign: Campaign) -> None:
    """Whoever submitted it cannot; somebody else can, and the first sees it by itself."""
    await expect(sam.get_by_role("button", name="Approve")).to_be_disabled()
    await expect(sam.locator("#campaign")).to_contain_text("Somebody else has to approve it.")
    await ada.reload()
    await ada.get_by_role("link", name="Winter reminders").click()
    await ada.get_by_role("button", name="Approve").click()
    await expect(ada.locator("#campaign")).to_contain_text("Approved")
    await expect(sam.get_by_role("button", name="Start now")).to_be_visible()


async def run(house: House, sam: Page, campaign: Campaign) -> None:
    """Start, watch, pause, resume, stop: the page follows by itself."""
    page = sam.locator("#campaign")
    await sam.get_by_role("button", name="Start now").click()
    await sam.get_by_role("dialog").get_by_role("button", name="Start").click()
    await expect(page).to_contain_text("Running")
    await asyncio.to_thread(tick, house)
    await found(lambda: ContactAttempt.on_the_line(campaign).exists(), what="a call of the campaign")
    await expect(page.locator(".figures")).not_to_contain_text("Calls now0")
    await expect(page.locator(".tries")).to_contain_text("Rider")
    await sam.get_by_role("button", name="Pause").click()
    await expect(page).to_contain_text("Paused")
    before = await ContactAttempt.objects.filter(contact__campaign=campaign).acount()
    await asyncio.to_thread(tick, house)
    await sam.get_by_role("button", name="Resume").click()
    await expect(page).to_contain_text("Running")
    assert await ContactAttempt.objects.filter(contact__campaign=campaign).acount() == before
    await sam.get_by_role("button", name="Stop").click()
    dialog = sam.get_by_role("dialog")
    await expect(dialog).to_contain_text("It cannot be resumed.")
    await dialog.get_by_role("button", name="Stop").click()
    await expect(page).to_contain_text("Stopped")
    await sync_to_async(campaign.refresh_from_db)()
    assert campaign.state == CampaignState.STOPPED


async def take_a_packet(ada: Page) -> None:
    """The receipt of one of its calls, with what proves it, as a file."""
    decision = await sync_to_async(DialDecision.objects.filter(number__in=PEOPLE, outcome="allow").first)()
    await ada.goto(f"/people/{decision.number}/")
    await ada.get_by_role("button", name="Packet", exact=True).first.click()
    async with ada.expect_download() as download:
        await ada.get_by_role("link", name="Download").click()
    assert (await download.value).suggested_filename.endswith(".zip")


async def test_an_agent_calls_a_person_from_their_page(house: House, people: Screens) -> None:
    rider = await sync_to_async(Person.know)(number=BY_HAND, now=timezone.now(), name="Rider")
    ivy = await people.open(f"/people/{rider.pk}/", "ivy")
    await expect(ivy.get_by_text("May we call by hand now?")).to_contain_text("YES service calls")
    await ivy.get_by_text("Call…").click()
    await ivy.get_by_label("What for").select_option("informational")
    await ivy.get_by_role("button", name="Call", exact=True).click()
    await expect(ivy.locator("#notices")).to_contain_text("Your own telephone rings first")
    call = await found(Call.objects.filter(outgoing__voice="human_manual").first, what="a call by hand")
    await expect(ivy.locator(f"#head-{call.pk}")).to_contain_text("With a person", timeout=20_000)
    assert BY_HAND not in await ivy.content()
