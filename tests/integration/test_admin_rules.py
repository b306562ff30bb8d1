"""Rules of numbers in Django admin: what makes no sense is not saved, and it is said where."""

from datetime import date
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from calls.models import BlockedCaller, Number, Schedule
from tests import given
from tests.integration.test_admin import RULES, an_admin

pytestmark = pytest.mark.django_db


@pytest.fixture
def client() -> Client:
    client = Client()
    client.force_login(an_admin())
    return client


def a_form(*hours: tuple[int, str, str], holidays: tuple[dict[str, str], ...] = ()) -> dict[str, str]:
    """The form of a schedule with its week and its holidays."""
    form = {"name": "Office"}
    for prefix, rows in (
        ("hours", [{"weekday": str(day), "opens": opens, "closes": closes} for day, opens, closes in hours]),
        ("holidays", list(holidays)),
    ):
        form |= {f"{prefix}-TOTAL_FORMS": str(len(rows)), f"{prefix}-INITIAL_FORMS": "0"}
        form |= {f"{prefix}-{n}-{name}": value for n, row in enumerate(rows) for name, value in row.items()}
    return form


def saved(client: Client, form: dict[str, str]) -> tuple[bool, str]:
    response = client.post(reverse("admin:calls_schedule_add"), form)
    return response.status_code == 302, "" if response.status_code == 302 else response.content.decode()


def test_a_schedule_is_made_with_its_week_and_holidays(client: Client) -> None:
    christmas = {"holiday_date": "2026-12-25", "name": "Christmas Day", "is_yearly": "on"}
    eve = {"holiday_date": "2026-12-24", "name": "Christmas Eve", "opens": "08:00", "closes": "12:00"}
    is_saved, _ = saved(client, a_form((0, "08:00", "12:00"), (0, "12:00", "18:00"), holidays=(christmas, eve)))
    assert is_saved
    schedule = Schedule.objects.get()
    assert [str(span) for span in schedule.hours.order_by("opens")] == ["Monday 08:00–12:00", "Monday 12:00–18:00"]
    assert schedule.holidays.get(name="Christmas Day").is_yearly
    page = client.get(reverse("admin:calls_schedule_changelist")).content.decode()
    assert "Monday 08:00–12:00, Monday 12:00–18:00" in page


@pytest.mark.parametrize(
    "hours",
    [
        ((0, "08:00", "12:01"), (0, "12:00", "18:00")),
        ((6, "22:00", "03:00"), (0, "02:00", "04:00")),
    ],
)
def test_hours_that_overlap_are_not_saved(client: Client, hours: tuple[tuple[int, str, str], ...]) -> None:
    is_saved, page = saved(client, a_form(*hours))
    assert not is_saved
    assert "overlaps Monday" in page
    assert not Schedule.objects.exists()


def test_a_holiday_has_both_times_or_none(client: Client) -> None:
    is_saved, page = saved(client, a_form(holidays=({"holiday_date": "2026-12-24", "name": "Eve", "opens": "08:00"},)))
    assert not is_saved
    assert "Give both times, or none" in page


NUMBER = {"e164": given.OURS, "is_active": "on", **RULES}


@pytest.mark.parametrize(
    ("fields", "where", "said"),
    [
        ({"time_zone": "Mars/Base"}, "time_zone", "Select a valid choice"),
        ({"e164": "+18005550100", "schedule": "{schedule}"}, "time_zone", "its digits do not tell"),
        ({"answered_by": "message"}, "message", "Write what callers hear."),
        ({"answered_by": "queue"}, "queue", "Say in which queue callers wait."),
        ({"answered_after_hours_by": "queue"}, "queue", "Say in which queue callers wait."),
        ({"answered_by": "pigeon"}, "answered_by", "Select a valid choice"),
        ({"countries_allowed": "US, Utopia"}, "countries_allowed", "Not a country: UTOPIA."),
        ({"countries_blocked": "XX"}, "countries_blocked", "Not a country: XX."),
        ({"door": "openai_sip"}, "door", "set OPENAI_PROJECT_ID"),
        ({"max_calls_at_once": "-1"}, "max_calls_at_once", "greater than or equal to 0"),
    ],
)
def test_rules_that_make_no_sense_are_not_saved(client: Client, fields: dict[str, str], where: str, said: str) -> None:
    schedule = given.a_schedule()
    form = NUMBER | {name: value.format(schedule=schedule.pk) for name, value in fields.items()}
    response = client.post(reverse("admin:calls_number_add"), form)
    assert response.status_code == 200
    assert said in str(response.context["adminform"].form.errors[where])
    assert not Number.objects.exists()


def test_rules_that_do_are(client: Client) -> None:
    schedule = given.a_schedule(Founders=date(2026, 11, 23))
    fields: dict[str, Any] = {"schedule": schedule.pk, "time_zone": "", "countries_allowed": "us, ca", "message": "Hi."}
    response = client.post(reverse("admin:calls_number_add"), NUMBER | fields)
    assert response.status_code == 302, response.context["adminform"].form.errors
    assert Number.objects.get().home_zone == "America/Los_Angeles"


@pytest.mark.parametrize("beginning", ["4155550100", "+0155", "+1", "+", "anonymous", "+1415555010012345"])
def test_a_blocked_caller_is_a_number_or_its_beginning(client: Client, beginning: str) -> None:
    response = client.post(reverse("admin:calls_blockedcaller_add"), {"beginning": beginning})
    assert response.status_code == 200
    assert not BlockedCaller.objects.exists()
