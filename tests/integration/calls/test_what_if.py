"""`manage.py what_if`: every listed case through the real tables, of which nothing stays; and files that are wrong."""

import csv
import io
from pathlib import Path

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command
from django.utils import timezone

from calls.management import what_if_cases
from compliance import opt_out
from compliance.lists import standing_of
from compliance.models import ConsentRecord, OutboundSwitch, Person, StateSwitch
from tests import number_lists

pytestmark = pytest.mark.django_db
LISTED = Path(__file__).parents[2] / "unit/compliance/cases.csv"


def asked(path: Path) -> list[dict[str, str]]:
    out = io.StringIO()
    call_command("what_if", str(path), stdout=out, stderr=io.StringIO())
    return list(csv.DictReader(io.StringIO(out.getvalue())))


def of_rows(tmp_path: Path, *lines: str) -> list[dict[str, str]]:
    path = tmp_path / "cases.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return asked(path)


def counted() -> dict[str, int]:
    return {
        model._meta.label: model._default_manager.count()
        for model in apps.get_models()
        if model._meta.app_label in ("compliance", "calls")
    }


def test_every_listed_case_has_its_answer_and_leaves_nothing_behind() -> None:
    with LISTED.open(encoding="utf-8") as file:
        wanted = list(csv.DictReader(what_if_cases.lines_of(file)))
    before = counted()
    answers = asked(LISTED)
    assert [(answer["case_id"], answer["outcome"], answer["until_utc"], answer["reason"]) for answer in answers] == [
        (row["case_id"], row["expected"], row["until"], row["reason"]) for row in wanted
    ]
    assert counted() == before


def test_all_reasons_are_told_in_their_order(tmp_path: Path) -> None:
    (answer,) = of_rows(
        tmp_path,
        "case_id,to,now_utc,consent,caller_id,internal_dnc,flags",
        "a,+12125550101,2026-12-01T08:00:00Z,revoked_all,bad,all,kill_switch;no_capacity",
    )
    assert answer["outcome"] == "DENY"
    assert answer["reasons"].split(";") == [
        "CALLER_ID_INVALID", "INTERNAL_DNC", "CONSENT_REVOKED", "KILL_SWITCH", "QUIET_HOURS", "NO_CAPACITY",
    ]  # fmt: skip


def test_what_is_on_file_already_is_left_aside_and_left_alone(tmp_path: Path) -> None:
    now = timezone.now()
    number_lists.done(number_lists.a_file(12125550101, 12125550102), number_lists.a_list())
    opt_out.revoke(number="+12125550101", route="web", by="system", now=now)
    ConsentRecord.record(number="+12125550101", kind="oral", by="system", now=now)
    Person.objects.create(number="+12125550101", address_state="RI", created_at=now, updated_at=now)
    StateSwitch.objects.filter(state="NY").update(is_enabled=False)
    OutboundSwitch.objects.update(is_off=True)
    before = counted()
    (answer,) = of_rows(tmp_path, "case_id,to,now_utc", "a,+12125550101,2026-12-01T15:00:00Z")
    assert answer["reasons"] == "OK"
    assert counted() == before
    assert OutboundSwitch.objects.get().is_off
    assert {one.is_listed for one in standing_of("+12125550101") if one.version_date} == {True}


WRONG = {
    "now_utc": ["", "yesterday", "2026-13-01T00:00:00Z", "9999999999", "0001-01-01T00:00:00Z"],
    "voice": ["robot"],
    "purpose": ["sales"],
    "consent": ["maybe"],
    "consent_age_days": ["-1", "ten", "1e9", "9999999", "٣"],
    "addr_state": ["XX", "New York"],
    "addr_tz": ["Mars/Base", "../../etc/passwd"],
    "ebr": ["purchase", "purchase:", "sale:3"],
    "attempts_utc": ["2026-12-01T14:00:00Z;soon"],
    "campaign_abandon_pct": ["nan", "101", "many"],
    "flags": ["panic", "state_suspended:XX", "counsel_ok"],
    "natl_dnc": ["perhaps"],
    "rnd": ["dunno"],
}


def test_a_row_that_cannot_be_understood_says_why_and_the_others_are_answered(tmp_path: Path) -> None:
    lines = ["case_id," + ",".join(["to", *WRONG]) + ",more"]
    plain = {"to": "+12125550101", "now_utc": "2026-12-01T15:00:00Z"}
    cases = [(name, value) for name, values in WRONG.items() for value in values]
    for number, (name, value) in enumerate(cases):
        row = plain | {name: value}
        lines.append(f"{number}," + ",".join(row.get(column, "") for column in ("to", *WRONG)) + ",ignored,and,more")
    answers = of_rows(tmp_path, *lines, f"last,{plain['to']},{plain['now_utc']}")
    assert answers[-1]["outcome"] == "ALLOW"
    for (name, _), answer in zip(cases, answers, strict=False):
        assert (answer["outcome"], answer["reason"]) == ("ERROR", "ROW_NOT_UNDERSTOOD")
        assert name in answer["reasons"]
        assert answer["reasons"].endswith(".")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "no column to, now_utc"),
        (b"case_id,to\na,+12125550101\n", "no column now_utc"),
        (b"to,to,now_utc\n", "column to twice"),
        (b"to,now_utc\n\xff\xfe\xff,2026\n", "cannot be read"),
        (b"PK\x03\x04\x00\x00", "no column"),
    ],
    ids=["empty", "missing", "twice", "encoding", "spreadsheet"],
)
def test_a_file_that_is_none_is_refused_with_a_sentence(tmp_path: Path, content: bytes, said: str) -> None:
    path = tmp_path / "cases.csv"
    path.write_bytes(content)
    with pytest.raises(CommandError, match=said):
        asked(path)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="cannot be read"):
        asked(tmp_path / "none.csv")


@pytest.mark.parametrize("to", ["", "\0", "9" * 3000, "=cmd()", "911", "+1\u0661\u0662"])
def test_hostile_destinations_are_answered(tmp_path: Path, to: str) -> None:
    (answer,) = of_rows(tmp_path, "case_id,to,now_utc", f"a,{to},2026-12-01T15:00:00Z")
    assert answer["outcome"] in ("DENY", "ERROR")
