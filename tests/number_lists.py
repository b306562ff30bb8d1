"""Builders for lists of numbers and their files."""

import io
import itertools
from datetime import UTC, datetime
from typing import Any

from compliance import imports, lists
from compliance.models import ListedNumber, ListImport, NumberList, ReassignedAnswer, SuppressionEntry

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
TODAY = NOW.date()
_names = itertools.count(1)


def a_list(kind: str = "national", **fields: Any) -> NumberList:
    return NumberList.objects.create(name=f"List {next(_names)}", kind=kind, **fields)


def a_file(*numbers: int, head: str = "") -> bytes:
    return (head + "".join(f"{number}\n" for number in numbers)).encode()


def some(count: int, start: int = 2125550000) -> list[int]:
    return [*range(start, start + count)]


def sent(content: bytes, of: NumberList | None = None, into: str = "list", **fields: Any) -> ListImport:
    given = {"name": "numbers.csv", "version_date": TODAY, "now": NOW, "by": "alice@example.com", **fields}
    return imports.accept(file=io.BytesIO(content), size=len(content), into=into, of=of, **given)


def done(content: bytes, of: NumberList | None = None, into: str = "list", **fields: Any) -> ListImport:
    made = sent(content, of, into, **fields)
    assert not imports.bring_on(import_id=made.pk, clock=lambda: NOW)
    made.refresh_from_db()
    return made


def on(number: int) -> set[str]:
    return {one.name for one in lists.standing_of(f"+1{number}") if one.is_listed}


def held(of: NumberList) -> set[int]:
    copy = of.copy_in_force()
    return set() if copy is None else {*ListedNumber.objects.filter(copy=copy).values_list("number", flat=True)}


def an_entry(number: str = "+12125550123") -> SuppressionEntry:
    return SuppressionEntry.list(number=number, scope="all", source="web", by="carol@example.com", now=NOW)[0]


def an_answer(number: str = "+12125550123") -> None:
    ReassignedAnswer.keep(answers=[(number, TODAY, "no")], source="answers.csv", by="alice@example.com", now=NOW)
