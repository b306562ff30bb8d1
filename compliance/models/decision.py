"""What the gate answered, and on what grounds: append-only, and an entry of the chain of receipts soon after."""

import secrets
from collections.abc import Iterator
from dataclasses import asdict
from datetime import date, datetime
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection, models, transaction

from compliance import versions
from compliance.local_time import zone_named
from compliance.numbers import LIBRARY, time_zones_of
from compliance.rules import RULESET
from compliance.verdict import Code, DialFacts, DialRequest, Judgement, Outcome, Purpose

_LONGEST = 255
# After one of these nothing more is asked: there is no number to ask about.
_NO_NUMBER = (
    Code.CHANNEL_UNSUPPORTED,
    Code.NUMBER_INVALID,
    Code.NUMBER_TYPE_BLOCKED,
    Code.COUNTRY_NOT_ALLOWED,
)
# The chain vouches for these. A field that comes later goes into the body only of rows that have something in it, so
# that the hashes of those written before it stay what they are.
_VOUCHED_FOR = (
    *("id", "at", "purpose", "to_address", "number", "caller_id", "subject_ref", "errand_ref", "actor_ref", "outcome"),
    *("code", "until", "reasons", "request", "facts", "ruleset", "ruleset_sha256", "software", "library", "tzdata"),
    *("local_times", "checks", "salt", "erased_at"),
)
# What names the person; gone once they are erased.
_PERSONAL = ("to_address", "number", "request", "facts", "local_times", "salt", "erased_at")
# Set for one transaction by those two who may do what the database refuses to everybody else.
MAY_ERASE = "SET LOCAL compliance.may = 'erase'"
MAY_REMOVE = "SET LOCAL compliance.may = 'remove'"


class DialDecision(models.Model):
    """One answer of the gate, whatever it was, with the inputs as they were. The database refuses changes."""

    at = models.DateTimeField(db_index=True)
    purpose = models.CharField(max_length=16, choices=[(p.value, p.value) for p in Purpose])
    to_address = models.CharField(max_length=_LONGEST, help_text="The destination as it was asked for.")
    number = models.CharField(
        max_length=_LONGEST, blank=True, db_index=True, help_text="The destination as it was read; empty if it is none."
    )
    caller_id = models.CharField(max_length=_LONGEST, blank=True)
    subject_ref = models.CharField(max_length=100, db_index=True, help_text="What it belongs to, as kind:id.")
    errand_ref = models.CharField(max_length=100, blank=True, help_text="What it is for, as kind:id.")
    actor_ref = models.CharField(max_length=200, help_text="Who asked: an account's e-mail address, or `system`.")
    outcome = models.CharField(max_length=5, choices=[(o.value, o.value) for o in Outcome])
    code = models.CharField(max_length=40, blank=True, help_text="The first reason; empty when it was allowed.")
    until = models.DateTimeField(null=True, blank=True)
    reasons = models.JSONField(default=list, blank=True, help_text="Every reason found, not only the first.")
    request = models.JSONField(default=dict, encoder=DjangoJSONEncoder)
    facts = models.JSONField(null=True, blank=True, encoder=DjangoJSONEncoder, help_text="Empty: not to be had.")
    ruleset = models.CharField(max_length=40)
    ruleset_sha256 = models.CharField(max_length=64, blank=True, help_text="Of the law as data, as it was loaded.")
    software = models.CharField(max_length=60, blank=True, help_text="Our version, with a fingerprint of the rules.")
    library = models.CharField(max_length=40, help_text="What read the number.")
    tzdata = models.CharField(max_length=40, blank=True, help_text="The time zone database.")
    local_times = models.JSONField(default=dict, blank=True, help_text="What the clocks showed where they may live.")
    checks = models.JSONField(default=dict, blank=True, help_text="What each check said: refuses, defers, clear.")
    salt = models.CharField(max_length=32, blank=True, help_text="Keeps the hash of this row from being guessed.")
    erased_at = models.DateTimeField(null=True, blank=True, help_text="When the person was erased from it.")

    class Meta:
        verbose_name = "dial decision"

    def __str__(self) -> str:
        return f"decision {self.pk}: {self.outcome} {self.code}".strip()

    # Factories

    @classmethod
    def keep(
        cls,
        *,
        request: DialRequest,
        facts: DialFacts | None,
        number: str,
        judgement: Judgement,
        at: datetime,
        ruleset: str = RULESET,
        ruleset_sha256: str = "",
    ) -> "DialDecision":
        """Write down an answer; facts None: they could not be had. It waits to be chained from the same moment on."""
        first = judgement.reasons[0] if judgement.reasons else None
        known = None if facts is None else _storable(asdict(facts))
        decision = cls(
            at=at,
            purpose=request.purpose,
            to_address=request.to[:_LONGEST].replace("\0", ""),
            number=number,
            caller_id=request.caller_id[:_LONGEST].replace("\0", ""),
            subject_ref=request.subject[:100],
            errand_ref=request.errand[:100],
            actor_ref=request.by[:200],
            outcome=judgement.outcome,
            code=first.code if first else "",
            until=judgement.until,
            reasons=_storable(
                [
                    {
                        "code": r.code,
                        "outcome": r.outcome,
                        "clause": r.clause,
                        "sentence": r.sentence,
                        "until": r.until,
                        "detail": r.detail,
                    }
                    for r in judgement.reasons
                ]
            ),
            request=_storable(asdict(request)),
            facts=known,
            ruleset=ruleset,
            ruleset_sha256=ruleset_sha256,
            software=versions.software(),
            library=LIBRARY,
            tzdata=versions.tzdata(),
            local_times=_local_times(at, {*time_zones_of(number), *_zones_in(known)}),
            checks=_checks(judgement),
            salt=secrets.token_hex(16),
        )
        with transaction.atomic(savepoint=False):  # nobody goes on without it
            decision.save(force_insert=True)
            UnsealedDecision.objects.create(decision=decision)
        return decision

    # Mutators

    @classmethod
    def erase(cls, *, number: str, pseudonym: str, now: datetime, limit: int) -> "list[DialDecision]":
        """Take a number out of so many of its decisions, with a pseudonym in its place; those it was taken out of.

        What was decided, when, by which rules and why stays. You must be in a transaction, and chain what they are now.
        """
        found = list(DialDecision.objects.select_for_update().filter(number=number).order_by("pk")[:limit])
        if not found:
            return []
        with connection.cursor() as cursor:
            cursor.execute(MAY_ERASE)
        for decision in found:
            decision.to_address = decision.number = pseudonym
            decision.request = without(number, decision.request, pseudonym, drop=("label",))
            decision.facts = without(number, decision.facts, pseudonym)
            decision.local_times, decision.salt, decision.erased_at = {}, "", now
        DialDecision.objects.bulk_update(found, _PERSONAL)
        return found

    @classmethod
    def remove(cls, ids: list[int]) -> int:
        """Delete decisions whose time is over, and whose permits are gone; how many. You must chain that they are."""
        with connection.cursor() as cursor:
            cursor.execute(MAY_REMOVE)
        return cls.objects.filter(pk__in=ids).delete()[1].get("compliance.DialDecision", 0)

    # Queries

    def body(self) -> dict[str, Any]:
        """Everything that the chain vouches for."""
        return {name: getattr(self, name) for name in _VOUCHED_FOR}


