"""Django admin as its users expect it: every model, searched and filtered; facts are read, never written."""

from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.auth.models import User
from django.db.models import Model
from django.test import Client
from django.urls import reverse

from agents.models import Assistant, Department, PromptVersion, SecureField, TransferDestination
from calls.control import costing, supervision
from calls.models import (
    BlockedCaller,
    BridgeWorker,
    Budget,
    Call,
    Number,
    ResumeDocument,
    SecureCapture,
    SpoolMark,
    ToolApproval,
)
from compliance import audit, opt_out
from compliance.models import DialDecision, DialPermit, OutboundSwitch, Person
from compliance.verdict import DialRequest, Judgement, Outcome, Purpose
from tests import at_vendors, given, lines_given, number_lists, on_campaign, on_whatsapp, receipts_given, tools_given
from tests import calls_on_screen as screen
from tests import people_on_calls as people
from tests.consents import a_signed_consent

pytestmark = pytest.mark.django_db

PATIENCE = timedelta(seconds=60)

OURS = [model for app in ("calls", "agents", "compliance") for model in apps.get_app_config(app).get_models()]
EDITED = {"number", "department", "assistant", "promptversion", "transferdestination", "outboundswitch"} | {
    *("agent", "skill", "queue", "holdmusic", "disposition", "securefield", "relayline", "schedule", "blockedcaller"),
    *("numberlist", "httptool", "mcpserver", "mcptool", "knowledgedocument", "factswebhook"),
    *("consentrecord", "revocation", "suppressionentry"),
    *("stateswitch", "whatsappsender", "whatsapptemplate", "whatsapprule"),
    *("ratecard", "budget"),
    *("retentionrule", "legalhold", "processingbasis", "processor", "privacymode"),
}
# Granted on the assistant's page; kept on the agent's, the queue's and the schedule's.
# Millions, under a key of two columns, which no admin shows: they are looked up on the pages.
BESIDE_ANOTHER = {"toolgrant", "keybinding", "membership", "openhours", "holiday", "listednumber", "relaylanguage"}
BESIDE_ANOTHER |= {"guardrail", "httptoolheader", "facttocollect", "knowledgechunk", "cardrate"}
# What a number's form holds when nobody has touched its rules.
RULES = {"answered_by": "assistant", "answered_after_hours_by": "message", "over_limit_answer": "busy"}
RULES |= {"recording_ask": "notice", "recording_refused": "go_on", "door": "media_stream"}
PAGES = [model for model in OURS if model._meta.model_name not in BESIDE_ANOTHER]
FACTS = [model for model in PAGES if model._meta.model_name not in EDITED]


def named(model: type[Model]) -> str:
    return model._meta.model_name or ""


def address(model: type[Model], page: str, *args: Any) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=args)


def an_admin() -> User:
    """Ada administers."""
    ada = given.a_person("ada", "admin")
    ada.is_staff = True
    ada.save()
    return ada


@pytest.fixture
def client() -> Client:
    client = Client()
    client.force_login(an_admin())
    return client


@pytest.fixture
def call() -> Call:
    """A call with a row in every table."""
    call = screen.a_past_call()
    screen.a_tape(call)
    screen.an_event(call, "cut", 5000)
    call.usage.create(kind="response", ref="resp_1", model="gpt-realtime-2.1", at=call.started_at)
    run = call.tool_runs.create(ref="call_1", tool="end_call", epoch=1, started_at=call.started_at)
    ToolApproval.ask(run=run, call=call, arguments={"reason": "other"}, now=call.started_at, patience=PATIENCE)
    people.surroundings()
    bob = given.bob()
    people.taken_by(people.a_seat(bob), call)
    supervision.begin(call=call, user=bob, mode=supervision.Mode.WATCHING, now=call.started_at)
    ResumeDocument.objects.create(call=call, document={"v": 1}, epoch=1, written_at=call.started_at)
    BridgeWorker.objects.create(name="vm-1", started_at=call.started_at, heard_at=call.started_at, capacity=100)
    screen.a_sip_line(call)
    SpoolMark.reach(name="1-abc", place=1)
    given.a_schedule()
    BlockedCaller.objects.create(beginning="+14155550199")
    screen.a_message(call)
    screen.a_callback(call)
    audit.note(act="end_call", subject=f"call:{call.pk}", by="alice@example.com", now=call.started_at)
    secret = SecureField.objects.create(assistant=call.assistant, name="pin", label="your PIN", kind="secret")
    SecureCapture.ask(call=call, field=secret, by="alice@example.com", now=call.started_at)
    given.a_text_line(call.assistant)
    TransferDestination.objects.create(name="Billing partner", address="+12125550150")
    OutboundSwitch.objects.get_or_create(name="everything")
    number_lists.done(number_lists.a_file(*number_lists.some(200)) + b"nonsense\n", number_lists.a_list())
    number_lists.an_answer()
    Person.objects.create(number=given.CAROL, name="Carol", created_at=call.started_at, updated_at=call.started_at)
    request = DialRequest(given.CAROL, Purpose.STAFF, given.OURS, subject=f"call:{call.pk}")
    yes = Judgement(Outcome.ALLOW)
    decision = DialDecision.keep(request=request, facts=None, number=given.CAROL, judgement=yes, at=call.started_at)
    DialPermit.issue(decision=decision, label="agent-7")
    a_signed_consent()
    opt_out.revoke(number=given.CAROL, route="web", said="stop", by="web", now=call.started_at)
    receipts_given.a_row_of_each(decision)
    on_campaign.a_row_of_each(call)
    at_vendors.a_row_of_each(call)
    lines_given.a_row_of_each()
    on_whatsapp.a_row_of_each(call)
    tools_given.a_row_of_each(call)
    costing.count([call.pk], now=call.started_at)
    Budget.objects.create(name="Everything", stop_at=10)
    return call


