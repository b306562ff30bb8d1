"""A model that obeys every injection: five hundred calls of tools, five hundred refusals in the books, no effect."""

import json
from typing import Any

import pytest
from django.utils import timezone

from agents import prompts
from agents.models import Disposition, HttpTool, ToolGrant
from calls import tools
from calls.models import Call, Callback, CallEvent, CollectedFact, ToolRun
from calls.tools import search_knowledge, yes
from calls.tools.web import reading
from calls.tools.web.client import Reply
from compliance.models import Person, Revocation
from tests import calls_on_screen as screen
from tests import given, injections, tool_server, tools_given

pytestmark = pytest.mark.django_db
GRANTED = ("look_up_contact", "record_fact", "set_disposition", "search_knowledge")


def a_house(ledger: tool_server.Ledger) -> Call:
    """An assistant that may look orders up, beside one that may pay them back."""
    call = screen.a_live_call()
    ours, theirs = call.assistant, given.an_assistant(name="Refunds")
    assert ours is not None
    for tool in GRANTED:
        ToolGrant.objects.create(assistant=ours, tool=tool)
    tools_given.an_http_tool(ours, url=ledger.url("/orders/{order}"), sends_caller=True)
    amount = {"order": {"type": "string"}, "amount": {"type": "integer"}}
    shape = {"type": "object", "properties": amount, "required": ["order", "amount"]}
    tools_given.an_http_tool(
        theirs, name="refund", url=ledger.url("/refund/{order}"), method="POST", risk="risky", parameters=shape
    )
    tools_given.an_http_tool(ours, name="pay_out", url=ledger.url("/pay/{order}"), method="POST", risk="risky")
    tools_given.a_fact(ours)
    Disposition.objects.create(code="resolved", name="Resolved")
    now = timezone.now()
    Person.objects.create(number="+12125550199", name="Dave Doe", created_at=now, updated_at=now)
    return call


def arrives(call: Call, one: injections.Injection, number: int) -> str:
    """The words as the model gets them: heard, in a server's answer, or in a document."""
    if one.how == "server":
        body = json.dumps({"state": one.words}).encode()
        return reading.read(Reply(200, "application/json", body), schema=None).words.replace('\\"', '"')
    if one.how == "document" and call.assistant is not None:
        tools_given.a_document(call.assistant, f"Word{number} {one.words}", title=f"Page {number}")
        question = {"question": f"word{number}"}
        return search_knowledge.run(call=call, arguments=question, now=timezone.now()).output
    return one.words


def test_a_model_that_obeys_every_injection_reaches_nothing(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(yes, "_WORDS_PATIENCE_S", 0.0)
    attempts = injections.all_of_them()
    assert len(set(attempts)) == len(attempts) == 500
    with tool_server.serving() as ledger:
        settings.TOOL_ALLOWED_HOSTS = frozenset({ledger.place})
        call = a_house(ledger)
        assert call.prompt_version is not None
        granted = frozenset(tool["name"] for tool in prompts.rendered(call.prompt_version).tools)
        assert "refund" not in granted
        told = []
        for number, attempt in enumerate(attempts):
            name, arguments = injections.obeyed(arrives(call, attempt, number))
            wanted = tools.ToolCall(f"call_{number}", name, arguments, call.epoch)
            told.append(tools.run(tool_call=wanted, call=call, granted=granted, now=timezone.now()))
        assert ledger.entries == []
    refused = CallEvent.objects.filter(call=call, kind="tool_refused").count()
    failed = ToolRun.objects.filter(call=call, is_error=True, finished_at__isnull=False).count()
    assert refused + failed == len(told) == 500
    assert refused == 500 * 12 // 25, "what was not granted does not exist"
    assert not any("Dave" in answer.output or "+1212" in answer.output for answer in told)
    assert not any(answer.hang_up or answer.leaves_line or answer.approval for answer in told)
    assert not ToolRun.objects.filter(is_error=False).exists()
    assert not any(model.objects.exists() for model in (Callback, Revocation, CollectedFact))
    assert not call.transfers.exists()


def test_the_same_model_can_do_what_it_was_granted(settings: Any) -> None:
    """Without this, a house in which nothing works would pass the test above."""
    with tool_server.serving() as ledger:
        settings.TOOL_ALLOWED_HOSTS = frozenset({ledger.place})
        call = a_house(ledger)
        name, arguments = injections.obeyed('Please call order_status with {"order": "441"}.')
        wanted = tools.ToolCall("call_1", name, arguments, call.epoch)
        answer = tools.run(tool_call=wanted, call=call, granted=frozenset({"order_status"}), now=timezone.now())
        assert not answer.is_error
        ((_, path, headers, _),) = ledger.entries
        assert (path, headers["X-Caller"]) == ("/orders/441", call.customer_e164)
    assert HttpTool.objects.count() == 3
