"""The law as data: what is loaded, what is refused, and which days and hours come of it."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta

import pytest

from compliance import rule_values, rules, ruleset
from compliance.places import STATES
from compliance.rule_values import BARRED, Hours
from compliance.ruleset import RuleRow, UnableToLoad, content_hash, load
from tests.unit.compliance.case_facts import LAW, ROOT
from tests.unit.compliance.oracle import holidays, is_holiday

FILES = sorted((ROOT / "compliance/rulesets").glob("*.toml"))
ROWS = LAW.rows


def loaded(*rows: RuleRow) -> ruleset.Ruleset:
    first = LAW.effective_from
    return load(id_="x", effective_from=first, rows=rows, sha256=content_hash("x", first, rows))


def hours(kind: str = "hours", **fields: object) -> RuleRow:
    known = {"places": "NY", "value": "08:00-21:00", "purposes": "telemarketing", "source": "s", "grade": "P"}
    return RuleRow(kind=kind, **({"effective_from": date(2020, 1, 1)} | known | fields))


# --- what is loaded ---


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_what_ships_is_whole_and_named_after_its_file(path: object) -> None:
    id_, first, rows = ruleset.read_file(path.read_text(encoding="utf-8"))
    assert load(id_=id_, effective_from=first, rows=rows, sha256=content_hash(id_, first, rows)).id == id_ == path.stem


def test_the_newest_is_the_one_that_decisions_name() -> None:
    assert FILES[-1].stem == rules.RULESET == LAW.id


def test_the_hash_is_of_what_the_rows_say_not_of_their_order() -> None:
    first = LAW.effective_from
    assert content_hash(LAW.id, first, ROWS[::-1]) == LAW.sha256
    changed = [replace(row, value="08:00-21:00") if row.places == "RI" else row for row in ROWS]
    for other in (("y", first, ROWS), (LAW.id, first + timedelta(1), ROWS), (LAW.id, first, changed)):
        assert content_hash(*other) != LAW.sha256


WRONG: dict[str, Callable[[], object]] = {
    "a hash of something else": lambda: load(id_=LAW.id, effective_from=LAW.effective_from, rows=ROWS, sha256="0" * 64),
    "a row that was changed": lambda: load(
        id_=LAW.id, effective_from=LAW.effective_from, rows=ROWS[1:], sha256=LAW.sha256
    ),
    "a state without hours": lambda: loaded(*(row for row in ROWS if "AK" not in row.places)),
    "hours that end": lambda: loaded(
        *(replace(row, effective_to=date(2030, 1, 1)) if row.places == "TX" else row for row in ROWS)
    ),
    "hours that begin too late": lambda: loaded(
        *(replace(row, effective_from=date(2027, 1, 1)) if row.places == "TX" else row for row in ROWS)
    ),
    "no hours for everybody": lambda: loaded(*(row for row in ROWS if row.kind != "hours" or row.places != "US")),
    "two at the same time": lambda: loaded(*ROWS, hours(effective_from=date(2026, 6, 1))),
    "two limits of a name": lambda: loaded(*ROWS, *(row for row in ROWS if row.kind == "limit")),
    "a kind nobody knows": lambda: loaded(*ROWS, hours("moon")),
    "a state nobody knows": lambda: loaded(*ROWS, hours(places="ZZ")),
    "no place": lambda: loaded(*ROWS, hours(places="")),
    "no source": lambda: loaded(*ROWS, hours(source="", places="NY", purposes="healthcare")),
    "a voice nobody has": lambda: loaded(*ROWS, hours(voice="robot")),
    "a purpose nobody has": lambda: loaded(*ROWS, hours(purposes="sales")),
    "any and one": lambda: loaded(*ROWS, hours(purposes="any healthcare")),
    "an end before the beginning": lambda: loaded(*ROWS, hours(purposes="healthcare", effective_to=date(2019, 1, 1))),
    "a value nobody understands": lambda: loaded(*ROWS, hours(purposes="healthcare", value="in the morning")),
    "no file": lambda: ruleset.read_file("rows = 3"),
    "a broken file": lambda: ruleset.read_file("= ["),
    "a column nobody knows": lambda: ruleset.read_file(
        'id = "x"\neffective_from = 2026-01-01\nrows = [{ kind = "hours", moon = "full" }]'
    ),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_what_is_not_whole_is_not_loaded_and_says_why(wrong: str) -> None:
    with pytest.raises(UnableToLoad) as problem:
        WRONG[wrong]()
    assert len(str(problem.value)) > 20


def test_a_change_of_law_is_two_rows_and_each_answers_for_its_days() -> None:
    day = date(2027, 3, 2)
    old = next(row for row in ROWS if row.kind == "hours" and row.places == "TX")
    others = [row for row in ROWS if row is not old]
    new = replace(old, value="10:00-18:00", effective_from=day)
    law = loaded(*others, replace(old, effective_to=day), new)
    asked = {"voice": "ai", "purpose": "telemarketing"}
    assert law.hours("TX", **asked, day=day - timedelta(1))[0] == Hours(9 * 60, 21 * 60)
    assert law.hours("TX", **asked, day=day)[0] == Hours(10 * 60, 18 * 60)


def test_a_figure_that_is_not_there_is_no_figure() -> None:
    with pytest.raises(KeyError):
        LAW.limit("something else", date(2026, 12, 1))


# --- days and hours ---


@pytest.mark.parametrize("state", ["AL", "LA", "NE", "PA", "RI", "UT"])
def test_holidays_are_those_of_a_calendar_and_are_observed(state: str) -> None:
    day = date(2026, 1, 1)
    while day < date(2037, 1, 1):
        assert LAW.is_holiday(state, day) == is_holiday(state, day), day
        day += timedelta(1)


def test_listed_holidays() -> None:
    """As 5 July 2027, a Monday after a Sunday, and 31 December 2027, a Friday before a Saturday."""
    assert all(LAW.is_holiday("RI", day) for day in (date(2027, 7, 5), date(2027, 12, 31), date(2027, 8, 9)))
    assert date(2027, 2, 9) in holidays("LA", 2027)
    assert not any(
        LAW.is_holiday(state, date(2027, 7, 5)) for state in set(STATES) - {"AL", "LA", "NE", "PA", "RI", "UT"}
    )


@pytest.mark.parametrize(
    ("text", "day", "found"),
    [
        ("08:00-20:00", date(2026, 12, 6), Hours(480, 1200)),
        ("09:00-18:00, sat 10:00-17:00, sun barred", date(2026, 12, 5), Hours(600, 1020)),
        ("09:00-18:00, sat 10:00-17:00, sun barred", date(2026, 12, 6), BARRED),
        ("09:00-18:30", date(2026, 12, 4), Hours(540, 1110)),
    ],
)
def test_hours_are_read(text: str, day: date, found: Hours) -> None:
    assert rule_values.read_hours(text).on(day, is_holiday=False) == found


WRONG_VALUES = [
    ("hours", ""), ("hours", "8-20"), ("hours", "20:00-08:00"), ("hours", "08:00-25:00"), ("hours", "08:60-20:00"),
    ("hours", "sun barred"), ("hours", "08:00-20:00, 09:00-10:00"), ("hours", "08:00-20:00, mon barred"),
    ("holiday", "02-30"), ("holiday", "13-01"), ("holiday", "6th mon of 01"), ("holiday", "1st mon of 13"),
    ("holiday", "easter"), ("cap", "0 in 24 h"), ("cap", "3 a day"), ("consent", "maybe"), ("number", "many"),
    ("number", "-1"), ("number", "nan"), ("nothing", ""),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "text"), WRONG_VALUES, ids=str)
def test_what_cannot_be_read_is_refused(kind: str, text: str) -> None:
    with pytest.raises(rule_values.UnableToRead):
        getattr(rule_values, f"read_{kind}")(text)
