"""What callers say of themselves: kept at once, asked for before a transfer, not in its way, told to whoever comes."""

import json
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.contrib.auth.models import User
from django.test import AsyncClient, Client
from django.urls import reverse
from django.utils import timezone

from agents import prompts
from agents.models import Assistant, Disposition, ToolGrant
from calls import tools
from calls.control import briefs, forgetting
from calls.models import Call, CallEvent, CallResult, CollectedFact, Contact
from calls.tools.answer import ToolAnswer
from compliance.models import Person
from tests import calls_on_screen as screen
from tests import given, on_campaign, tools_given

pytestmark = pytest.mark.django_db(transaction=True)
TOOLS = ("record_fact", "take_note", "set_disposition", "look_up_contact", "transfer")


@pytest.fixture
def call() -> Call:
    call = screen.a_live_call()
    for tool in TOOLS:
        ToolGrant.objects.create(assistant=call.assistant, tool=tool)
    return call


def use(call: Call, tool: str, call_id: str = "c1", /, **arguments: str) -> ToolAnswer:
    call.refresh_from_db()
    wanted = tools.ToolCall(call_id, tool, json.dumps(arguments), call.epoch)
    return tools.run(tool_call=wanted, call=call, granted=frozenset(TOOLS), now=timezone.now())


def declared(assistant: Assistant) -> dict[str, Any]:
    version = assistant.published_version()
    assert version is not None
    return {tool["name"]: tool for tool in prompts.rendered(version).tools}


def test_the_model_is_told_what_to_find_out_and_has_no_such_tool_without_anything(call: Call) -> None:
    assert call.assistant is not None
    assert not {"record_fact", "set_disposition", "search_knowledge"} & set(declared(call.assistant))
    tools_given.a_fact(call.assistant, "state", label="state of it", kind="choice", choices="new, used")
    Disposition.objects.create(code="resolved", name="Resolved")
    known = declared(call.assistant)
    name = known["record_fact"]["parameters"]["properties"]["name"]
    assert (name["enum"], name["description"]) == (["state"], "state: state of it (one of new, used, required)")
    assert known["set_disposition"]["parameters"]["properties"]["code"]["enum"] == ["resolved"]


@pytest.mark.parametrize(
    ("kind", "value", "kept"),
    [
        ("text", "Carol Baker", "Carol Baker"),
        ("number", "1,200", "1200"),
        ("number", "many", None),
        ("date", "2026-11-30", "2026-11-30"),
        ("date", "tomorrow", None),
        ("email", "Carol@Example.com", "carol@example.com"),
        ("email", "carol at example", None),
        ("phone", "(212) 555-0199", "+12125550199"),
        ("phone", "sip:x@example.com", None),
        ("yes_no", "Yes", "yes"),
        ("choice", "USED", "used"),
        ("choice", "stolen", None),
        ("text", "", None),
    ],
)
def test_a_fact_is_checked_as_its_kind_wants(call: Call, kind: str, value: str, kept: str | None) -> None:
    assert call.assistant is not None
    tools_given.a_fact(call.assistant, "it", kind=kind, choices="new, used")
    answer = use(call, "record_fact", name="it", value=value)
    assert answer.is_error is (kept is None)
    assert [fact.value for fact in CollectedFact.objects.all()] == ([kept] if kept else [])


def test_what_is_known_outlives_a_hang_up_and_heads_the_brief(call: Call) -> None:
    assert call.assistant is not None
    tools_given.a_fact(call.assistant)
    tools_given.a_fact(call.assistant, "email", label="e-mail address", kind="email")
    assert use(call, "record_fact", "c1", name="order_number", value="441").output.endswith("e-mail address.")
    use(call, "record_fact", "c2", name="order_number", value="442")
    use(call, "take_note", "c3", text="Calls from a\nmoving train.")
    brief = briefs.of(call, added={})
    assert brief["facts"] == ["order number: 442", "Note: Calls from a moving train."]
    screen.end(call)
    assert CollectedFact.lines_of(call) == ["order number: 442"]


def test_a_transfer_is_held_up_once_by_what_is_missing_and_never_refused(call: Call) -> None:
    assert call.assistant is not None
    Assistant.objects.filter(pk=call.assistant_id).update(queue=given.a_queue())
    tools_given.a_fact(call.assistant)
    wish = {"reason": "Refund", "summary": "Wants a person."}
    first = use(call, "transfer", "c1", **wish)
    assert "Nobody has been called yet. Not known so far: order number." in first.output
    assert not call.transfers.exists()
    assert use(call, "transfer", "c2", **wish).output.startswith("The caller is being put through")
    assert call.transfers.get().brief["summary"] == "Wants a person."


