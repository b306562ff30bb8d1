"""Prompts and rules on real calls: rules kept by the server, the next version, a stored prompt, another language."""

import html
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.utils import timezone

from agents import prompts
from agents.models import Assistant
from calls.lifecycle import Phase
from calls.models import Call
from tests.journeys import minds, people
from tests.journeys.books import call_of, closed, kinds, said
from tests.journeys.house import House, eventually
from tests.journeys.minds import a_version, greeted, published, say
from tests.journeys.people import phase_of, until


@pytest.fixture
def reception(house: House) -> Iterator[Assistant]:
    """Reception, which is afterwards as it was."""
    with minds.as_before(house) as assistant:
        yield assistant


def test_who_asks_for_a_person_is_put_through_by_a_rule_whatever_the_model_does(
    house: House, reception: Assistant
) -> None:
    reception.tool_grants.filter(tool="transfer").delete()  # the model could not
    reception.guardrails.create(name="Asks for a person", trigger="human", action="transfer")
    people.reached_by(people.a_queue(overflow="hang_up"))
    sid = greeted(house)
    call = call_of(sid)
    say(house, sid, people.WANTS_A_PERSON)
    until(house, lambda: phase_of(call) in (Phase.QUEUED, Phase.TRANSFERRING), what="on the way to a person")
    fired = eventually(lambda: call.events.filter(kind="rule_fired").first(), what="the rule in the books")
    assert fired.data["rule"] == "Asks for a person"
    assert "transfer_requested" in kinds(call)
    assert call.transfers.get().reason == "The caller asked for a person."


def test_a_call_keeps_its_version_the_next_one_has_the_new_and_a_stored_prompt_is_taken(
    house: House, reception: Assistant
) -> None:
    first = reception.published_version()
    known = house.model_session_ids()
    sid = greeted(house)
    stored = published(
        reception,
        instructions="",
        sections=[],
        stored_prompt_id="pmpt_reception",
        stored_prompt_version="7",
        stored_prompt_variables={"shop": "{{business}}"},
    )
    other = greeted(house)
    say(house, sid, "Please note harbor lantern river.")
    say(house, other, "Please note anchor window bridge.")
    calls = {one: call_of(one) for one in (sid, other)}
    assert [calls[one].prompt_version for one in (sid, other)] == [first, stored]
    eventually(lambda: said(calls[sid], "customer"), what="words of the call that goes on")
    new = [house.model_session(one) for one in house.model_session_ids() - known]
    assert [session["errors"] for session in new] == [[]] * len(new)
    assert [session["session"]["prompt"] for session in new if session["session"]["prompt"]] == [
        {"id": "pmpt_reception", "version": "7", "variables": {"shop": reception.business_name}}
    ]
    prompts.publish(version=first, by="tests", now=timezone.now())  # rolled back
    third = greeted(house)
    assert call_of(third).prompt_version == first


def test_a_share_of_callers_is_answered_by_the_version_on_trial_and_comes_back_to_it(
    house: House, reception: Assistant, settings: Any
) -> None:
    settings.SECRET_KEY = house.env["SECRET_KEY"]  # who is in the share is told by it
    tried = a_version(reception, greeting="You have reached the trial.")
    prompts.begin_trial(version=tried, share=50, by="tests", now=timezone.now())
    reception.refresh_from_db()
    callers = [f"+1415555{number:04}" for number in range(2600, 2700)]
    on_trial = [one for one in callers if prompts.answering(reception, caller=one) == tried][:1]
    others = [one for one in callers if prompts.answering(reception, caller=one) != tried][:1]
    for caller, is_tried in ((on_trial[0], True), (others[0], False), (on_trial[0], True)):
        sid = greeted(house, **{"from": caller})
        assert (call_of(sid).prompt_version == tried) is is_tried
        house.ask("POST", f"calls/{sid}/hangup")
        house.step(1500)
        closed(sid)


def test_the_language_changes_in_mid_call_with_a_voice_of_its_own(house: House, reception: Assistant) -> None:
    published(reception, language_mode="set", other_languages="pt-BR: coral")
    switch = {"tool": "switch_language", "arguments": {"language": "pt-BR"}}
    rules = [{"hears": "other language", "says": "Claro.", "calls": [switch]}]
    house.ask("POST", "script", at=house.model, json={"rules": rules})
    known = house.model_session_ids()
    sid = greeted(house)
    say(house, sid, "The other language, please.")
    call = call_of(sid)
    until(house, lambda: "language_switched" in kinds(Call.objects.get(pk=call.pk)), what="the switch")
    until(house, lambda: "model_renewed" in kinds(call), what="the other voice")
    sessions = [house.model_session(one) for one in house.model_session_ids() - known]
    assert [session["errors"] for session in sessions] == [[], []]
    spoken = {session["session"]["audio"]["output"]["voice"] for session in sessions}
    assert "coral" in spoken
    assert "pt" in {session["session"]["audio"]["input"]["transcription"].get("language") for session in sessions}
    house.ask("DELETE", "script", at=house.model)


@pytest.mark.rarely
def test_the_models_opinion_becomes_a_draft(house: House, reception: Assistant) -> None:
    live = reception.published_version()
    assert live is not None
    ada = house.sign_in("ada@demo.test")
    with ThreadPoolExecutor(1) as meanwhile:  # the model writes on the sandbox's clock, which somebody must move
        wrong = "It asks for the order number twice."
        asked = meanwhile.submit(house.press, ada, f"/prompts/versions/{live.pk}/critique/", wrong=wrong)
        until(house, asked.done, what="the model's opinion")
    page = asked.result().text
    assert "Variant 1: a rule" in page
    (sections,) = re.findall(r'name="sections" value="([^"]+)"', page)[:1]
    taken = house.press(ada, f"/prompts/versions/{live.pk}/take/", sections=html.unescape(sections))
    draft = reception.versions.order_by("-number")[0]
    assert taken.url.endswith(f"/prompts/versions/{draft.pk}/edit/")
    assert "This must not happen: It asks for the order number twice." in draft.instructions
    assert reception.published_version() == live
