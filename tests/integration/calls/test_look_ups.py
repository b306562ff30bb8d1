"""Variables that a server is asked for: beside the line, once a call, in time or not at all; the answer never waits."""

import json
import time
from collections.abc import Iterator
from typing import Any

import pytest
from asgiref.sync import async_to_sync, sync_to_async
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from agents import prompts
from agents.models import HttpTool, PromptVersion
from calls import intake
from calls.carrier import callbacks
from calls.consumers import rewording
from calls.control import forgetting
from calls.intake import Conversation
from calls.models import Call, LookUp
from calls.realtime.session_config import SessionSettings
from calls.tools import look_ups, workshop
from compliance.models import Person
from tests import calls_on_screen as screen
from tests import given, on_page, tool_server, tools_given
from tests.integration.calls.test_who_answers import MOST_STATEMENTS
from tests.tool_server import Ledger

pytestmark = pytest.mark.django_db(transaction=True)
WANTED = ("lookup.crm.state", "lookup.crm.days")
BY_CALLER = {"type": "object", "properties": {"caller": {"type": "string"}}, "required": ["caller"]}


@pytest.fixture
def ledger(settings: Any) -> Iterator[Ledger]:
    with tool_server.serving() as ledger:
        settings.TOOL_ALLOWED_HOSTS = frozenset({ledger.place})
        yield ledger


def a_tool(ledger: Ledger, habit: str = "people", **fields: Any) -> HttpTool:
    made = {"parameters": BY_CALLER, "name": "crm"} | fields
    return tools_given.an_http_tool(url=ledger.url(f"/{habit}"), **made)


def a_call(words: str = "Parcel: {{lookup.crm.state}}, {{lookup.crm.days}} days.", **fields: Any) -> Call:
    call = screen.a_live_call()
    PromptVersion.objects.filter(pk=call.prompt_version_id).update(instructions=words, **fields)
    return Call.objects.get(pk=call.pk)


def held(call: Call) -> Conversation:
    found = intake.conversation_by_id(call.pk)
    assert found is not None
    return found


def test_what_came_is_in_the_prompt_whoever_holds_the_call(ledger: Ledger) -> None:
    a_tool(ledger)
    call = a_call()
    assert held(call).settings.instructions == "Parcel: ,  days."
    assert look_ups.fetch(call=call, wanted=held(call).look_ups, now=timezone.now())
    assert ledger.paths() == [f"/people?caller=%2B{given.CAROL[1:]}"]
    assert held(call).settings.instructions == "Parcel: sent, 3 days."
    again = intake.taken_up(call, now=timezone.now())
    assert again is not None
    assert again.settings.instructions == "Parcel: sent, 3 days."


def test_nobody_is_asked_twice(ledger: Ledger) -> None:
    a_tool(ledger)
    call = a_call()
    assert look_ups.fetch(call=call, wanted=WANTED, now=timezone.now())
    assert not look_ups.fetch(call=call, wanted=WANTED, now=timezone.now())
    assert len(ledger.entries) == 1


def test_the_answer_waits_for_nothing_and_asks_no_more_than_before(ledger: Ledger) -> None:
    a_tool(ledger, "hang")
    number = given.a_number()
    PromptVersion.objects.filter(assistant=number.assistant).update(instructions="{{lookup.crm.state}}")
    request = callbacks.voice_request(given.a_ring())
    with CaptureQueriesContext(connection) as asked:
        answer = intake.receive(request=request, now=timezone.now())
    assert isinstance(answer, intake.WithAssistant)
    assert answer.conversation.look_ups == ("lookup.crm.state",)
    assert (ledger.entries, answer.conversation.settings.instructions) == ([], "")
    assert len(asked) <= MOST_STATEMENTS, "\n".join(query["sql"][:100] for query in asked.captured_queries)


