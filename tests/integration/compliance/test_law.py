"""The law in the books: there with the tables, changed by nobody, replaced at once in every process."""

from datetime import UTC, date, datetime

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, transaction

from compliance import law, ruleset
from compliance.models import AuditEntry, RuleRow, Ruleset, StateSwitch
from compliance.places import STATES
from tests.unit.compliance.case_facts import LAW, ROOT

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 12, 1, 15, tzinfo=UTC)
SHIPPED = (ROOT / "compliance/rulesets/2026-11.toml").read_text(encoding="utf-8")
NEXT = SHIPPED.replace('id = "2026-11"', 'id = "2027-02"').replace(
    "effective_from = 2026-01-01\n", "effective_from = 2027-02-01\n", 1
).replace('value = "3 in 24 h"', 'value = "2 in 24 h"')  # fmt: skip


def test_it_comes_with_the_tables_and_is_the_one_that_ships() -> None:
    assert Ruleset.objects.get().adopted_by_ref == "system"
    found = law.in_force(NOW)
    assert (found.id, found.sha256) == (LAW.id, LAW.sha256)
    assert law.in_force(NOW) is found  # loaded once


def test_every_state_and_territory_is_on_the_switch_board() -> None:
    assert set(StateSwitch.objects.values_list("state", flat=True)) == {*STATES, *ruleset.TERRITORIES}


@pytest.mark.parametrize("table", [Ruleset, RuleRow])
@pytest.mark.parametrize("act", ["update", "delete"])
def test_the_database_refuses_to_change_it(table: type[RuleRow], act: str) -> None:
    rows = table.objects.all()
    field = "value" if table is RuleRow else "sha256"
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        rows.update(**{field: "x"}) if act == "update" else rows._raw_delete(rows.db)


def test_a_new_one_decides_from_its_first_day_on_and_the_old_one_answers_for_old_days() -> None:
    adopted = law.adopt(NEXT, by="counsel@example.com", now=NOW)
    assert law.in_force(NOW).id == "2026-11"
    assert law.in_force(datetime(2027, 2, 1, tzinfo=UTC)).id == "2027-02" == adopted.pk
    assert law.of("2026-11").sha256 == LAW.sha256
    assert AuditEntry.objects.get(act="adopt_ruleset").actor_ref == "counsel@example.com"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (SHIPPED, "already"),
        (NEXT.replace('places = "FL"', 'places = "ZZ"'), "no state ZZ"),
        ("nonsense", "no file of a ruleset"),
    ],
    ids=["known", "wrong", "none"],
)
def test_what_is_known_or_wrong_is_not_adopted(text: str, said: str) -> None:
    with pytest.raises(ruleset.UnableToLoad, match=said):
        law.adopt(text, by="counsel@example.com", now=NOW)
    assert Ruleset.objects.count() == 1


def test_rows_that_are_not_those_of_the_hash_are_not_loaded() -> None:
    first = date(2027, 3, 1)
    tampered = Ruleset.objects.create(
        id="tampered", effective_from=first, sha256=LAW.sha256, adopted_at=NOW, adopted_by_ref="somebody"
    )
    RuleRow.objects.create(
        ruleset=tampered, kind="country", places="US CU", value="yes", effective_from=first, source="s", grade="P"
    )
    with pytest.raises(ruleset.UnableToLoad, match="not those that its hash"):
        law.in_force(datetime(2027, 3, 2, tzinfo=UTC))


@pytest.mark.parametrize("id_", ["", "2019-01", "x" * 50])
def test_one_that_nobody_knows_is_not_loaded(id_: str) -> None:
    with pytest.raises(ruleset.UnableToLoad):
        law.of(id_)


def test_before_its_first_day_there_is_no_law() -> None:
    with pytest.raises(ruleset.UnableToLoad, match="No ruleset"):
        law.in_force(datetime(2025, 12, 31, tzinfo=UTC))


def test_the_command_says_what_it_took_or_why_not(tmp_path: object) -> None:
    path = tmp_path / "2027-02.toml"
    path.write_text(NEXT, encoding="utf-8")
    call_command("adopt_ruleset", str(path), by="counsel@example.com")
    assert Ruleset.objects.filter(pk="2027-02").exists()
    with pytest.raises(CommandError, match="already"):
        call_command("adopt_ruleset", str(path), by="counsel@example.com")
    with pytest.raises(CommandError):
        call_command("adopt_ruleset", str(tmp_path / "none"), by="counsel@example.com")
