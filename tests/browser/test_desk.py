"""An agent's desk in a real browser: offers that must be noticed, keys, and nothing that axe complains of."""

import re
from collections.abc import Awaitable, Callable

import pytest
from playwright.async_api import Page, expect

from agents.models import Agent
from calls.models import Call, Offer
from tests import calls_on_screen as screen
from tests import desks, given
from tests.browser.conftest import Watch
from tests.browser.test_accessible import faults, settled

Written = Callable[..., Awaitable[object]]
# What the system would show is kept for the test to read.
NOTES = """
window.notes = [];
window.Notification = class {
  static permission = "granted";
  static requestPermission() { return Promise.resolve("granted"); }
  constructor(title, { body }) { window.notes.push(`${title}. ${body}`); }
  close() { window.notes.push("closed"); }
};
"""
HIDE = """
Object.defineProperty(document, "hidden", { get: () => true });
document.dispatchEvent(new Event("visibilitychange"));
"""


def bob_is_free() -> Agent:
    desks.results()
    return desks.a_seat(given.bob())


def offered(agent: Agent) -> Offer:
    call = screen.a_live_call()
    screen.a_talk(call)
    return desks.an_offer(desks.a_transfer(call, queue=desks.a_queue()), agent)


async def at_desk(watch: Watch, agent: Agent, **options: object) -> Page:
    page = await watch("/desk/", agent.user, **options)
    await settled(page)
    return page


async def test_an_offer_is_noticed_while_nobody_looks_at_the_page(watch: Watch, written: Written) -> None:
    agent = await written(bob_is_free)
    page = await at_desk(watch, agent)
    await page.context.add_init_script(NOTES)
    await page.reload()
    await settled(page)
    await page.evaluate(HIDE)
    offer = await written(offered, agent)
    await expect(page.get_by_role("alert")).to_contain_text("Refund of order 441")
    await expect(page).to_have_title(re.compile("^☎ Call from Front desk"))
    assert await page.evaluate("notes") == ["Call from Front desk. Accept or decline at your desk."]
    await written(desks.join, offer)
    await expect(page.get_by_role("heading", name="With +1 415 ••• 2671")).to_be_visible()
    await expect(page).to_have_title("Desk · Contact centre")
    assert (await page.evaluate("notes"))[-1] == "closed"


async def test_a_key_accepts_and_an_offer_that_went_to_somebody_else_is_said(watch: Watch, written: Written) -> None:
    agent = await written(bob_is_free)
    page = await at_desk(watch, agent)
    offer = await written(offered, agent)
    await expect(page.get_by_role("button", name="Accept")).to_be_visible()
    await written(Offer.objects.filter(pk=offer.pk).update, withdrawn_at=offer.made_at)
    await page.keyboard.press("a")
    await expect(page.locator("#notices")).to_contain_text("The caller is gone, or somebody else has taken the call.")


async def test_the_panel_of_the_desk_has_nothing_to_close(watch: Watch, written: Written) -> None:
    agent = await written(bob_is_free)
    page = await at_desk(watch, agent)
    await written(offered, agent)
    await expect(page.locator(".desk-call .panel")).to_contain_text("I was charged twice.")
    await expect(page.locator(".desk-call [data-close-panel]")).to_be_hidden()


@pytest.mark.parametrize("theme", ["light", pytest.param("dark", marks=pytest.mark.rarely)])
async def test_axe_finds_nothing_at_a_desk(watch: Watch, written: Written, theme: str) -> None:
    agent = await written(bob_is_free)
    page = await at_desk(watch, agent, theme=theme)
    found = {"free": await faults(page)}
    offer = await written(offered, agent)
    await expect(page.get_by_role("button", name="Accept")).to_be_visible()
    await expect(page.locator(".desk-call .panel")).to_be_visible()
    found["offered"] = await faults(page)
    await written(desks.join, offer)
    await expect(page.get_by_role("button", name="Hang up")).to_be_visible()
    found["talking"] = await faults(page)
    await written(desks.leave, offer)
    await expect(page.get_by_role("button", name="Done")).to_be_visible()
    found["wrap-up"] = await faults(page)
    assert [f"{at} {line}" for at, lines in found.items() for line in lines] == []


def the_floor_of_alice() -> tuple[object, Call]:
    agent = bob_is_free()
    waiting = screen.a_live_call(from_="+13105550123")
    desks.a_transfer(waiting, queue=desks.a_queue())
    desks.a_seat(given.a_person("ivy", "agent"), name="Ivy", state="away")
    call = screen.a_live_call()
    assert agent.pk
    return given.alice(), call


@pytest.mark.parametrize("theme", ["light", pytest.param("dark", marks=pytest.mark.rarely)])
async def test_axe_finds_nothing_in_the_transfer_dialog(watch: Watch, written: Written, theme: str) -> None:
    alice, call = await written(the_floor_of_alice)
    page = await watch(f"/?call={call.pk}", alice, theme=theme)
    await settled(page)
    await expect(page.locator("#waiting tr[data-call]")).to_contain_text("Front desk")
    await page.keyboard.press("t")
    await expect(page.get_by_role("dialog")).to_contain_text("Transfer +1 415 ••• 2671")
    await page.locator("#asked").evaluate("e => Promise.all(e.getAnimations({subtree: true}).map((a) => a.finished))")
    found = {"dialog": await faults(page)}
    await page.goto(f"/calls/{call.pk}/transfer/")
    found["page"] = await faults(page)
    assert [f"{at} {line}" for at, lines in found.items() for line in lines] == []
