"""What callers say and telephone networks send stays text in a real browser: fetched, pushed and spoken live.

A page with harmless words is compared with the same page with hostile ones: no element, no attribute, no request more.
"""

from collections.abc import Awaitable, Callable, Sequence

import pytest
from playwright.async_api import Page, expect

from agents import floor
from calls.models import Call, CallEvent, Recording, TranscriptTurn
from tests import calls_on_screen as screen
from tests import given, rarely
from tests.browser.conftest import Watch

Written = Callable[..., Awaitable[object]]

PAYLOADS = (
    "<script>pwned()</script>",
    "<img src=/pwned onerror=pwned()>",
    "<svg onload=pwned()>",
    "<svg><script href=data:,pwned() />",
    "<body onload=pwned()>",
    "<iframe src=javascript:pwned()></iframe>",
    "<iframe srcdoc='<script>parent.pwned()</script>'></iframe>",
    "<object data=/pwned></object>",
    "<embed src=/pwned>",
    "<link rel=stylesheet href=/pwned>",
    "<meta http-equiv=refresh content='0;url=/pwned'>",
    "<base href=//evil.example/>",
    "<form action=/pwned><button>go</button></form>",
    "<input autofocus onfocus=pwned()>",
    "<details open ontoggle=pwned()>",
    "<video><source onerror=pwned()></video>",
    "<marquee onstart=pwned()>",
    "<math><mtext><table><mglyph><style><img src onerror=pwned()>",
    "<a href='javascript:pwned()'>click</a>",
    "<a href='data:text/html,<script>pwned()</script>'>click</a>",
    '"><img src=/pwned>',
    "'><img src=/pwned>",
    '" onmouseover="pwned()',
    "' onmouseover='pwned()",
    '" autofocus onfocus="pwned()" x="',
    '" style="background:url(/pwned)',
    '" hx-get="/pwned" hx-trigger="load" x="',
    "<div hx-get=/pwned hx-trigger=load></div>",
    "<div data-hx-get=/pwned data-hx-trigger=load></div>",
    "<div hx-on:load=pwned()></div>",
    "<div hx-ws:connect=/pwned></div>",
    "<div hx-swap-oob='innerHTML:body'>gone</div>",
    "<div id=main hx-swap-oob=true>gone</div>",
    '<hx-partial hx-target="body" hx-swap="innerHTML">gone</hx-partial>',
    '</hx-partial><hx-partial hx-target="#main" hx-swap="delete"></hx-partial>',
    "<template hx type=partial hx-target=body>gone</template>",
    "<template shadowrootmode=open><script>pwned()</script></template>",
    "</q></td></tr></table><h1>gone</h1>",
    "</li></ol></call-talk></section>gone",
    "</textarea></title></style></script><script>pwned()</script>",
    "<!--><img src=/pwned>-->",
    "<![CDATA[<img src=/pwned>]]>",
    "<style>@import '/pwned';</style>",
    "<call-player data-peaks=/pwned></call-player>",
    "\\u003cimg src=/pwned\\u003e",
    "&lt;img src=/pwned&gt;",
    "&#60;img src=/pwned&#62;",
    "%3Cimg%20src=/pwned%3E",
    "＜img src=/pwned＞",
    "{{ 7|add:7 }}{% load static %}",
    "${pwned()}",
    "js:pwned()",
    "\u202eevil\u202c \u2028\u2029",
    "[onload]{x:1} * {} /**/",
    "]]>{}\"'`\\",
)
# Every element with the names of its attributes, in the order of the page; but for what our own scripts note there.
# Who looks on is part of the picture, and is not the caller's to write.
SKELETON = """() => [...document.querySelectorAll("*")]
    .filter((e) => !e.closest("[data-watched], .watchers"))
    .map((e) => `${e.localName} ${e.getAttributeNames()
    .filter((n) => !/^(data-htmx-powered|data-connection|data-new|data-was-live|aria-current)$/.test(n)).sort()}`)"""