class UnsealedDecision(models.Model):
    """A decision that no entry of the chain holds yet; written with it, gone with the entry."""

    decision = models.OneToOneField(DialDecision, primary_key=True, on_delete=models.CASCADE, related_name="unsealed")

    class Meta:
        verbose_name = "decision not yet chained"
        verbose_name_plural = "decisions not yet chained"

    def __str__(self) -> str:
        return f"decision {self.pk}, not yet chained"


def _checks(judgement: Judgement) -> dict[str, str]:
    """What each check said, by the code it would have given."""
    said = {reason.code: {"deny": "refuses", "defer": "defers"}[reason.outcome] for reason in judgement.reasons}
    is_over = any(code in said for code in _NO_NUMBER)
    return {code.value: said.get(code, "not asked" if is_over else "clear") for code in Code}


def _local_times(at: datetime, zones: set[str]) -> dict[str, str]:
    found = {name: zone_named(name) for name in sorted(zones)}
    return {name: at.astimezone(zone).isoformat() for name, zone in found.items() if zone is not None}


def _zones_in(stored: object, name: str = "") -> Iterator[str]:
    """Everything that may be the name of a time zone, wherever it stands in the facts."""
    if isinstance(stored, dict):
        for key, part in stored.items():
            yield from _zones_in(part, key)
    elif isinstance(stored, list):
        for part in stored:
            yield from _zones_in(part, name)
    elif isinstance(stored, str) and "zone" in name and "/" in stored:
        yield stored


def without(number: str, stored: Any, pseudonym: str, *, drop: tuple[str, ...] = ()) -> Any:
    """Stored JSON in which a number is nowhere any more, in whatever spelling of the usual ones."""
    if isinstance(stored, dict):
        return {key: "" if key in drop else without(number, part, pseudonym, drop=drop) for key, part in stored.items()}
    if isinstance(stored, list):
        return [without(number, part, pseudonym, drop=drop) for part in stored]
    if isinstance(stored, str):
        digits = "".join(filter(str.isdigit, stored))
        return (
            pseudonym if digits and (digits == number[1:] or f"1{digits}" == number[1:] or number in stored) else stored
        )
    return stored


def _storable(value: Any) -> Any:
    """The same without what a database's JSON cannot hold, and with times to their last digit."""
    match value:
        case str():
            return value[:500].replace("\0", "")
        case datetime() | date():
            return value.isoformat()
        case dict():
            return {str(name): _storable(part) for name, part in value.items()}
        case list() | tuple():
            return [_storable(part) for part in value]
        case set() | frozenset():
            return sorted((_storable(part) for part in value), key=str)
    return value
