"""Celery tasks of compliance: thin, one call each. Running one twice does no harm."""

from datetime import timedelta
from typing import Any

from celery import shared_task
from django.utils import timezone

from compliance import imports
from compliance.models import ListImport

# A worker is at one import for this long, then others have their turn: calls wait for nothing here. Putting a copy in
# order is one statement, which for ten million numbers takes a minute; one import does that at a time.
_SLICE = timedelta(seconds=2)
_LONGEST_S = 1900
# Whoever is at an import says so with every piece.
_FORGOTTEN = timedelta(seconds=10)


@shared_task(time_limit=_LONGEST_S, soft_time_limit=_LONGEST_S - 60)
def bring_import_on(*, import_id: int, **_: Any) -> None:
    """Do what is due for an import of numbers."""
    until = timezone.now() + _SLICE
    if imports.bring_on(import_id=import_id, clock=timezone.now, until=until):
        bring_import_on.delay(import_id=import_id)


@shared_task
def bring_imports_on(**_: Any) -> None:
    """Go on with every import that is not over: its worker may have died. The database says where it was."""
    for import_id in ListImport.forgotten_ids(since=timezone.now() - _FORGOTTEN):
        bring_import_on.delay(import_id=import_id)


@shared_task
def clear_lists_away(**_: Any) -> None:
    """Give back the room of copies of lists that nobody reads any more."""
    imports.clear_away(now=timezone.now())
