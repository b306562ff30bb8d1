"""A job for the journal's tests, the same for every process that takes part."""

from calls import journal
from calls.models import Call, CallEvent
from tests import given

_KIND = "kept by the journal"


@journal.job
def keep(*, call_id: int, n: int) -> None:
    """Write one row; it has no key, so that one written twice is seen."""
    CallEvent.keep(call=Call(pk=call_id), kind=_KIND, at=given.NOON, source="system", data={"n": n})


def kept(call_id: int) -> list[int]:
    """What is in the database, in the order in which it was written."""
    rows = CallEvent.objects.filter(call=call_id, kind=_KIND).order_by("pk")
    return [data["n"] for data in rows.values_list("data", flat=True)]
