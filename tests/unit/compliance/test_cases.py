"""Every listed case, against the pure rules."""

import csv
from pathlib import Path

import pytest

from calls.management import what_if_cases
from compliance import rules
from tests.unit.compliance.case_facts import LAW, of_case

FILE = Path(__file__).with_name("cases.csv")
with FILE.open(encoding="utf-8") as _lines:
    CASES = list(csv.DictReader(what_if_cases.lines_of(_lines)))


def test_they_are_all_there() -> None:
    assert len(CASES) == 136


@pytest.mark.parametrize("row", CASES, ids=lambda row: row["case_id"])
def test_the_gate_answers(row: dict[str, str]) -> None:
    case = what_if_cases.read(row)
    request, facts = of_case(case)
    judgement = rules.decide(request, facts, case.now, LAW)
    until = f"{judgement.until:%Y-%m-%dT%H:%M:%SZ}" if judgement.until else ""
    if row["expected"] == "DEFER" and not until:
        until = "condition"
    reason = judgement.reasons[0].code.value if judgement.reasons else "OK"
    assert (judgement.outcome.upper(), until, reason) == (row["expected"], row["until"], row["reason"]), judgement