def test_a_key_for_a_person_is_not_held_up(call: Call) -> None:
    assert call.assistant is not None
    Assistant.objects.filter(pk=call.assistant_id).update(queue=given.a_queue())
    tools_given.a_fact(call.assistant)
    use(call, "transfer", "key-1200-0", reason="key", summary="key")
    assert call.transfers.exists()


def test_who_refused_to_be_recorded_is_not_written_down(call: Call) -> None:
    assert call.assistant is not None
    tools_given.a_fact(call.assistant)
    Call.objects.filter(pk=call.pk).update(are_words_kept=False)
    assert use(call, "record_fact", "c1", name="order_number", value="441").is_error
    assert use(call, "take_note", "c2", text="Angry.").is_error
    assert not CollectedFact.objects.exists()
    assert not CallEvent.objects.filter(kind="note_taken").exists()


def test_a_result_is_one_of_those_there_are(call: Call) -> None:
    Disposition.objects.create(code="resolved", name="Resolved")
    assert "Possible: resolved." in use(call, "set_disposition", "c1", code="sold").output
    assert not use(call, "set_disposition", "c2", code="resolved", note="Order found.").is_error
    assert CallResult.objects.get().disposition == "resolved"


# --- the caller, and nobody else ---


def test_the_caller_is_looked_up_by_the_number_of_the_call(call: Call) -> None:
    now = timezone.now()
    Person.objects.create(number=call.customer_e164, name="Carol Baker", created_at=now, updated_at=now)
    Person.objects.create(number="+12125550199", name="Dave Doe", created_at=now, updated_at=now)
    on_campaign.add(on_campaign.a_campaign(), [call.customer_e164])
    Contact.objects.update(fields={"plan": "gold"})
    told = use(call, "look_up_contact", "c1").output
    assert "name Carol Baker" in told
    assert "plan gold" in told
    assert use(call, "look_up_contact", "c2", number="+12125550199").is_error
    Call.objects.filter(pk=call.pk).update(verstat="TN-Validation-Failed-A")
    assert "doubts" in use(call, "look_up_contact", "c3").output
    Call.objects.filter(pk=call.pk).update(customer_e164="")
    assert "withholds" in use(call, "look_up_contact", "c4").output


def test_somebody_restricted_is_not_told_of(call: Call) -> None:
    now = timezone.now()
    person = {"name": "Carol", "is_restricted": True, "created_at": now, "updated_at": now}
    Person.objects.create(number=call.customer_e164, **person)
    assert "Carol" not in use(call, "look_up_contact").output


# --- on the screen, in the file, and gone ---


async def exported(person: User) -> list[str]:
    client = AsyncClient()
    await client.aforce_login(person)
    response = await client.get(reverse("calls-export"))
    return b"".join([piece async for piece in response.streaming_content]).decode().splitlines()


def test_facts_stand_on_the_calls_page_and_in_the_export(client: Client, call: Call) -> None:
    assert call.assistant is not None
    Disposition.objects.create(code="resolved", name="Resolved")
    tools_given.a_fact(call.assistant)
    use(call, "record_fact", "c1", name="order_number", value="<b>441</b>")
    use(call, "set_disposition", "c2", code="resolved", note="Found it.")
    alice = given.alice()
    client.force_login(alice)
    page = client.get(reverse("call", args=[call.pk])).content.decode()
    assert "&lt;b&gt;441&lt;/b&gt;" in page
    assert "Resolved, says the assistant" in page
    rows = async_to_sync(exported)(alice)
    assert rows[0].endswith("result,channel,facts")
    assert "Resolved" in rows[1]
    assert rows[1].endswith("order number: <b>441</b>")
    stored = CollectedFact.objects.raw("SELECT id, value::text || '' AS kept FROM calls_collectedfact")[0].kept
    assert "441" not in stored


def test_forgotten_words_take_the_facts_with_them(call: Call) -> None:
    assert call.assistant is not None
    tools_given.a_row_of_each(call)
    CallResult.objects.update(note="Carol was angry.")
    run = call.tool_runs.create(ref="c9", tool="search_knowledge", epoch=1, started_at=timezone.now())
    run.finish(output="x", is_error=False, now=timezone.now(), trouble="t", sources=[{"title": "x"}])
    forgetting.forget_words([call])
    run.refresh_from_db()
    assert not CollectedFact.objects.exists()
    assert (CallResult.objects.get().note, run.output, run.trouble, run.sources) == ("", "", "", [])
