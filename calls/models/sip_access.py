"""Who may send calls over SIP: lists of credentials and of addresses, and the domains where telephone systems call in.

The carrier has them; these are our copies. Passwords are in neither: they pass through once, when they are set.
"""

from collections.abc import Iterable
from datetime import datetime

from django.db import models, transaction


class SipAccessList(models.Model):
    """User names with passwords, or addresses that are let in."""

    class Kind(models.TextChoices):
        """What stands on it."""

        CREDENTIALS = "credentials", "user names and passwords"
        ADDRESSES = "addresses", "addresses"

    list_sid = models.CharField("Twilio's id", max_length=64, unique=True)
    kind = models.CharField(max_length=12, choices=Kind)
    name = models.CharField(max_length=64)
    read_at = models.DateTimeField("read at the carrier")

    def __str__(self) -> str:
        return self.name or self.list_sid

    @property
    def are_credentials(self) -> bool:
        """True for user names and passwords."""
        return self.kind == self.Kind.CREDENTIALS

    # Mutators

    @classmethod
    def keep(
        cls,
        *,
        sid: str,
        name: str,
        are_credentials: bool,
        entries: Iterable[tuple[str, str, int | None]],
        now: datetime,
    ) -> None:
        """Write down a list with its lines, as (id, user name or address, prefix length)."""
        kind = cls.Kind.CREDENTIALS if are_credentials else cls.Kind.ADDRESSES
        known = {"kind": kind, "name": name[:64], "read_at": now}
        rows = {entry_sid: (value, prefix) for entry_sid, value, prefix in entries}
        with transaction.atomic():
            kept, _ = cls.objects.update_or_create(list_sid=sid, defaults=known)
            kept.entries.exclude(entry_sid__in=rows).delete()
            for entry_sid, (value, prefix) in rows.items():
                fields = {"of": kept, "value": value[:64], "prefix": prefix}
                SipAccessEntry.objects.update_or_create(entry_sid=entry_sid, defaults=fields)

    @classmethod
    def forget_others(cls, known: Iterable[str]) -> None:
        """Those that the carrier does not have any more are gone."""
        cls.objects.exclude(list_sid__in=[*known]).delete()


class SipAccessEntry(models.Model):
    """A line of a list."""

    of = models.ForeignKey(SipAccessList, on_delete=models.CASCADE, related_name="entries")
    entry_sid = models.CharField("Twilio's id", max_length=64, unique=True)
    value = models.CharField("user name or address", max_length=64)
    prefix = models.PositiveSmallIntegerField(null=True, blank=True, help_text="How many bits of an address count.")

    def __str__(self) -> str:
        return self.value if self.prefix in (None, 32) else f"{self.value}/{self.prefix}"


class SipDomain(models.Model):
    """Where a telephone system of ours calls in; its calls are answered as those of a number."""

    domain_sid = models.CharField("Twilio's id", max_length=64, unique=True)
    domain = models.CharField(max_length=120, unique=True, help_text="acme.sip.twilio.com")
    name = models.CharField(max_length=64, blank=True)
    is_secure = models.BooleanField("encrypted", default=False)
    is_ours = models.BooleanField("points at us", default=False)
    number = models.ForeignKey(
        "calls.Number",
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="sip_domains",
        help_text="By whose rules calls are answered that name no number of ours. Empty: they hear that it is none.",
    )
    access_lists = models.ManyToManyField(SipAccessList, related_name="domains", blank=True)
    read_at = models.DateTimeField("read at the carrier")

    def __str__(self) -> str:
        return self.domain

    # Mutators

    @classmethod
    def keep(
        cls,
        *,
        sid: str,
        domain: str,
        name: str,
        is_secure: bool,
        is_ours: bool,
        list_sids: Iterable[str],
        now: datetime,
    ) -> "SipDomain":
        """Write down what the carrier has under this id."""
        known = {"domain": domain[:120].lower(), "name": name[:64], "is_secure": is_secure, "is_ours": is_ours}
        kept, _ = cls.objects.update_or_create(domain_sid=sid, defaults={**known, "read_at": now})
        kept.access_lists.set(SipAccessList.objects.filter(list_sid__in=[*list_sids]))
        return kept

    def answer_as(self, number_id: int | None) -> None:
        """Say by whose rules its calls are answered."""
        SipDomain.objects.filter(pk=self.pk).update(number_id=number_id)
        self.number_id = number_id

    @classmethod
    def forget_others(cls, known: Iterable[str]) -> None:
        """Those that the carrier does not have any more are gone."""
        cls.objects.exclude(domain_sid__in=[*known]).delete()

    def forget(self) -> None:
        """It was deleted at the carrier."""
        self.delete()
