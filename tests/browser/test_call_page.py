"""A call's own page: the recording plays and seeks, the transcript follows it, and what is still coming arrives."""

from collections.abc import Awaitable, Callable

import pytest
from django.utils import timezone
from playwright.async_api import Locator, Page, expect

from agents import floor
from calls.lifecycle import CopyState
from calls.models import Call, Recording
from tests import calls_on_screen as screen
from tests import given
from tests.browser.conftest import Watch

Written = Callable[..., Awaitable[object]]


@pytest.fixture
async def call(written: Written) -> Call:
    call = await written(screen.a_past_call)
    await written(screen.a_tape, call)
    return call


async def the_page(watch: Watch, written: Written, call: Call, query: str = "") -> Page:
    page = await watch(f"/calls/{call.pk}/{query}", await written(given.alice))
    await expect(page.locator("call-player[data-drawn]")).to_be_visible()
    return page


async def at_s(page: Page) -> float:
    """Where the recording stands, in seconds of its own clock."""
    return await page.locator("audio").evaluate("audio => audio.currentTime")


def turn(page: Page, words: str) -> Locator:
    return page.locator(".turn", has_text=words)


async def test_a_click_on_a_turn_plays_from_there_by_a_range(watch: Watch, written: Written, call: Call) -> None:
    page = await the_page(watch, written, call)
    answers: set[int] = set()
    page.on("response", lambda response: answers.add(response.status) if response.url.endswith("/audio/") else None)
    await page.reload()
    await expect(page.locator("call-player[data-drawn]")).to_be_visible()
    await turn(page, "I want the second one back.").click()
    await expect(turn(page, "I want the second one back.")).to_have_attribute("aria-current", "true")
    assert await at_s(page) == pytest.approx(9.5, abs=0.05)
    await expect(page).to_have_url(f"/calls/{call.pk}/?t=10")
    await page.keyboard.press("Space")
    await expect(page.get_by_role("button", name="Pause")).to_be_visible()
    await expect(page.locator("[data-clock]")).not_to_have_text("0:10")
    assert await at_s(page) > 10
    await page.keyboard.press("Space")
    assert await page.locator("audio").evaluate("audio => audio.seekable.end(0)") == pytest.approx(20, abs=0.1)
    assert answers == {206}


async def test_the_server_answers_the_players_range(watch: Watch, written: Written, call: Call) -> None:
    page = await the_page(watch, written, call)
    tape = await written(Recording.objects.get, call=call)
    answer = await page.request.get(f"/recordings/{tape.pk}/audio/", headers={"Range": "bytes=16000-16099"})
    assert answer.status == 206
    assert len(await answer.body()) == 100


async def test_a_link_with_a_time_begins_there(watch: Watch, written: Written, call: Call) -> None:
    page = await the_page(watch, written, call, "?t=8")
    await expect(turn(page, "I see both charges.")).to_have_attribute("aria-current", "true")
    await expect(page.locator("[data-clock]")).to_have_text("0:08")
    assert await at_s(page) == pytest.approx(7.5, abs=0.05)


async def test_the_keyboard_moves_through_the_recording(watch: Watch, written: Written, call: Call) -> None:
    page = await the_page(watch, written, call)
    await page.keyboard.press("]")
    await page.keyboard.press("]")
    await expect(turn(page, "I was charged twice.")).to_have_attribute("aria-current", "true")
    await page.keyboard.press("]")
    await page.keyboard.press("[")
    await expect(turn(page, "I was charged twice.")).to_have_attribute("aria-current", "true")
    before = await at_s(page)
    await page.keyboard.press("ArrowRight")
    assert await at_s(page) == pytest.approx(before + 5, abs=0.05)
    await page.keyboard.press("ArrowLeft")
    assert await at_s(page) == pytest.approx(before, abs=0.05)


