"""Whoever calls or is called, by the number: where they live, what kind of line it is, what we had to do with them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import connection, models

from compliance.encrypted import EncryptedEmailField, EncryptedField

# What is not known leaves what was known as it is. In the order of the numbers: no two wait for each other.
_LEARN = """
INSERT INTO compliance_person AS known (
    name, email, line_type, address, is_restricted, address_source, address_at, created_at, updated_at,
    number, address_state, address_zone
)
SELECT '', '', 'unknown', '', false, %s, %s, %s, %s, told.*
FROM unnest(%s::varchar[], %s::varchar[], %s::varchar[]) AS told
ON CONFLICT (number) DO UPDATE SET
    address_state = coalesce(nullif(excluded.address_state, ''), known.address_state),
    address_zone = coalesce(nullif(excluded.address_zone, ''), known.address_zone),
    address_source = excluded.address_source,
    address_at = excluded.address_at,
    updated_at = excluded.updated_at
"""


class Person(models.Model):
    """One number's owner, as far as we know. What is empty is not known, and the rules take the strictest for it."""

    class Line(models.TextChoices):
        """What kind of line it is. Only a landline that somebody looked up is one."""

        UNKNOWN = "unknown", "not known"
        WIRELESS = "wireless"
        LANDLINE = "landline"
        VOIP = "voip"

    number = models.CharField(max_length=16, unique=True)
    name = EncryptedField(max_length=120, blank=True, is_searchable=True)
    email = EncryptedEmailField(max_length=254, blank=True, is_searchable=True)
    line_type = models.CharField(max_length=10, choices=Line, default=Line.UNKNOWN)
    line_type_at = models.DateTimeField(null=True, blank=True)
    address = EncryptedField(max_length=300, blank=True)
    address_state = models.CharField(max_length=2, blank=True)
    address_zone = models.CharField(max_length=64, blank=True)
    address_source = models.CharField(max_length=120, blank=True)
    address_at = models.DateTimeField(null=True, blank=True)
    last_purchase_date = models.DateField(null=True, blank=True)
    last_inquiry_date = models.DateField(null=True, blank=True)
    is_restricted = models.BooleanField(
        default=False, help_text="They asked that nothing more is done with their data."
    )
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "people"
        permissions = [("erase_person", "Can export, restrict and erase a person")]

    def __str__(self) -> str:
        return f"person {self.pk}"

    # Mutators

    @classmethod
    def know(cls, *, number: str, now: datetime, **fields: Any) -> "Person":
        """Write down what we know of a number's owner. What kind of line it is, and where they live, keep their day."""
        known, _ = cls.objects.get_or_create(number=number, defaults={"created_at": now, "updated_at": now})
        dated = {"line_type_at": ("line_type",), "address_at": ("address", "address_state", "address_zone")}
        changed = {name for name, value in fields.items() if getattr(known, name) != value}
        fields |= {at: now for at, names in dated.items() if changed.intersection(names)}
        cls.objects.filter(pk=known.pk).update(**fields, updated_at=now)
        known.refresh_from_db()
        return known

    @classmethod
    def learn_addresses(cls, rows: Sequence[tuple[str, str, str]], *, source: str, now: datetime) -> None:
        """Keep where these numbers' owners live: number, state and time zone each; what is empty is not known.

        Each number once.
        """
        told = sorted(row for row in rows if row[1] or row[2])
        columns = [list(column) for column in zip(*told, strict=True)]
        if columns:
            with connection.cursor() as cursor:
                cursor.execute(_LEARN, [source[:120], now, now, now, *columns])