def wear(call: Call, text: str, also: Sequence[str] = ()) -> None:
    """Put a text wherever somebody outside can put one; the others are said by the caller besides."""
    Call.objects.filter(pk=call.pk).update(customer_address=text, our_address=text, verstat=text[:60])
    Call.objects.filter(pk=call.pk).update(transfer_reason=text[:40])
    TranscriptTurn.objects.filter(call=call).delete()
    more = [("customer", 5000 + 10 * n, word) for n, word in enumerate(also)]
    screen.a_talk(call, ("customer", 600, text), ("assistant", 4000, text), *more)
    TranscriptTurn.objects.filter(call=call, party="assistant").update(is_cut=True, unheard=text)
    CallEvent.objects.filter(call=call).exclude(kind="stream_opened").delete()
    screen.an_event(call, "tool_called", 5000, name=text, call_id="t")
    screen.an_event(call, "key_pressed", 6000, digit=text)
    screen.an_event(call, text[:40], 7000, **{text: text})
    Recording.objects.filter(call=call).update(copy_error=text[:200])
    call.legs.update(sip_response_code=text[:8])
    for kind in ("call", "transcript", "recording"):
        floor.changed(kind, call.pk)


async def hear(written: Written, call: Call, seq: int, text: str) -> None:
    await written(floor.heard, call=call.pk, seq=seq, party="customer", item_id="now", text=text)


async def bones(page: Page) -> list[str]:
    return await page.evaluate(SKELETON)


@pytest.fixture
async def call(written: Written) -> Call:
    call = await written(screen.a_live_call)
    await written(Recording.objects.filter(call=call).update, copy_state="lost")
    return call


# Both pages show the same parts: each is pushed every second one, unless everything is asked for.
EVERY = 1 if rarely.is_everything_asked() else 2


@pytest.mark.parametrize(
    ("path", "payloads"),
    [("/?call={}", PAYLOADS[::EVERY]), ("/calls/{}/", PAYLOADS[EVERY - 1 :: EVERY])],
    ids=["floor", "call"],
)
async def test_pushed_words_stay_text(
    watch: Watch, written: Written, call: Call, path: str, payloads: Sequence[str]
) -> None:
    await written(wear, call, "harmless words")
    page = await watch(path.format(call.pk), await written(given.alice))
    await expect(page.locator(f"[data-connection=live] #turns-{call.pk}")).to_be_visible()
    await hear(written, call, 1, "harmless words")
    await expect(page.locator(f"#words-{call.pk} q")).to_have_text("harmless words")
    said = page.locator(f"#said-{call.pk} [data-now] + q")
    if "?" in path:
        await expect(said).to_have_text("harmless words")
    before = await bones(page)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    for seq, payload in enumerate(payloads, 2):
        await written(wear, call, payload)
        await hear(written, call, seq, payload)
        await expect(page.locator(f"#turns-{call.pk} .turn-text p").first).to_have_text(payload)
        await expect(page.locator(f"#words-{call.pk} q")).to_have_text(payload)
        if "?" in path:
            await expect(said).to_have_text(payload)
        assert await bones(page) == before, payload
    assert asked == []
    assert await page.evaluate("typeof pwned") == "undefined"


async def test_fetched_words_stay_text(watch: Watch, written: Written, call: Call) -> None:
    page = await watch("/", await written(given.alice))
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))

    async def shown(path: str) -> list[str]:
        await page.goto(path)
        await expect(page.locator("#connection:not([data-state=connecting]), #found")).to_be_visible()
        return await bones(page)

    paths = (f"/calls/{call.pk}/", f"/?call={call.pk}", "/calls/")
    await written(wear, call, "harmless words", ["harmless words"] * len(PAYLOADS))
    before = {path: await shown(path) for path in paths}
    for payload in PAYLOADS[::6]:
        await written(wear, call, payload, PAYLOADS)
        for path in paths:
            assert await shown(path) == before[path], payload
    assert [url for url in asked if "pwned" in url or "evil" in url] == []


async def test_hostile_filters_stay_text(watch: Watch, written: Written, call: Call) -> None:
    page = await watch("/calls/", await written(given.alice))
    box = page.locator("#id_q")
    await box.fill("harmless words that nobody said")
    await expect(page.get_by_text("No call fits all of this")).to_be_visible()
    before = await bones(page)
    for payload in PAYLOADS[:: 3 * EVERY]:
        await box.fill(payload)
        await expect(page.locator(".empty .asked b")).to_have_text(payload.strip())
        assert await bones(page) == before, payload
    assert await page.evaluate("typeof pwned") == "undefined"
