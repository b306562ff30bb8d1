"""What the lists that others keep say about a number."""

from compliance.customer import ListCopy
from compliance.models import ListedNumber, NumberList, NumberListCopy


def standing_of(number: str) -> tuple[ListCopy, ...]:
    """Every list, with the copy of it that is in force and whether this number (E.164) stands on it.

    A list of which there is no copy in force is told without a date.
    """
    copies = {copy.of_id: copy for copy in NumberListCopy.objects.filter(state=NumberListCopy.State.IN_FORCE)}
    listed = set()
    if copies and number.lstrip("+").isdecimal():
        ids = [copy.pk for copy in copies.values()]
        known = ListedNumber.objects.filter(number=int(number.lstrip("+")), copy_id__in=ids)
        listed = set(known.values_list("copy_id", flat=True))
    return tuple(_told(one, copies.get(one.pk), listed) for one in NumberList.objects.order_by("pk"))


def _told(one: NumberList, copy: NumberListCopy | None, listed: set[int]) -> ListCopy:
    return ListCopy(
        name=one.name,
        kind=one.kind,
        state=one.state,
        version_date=None if copy is None else copy.version_date,
        retrieved_at=None if copy is None else copy.retrieved_at,
        max_age_days=one.max_age_days,
        is_required=one.is_required,
        is_listed=copy is not None and copy.pk in listed,
    )
