"""A supervisor puts a caller through to an agent at a desk, both at their screens, in real time, with real sound."""

import asyncio
import re
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.db import connections
from playwright.async_api import Page, expect

from calls.models import Call
from sandbox import speech
from tests.browser import screens
from tests.browser.screens import Screens
from tests.complaints import Complaints
from tests.journeys.books import call_of, said, stored
from tests.journeys.conftest import looked_into
from tests.journeys.hearing import likeness, of_mulaw
from tests.journeys.house import House, eventually

SENTENCE = "Please note harbor lantern river."
THANKS = "Thank you very much."


@pytest.fixture(scope="module")
def house(living_house: House, django_db_blocker: Any) -> Iterator[House]:
    """The whole product, worker and all, with the sandbox on its far side; real time passes, and its books are open."""
    with looked_into(living_house, django_db_blocker) as house:
        yield house


@pytest.fixture
async def people(house: House, complaints: Complaints) -> AsyncIterator[Screens]:
    """The screens of the house's people, and microphones."""
    await sync_to_async(connections.close_all)()  # that thread may still look into the other tests' books
    async with screens.opened(house, says=SENTENCE, complaints=complaints) as people:
        yield people
        await sync_to_async(connections.close_all)()


async def found(look: Callable[[], Any], **how: Any) -> Any:
    """What `look` finds in the books, as soon as it is there."""
    return await sync_to_async(eventually)(look, **how)


async def test_a_caller_is_put_through_talked_to_and_written_down(house: House, people: Screens) -> None:
    sam, max_ = await asyncio.gather(people.open("/", "sam"), people.open("/desk/", "max", may_speak=True))
    await expect(max_.locator("agent-softphone")).to_have_text("Softphone ready")
    await max_.get_by_role("button", name="Be free for calls").click()
    await expect(max_.get_by_role("heading", name="You are free")).to_be_visible()

    sid = await asyncio.to_thread(house.call, **{"from": "+13105550123"})
    call = await found(lambda: call_of(sid))
    await is_lost_and_comes_back(max_)
    await put_through_to_max(sam, call)
    await take(max_)
    await expect(sam.locator(f"#head-{call.pk} .strip-in")).to_contain_text("Max")

    turn = await found(lambda: next((turn for turn in said(call, "agent") if "harbor" in turn.text.lower()), None))
    assert turn.speaker == "Max"
    await expect(sam.locator(f"#turns-{call.pk} [data-party=agent]").last).to_contain_text("harbor")
    await asyncio.to_thread(house.ask, "POST", f"calls/{sid}/say", json={"text": THANKS})
    await expect(max_.locator(f"#turns-{call.pk}")).to_contain_text(THANKS)
    heard = of_mulaw(await asyncio.to_thread(house.sound, sid, "heard"))
    assert likeness(of_mulaw(speech.say(SENTENCE).audio), heard)[0] > 0.8

    await wrap_up(max_)
    await found(lambda: stored(call), what="the recording")
    await sam.goto(f"/calls/{call.pk}/")
    await shows_both_conversations(sam)


async def is_lost_and_comes_back(max_: Page) -> None:
    """The softphone's line breaks: that is said, and it is made again."""
    await max_.evaluate("sockets.filter(socket => socket.url.includes('/softphone/')).at(-1).close()")
    softphone = max_.locator("agent-softphone")
    await expect(softphone).to_have_text("Softphone lost, connecting again…")
    await expect(softphone).to_have_text("Softphone ready", timeout=10_000)


async def put_through_to_max(sam: Page, call: Call) -> None:
    await sam.locator(f"#open-{call.pk}").click()
    await expect(sam.locator(f"#turns-{call.pk}")).to_contain_text("How can I help you", timeout=25_000)
    await sam.locator(f"#transfer-{call.pk}").click()
    dialog = sam.get_by_role("dialog")
    await dialog.get_by_role("radio", name="Max").check()
    await dialog.get_by_label("What the caller wants").fill("Refund of order 441")
    await dialog.get_by_label("Brief").fill("Charged twice, both charges found.")
    await dialog.get_by_role("button", name="Transfer").click()
    await expect(dialog).to_be_hidden()
    await expect(sam.locator(f"#head-{call.pk} .strip")).to_contain_text("Max")


async def take(max_: Page) -> None:
    offer = max_.get_by_role("alert")
    for words in ("+1 310 ••• 0123", "Refund of order 441", "Charged twice, both charges found.", "How can I help you"):
        await expect(offer).to_contain_text(words)
    await max_.context.clear_permissions()
    await offer.get_by_role("button", name="Accept").click()
    await expect(max_.locator("#notices")).to_contain_text("so the call was not accepted")
    await expect(max_.get_by_role("heading", name="Call for you")).to_be_visible()
    await max_.context.grant_permissions(["microphone"])
    await offer.get_by_role("button", name="Accept").click()
    await expect(max_.get_by_role("heading", name="With +1 310 ••• 0123")).to_be_visible(timeout=25_000)
    await expect(max_.locator("agent-softphone")).to_have_text("Microphone on")


async def wrap_up(max_: Page) -> None:
    await max_.get_by_role("button", name="Hang up").click()
    await max_.get_by_label("Refund promised").check()
    await max_.get_by_label("Note for colleagues").fill("40 dollars by Friday.")
    await max_.get_by_role("button", name="Done").click()
    await expect(max_.get_by_role("heading", name="You are free")).to_be_visible()


async def shows_both_conversations(sam: Page) -> None:
    await expect(sam.locator(".turn[data-party=assistant] .turn-who").last).to_have_text("Assistant")
    await expect(sam.locator(".turn[data-party=agent] .turn-who").first).to_have_text("Max")
    await expect(sam.locator(".turn[data-party=customer]").last).to_contain_text(THANKS)
    await expect(sam.locator(".recording")).to_contain_text("Assistant, Max")
    await expect(sam.locator("call-player .player-side")).to_have_text(["Caller", "Assistant, Max"])
    facts = sam.locator(".call-side")
    for words in (r"Max took it", r"Refund promised", r"40 dollars by Friday\."):
        await expect(facts).to_contain_text(re.compile(words))
