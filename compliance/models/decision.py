"""What the gate answered, and on what grounds: append-only."""

from dataclasses import asdict
from datetime import datetime

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models

from compliance.numbers import LIBRARY
from compliance.rules import RULESET
from compliance.verdict import DialFacts, DialRequest, Judgement, Outcome, Purpose

_LONGEST = 255


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
    library = models.CharField(max_length=40, help_text="What read the number.")

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
    ) -> "DialDecision":
        """Write down an answer; facts None: they could not be had."""
        first = judgement.reasons[0] if judgement.reasons else None
        return cls.objects.create(
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
            reasons=[
                {"code": r.code, "outcome": r.outcome, "clause": r.clause, "sentence": r.sentence, "detail": r.detail}
                for r in judgement.reasons
            ],
            request=_storable(asdict(request)),
            facts=None if facts is None else _storable(asdict(facts)),
            ruleset=ruleset,
            library=LIBRARY,
        )


def _storable(value: object) -> object:
    """The same without what a database's JSON cannot hold."""
    if isinstance(value, str):
        return value[:500].replace("\0", "")
    if isinstance(value, dict):
        return {name: _storable(part) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [_storable(part) for part in value]
    return value