@pytest.mark.parametrize(
    ("habit", "trouble"), [("hang", "did not answer in time"), ("missing", "HTTP 404"), ("no_json", "no JSON")]
)
def test_what_does_not_come_in_time_is_empty_and_said_on_the_page(ledger: Ledger, habit: str, trouble: str) -> None:
    a_tool(ledger, habit, timeout_s=1)
    call = a_call()
    began = time.monotonic()
    assert not look_ups.fetch(call=call, wanted=WANTED, now=timezone.now())
    assert time.monotonic() - began < 2.0
    assert held(call).settings.instructions == "Parcel: ,  days."
    event = call.events.get(kind="looked_up")
    assert (event.data["tool"], event.data["values"]) == ("crm", 0)
    assert trouble in event.data["trouble"]


def test_all_of_them_have_the_time_of_one(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(look_ups, "LOOK_UP_S", 0.5)
    for name in ("one", "two", "three"):
        a_tool(ledger, "hang", name=name)
    call = a_call()
    began = time.monotonic()
    look_ups.fetch(call=call, wanted=["lookup.one.a", "lookup.two.a", "lookup.three.a"], now=timezone.now())
    assert time.monotonic() - began < 1.2
    assert LookUp.objects.count() == 3


@pytest.mark.parametrize("what", ["changes", "unknown argument", "off", "withheld", "test call"])
def test_a_tool_that_cannot_be_used_for_it_is_not_asked(ledger: Ledger, what: str) -> None:
    shape = tools_given.ORDER if what == "unknown argument" else BY_CALLER
    a_tool(ledger, parameters=shape, risk="changes" if what == "changes" else "reads", is_active=what != "off")
    call = on_page.begun(given.alice()).call if what == "test call" else a_call()
    if what == "withheld":
        Call.objects.update(customer_e164="")
    assert not look_ups.fetch(call=Call.objects.get(pk=call.pk), wanted=WANTED, now=timezone.now())
    assert ledger.entries == []


def test_arguments_are_filled_in_by_the_names_of_the_call(ledger: Ledger) -> None:
    now = timezone.now()
    properties = {"contact": {"type": "string"}, "colour": {"type": "string"}}
    a_tool(ledger, parameters={"type": "object", "properties": properties}, sends_caller=True)
    Person.objects.create(number=given.CAROL, name="Carol Baker", created_at=now, updated_at=now)
    look_ups.fetch(call=a_call(), wanted=WANTED, now=now)
    ((_, path, headers, _),) = ledger.entries
    assert (path, headers["X-Caller"]) == ("/people?contact=Carol+Baker", given.CAROL)


def test_the_model_is_told_once_something_is_known(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    a_tool(ledger)
    call = a_call()

    async def look_up(*, call: Call, wanted: tuple[str, ...]) -> bool:
        return bool(await sync_to_async(workshop._look_up)(call_pk=call.pk, wanted=wanted))

    def tell(of: Conversation) -> list[str]:
        told: list[SessionSettings] = []
        async_to_sync(rewording.look_up)(call=call, conversation=of, reshape=told.append)
        return [one.instructions for one in told]

    monkeypatch.setattr(workshop, "look_up", look_up)
    first = held(call)
    assert tell(first) == ["Parcel: sent, 3 days."]
    assert tell(first) == []  # whoever takes it up has it already


def test_values_are_encrypted_and_go_with_the_words(ledger: Ledger) -> None:
    a_tool(ledger)
    call = a_call()
    look_ups.fetch(call=call, wanted=WANTED, now=timezone.now())
    kept = LookUp.objects.raw("SELECT id, values::text || '' AS kept FROM calls_lookup")[0].kept
    assert "sent" not in kept
    assert "sent" not in json.dumps(call.events.get(kind="looked_up").data)
    forgetting.forget_words([call])
    assert held(call).settings.instructions == "Parcel: ,  days."


def test_a_prompt_with_an_impossible_look_up_is_not_published(ledger: Ledger) -> None:
    a_tool(ledger, risk="changes")
    version = given.an_assistant().published_version()
    assert version is not None
    draft = prompts.copy_to_draft(version=version)
    draft.instructions = "They are {{lookup.crm.name}} of {{lookup.erp.place}}."
    with pytest.raises(prompts.UnableToPublish, match=r"“crm” cannot be used.*no tool over HTTP of the name “erp”"):
        prompts.publish(version=draft, by="tests", now=timezone.now())
