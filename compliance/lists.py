"""What lists say about a number: those that others keep, with the age of our copies, and the newest answer about
reassignment.

The copies in force are read first, and then the numbers of exactly these copies: between the two another copy may
come into force, and the answer is that of the one that was (`compliance.models.listed`).
"""

from dataclasses import dataclass, replace
from datetime import date, datetime

from django.db import connection

from compliance.models import NumberList


@dataclass(frozen=True, slots=True)
class ListCopy:
    """The copy in force of a list that others keep; `version_date` None: there is no copy.

    `is_listed`: the number stands on it.
    """

    name: str
    kind: str  # national, state, litigator, protected
    state: str = ""
    version_date: date | None = None
    retrieved_at: datetime | None = None
    max_age_days: int = 31
    is_required: bool = True
    is_listed: bool = False


@dataclass(frozen=True, slots=True)
class ReassignedFacts:
    """The newest answer of the Reassigned Numbers Database: no, yes, no_data; and about which day it was asked."""

    answer: str
    asked_date: date
    answered_at: datetime


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a number stands: every list, with whether it is on it, and the newest answer about reassignment."""

    lists: tuple[ListCopy, ...]
    reassigned: ReassignedFacts | None


# Nobody has set up the registry: that is no reason to call.
_NO_REGISTRY = ListCopy(name="National do-not-call registry", kind=NumberList.Kind.NATIONAL)

_COPIES = """
SELECT list.name, list.kind, list.state, held.version_date, held.retrieved_at, list.max_age_days, list.is_required,
       held.id
FROM compliance_numberlist list
LEFT JOIN compliance_numberlistcopy held ON held.of_id = list.id AND held.state = 'in_force'
ORDER BY list.kind, list.state, list.name
"""
_OF_NUMBER = """
SELECT copy_id, NULL, NULL, NULL FROM compliance_listednumber WHERE number = %s AND copy_id = ANY(%s)
UNION ALL
(SELECT NULL, answer, asked_date, answered_at FROM compliance_reassignedanswer WHERE number = %s
 ORDER BY answered_at DESC, id DESC LIMIT 1)
"""


def standing_of(number: str) -> Standing:
    """Where a number, as E.164, stands. Two queries. A number that is none stands on no list, and is not called."""
    digits = number.removeprefix("+")
    with connection.cursor() as cursor:
        cursor.execute(_COPIES)
        copies = cursor.fetchall()
        held = [row[-1] for row in copies if row[-1] is not None]
        key = int(digits) if digits.isascii() and digits.isdecimal() and len(digits) <= 15 else 0
        cursor.execute(_OF_NUMBER, [key, held, number])
        found = cursor.fetchall()
    on = {row[0] for row in found if row[0] is not None}
    answer = next((ReassignedFacts(*row[1:]) for row in found if row[0] is None), None)
    lists = tuple(replace(ListCopy(*row[:-1]), is_listed=row[-1] in on) for row in copies)
    if not any(one.kind == NumberList.Kind.NATIONAL for one in lists):
        lists = (_NO_REGISTRY, *lists)
    return Standing(lists, answer)
