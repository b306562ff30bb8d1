"""A prompt by keyboard: an error is seen and blocks, a call keeps its version, the next has the new one."""

import re
from collections.abc import Awaitable, Callable

from playwright.async_api import expect

from agents import prompts
from agents.models import PromptVersion
from calls.models import Call
from tests import given
from tests.browser.conftest import Watch
from tests.browser.test_accessible import look

Written = Callable[..., Awaitable[object]]


def the_world() -> dict[str, int]:
    """Reception with a draft, and a caller who has just come in."""
    assistant = given.an_assistant()
    given.a_number(assistant=assistant)
    draft = prompts.copy_to_draft(version=assistant.published_version())
    return {"draft": draft.pk, "assistant": assistant.pk, "call": given.a_call().pk}


def version_of(call_id: int) -> int:
    return Call.objects.get(pk=call_id).prompt_version.number


def somebody_else_writes(draft_id: int) -> None:
    draft = PromptVersion.objects.get(pk=draft_id)
    sections = [{"kind": "role", "text": "Theirs."}]
    prompts.write(version=draft, revision=draft.revision, by="bob@example.com", now=given.NOON, sections=sections)


async def test_a_draft_saves_itself_and_who_comes_second_loses_nothing(watch: Watch, written: Written) -> None:
    known = await written(the_world)
    page = await watch(
        f"/prompts/versions/{known['draft']}/edit/", await written(lambda: given.a_person("ada", "admin"))
    )
    role, saved = page.get_by_label("Role and objective"), page.locator("#draft-saved")
    await role.press_sequentially("Mine.")
    await expect(saved).to_contain_text(re.compile(r"Saved \d"))
    await expect(page.locator("#draft-revision")).to_have_value("1")
    await written(lambda: somebody_else_writes(known["draft"]))
    await role.press_sequentially(" More.")
    await expect(saved).to_contain_text("a colleague has changed this draft")
    await expect(role).to_have_value("Mine. More.")
    await page.get_by_role("button", name="Keep mine as a new draft").press("Enter")
    await expect(page.get_by_text("a draft of their own")).to_be_visible()
    await expect(page.get_by_label("Role and objective")).to_have_value("Mine. More.")


async def test_a_prompt_is_written_blocked_published_and_rolled_back(watch: Watch, written: Written) -> None:
    known = await written(the_world)
    page = await watch("/prompts/", await written(lambda: given.a_person("ada", "admin")))
    found = await look(page, "/prompts/")
    await page.get_by_role("link", name="Reception").press("Enter")
    await expect(page).to_have_url(re.compile(rf"/prompts/{known['assistant']}/$"))
    found += await look(page, "/prompts/<id>/")
    await page.get_by_role("link", name="Edit v2").press("Enter")

    # The error stands beside the words while they are written.
    role = page.get_by_label("Role and objective")
    await role.focus()
    await page.keyboard.type("You answer for {{nobody}}.")
    checks = page.locator("#prompt-checks")
    await expect(checks).to_contain_text("Unknown variable: {{nobody}}")
    await expect(checks).to_contain_text("It cannot be published like this")
    found += await look(page, "/prompts/versions/<id>/edit/")
    await page.get_by_role("button", name="Save v2").press("Enter")
    await expect(page.get_by_text("v2 is saved")).to_be_visible()
    await page.get_by_role("link", name="Compare and publish…").press("Enter")
    await expect(page.get_by_text("before the errors above are mended")).to_be_visible()
    await expect(page.get_by_role("button", name="Publish v2")).to_have_count(0)

    # Mended, it is published; the call that is under way keeps what it has.
    await page.get_by_role("link", name="Edit v2").press("Enter")
    await page.get_by_label("Role and objective").fill("You answer for {{business}}.")
    await expect(page.locator("#prompt-checks")).not_to_contain_text("Unknown variable")
    await page.get_by_role("button", name="Save v2").press("Enter")
    await page.get_by_role("link", name="Compare and publish…").press("Enter")
    found += await look(page, "/prompts/versions/<id>/")
    await page.get_by_role("button", name="Publish v2").press("Enter")
    await expect(page.get_by_text("v2 is live since")).to_be_visible()
    second = await written(lambda: given.a_call(from_="+14155550177").pk)
    assert [await written(lambda one=one: version_of(one)) for one in (known["call"], second)] == [1, 2]

    # And rolled back.
    await page.get_by_role("link", name="v1", exact=True).press("Enter")
    await page.get_by_role("button", name="Roll back to v1").press("Enter")
    await expect(page.get_by_text("v1 is live since")).to_be_visible()
    third = await written(lambda: given.a_call(from_="+14155550178").pk)
    assert await written(lambda: version_of(third)) == 1
    assert await written(lambda: PromptVersion.objects.get(pk=known["draft"]).status) == "retired"
    assert "\n".join(found) == ""
