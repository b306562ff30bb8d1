"""Every page is clean to axe, in both themes and on a narrow screen; nothing needs a pointer or scripts."""

import re
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Literal

from playwright.async_api import Page, expect

from calls.control import supervision
from calls.models import Call, Recording, TranscriptTurn
from tests import calls_on_screen as screen
from tests import campaigns_on_screen as campaigns
from tests import given, number_lists
from tests.browser.conftest import Watch

LOOKS: tuple[tuple[Literal["light", "dark"], int, int], ...] = (("light", 1440, 900), ("dark", 800, 1000))
Written = Callable[..., Awaitable[object]]
AXE = (Path(__file__).parent / "vendor" / "axe.min.js").read_text(encoding="utf-8")
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
PAGES = ("/", "/?call={live}", "/calls/", "/calls/?q=nothing", "/calls/{past}/", "/calls/{live}/", "/calls/{lost}/")
PAGES += ("/voicemail/", "/voicemail/{message}/", "/callbacks/", "/callbacks/{callback}/")
PAGES += ("/campaigns/", "/campaigns/new/", "/campaigns/{campaign}/", "/campaigns/{waiting}/")
PAGES += (
    "/campaigns/{campaign}/contacts/",
    "/campaigns/{waiting}/write/when/",
    "/people/?q=Person",
    "/people/k{past}/",
)
PAGES += ("/compliance/", "/compliance/lists/", "/compliance/lists/imports/{file}/", "/compliance/own-list/")
PAGES += ("/compliance/reassigned/",)
PAGES += ("/campaigns/{campaign}/settings/", "/campaigns/{campaign}/events/")
PAGES += ("/test-calls/", "/test-calls/{version}/")
PAGES_OUTSIDE = ("/accounts/login/", "/accounts/password/reset/", "/no-such-page/", "/stop/", "/stop/done/")


async def faults(page: Page) -> list[str]:
    """What axe finds, one line each."""
    await page.evaluate(AXE)
    found = await page.evaluate("rules => axe.run(document, {runOnly: rules})", RULES)
    return [
        f"{violation['id']}: {node['target']} {node['failureSummary']}"
        for violation in found["violations"]
        for node in violation["nodes"]
    ]


def the_world() -> dict[str, int]:
    """A call in progress, one with a recording, one whose recording is lost, and one that has just ended."""
    live, past, lost = screen.a_live_call(), screen.a_past_call(), screen.a_past_call()
    for call in (live, past):
        screen.a_talk(call)
        screen.an_event(call, "tool_called", 5000, name="find_order", call_id="t1")
        screen.an_event(call, "key_pressed", 6000, digit="7")
        TranscriptTurn.objects.filter(call=call, started_ms=7000).update(is_cut=True, unheard="and a third one.")
    screen.an_approval(live, reason="caller_done", note="said goodbye")
    screen.an_event(live, "coached", 8000, ref="r", by="alice@example.com", text="Offer a repair.", aloud=False)
    supervision.begin(call=live, user=given.bob(), mode=supervision.Mode.LISTENING, now=live.started_at)
    screen.secrets_of(live)
    screen.a_capture(past)
    screen.a_tape(past, paused_spans=[[5500, 7500]])
    Recording.objects.filter(call=lost).update(copy_state="lost", copy_error="HTTP 404")
    Call.objects.filter(pk=lost.pk).update(ended_reason="model_lost", failure_class="model")
    screen.end(screen.a_live_call())
    sent = number_lists.done(number_lists.a_file(*number_lists.some(200)) + b"=1+1\n", number_lists.a_list())
    number_lists.an_entry()
    left, made = screen.a_message(lost), screen.a_callback(lost)
    campaign, waiting = campaigns.a_campaign(state="running"), campaigns.a_campaign(state="waiting", name="Spring sale")
    campaigns.an_attempt(campaigns.some_contacts(campaign)["tried"])
    known = {"campaign": campaign.pk, "waiting": waiting.pk}
    version = live.prompt_version_id
    return known | {
        "version": version,
        "live": live.pk,
        "past": past.pk,
        "lost": lost.pk,
        "message": left.pk,
        "callback": made.pk,
        "file": sent.pk,
    }


async def settled(page: Page) -> None:
    """The page after its scripts and sockets have come up."""
    if await page.locator("[data-region]").count() and await page.locator("[hx-ws\\:connect]").count():
        await expect(page.locator("#connection")).to_have_text("Live")
    if await page.locator("call-player").count():
        await expect(page.locator("call-player[data-drawn]")).to_be_visible()


# Frames, and then the end of every change of colour they have begun: nothing is looked at half-way.
AT_REST = """new Promise(then => requestAnimationFrame(() => requestAnimationFrame(then)))
    .then(() => Promise.all(document.getAnimations()
    .filter(one => one instanceof CSSTransition).map(one => one.finished.catch(() => {}))))"""


async def look(page: Page, name: str) -> list[str]:
    """What axe finds on an open page: wide and light, narrow and dark."""
    found = []
    for theme, width, height in LOOKS:
        await page.set_viewport_size({"width": width, "height": height})
        await page.emulate_media(color_scheme=theme, reduced_motion="reduce")
        await page.evaluate(AT_REST)
        found += [f"{name} {theme} {width}: {line}" for line in await faults(page)]
    return found


async def test_axe_finds_nothing(watch: Watch, written: Written) -> None:
    known = await written(the_world)
    page = await watch("/", await written(given.alice))
    found = []
    for path in PAGES:
        await page.goto(path.format(**known))
        await settled(page)
        found += await look(page, path)
    await page.keyboard.press("?")
    found += await look(page, "help")
    await page.keyboard.press("Escape")
    await page.locator(".rail-me").click()
    found += await look(page, "menu")
    assert found == []


async def test_axe_finds_nothing_before_signing_in(watch: Watch, complaints: list[str]) -> None:
    page = await watch("/accounts/login/")
    found = []
    for path in PAGES_OUTSIDE:
        await page.goto(path)
        found += await look(page, path)
    assert found == []
    complaints.clear()  # the browser counts the page that is not there as an error


async def test_the_first_tab_leads_to_the_content(watch: Watch, written: Written) -> None:
    page = await watch("/", await written(given.alice))
    await page.keyboard.press("Tab")
    await expect(page.get_by_role("link", name="Skip to content")).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(page.locator("#main")).to_be_focused()


async def test_one_region_tells_of_changes(watch: Watch, written: Written) -> None:
    call = await written(screen.a_live_call)
    page = await watch("/", await written(given.alice))
    await settled(page)
    await expect(page.get_by_role("status")).to_have_count(1)
    await page.locator(f"#open-{call.pk}").click()
    await expect(page.get_by_role("status")).to_have_text("Call with +1 415 ••• 2671 opened")


async def test_everything_is_there_without_scripts(watch: Watch, written: Written) -> None:
    known = await written(the_world)
    page = await watch("/", await written(given.alice), java_script_enabled=False)
    await page.locator(f"#open-{known['live']}").click()
    await expect(page.locator("#panel")).to_contain_text("I was charged twice.")
    await page.goto(f"/calls/{known['past']}/")
    await expect(page.locator("audio[controls]")).to_be_visible()
    await expect(page.locator("#pause-updates")).to_have_count(0)
    await page.goto("/calls/")
    await page.get_by_label("Number or words spoken").fill("charged")
    await page.get_by_role("button", name="Search").click()
    await expect(page).to_have_url(re.compile(r"/calls/\?q=charged"))
    await expect(page.locator("tr[data-call]")).to_have_count(3)
