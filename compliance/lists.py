"""What the lists that others keep say about a number, and how old our copies of them are.

The copies in force are read first, and then the numbers of exactly these copies: between the two another copy may
come into force, and the answer is that of the one that was (`compliance.models.listed`).
"""

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
_OF_NUMBER = "SELECT copy_id FROM compliance_listednumber WHERE number = %s AND copy_id = ANY(%s)"


def standing_of(number: str) -> tuple[ListCopy, ...]:
    """Every list, with the copy of it that is in force and whether this number (E.164) stands on it. Two queries.

    A list of which there is no copy in force is told without a date; so is the national registry when nobody has set
    it up. What is no number stands nowhere, and is not called.
    """
    digits = number.removeprefix("+")
    with connection.cursor() as cursor:
        cursor.execute(_COPIES)
        copies = cursor.fetchall()
        held = [row[-1] for row in copies if row[-1] is not None]
        on: set[int] = set()
        if held and digits.isascii() and digits.isdecimal() and len(digits) <= _LONGEST:
            cursor.execute(_OF_NUMBER, [int(digits), held])
            on = {copy_id for (copy_id,) in cursor.fetchall()}
    found = tuple(replace(ListCopy(*row[:-1]), is_listed=row[-1] in on) for row in copies)
    is_set_up = any(one.kind == NumberList.Kind.NATIONAL for one in found)
    return found if is_set_up else (_NO_REGISTRY, *found)
