"""Numbers and trunks by keyboard: opened, a release that was not meant, and pages that axe finds nothing on."""

import re
from collections.abc import Awaitable, Callable

from playwright.async_api import expect

from calls.models import Number
from tests import given, lines_given
from tests.browser.conftest import Watch
from tests.browser.test_accessible import look

Written = Callable[..., Awaitable[object]]


def the_world() -> dict[str, object]:
    """A number, one on a trunk, and everything a trunk needs."""
    here, there = given.a_number(label="Reception"), given.a_number(e164="+14155550109", label="Workshop")
    known = lines_given.a_row_of_each()
    there.move_to(known["trunk_id"])  # type: ignore[arg-type]
    lines_given.a_list("Office network", are_credentials=False)
    return known | {"number_id": here.pk}


async def test_numbers_and_trunks_are_reached_by_keyboard_and_clean(watch: Watch, written: Written) -> None:
    known = await written(the_world)
    page = await watch("/calls/", await written(lambda: given.a_person("ada", "admin")))
    await page.keyboard.press("g")
    await page.keyboard.press("n")
    await expect(page).to_have_url(re.compile("/numbers/$"))
    found = await look(page, "/numbers/")
    await page.keyboard.press("j")
    await page.keyboard.press("Enter")
    await expect(page).to_have_url(re.compile(rf"/numbers/{known['number_id']}/$"))
    await page.get_by_text("Give this number back to the carrier…").click()
    await page.get_by_label("Write the number to say that you mean it").fill("yes")
    await page.keyboard.press("Enter")
    await expect(page.get_by_text("To say that you mean it, write the whole number.")).to_be_visible()
    assert await written(Number.objects.filter(released_at=None).count) == 2
    found += await look(page, "/numbers/<id>/")
    for path in ("/numbers/search/", "/trunks/", f"/trunks/{known['trunk_id']}/", "/trunks/new/", "/trunks/sending/"):
        await page.goto(path)
        found += await look(page, path)
    assert found == []
