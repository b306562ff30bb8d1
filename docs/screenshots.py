"""Take the pictures of docs/screens: the whole product with simulated callers, seen in a real browser.

`make screenshots` needs a Chromium, half a minute, and nothing else.
"""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "contactcenter.settings")

from playwright.sync_api import Page, sync_playwright

from deploy import stores
from tests import chromium
from tests.journeys.house import NUMBERS, House, eventually

SCREENS = ROOT / "docs" / "screens"
SIZE = {"width": 1280, "height": 760}
# Who calls whom, and how many seconds after the one before: so that each is at another point of the talk.
CALLERS = (
    ("keys", NUMBERS[0], 0),
    ("polite", NUMBERS[1], 9),
    ("interrupter", NUMBERS[0], 8),
    ("polite", NUMBERS[0], 2),
)


def main() -> int:
    """Let people call, and look; the exit code."""
    program = chromium.find_or_install()
    if program is None:
        print("No Chromium here and none could be installed (set CHROMIUM to one).", file=sys.stderr)
        return 1
    SCREENS.mkdir(exist_ok=True)
    with stores.start(ROOT / "var" / "test", for_tests=True) as brought:
        os.environ["DATABASE_URL"], os.environ["REDIS_URL"] = brought.database_url, brought.redis_url
        house = House("uvicorn", clock="real", more_env={"BANNER": "Simulated phone network and model"})
        try:
            with a_browser(program, house) as page:
                take(page, house)
        finally:
            house.stop()
    return 0


@contextmanager
def a_browser(program: str, house: House) -> Iterator[Page]:
    """A supervisor's browser, signed in."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page(viewport=SIZE, device_scale_factor=1.5, base_url=house.url)
        page.goto("/accounts/login/")
        page.fill("input[name=login]", "sam@demo.test")
        page.fill("input[name=password]", "demo")
        page.press("input[name=password]", "Enter")
        page.wait_for_url(f"{house.url}/")
        yield page
        browser.close()


def take(page: Page, house: House) -> None:
    """The floor with a call open beside it, the page of a call that is over, and the phone."""
    sids = []
    for persona, number, after_s in CALLERS:
        page.wait_for_timeout(after_s * 1000)
        sids.append(house.call(to=number, persona=persona))
    page.locator("#live tr[data-call]").first.locator("a").click()
    page.get_by_text("Our two person tents").first.wait_for(timeout=40_000)
    shoot(page, "floor")
    page.goto(f"{house.carrier}/")
    page.get_by_text("talking to the assistant").first.wait_for()
    shoot(page, "phone")
    for sid in sids:
        eventually(lambda sid=sid: house.on_line(sid)["status"] == "completed", within_s=90, what=sid)
    page.goto("/calls/")
    page.locator("tr[data-call] a", has_text=house.on_line(sids[2])["from"][-4:]).first.click()
    page.locator("call-player .player-bar").wait_for(timeout=30_000)
    page.wait_for_timeout(500)  # the waves are drawn on a canvas, which tells nobody
    shoot(page, "call")
    page.emulate_media(color_scheme="dark")
    page.goto("/calls/")
    shoot(page, "calls-dark")


def shoot(page: Page, name: str) -> None:
    """Keep what is seen."""
    page.screenshot(path=SCREENS / f"{name}.png")
    print(f"wrote docs/screens/{name}.png")


if __name__ == "__main__":
    sys.exit(main())
