"""Numbers of others that we may show when we call, because somebody there has keyed in a code."""

from collections.abc import Collection, Iterable
from datetime import datetime

from django.db import models


class CallerId(models.Model):
    """A number that is being verified, or is. The code that is keyed in is kept nowhere."""

    e164 = models.CharField("number", max_length=16, unique=True)
    name = models.CharField(max_length=64, blank=True)
    caller_id_sid = models.CharField("Twilio's id", max_length=64, blank=True, help_text="Empty until it is verified.")
    asked_at = models.DateTimeField(null=True, blank=True)
    asked_by_ref = models.CharField("asked by", max_length=254, blank=True)
    read_at = models.DateTimeField("read at the carrier")

    def __str__(self) -> str:
        return self.name or f"caller ID {self.pk}"

    # Mutators

    @classmethod
    def ask(cls, *, e164: str, name: str, by: str, now: datetime) -> "CallerId":
        """Somebody's telephone is ringing for it."""
        asked = {"name": name[:64], "asked_at": now, "asked_by_ref": by, "read_at": now}
        return cls.objects.update_or_create(e164=e164, defaults=asked)[0]

    @classmethod
    def keep(cls, found: Iterable[tuple[str, str, str]], *, now: datetime) -> None:
        """Write down which are verified, as (number, id, name); the others are not, or not any more."""
        rows = {e164: (sid, name) for e164, sid, name in found}
        for e164, (sid, name) in rows.items():
            known = {"caller_id_sid": sid, "name": name[:64], "read_at": now}
            cls.objects.update_or_create(e164=e164, defaults=known)
        others = cls.objects.exclude(e164__in=rows)
        others.filter(asked_at=None).delete()
        others.update(caller_id_sid="", read_at=now)

    def forget(self) -> None:
        """It was given up."""
        self.delete()

    # Queries

    @classmethod
    def verified(cls, numbers: Collection[str]) -> set[str]:
        """Those of these that we may show."""
        known = cls.objects.filter(e164__in=numbers).exclude(caller_id_sid="").exclude(e164="")
        return {*known.values_list("e164", flat=True)}