async def test_each_side_can_be_muted(watch: Watch, written: Written, call: Call) -> None:
    page = await the_page(watch, written, call)
    caller, assistant = page.get_by_role("button", name="Caller"), page.get_by_role("button", name="Assistant")
    await page.keyboard.press("1")
    await expect(caller).to_have_attribute("aria-pressed", "true")
    await expect(assistant).to_have_attribute("aria-pressed", "false")
    gains = await page.locator("call-player").evaluate(
        "player => [...player.gains].map(([n, node]) => [n, node.gain.value])"
    )
    assert gains == [[0, 0], [1, 1]]
    await caller.click()
    await page.keyboard.press("2")
    gains = await page.locator("call-player").evaluate(
        "player => [...player.gains].map(([n, node]) => [n, node.gain.value])"
    )
    assert gains == [[0, 1], [1, 0]]


async def test_the_range_and_the_speed_work_as_controls_do(watch: Watch, written: Written, call: Call) -> None:
    page = await the_page(watch, written, call)
    seek = page.get_by_label("Position in the recording")
    await seek.fill("12000")
    assert await at_s(page) == pytest.approx(12, abs=0.05)
    await expect(seek).to_have_attribute("aria-valuetext", "0:12 of 0:20")
    await page.get_by_label("Speed").select_option("1.5")
    assert await page.locator("audio").evaluate("audio => audio.playbackRate") == 1.5


async def test_the_waveform_shows_who_is_on_which_side(watch: Watch, written: Written, call: Call) -> None:
    page = await the_page(watch, written, call)
    await expect(page.locator(".player-side")).to_have_text(["Caller", "Assistant"])
    drawn = page.locator(".player-draw canvas")
    assert await drawn.count() >= 2
    await written(Recording.objects.filter(call=call).update, assistant_channel=0)
    await page.reload()
    await expect(page.locator(".player-side")).to_have_text(["Assistant", "Caller"])


async def test_a_role_that_may_not_listen_gets_no_player(watch: Watch, written: Written, call: Call) -> None:
    heard: list[str] = []
    page = await watch(f"/calls/{call.pk}/", await written(given.bob))
    page.on("request", lambda request: heard.append(request.url) if "/recordings/" in request.url else None)
    await page.reload()
    await expect(page.locator("call-player")).to_be_hidden()
    await expect(page.get_by_text("Your role may not listen to recordings.")).to_be_visible()
    assert heard == []


async def test_a_recording_that_is_being_copied_arrives_by_itself(watch: Watch, written: Written, call: Call) -> None:
    tape = await written(Recording.objects.get, call=call)
    audio = tape.audio.name
    await written(Recording.objects.filter(call=call).update, copy_state=CopyState.DUE, audio="")
    page = await watch(f"/calls/{call.pk}/", await written(given.alice))
    await expect(page.get_by_text("is being copied to our storage")).to_be_visible()
    details = page.locator("summary", has_text="Lines at the telephone network")
    await details.click()
    await written(Recording.objects.filter(call=call).update, copy_state=CopyState.STORED, audio=audio)
    await expect(page.locator("call-player[data-ready]")).to_be_visible()
    await expect(page.locator("details.lines")).to_have_attribute("open", "")
    await expect(turn(page, "I was charged twice.")).to_have_attribute("data-from", "3500")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    await page.wait_for_timeout(3500)
    assert [url for url in asked if url.endswith(f"/calls/{call.pk}/")] == []


async def test_a_live_call_grows_and_closes_on_its_page(watch: Watch, written: Written) -> None:
    call = await written(screen.a_live_call)
    page = await watch(f"/calls/{call.pk}/", await written(given.alice))
    await expect(page.locator("#connection")).to_have_text("Live")
    log = page.get_by_role("log")
    await expect(log).to_have_attribute("aria-live", "off")
    await page.get_by_label("Read new turns aloud").check()
    await expect(log).to_have_attribute("aria-live", "polite")
    await written(screen.a_talk, call)
    await written(floor.changed, "transcript", call.pk)
    await expect(log.locator(".turn")).to_have_count(len(screen.TALK))
    await expect(log).to_have_attribute("aria-live", "polite")
    await written(call.note, "silence_prompted", at=timezone.now(), source="carrier")
    await expect(page.locator(".events")).to_contain_text("Asked whether anybody is there")
    await written(screen.end, call)
    await expect(page.locator(".head-end")).to_have_text("The caller hung up.")
    await expect(page.locator(".recording")).to_contain_text("is being copied to our storage")
    await expect(page.get_by_role("button", name="End call")).to_have_count(0)