# --- getting in ---


def test_one_signs_in_where_everybody_does_and_comes_back() -> None:
    client = Client()
    response = client.get("/admin/", follow=True)
    assert response.redirect_chain[-1][0].startswith(reverse("account_login"))
    an_admin()
    form = {"login": "ada@example.com", "password": "secret-of-ada"}
    response = client.post(response.redirect_chain[-1][0], form, follow=True)
    assert response.status_code == 200
    assert "Records and settings" in response.content.decode()


def test_who_is_no_staff_is_told_so() -> None:
    client = Client()
    client.force_login(given.alice())
    assert client.get("/admin/", follow=True).status_code == 403


def test_every_model_is_there() -> None:
    assert {model for model in OURS if not admin.site.is_registered(model)} == {
        apps.get_model("agents", "ToolGrant"),
        apps.get_model("agents", "Membership"),
        *(apps.get_model("agents", name) for name in ("KeyBinding", "Guardrail", "RelayLanguage")),
        *(apps.get_model("agents", name) for name in ("HttpToolHeader", "FactToCollect", "KnowledgeChunk")),
        apps.get_model("calls", "OpenHours"),
        apps.get_model("calls", "Holiday"),
        apps.get_model("calls", "CardRate"),
        apps.get_model("compliance", "ListedNumber"),
    }


# --- lists and records ---


def test_lists_are_searched_filtered_and_opened(client: Client, call: Call) -> None:
    for model in PAGES:
        listing = client.get(address(model, "changelist"))
        assert listing.context["cl"].search_fields, named(model)
        assert listing.context["cl"].result_count >= 1, named(model)
        chosen = {"q": "a"}  # searched, and the first choice of every filter besides
        for spec in listing.context["cl"].filter_specs:
            for choice in list(spec.choices(listing.context["cl"]))[1:2]:
                chosen |= dict(parse_qsl(choice["query_string"].removeprefix("?")))
        narrowed = client.get(address(model, "changelist"), chosen)
        assert narrowed.status_code == 200, (named(model), chosen)
        record = model._default_manager.first()
        assert client.get(address(model, "change", record.pk)).status_code == 200, named(model)


def test_facts_are_read_and_never_written(client: Client, call: Call) -> None:
    for model in FACTS:
        record = model._default_manager.first()
        assert record is not None, named(model)
        assert client.get(address(model, "add")).status_code == 403, named(model)
        assert client.post(address(model, "change", record.pk), {}).status_code == 403, named(model)
        assert client.post(address(model, "delete", record.pk), {"post": "yes"}).status_code == 403, named(model)
        page = client.get(address(model, "change", record.pk)).content.decode()
        assert 'name="_save"' not in page, named(model)


def test_whole_numbers_are_kept_from_those_who_may_not_see_them(call: Call) -> None:
    client = Client()
    olga = given.a_person("olga", "auditor")
    olga.is_staff = True
    olga.save()
    client.force_login(olga)
    for model in PAGES:
        for page in (address(model, "changelist"), address(model, "change", model._default_manager.first().pk)):
            response = client.get(page)
            assert response.status_code == 200
            assert given.CAROL not in response.content.decode(), page


def test_a_call_is_found_by_number_and_by_words(client: Client, call: Call) -> None:
    other = screen.a_past_call(from_="+12125550199")
    other.turns.update(text="Something else.")
    for words in (given.CAROL, "charged twice"):
        assert [c.pk for c in client.get(address(Call, "changelist"), {"q": words}).context["cl"].result_list] == [
            call.pk
        ]
    assert f'href="{reverse("call", args=[call.pk])}"' in client.get(address(Call, "changelist")).content.decode()


# --- settings ---


