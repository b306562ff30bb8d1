"""Who may reach what: every address declares it, and every role meets exactly what was declared."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.files.base import ContentFile
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.utils import timezone

from calls.carrier.client import get_client
from calls.control import readiness, sound_check
from calls.golive.snapshot import Ours, Snapshot, Unread
from calls.models import Call
from contactcenter.accounts import ROLES
from contactcenter.dashboard import urls as dashboard
from tests import calls_on_screen as screen
from tests import campaigns_on_screen as campaigns
from tests import consents, given, lines_given, number_lists, on_page, receipts_given
from tests import people_on_calls as people

pytestmark = pytest.mark.django_db

# Other people's applications guard their own addresses: Django admin by staff and permission, allauth by sign-in.
GUARD_THEMSELVES = ("admin/", "accounts/")
PEOPLE = [*ROLES, "nobody", "stranger"]
# What is asked for in the address itself, where it is not the same everywhere.
VERBS: dict[str | None, dict[str, object]] = {
    "call-control": {"verb": "hold"},
    "desk-offer": {"verb": "decline"},
    "campaign-approval": {"verdict": "send-back"},
}


def addresses(resolver: URLResolver | None = None, prefix: str = "") -> Iterator[tuple[str, URLPattern]]:
    """Every address of the product with its path."""
    for pattern in (resolver or get_resolver()).url_patterns:
        path = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from addresses(pattern, path)
        else:
            yield path, pattern


def test_every_address_declares_who_may_reach_it() -> None:
    undeclared = [
        path
        for path, pattern in addresses()
        if not path.startswith(GUARD_THEMSELVES)
        and not hasattr(pattern.callback, "needs")
        and not getattr(pattern.callback, "is_carrier_webhook", False)
        and not getattr(pattern.callback, "is_model_webhook", False)
    ]
    assert undeclared == []


def test_every_address_of_the_carrier_is_guarded_by_its_signature() -> None:
    assert [
        p for p, at in addresses() if p.startswith("twilio/") and not hasattr(at.callback, "is_carrier_webhook")
    ] == []


def test_what_anybody_may_reach_is_little() -> None:
    assert {path for path, pattern in addresses() if getattr(pattern.callback, "needs", None) == ""} == {
        "readyz",
        "metrics",
        "stop/",
        "stop/done/",
    }


@pytest.fixture
def nobody_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    """The vendors' own accounts, which these settings do not have, are not asked."""
    nothing = Unread("not asked")
    looked = Snapshot(timezone.now(), Ours(public_url="https://voice.example.com"), nothing, nothing)
    monkeypatch.setattr(readiness, "look", lambda **_: looked)

    def ring(**_: object) -> None:
        raise sound_check.UnableToTest("not rung")

    monkeypatch.setattr(sound_check, "ring", ring)


@pytest.fixture
def carrier_away(settings: Any) -> Iterator[None]:
    """Nobody answers where the carrier should be: every button says so, and none asks anybody outside."""
    settings.TWILIO_API_BASE = "http://127.0.0.1:9"
    get_client.cache_clear()
    yield
    get_client.cache_clear()


@pytest.mark.parametrize("who", PEOPLE)
@pytest.mark.usefixtures("nobody_is_asked", "carrier_away")
def test_a_role_meets_what_is_declared(who: str) -> None:
    """Every address in turn; what one has changed is undone before the next."""
    client, known = Client(), everything_there_is(who)
    if who != "stranger":
        client.force_login(User.objects.get(email="dana@example.com"))
    met = {}
    for pattern in dashboard.urlpatterns:
        known |= VERBS.get(pattern.name, {"verb": "pause", "verdict": "approve"})
        path = reverse(pattern.name, kwargs={name: known[name] for name in pattern.pattern.converters})
        answers = {status_of(client.get, path), status_of(client.post, path)} - {405}
        if who == "stranger":
            is_right = answers == {302}
        elif pattern.callback.needs in ROLES.get(who, ()):
            is_right = answers <= {200, 302}
        else:
            is_right = answers == {403}
        if not is_right:
            met[pattern.name] = answers
    assert met == {}


def status_of(ask: Callable[[str], Any], path: str) -> int:
    before = transaction.savepoint()
    response = ask(path)
    for close in response._resource_closers:  # without the end of a request, which would end the connection
        close()
    transaction.savepoint_rollback(before)
    return int(response.status_code)


def everything_there_is(who: str) -> dict[str, object]:
    """One of each thing that has an address, and Dana, who has this role."""
    call = screen.a_past_call()
    campaign = campaigns.a_campaign()
    decision = receipts_given.a_dialled_decision(call)
    dana = given.a_person("dana", *([who] if who in ROLES else []))
    return lines_given.a_row_of_each() | {
        "number_id": call.number_id,
        "assistant_id": call.assistant_id,
        "call_id": call.pk,
        "test_id": on_page.begun(dana).call.pk,
        "version_id": on_page.a_draft().pk,
        "recording_id": screen.a_tape(call).pk,
        "message_id": screen.a_message(call).pk,
        "callback_id": screen.a_callback(call).pk,
        "approval_id": screen.an_approval(call).pk,
        "campaign_id": campaign.pk,
        "import_id": campaigns.an_import(campaign).pk,
        "run_id": campaigns.a_dry_run(campaign).pk,
        "decision_id": decision.pk,
        "packet_id": receipts_given.a_packet(decision).pk,
        "erasure_id": receipts_given.an_erasure().pk,
        "consent_id": consents.a_signed_consent(evidence=ContentFile(b"a picture", "page.png")).pk,
        "file_id": number_lists.sent(b"2125550123\n", number_lists.a_list()).pk,
        "entry_id": campaigns.a_listed_number(call.customer_e164).pk,
        "ref": people.taken_by(people.a_seat(dana, name="Dana"), call).ref,
        "whom": f"k{call.pk}",
        "step": "numbers",
        "name": "pin",
        "state": "free",
    }


def test_a_stranger_learns_nothing_of_what_exists() -> None:
    call = screen.a_past_call()
    there, not_there = (Client().get(reverse("call", args=[pk])) for pk in (call.pk, 99_999_999))
    assert there.status_code == not_there.status_code == 302


def test_counters_are_for_this_machine_and_those_who_watch() -> None:
    assert b"calls_ended_total" in Client().get("/metrics").content
    from_afar = {"REMOTE_ADDR": "203.0.113.9"}
    assert Client().get("/metrics", **from_afar).status_code == 404
    client = Client()
    client.force_login(given.alice())
    assert client.get("/metrics", **from_afar).status_code == 200


def test_a_role_has_exactly_the_permissions_of_the_table() -> None:
    for role, wanted in ROLES.items():
        assert given.a_person(f"one-{role}", role).get_all_permissions() == set(wanted)


def test_nobody_signs_up() -> None:
    client = Client()
    client.post("/accounts/signup/", {"email": "eve@example.com", "password1": "a long enough secret"})
    assert client.get("/").status_code == 302
    assert not Call.objects.exists()