async def test_what_is_keyed_in_private_is_asked_for_from_the_page(watch: Watch, written: Written) -> None:
    call = await written(screen.a_live_call)
    await written(screen.secrets_of, call)
    page = await watch(f"/calls/{call.pk}/", await written(given.alice))
    menu = page.locator("details.secrets")
    await expect(menu.get_by_role("button", name="your PIN")).to_be_hidden()
    await menu.locator("summary").press("Enter")
    amount = menu.get_by_label("Amount in USD")
    await amount.fill("much")
    await written(Recording.objects.filter(call=call).update, status="in-progress")
    await written(floor.changed, "call", call.pk)
    await expect(page.locator(".head .tape[data-status=in-progress]")).to_be_visible()
    await expect(amount).to_have_value("much")  # the head is drawn anew while somebody types in it
    await menu.get_by_role("button", name="your card").click()
    await expect(page.locator("#notices")).to_contain_text("Say the amount as a number, such as 19.99.")


async def test_reading_back_is_not_disturbed_and_what_is_new_is_counted(watch: Watch, written: Written) -> None:
    call = await written(screen.a_live_call)
    lines = [("customer", n * 1000, f"Sentence {n}. " * 12) for n in range(30)]
    await written(screen.a_talk, call, *lines)
    page = await watch(f"/?call={call.pk}", await written(given.alice))
    await expect(page.locator(f"#panel-{call.pk}[data-connection=live]")).to_be_visible()
    turns = page.locator(".turns")
    assert await turns.evaluate("box => box.scrollHeight - box.scrollTop - box.clientHeight < 2")
    await turns.evaluate("box => { box.scrollTop = 0 }")
    await written(screen.a_talk, call, *lines, ("customer", 40_000, "One more."), ("assistant", 43_000, "And another."))
    await written(floor.changed, "transcript", call.pk)
    chip = page.locator("[data-to-end]")
    await expect(chip).to_have_text("2 new")
    assert await turns.evaluate("box => box.scrollTop") == 0
    await chip.click()
    await expect(chip).to_be_hidden()
    assert await turns.evaluate("box => box.scrollHeight - box.scrollTop - box.clientHeight < 2")


async def test_a_number_is_shown_on_demand_and_stays(watch: Watch, written: Written, call: Call) -> None:
    page = await the_page(watch, written, call)
    await page.get_by_role("button", name="Show number").click()
    await expect(page.locator(f"#numbers-{call.pk}")).to_contain_text("+1 415-555-2671")


async def test_filters_search_as_one_types_and_the_address_says_it(watch: Watch, written: Written, call: Call) -> None:
    other = await written(screen.a_past_call, from_="+12125550199")
    page = await watch("/calls/", await written(given.alice))
    await expect(page.locator("tr[data-call]")).to_have_count(2)
    await page.locator("#id_q").fill("2125550199")
    await expect(page.locator("tr[data-call]")).to_have_count(1)
    await expect(page).to_have_url("/calls/?q=2125550199")
    await expect(page.get_by_role("link", name="CSV")).to_have_attribute("href", "/calls/export/?q=2125550199")
    await page.locator("tr[data-call]").click()
    await expect(page).to_have_url(f"/calls/{other.pk}/")
    await page.go_back()
    await expect(page.locator("#id_q")).to_have_value("2125550199")
    await page.get_by_label("Ending").select_option("model_lost")
    await expect(page.get_by_text("No call fits all of this")).to_be_visible()
    await page.get_by_role("link", name="Without Ending").click()
    await expect(page.locator("tr[data-call]")).to_have_count(1)