def test_an_assistant_is_made_drafted_published_and_answers(client: Client) -> None:
    client.post(address(Department, "add"), {"name": "Billing", "slug": "billing"})
    inline = {
        f"{prefix}-{name}": "0"
        for prefix in ("tool_grants", "facts", "key_bindings", "guardrails", "versions")
        for name in ("TOTAL_FORMS", "INITIAL_FORMS")
    }
    made = {
        "name": "Billing desk",
        "slug": "billing-desk",
        "department": Department.objects.get().pk,
        "business_name": "Marlow Outdoor",
        "is_active": "on",
    } | {"door": "stream", "objective": "reception"}
    grant = {"tool_grants-TOTAL_FORMS": "1", "tool_grants-0-tool": "end_call", "tool_grants-0-patience_s": "60"}
    assert client.post(address(Assistant, "add"), made | inline | grant).status_code == 302
    assistant = Assistant.objects.get()
    assert list(assistant.tool_grants.values_list("tool", flat=True)) == ["end_call"]
    form = client.get(address(PromptVersion, "add")).context["adminform"].form
    draft = {name: form[name].initial for name in form.fields if form[name].initial is not None}
    draft |= {"assistant": assistant.pk, "instructions": "Explain invoices of {{business}}.", "greeting": "Hello."}
    draft |= {"model": "gpt-realtime-2.1", "voice": "marin"}
    assert client.post(address(PromptVersion, "add"), draft).status_code == 302
    version = PromptVersion.objects.get()
    assert (version.number, version.status) == (1, "draft")
    act(client, "publish", version)
    assert assistant.published_version() == version
    number = {"e164": given.OURS, "label": "Billing", "assistant": assistant.pk, "is_active": "on", "is_recorded": "on"}
    number |= RULES
    assert client.post(address(Number, "add"), number).status_code == 302
    assert given.a_call().assistant == assistant


def act(client: Client, action: str, *versions: PromptVersion) -> str:
    """Choose an action for some versions in the list; the messages it left."""
    form = {"action": action, "_selected_action": [version.pk for version in versions]}
    return client.post(address(PromptVersion, "changelist"), form, follow=True).content.decode()


def test_what_was_published_cannot_be_edited_or_thrown_away(client: Client) -> None:
    version = given.an_assistant().published_version()
    page = client.get(address(PromptVersion, "change", version.pk)).content.decode()
    assert 'name="instructions"' not in page
    client.post(address(PromptVersion, "change", version.pk), {"instructions": "Say anything."})
    assert client.post(address(PromptVersion, "delete", version.pk), {"post": "yes"}).status_code == 403
    version.refresh_from_db()
    assert version.instructions == "You answer for {{business}}."


def test_a_draft_is_begun_from_a_version_published_and_rolled_back(client: Client) -> None:
    assistant = given.an_assistant()
    first = assistant.published_version()
    assert "is a draft now" in act(client, "begin_draft", first)
    second = assistant.versions.get(number=2)
    act(client, "publish", second)
    assert assistant.published_version() == second
    assert "is live" in act(client, "publish", first)
    assert assistant.published_version() == first


def test_a_prompt_nobody_can_fill_in_is_not_published_and_says_why(client: Client) -> None:
    assistant = given.an_assistant()
    draft = PromptVersion.draft(
        assistant=assistant, instructions="Ask {{somebody}}.", model="gpt-realtime-2.1", voice="marin"
    )
    assert "somebody" in act(client, "publish", draft)
    assert assistant.published_version() != draft


def test_publishing_needs_its_permission() -> None:
    assistant = given.an_assistant()
    draft = PromptVersion.draft(assistant=assistant, instructions="Hello.", model="gpt-realtime-2.1", voice="marin")
    olga = given.a_person("olga", "auditor")
    olga.is_staff = True
    olga.save()
    client = Client()
    client.force_login(olga)
    act(client, "publish", draft)
    assert assistant.published_version() != draft


@pytest.mark.parametrize("e164", ["4155550100", "+0155", "+1 415 555 0100", "sip:me@example.com", "<b>1</b>"])
def test_a_number_is_written_as_numbers_are(client: Client, e164: str) -> None:
    response = client.post(address(Number, "add"), {"e164": e164, "is_active": "on"})
    assert response.status_code == 200
    assert "e164" in response.context["adminform"].form.errors
    assert not Number.objects.exists()


def test_a_number_that_took_calls_is_switched_off_not_deleted(client: Client) -> None:
    number = given.a_call().number
    assert client.post(address(Number, "delete", number.pk), {"post": "yes"}).status_code == 403
    quiet = given.a_number(e164="+14155550109")
    assert client.post(address(Number, "delete", quiet.pk), {"post": "yes"}).status_code == 302


@pytest.mark.parametrize("page", ["change", "delete", "history"])
def test_a_row_that_no_database_could_hold_is_not_found(client: Client, page: str) -> None:
    answer = client.get(f"/admin/calls/spoolmark/%00/{page}/")
    assert answer.status_code == 404
