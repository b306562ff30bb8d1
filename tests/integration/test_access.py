"""Who may reach what: every address declares it, and every role meets exactly what was declared."""

from collections.abc import Iterator

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from calls.models import Call
from contactcenter.accounts import ROLES
from contactcenter.dashboard import urls as dashboard
from tests import calls_on_screen as screen
from tests import campaigns_on_screen as campaigns
from tests import given, number_lists, receipts_given
from tests import people_on_calls as people

pytestmark = pytest.mark.django_db

# Other people's applications guard their own addresses: Django admin by staff and permission, allauth by sign-in.
GUARD_THEMSELVES = ("admin/", "accounts/")
PEOPLE = [*ROLES, "nobody", "stranger"]


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


@pytest.mark.parametrize("who", PEOPLE)
@pytest.mark.parametrize("pattern", dashboard.urlpatterns, ids=lambda pattern: pattern.name)
def test_a_role_meets_what_is_declared(pattern: URLPattern, who: str) -> None:
    call = screen.a_past_call()
    tape = screen.a_tape(call)
    known = {"call_id": call.pk, "recording_id": tape.pk, "verb": "pause", "name": "pin"}
    known |= {"message_id": screen.a_message(call).pk, "callback_id": screen.a_callback(call).pk}
    campaign = campaigns.a_campaign()
    known |= {"campaign_id": campaign.pk, "import_id": campaigns.an_import(campaign).pk, "step": "numbers"}
    known |= {"whom": f"k{call.pk}", "run_id": campaigns.a_dry_run(campaign).pk}
    if {"decision_id", "packet_id", "erasure_id"} & pattern.pattern.converters.keys():
        decision = receipts_given.a_dialled_decision(call)
        known |= {"decision_id": decision.pk, "packet_id": receipts_given.a_packet(decision).pk}
        known |= {"erasure_id": receipts_given.an_erasure().pk}
    known |= {"approval_id": screen.an_approval(call).pk, "verdict": "approve"}
    known |= {"file_id": number_lists.sent(b"2125550123\n", number_lists.a_list()).pk}
    known |= {"entry_id": campaigns.a_listed_number(call.customer_e164).pk}
    dana = given.a_person("dana", *([who] if who in ROLES else []))
    offer = people.taken_by(people.a_seat(dana, name="Dana"), call)
    known |= {"ref": offer.ref, "state": "free"}
    known |= {"verdict": "send-back"} if pattern.name == "campaign-approval" else {}
    known |= {"verb": {"call-control": "hold", "desk-offer": "decline"}.get(pattern.name, "pause")}
    names = pattern.pattern.converters
    path = reverse(pattern.name, kwargs={name: known[name] for name in names})
    client = Client()
    if who != "stranger":
        client.force_login(dana)
    answers = {client.get(path).status_code, client.post(path).status_code} - {405}
    if who == "stranger":
        assert answers == {302}
    elif pattern.callback.needs in ROLES.get(who, ()):
        assert answers <= {200, 302}
    else:
        assert answers == {403}


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
