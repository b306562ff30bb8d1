"""The pages of numbers and trunks: what is shown, what is refused in words, and what is asked before it is done."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.test import Client
from django.urls import reverse

from calls.models import Number, NumberOrder, SipAccessList, Trunk
from compliance.models import AuditEntry
from tests import given, lines_given
from tests.sandbox_carrier import Sandbox, a_sandbox

pytestmark = pytest.mark.django_db
NEW = "+14155550150"


@pytest.fixture
def client() -> Client:
    """Ada administers."""
    client = Client()
    client.force_login(given.a_person("ada", "admin"))
    return client


@pytest.fixture
def carrier(settings: Any) -> Iterator[Sandbox]:
    with a_sandbox(settings, given.OURS) as sandbox:
        yield sandbox


def page(client: Client, name: str, query: dict[str, str] | None = None, **where: object) -> str:
    answer = client.get(reverse(name, kwargs=where), query or {})
    assert answer.status_code == 200
    return answer.content.decode()


def press(client: Client, name: str, form: dict[str, object] | None = None, **where: object) -> str:
    answer = client.post(reverse(name, kwargs=where), form or {}, follow=True)
    assert answer.status_code == 200
    return answer.content.decode()


def offer_in(html: str) -> str:
    found = re.search(r'name="offer" value="([^"]+)"', html)
    assert found is not None
    return found[1]


def test_without_numbers_the_page_says_what_to_do(client: Client) -> None:
    assert "Buy the first number" in page(client, "numbers")
    assert "No trunk is known here" in page(client, "trunks")
    assert "No list is known here" in page(client, "sending")
    assert "No number fits all of this" in page(client, "numbers", {"q": "zebra"})


def test_a_number_is_looked_for_looked_at_and_bought_once(client: Client, carrier: Sandbox) -> None:
    assert "+1 415-555-0150" in page(client, "number-search", {"country": "us", "kind": "local", "contains": "0150"})
    asked = page(client, "number-buy", {"number": NEW, "kind": "local"})
    assert "It costs 1.15 USD a month" in asked
    form = {"offer": offer_in(asked), "label": "Sales"}
    for _ in range(2):
        assert "Bought." in press(client, "number-buy", form)
    assert NumberOrder.objects.count() == 1
    assert "Sales" in page(client, "numbers", {"q": "555-0150", "state": "us"})


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ({"country": "usa", "kind": "local"}, "at most 2 characters"),
        ({"country": "", "kind": "local"}, "required"),
        ({"country": "US", "kind": "short-code"}, "text messages only"),
        ({"country": "GB", "kind": "local", "area_code": "415"}, "of the US and Canada"),
        ({"country": "US", "kind": "mobile"}, "Nothing of this kind is for sale"),
        ({"country": "US", "kind": "<script>"}, "Select a valid choice"),
    ],
)
def test_a_search_that_cannot_be_asked_is_answered_in_words(
    query: dict[str, str], said: str, client: Client, carrier: Sandbox
) -> None:
    assert said in page(client, "number-search", query)


@pytest.mark.parametrize("number", ["", "nonsense", "+", "+1415", "'; drop table", "+999999999999999"])
def test_what_is_no_number_cannot_be_looked_at(number: str, client: Client, carrier: Sandbox) -> None:
    answer = client.get(reverse("number-buy"), {"number": number}, follow=True)
    assert answer.status_code == 200
    assert "Choose a number first." in answer.content.decode()


def test_an_offer_that_somebody_has_changed_is_not_taken(client: Client, carrier: Sandbox) -> None:
    offer = offer_in(page(client, "number-buy", {"number": NEW}))
    assert "open for too long" in press(client, "number-buy", {"offer": offer + "x"})
    assert not NumberOrder.objects.exists()


def test_a_carrier_that_is_away_is_said_and_no_page_breaks(client: Client, carrier: Sandbox) -> None:
    for answer in ("500", "429"):
        carrier.fail(answer, count=9)
        html = page(client, "number-search", {"country": "US", "kind": "local"})
        assert 'class="fault" role="alert"' in html
        assert "The carrier did not tell the price" in page(client, "number-buy", {"number": NEW})
        assert 'data-level="error"' in press(client, "trunks-read")


def test_a_number_that_vanished_is_said_and_another_is_offered(client: Client, carrier: Sandbox) -> None:
    asked = page(client, "number-buy", {"number": NEW})
    carrier.ask("POST", "market/sold", number=NEW)
    html = press(client, "number-buy", {"offer": offer_in(asked)})
    assert "Somebody else has bought this number in the meantime." in html
    assert "Look for another" in html


def test_a_number_is_pointed_overridden_and_given_back(client: Client, carrier: Sandbox) -> None:
    number = given.a_number()
    where = {"number_id": number.pk}
    assert "never pointed at us" in page(client, "numbers")
    assert "4 settings were changed" in press(client, "number-configure", {"overrides": "rc=2"}, **where)
    assert "from 0 to 5" in press(client, "number-configure", {"overrides": "rc=7"}, **where)
    assert "write the whole number" in press(client, "number-release", {"typed": "0100"}, **where)
    assert "was given back" in press(client, "number-release", {"typed": given.OURS}, **where)
    assert "given back" in page(client, "numbers", {"state": "gone"})
    assert {"point_number", "release_number"} <= {*AuditEntry.objects.values_list("act", flat=True)}


def test_a_trunk_is_made_pointed_and_deleted_on_its_pages(client: Client, carrier: Sandbox) -> None:
    plan = {"name": "Berlin", "transfer": "disable-all", "transfer_caller": "from-transferee", "trim": "do-not-trim"}
    plan |= {"recording": "do-not-record", "disaster_url": "https://voice.example.com/twilio/disaster/"}
    assert "Letters, digits and hyphens" in press(client, "trunk-new", plan | {"domain": "acme.example.com"})
    html = press(client, "trunk-new", plan)
    trunk = Trunk.objects.get()
    assert "and not when we are" in html
    for code in ("486", "603"):
        assert f"<code>{code}</code>" in html
    where = {"trunk_id": trunk.pk}
    target = {"uri": "sips:pbx.example.com", "priority": "10", "weight": "10", "is_on": "on"}
    assert ";transport=tls" in press(client, "trunk-target-add", target, **where)
    assert "is on the trunk" in press(client, "trunk-target-add", target | {"uri": "sip:pbx.example.com"}, **where)
    one = trunk.targets.get()
    for verb, form in (("off", {}), ("on", {}), ("set", {"priority": "5", "weight": "7"})):
        assert "Changed at the carrier." in press(client, "trunk-target", form, target_id=one.pk, verb=verb)
    assert "whole numbers" in press(client, "trunk-target", {"weight": "much"}, target_id=one.pk, verb="set")
    one.refresh_from_db()
    assert (one.priority, one.weight) == (5, 7)
    assert "needs ;transport=tls" in press(client, "trunk-change", plan | {"is_secure": "on"}, **where)
    assert "write the trunk" in press(client, "trunk-delete", {"typed": "no"}, **where).lower()
    assert "The trunk is deleted." in press(client, "trunk-delete", {"typed": "Berlin"}, **where)


def test_passwords_are_in_no_page(client: Client, carrier: Sandbox) -> None:
    press(client, "sip-list-new", {"name": "Users", "kind": "credentials"})
    of = SipAccessList.objects.get()
    for password in ("Twelve-chars-1", "Short-1"):
        html = press(client, "sip-list", {"user": "pbx", "password": password}, list_id=of.pk, verb="user")
        assert password not in html
    assert "<code>pbx</code>" in page(client, "sending")


def test_who_only_looks_sees_no_buttons_and_may_press_none() -> None:
    client = Client()
    client.force_login(given.alice())
    trunk = lines_given.a_trunk()
    number = given.a_number()
    for html in (page(client, "numbers"), page(client, "trunk", trunk_id=trunk.pk), page(client, "sending")):
        assert '<form method="post" action="/trunks' not in html
        assert "Buy a number" not in html
    for name, where in (("number-release", {"number_id": number.pk}), ("trunk-delete", {"trunk_id": trunk.pk})):
        assert client.post(reverse(name, kwargs=where)).status_code == 403
    assert Number.objects.get().released_at is None


def test_lists_are_given_as_tables_for_spreadsheets(client: Client) -> None:
    given.a_number(label="=1+1")
    lines_given.a_trunk()

    def rows(name: str) -> list[str]:
        answer = client.get(reverse(name))

        async def collect() -> bytes:
            return b"".join([part async for part in answer.streaming_content])

        return async_to_sync(collect)().decode().splitlines()

    assert rows("numbers-export")[1].startswith("'+14155550100,'=1+1")
    assert len(rows("trunks-export")) == 3


def test_the_document_for_disasters_is_a_file(client: Client, settings: Any) -> None:
    settings.FALLBACK_NUMBER = ""
    answer = client.get(reverse("trunk-disaster"))
    assert "attachment" in answer["Content-Disposition"]
    assert "<Say>We are sorry, our telephone system cannot be reached" in answer.content.decode()
    settings.FALLBACK_NUMBER = "+12125550170"
    assert "<Dial>+12125550170</Dial>" in client.get(reverse("trunk-disaster")).content.decode()
