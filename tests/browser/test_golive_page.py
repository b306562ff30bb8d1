"""The go-live page in a browser: readable by everybody, and hostile words stay words."""

from collections.abc import Awaitable, Callable

from django.utils import timezone

from calls.golive import Change, Finding, Severity
from calls.models import ReadinessCheck, SettingChange
from tests import given
from tests.browser.conftest import Watch
from tests.browser.test_accessible import look

LONG = "https://a-very-long-host-name-of-somebody-else.example/with/a/path/that/goes/on/and/on/voice?x=1"


def the_world() -> None:
    """A check that found one of each, and changes in every state."""
    change = Change("number", "PN1", given.OURS, "voice_url", LONG, "https://calls.example.com/twilio/voice/")
    found = [
        Finding("number.voice_url:1", Severity.BLOCKER, given.OURS, "Calls go elsewhere.", "Why.", "They.", (change,)),
        Finding("x", Severity.SERIOUS, "<b>Errors</b>", "<img src=x onerror=alert(1)>", "Why.", "They.", by_hand="Do."),
        Finding("y", Severity.HINT, "Fallback", "None.", "Why.", "They.", by_hand="Do."),
    ]
    facts = {"account": "active, Full", "numbers": 1, "ours": 1, "public_url": "https://calls.example.com"}
    ReadinessCheck.keep(found, facts=facts, by="ada@example.com", now=timezone.now())
    given.a_number()
    for state in SettingChange.State:
        (row,) = SettingChange.plan([change], run="r1", account="AC1", by="ada@example.com", now=timezone.now())
        SettingChange.objects.filter(pk=row.pk).update(state=state)


async def test_axe_finds_nothing_and_nothing_is_wider_than_the_window(
    watch: Watch, written: Callable[..., Awaitable[object]]
) -> None:
    await written(the_world)
    page = await watch("/go-live/", await written(given.a_person, "ada", "admin"))
    assert await look(page, "go-live") == []
    assert await page.locator("[data-finding]").count() == 3
    assert await page.locator("[data-finding] img").count() == 0
    for width in (1440, 900, 600):
        await page.set_viewport_size({"width": width, "height": 900})
        assert await page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), width
