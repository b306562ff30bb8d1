"""What WhatsApp allows, as rows, and what a sender of ours and a person had to do with each other, as facts.

Facts are kept once and never changed (the database refuses it); how somebody stands follows from them, in
`compliance/whatsapp.py`. Numbers are E.164, without the name of the channel.
"""

from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models

from compliance.whatsapp import Fact, Happened
from compliance.whatsapp_terms import NAMES, ChannelRule, UnableToApply, check

_WORDS = {fact.value: fact.value.replace("_", " ") for fact in Fact}


class WhatsAppRule(models.Model):
    """One rule of the channel. It is ended and followed by another, so that old decisions keep their own."""

    name = models.CharField(max_length=60, choices=[(name, name) for name in NAMES])
    value = models.CharField(max_length=200, blank=True)
    source = models.CharField(max_length=200, help_text="Where it is written, or who decided it.")
    grade = models.CharField(max_length=12, help_text="P: text read; S: summaries agree; UNVERIFIED; policy: our own.")
    effective_from = models.DateField()
    effective_to = models.DateField(null=True, blank=True, help_text="The first day on which it is a rule no more.")
    note = models.CharField(max_length=300, blank=True)

    class Meta:
        verbose_name = "WhatsApp rule"
        ordering = ("name", "effective_from")

    def __str__(self) -> str:
        return f"{self.name}: {self.value}"

    def clean(self) -> None:
        """With this row, the rules must still be ones to go by."""
        others = [row.frozen() for row in WhatsAppRule.objects.exclude(pk=self.pk)]
        try:
            check([*others, self.frozen()])
        except UnableToApply as wrong:
            raise ValidationError(str(wrong)) from wrong

    # Queries

    def frozen(self) -> ChannelRule:
        """The rule as a value."""
        return ChannelRule(**{name: getattr(self, name) for name in ChannelRule.__dataclass_fields__})

    @classmethod
    def all_frozen(cls) -> tuple[ChannelRule, ...]:
        """Every row, of whatever time."""
        return tuple(row.frozen() for row in cls.objects.order_by("name", "effective_from"))


class WhatsAppFact(models.Model):
    """One thing that happened between a sender of ours and a person."""

    sender = models.CharField(max_length=16, help_text="Ours.")
    person = models.CharField(max_length=32, help_text="Theirs.")
    kind = models.CharField(max_length=16, choices=list(_WORDS.items()))
    at = models.DateTimeField()
    key = models.CharField(max_length=120, unique=True, help_text="The same fact told twice has the same.")
    ref = models.CharField(max_length=100, blank=True, help_text="The request or call it is about.")
    is_permanent = models.BooleanField(default=False)
    until = models.DateTimeField(null=True, blank=True, help_text="When a grant ends, if the answer said so.")
    source = models.CharField(max_length=40, help_text="message, call, error, admin, application")
    by_ref = models.CharField(max_length=200, blank=True)
    message_sid = models.CharField(max_length=64, blank=True, db_index=True)
    raw = models.JSONField(default=dict, blank=True, help_text="What the carrier sent, without what we do not need.")
    kept_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = "WhatsApp fact"
        indexes = [models.Index(fields=["person", "sender", "at"], name="whatsapp_facts_of_a_pair")]

    def __str__(self) -> str:
        return f"WhatsApp fact {self.pk}: {self.kind}"

    # Factories

    @classmethod
    def keep(
        cls, kind: Fact, *, sender: str, person: str, at: datetime, key: str, source: str, **fields: Any
    ) -> "WhatsAppFact | None":
        """Keep a fact; None when it was known. You must hold the number's turn where something hangs on it."""
        given = {"sender": sender, "person": person, "kind": kind, "at": at, "source": source, **fields}
        found, is_new = cls.objects.get_or_create(key=key[:120], defaults=given)
        return found if is_new else None

    # Queries

    @classmethod
    def between(cls, *, sender: str, person: str) -> tuple[Happened, ...]:
        """What happened between these two, as values."""
        rows = cls.objects.filter(sender=sender, person=person).order_by("at", "pk")
        found = rows.values_list("kind", "at", "ref", "is_permanent", "until")
        return tuple(Happened(Fact(kind), at, ref, forever, until) for kind, at, ref, forever, until in found)

    @classmethod
    def senders_of(cls, person: str) -> list[str]:
        """Senders of ours that this person had to do with."""
        return list(cls.objects.filter(person=person).order_by("sender").values_list("sender", flat=True).distinct())
