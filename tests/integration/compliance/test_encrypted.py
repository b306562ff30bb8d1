"""Encrypted columns in a real database: nothing readable in it, found again, and moved to another key."""

from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from compliance.models import Person

pytestmark = pytest.mark.django_db
NAMES = ("Ana Ruiz", "Ana Maria Lopez", "Bo Ruiz")


@pytest.fixture(autouse=True)
def people() -> None:
    for number, name in enumerate(NAMES):
        of = {"address": f"{number} Main Street", "email": f"p{number}@example.com"}
        at = timezone.now()
        Person.objects.create(number=f"+1415555260{number}", name=name, created_at=at, updated_at=at, **of)


def raw() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT name, email, address FROM compliance_person")
        return repr(cursor.fetchall())


def names(**asked: object) -> set[str]:
    return set(Person.objects.filter(**asked).values_list("name", flat=True))


def test_the_database_holds_nothing_that_can_be_read() -> None:
    for words in ("Ana", "Ruiz", "example", "Main"):
        assert words not in raw()


def test_names_are_found_whole_by_words_and_by_being_empty() -> None:
    assert names(name="ana ruiz") == {"Ana Ruiz"}
    assert names(name__icontains="ruiz") == {"Ana Ruiz", "Bo Ruiz"}
    assert names(name__icontains="Lopez Ana") == {"Ana Maria Lopez"}
    assert names(name__icontains="Rui") == set()
    assert names(name__in=["Bo Ruiz", "Nobody"]) == {"Bo Ruiz"}
    assert names(email="P1@example.com") == {"Ana Maria Lopez"}
    assert names(name="") == set()
    Person.objects.filter(number="+14155552600").update(name="")
    assert Person.objects.exclude(name="").count() == 2


def test_keys_are_rotated_and_the_old_one_is_needed_no_more(settings: Any) -> None:
    old = settings.FIELD_KEYS[0]
    settings.FIELD_KEYS = ["a new key", old]
    out = StringIO()
    call_command("rotate_field_keys", dry_run=True, stdout=out)
    assert "compliance.Person.name: 3 to encrypt anew" in out.getvalue()
    call_command("rotate_field_keys", stdout=out)
    settings.FIELD_KEYS = ["a new key"]
    assert names() == set(NAMES)
    assert names(name__icontains="ruiz") == {"Ana Ruiz", "Bo Ruiz"}
    out = StringIO()
    call_command("rotate_field_keys", stdout=out)
    assert "compliance.Person.name: 0 encrypted anew" in out.getvalue()


def test_what_no_key_fits_is_counted_and_left_alone(settings: Any) -> None:
    before, settings.FIELD_KEYS = raw(), ["a wrong key"]
    out = StringIO()
    with pytest.raises(SystemExit):
        call_command("rotate_field_keys", stdout=out)
    assert "3 cannot be read" in out.getvalue()
    assert raw() == before
