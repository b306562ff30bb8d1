"""What the lists that others keep say about numbers, and how old our copies of them are.

The copies in force are read first, and then the numbers of exactly these copies: between the two another copy may
come into force, and the answer is that of the one that was (`compliance.models.listed`).
"""

from collections.abc import Sequence
from dataclasses import replace

from django.db import connection

from compliance.customer import ListCopy
from compliance.models import NumberList

_LONGEST = 15  # digits of an E.164 number
# Nobody has set up the registry: that is no reason to call.
_NO_REGISTRY = ListCopy(name="National do-not-call registry", kind=NumberList.Kind.NATIONAL)

_COPIES = """
SELECT list.name, list.kind, list.state, held.version_date, held.retrieved_at, list.max_age_days, list.is_required,
       held.id
FROM compliance_numberlist list
LEFT JOIN compliance_numberlistcopy held ON held.of_id = list.id AND held.state = 'in_force'
ORDER BY list.kind, list.state, list.name
"""
_OF_NUMBERS = "SELECT number, copy_id FROM compliance_listednumber WHERE number = ANY(%s) AND copy_id = ANY(%s)"


def standing_of(number: str) -> tuple[ListCopy, ...]:
    """Every list, with the copy of it that is in force and whether this number (E.164) stands on it. Two queries.

    A list of which there is no copy in force is told without a date; so is the national registry when nobody has set
    it up. What is no number stands nowhere, and is not called.
    """
    (standing,) = standing_of_each([number])
    return standing


def standing_of_each(numbers: Sequence[str]) -> list[tuple[ListCopy, ...]]:
    """The same for some hundred numbers, in their order; two queries too."""
    asked = [_as_listed(number) for number in numbers]
    with connection.cursor() as cursor:
        cursor.execute(_COPIES)
        copies = cursor.fetchall()
        held = [row[-1] for row in copies if row[-1] is not None]
        looked_up = sorted({number for number in asked if number is not None})
        on: dict[int | None, set[int]] = {}
        if held and looked_up:
            cursor.execute(_OF_NUMBERS, [looked_up, held])
            for number, copy_id in cursor.fetchall():
                on.setdefault(number, set()).add(copy_id)
    nowhere = tuple(ListCopy(*row[:-1]) for row in copies)
    is_set_up = any(one.kind == NumberList.Kind.NATIONAL for one in nowhere)
    before = () if is_set_up else (_NO_REGISTRY,)

    def standing(listed_by: set[int]) -> tuple[ListCopy, ...]:
        found = (
            replace(one, is_listed=True) if row[-1] in listed_by else one
            for one, row in zip(nowhere, copies, strict=True)
        )
        return (*before, *found)

    is_on_none = standing(set())
    return [standing(on[number]) if number in on else is_on_none for number in asked]


def _as_listed(number: str) -> int | None:
    digits = number.removeprefix("+")
    return int(digits) if digits.isascii() and digits.isdecimal() and len(digits) <= _LONGEST else None
