"""Copies that nobody reads any more give their room back."""

from datetime import datetime, timedelta

import structlog
from django.db import OperationalError

from compliance.models import NumberListCopy, listed

log = structlog.get_logger(__name__)

# A copy is read for this long, at the very most, after another has come into force.
_READERS_GONE = timedelta(hours=1)


def clear_away(*, now: datetime) -> int:
    """Give back the room of copies that nobody reads any more; how many."""
    done = 0
    for copy_id in listed.copies_with_tables():
        if NumberListCopy.is_settled(copy_id, before=now - _READERS_GONE):
            try:
                listed.drop(copy_id)
                done += 1
            except OperationalError:  # somebody is looking a number up: at another time
                log.info("copy not cleared away yet", copy=copy_id)
    return done
