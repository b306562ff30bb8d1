"""The law in force, loaded once by each process.

Which ruleset that is, is asked of the database at each decision, by its id and its hash: one that was adopted a moment
ago decides at once, everywhere. Rows of a ruleset cannot change, so what was loaded under a hash stays right.
"""

from datetime import UTC, datetime

from django.db import transaction

from compliance import audit, ruleset
from compliance.models import Ruleset

# A process sees a handful in its life; old ones are loaded to replay old decisions.
_MOST_KEPT = 8
_loaded: dict[tuple[str, str], ruleset.Ruleset] = {}


def in_force(now: datetime) -> ruleset.Ruleset:
    """The law by which a call is decided now. Raises ruleset.UnableToLoad when there is none, or it is not whole."""
    today = now.astimezone(UTC).date()
    found = Ruleset.in_force_on(today)
    if found is None:
        raise ruleset.UnableToLoad(f"No ruleset is in force on {today}.")
    return _load(found)


def of(id_: str) -> ruleset.Ruleset:
    """The law of this id, as an old decision names it. Raises ruleset.UnableToLoad."""
    found = Ruleset.objects.filter(pk=id_).first()
    if found is None:
        raise ruleset.UnableToLoad(f"There is no ruleset {id_}.")
    return _load(found)


def adopt(text: str, *, by: str, now: datetime) -> Ruleset:
    """Take a new ruleset into the books, from its file's text. Raises ruleset.UnableToLoad with what is wrong."""
    id_, effective_from, rows = ruleset.read_file(text)
    taken = Ruleset.objects.filter(pk=id_).exists() or Ruleset.objects.filter(effective_from=effective_from).exists()
    if taken:
        raise ruleset.UnableToLoad(f"There is a ruleset {id_} already, or one from {effective_from} on.")
    with transaction.atomic():
        adopted = Ruleset.adopt(id_=id_, effective_from=effective_from, rows=rows, by=by, now=now)
        audit.note(act="adopt_ruleset", subject=f"ruleset:{id_}", by=by, now=now, sha256=adopted.sha256)
    return adopted


def _load(row: Ruleset) -> ruleset.Ruleset:
    key = (row.pk, row.sha256)
    law = _loaded.get(key)
    if law is None:
        law = row.load()
        if len(_loaded) >= _MOST_KEPT:
            _loaded.clear()
        _loaded[key] = law
    return law
