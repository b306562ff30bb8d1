"""The examples that are shipped fit the sandbox's business: defined by a command, used in a call, as it offers them."""

import datetime as dt
import io
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from agents import prompts
from agents.models import HttpTool, McpServer, McpTool
from calls.models import Call
from calls.tools import yes
from calls.tools.mcp import reading
from tests import calls_on_screen as screen
from tests.business_on_loopback import Business, a_business
from tests.mcp_given import say, use

pytestmark = pytest.mark.django_db(transaction=True)
NAMES = ["free_slots", "book_slot", "crm_find_contact", "crm_write_note"]


@pytest.fixture
def business(settings: Any) -> Iterator[Business]:
    with a_business(today=dt.date(2026, 12, 1)) as business:
        settings.TOOL_ALLOWED_HOSTS = frozenset({business.place})
        yield business


@pytest.fixture
def call(business: Business) -> Call:
    call = screen.a_live_call()
    assert call.assistant is not None
    call_command("load_example_tools", business.url, grant=[call.assistant.slug], stdout=io.StringIO())
    return call


def test_they_are_granted_and_an_hour_is_looked_up_and_booked_with_the_callers_yes(
    call: Call, business: Business, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(yes, "_WORDS_PATIENCE_S", 0.0)
    declared = {tool["name"] for tool in prompts.rendered(call.prompt_version).tools}
    assert declared >= set(NAMES)
    slots = use(call, "free_slots", "c1", day="2026-12-02")
    assert '"day": "2026-12-02"' in slots.output
    hour = business.calendar.free("2026-12-02")[0]
    wish = {"day": "2026-12-02", "time": hour, "name": "Carol", "about": "A torn zip."}
    assert "needs the caller's yes" in use(call, "book_slot", "c2", **wish).output
    say(call, "Yes, please do.", item="i1")
    assert "B-1001" in use(call, "book_slot", "c3", **wish).output
    assert list(business.calendar.booked) == [("2026-12-02", hour)]
    assert '"found": false' in use(call, "crm_find_contact", "c4").output


def test_what_is_shipped_is_what_the_server_offers(call: Call) -> None:
    server = McpServer.objects.get()
    assert reading.read(server=server, now=timezone.now()) == ""
    assert [(tool.name, tool.state, tool.risk) for tool in server.tools.order_by("name")] == [
        ("crm_find_contact", "approved", "reads"),
        ("crm_write_note", "approved", "risky"),
    ]


def test_loading_them_again_leads_them_elsewhere_and_keeps_what_an_admin_has_set(call: Call, settings: Any) -> None:
    HttpTool.objects.filter(name="free_slots").update(description="Ours now.")
    McpTool.objects.update(risk="changes")
    settings.TOOL_ALLOWED_HOSTS = frozenset({"127.0.0.1:9"})
    call_command("load_example_tools", "http://127.0.0.1:9/", stdout=io.StringIO())
    slots = HttpTool.objects.get(name="free_slots")
    assert (slots.description, slots.url) == ("Ours now.", "http://127.0.0.1:9/calendar/slots")
    assert McpServer.objects.get().url == "http://127.0.0.1:9/mcp"
    assert set(McpTool.objects.values_list("risk", flat=True)) == {"changes"}
    assert HttpTool.objects.count() == 2


def test_where_they_may_not_lead_is_said_in_words(settings: Any) -> None:
    settings.TOOL_ALLOWED_HOSTS = frozenset()
    with pytest.raises(CommandError, match="Only https is asked"):
        call_command("load_example_tools", "http://127.0.0.1:8003")
    assert not HttpTool.objects.exists()
