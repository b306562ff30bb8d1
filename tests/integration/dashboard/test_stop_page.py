"""`/stop/`: anybody stops our calls to a number, learns nothing of it, and cannot do it for the whole book."""

import pytest
from django.test import Client

from compliance.models import Revocation, SuppressionEntry
from contactcenter import stop_page
from tests.given import CAROL

pytestmark = pytest.mark.django_db


def send(client: Client, number: str = "(415) 555-2671", **more: str) -> tuple[int, str]:
    response = client.post("/stop/", {"number": number, "scope": "all"} | more, follow=True)
    return response.status_code, response.content.decode()


def test_a_number_is_stopped_without_an_account_and_the_answer_never_says_whom_we_know() -> None:
    client = Client()
    assert client.get("/stop/").status_code == 200
    first, second, other = send(client), send(client), send(client, "+12125550101")
    assert first[0] == 200
    assert "We do not call this number any more." in first[1]
    assert first[1] == second[1] == other[1], "known, known again, unknown: the same page"
    assert CAROL not in first[1]
    kept = Revocation.objects.filter(number=CAROL).first()
    assert (kept.route, kept.scope) == ("web", "all")
    assert "127.0.0.1" not in kept.created_by_ref
    assert [entry.source for entry in SuppressionEntry.in_force(CAROL)] == ["web"]


def test_only_sales_calls() -> None:
    send(Client(), scope="marketing")
    assert [entry.scope for entry in SuppressionEntry.in_force(CAROL)] == ["marketing"]


@pytest.mark.parametrize(
    "form",
    [
        {"number": ""},
        {"number": "12"},
        {"number": "<script>"},
        {"number": "\x00" * 9},
        {"number": "9" * 5000},
        {"scope": "none"},
        {"scope": ""},
    ],
)
def test_what_makes_no_sense_is_said_and_not_kept(form: dict[str, str]) -> None:
    status, page = send(Client(), **({"number": CAROL} | form))
    assert status == 422
    assert 'class="fault"' in page
    assert "<script>" not in page.replace("<script src", "")
    assert Revocation.objects.count() == 0


def test_a_form_of_another_site_is_refused() -> None:
    assert Client(enforce_csrf_checks=True).post("/stop/", {"number": CAROL, "scope": "all"}).status_code == 403


def test_from_one_connection_come_only_so_many() -> None:
    client = Client()
    for count in range(stop_page.MOST):
        assert send(client, f"+1212555{1000 + count}")[0] == 200
    status, page = send(client)
    assert status == 429
    assert "Too many numbers" in page
    assert SuppressionEntry.in_force(CAROL) == []
    elsewhere = Client(REMOTE_ADDR="203.0.113.7")
    assert send(elsewhere)[0] == 200
    Revocation.objects.filter(number="+12125551000").delete()
    assert send(client)[0] == 200, "later, as the older ones count no more"


def test_it_is_no_page_to_be_put() -> None:
    assert Client().put("/stop/").status_code == 405
    assert Client().post("/stop/done/").status_code == 405
    assert Client().get("/stop/done/").status_code == 200
