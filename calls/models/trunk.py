"""Elastic SIP trunks: what the carrier has, as we read it last. It is changed there first, then here."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import models, transaction

from calls.line_rules import failover
from calls.line_rules.sip import read_target
from calls.line_rules.trunk import (
    RECORDINGS,
    TRANSFER_CALLERS,
    TRANSFERS,
    TRIMS,
    Plan,
    Recording,
    Transfer,
    TransferCaller,
    Trim,
)
from calls.models.sip_access import SipAccessList


def _choices(words: dict[Any, str]) -> list[tuple[str, str]]:
    return [(str(code), said) for code, said in words.items()]


class Trunk(models.Model):
    """A line between the carrier and a telephone system of ours."""

    trunk_sid = models.CharField("Twilio's id", max_length=64, unique=True)
    name = models.CharField(max_length=64)
    domain = models.CharField(
        "termination domain", max_length=120, blank=True, help_text="Where a telephone system sends calls that go out."
    )
    is_secure = models.BooleanField("encrypted", default=False)
    transfer = models.CharField(max_length=16, choices=_choices(TRANSFERS), default=Transfer.OFF)
    transfer_caller = models.CharField(
        "shown on transfers", max_length=20, choices=_choices(TRANSFER_CALLERS), default=TransferCaller.TRANSFEREE
    )
    looks_up_names = models.BooleanField("looks up callers' names", default=False)
    disaster_url = models.CharField("document for disasters", max_length=500, blank=True)
    recording = models.CharField(max_length=32, choices=_choices(RECORDINGS), default=Recording.OFF)
    trim = models.CharField(max_length=16, choices=_choices(TRIMS), default=Trim.KEEP)
    is_rtp_symmetric = models.BooleanField("symmetric RTP", default=False)
    access_lists = models.ManyToManyField(SipAccessList, related_name="trunks", blank=True)
    read_at = models.DateTimeField("read at the carrier")

    class Meta:
        permissions = [("provision_lines", "Can buy, move and release numbers and trunks")]

    def __str__(self) -> str:
        return self.name or self.trunk_sid

    @property
    def plan(self) -> Plan:
        """Its settings, as the rules take them."""
        return Plan(
            name=self.name,
            domain=self.domain,
            is_secure=self.is_secure,
            transfer=self.transfer,
            transfer_caller=self.transfer_caller,
            looks_up_names=self.looks_up_names,
            disaster_url=self.disaster_url,
            recording=self.recording,
            trim=self.trim,
        )

    # Mutators

    @classmethod
    def keep(cls, *, sid: str, plan: Plan, is_rtp_symmetric: bool, now: datetime) -> "Trunk":
        """Write down what the carrier has under this id."""
        known = {
            "name": plan.name[:64],
            "domain": plan.domain[:120],
            "is_secure": plan.is_secure,
            "transfer": plan.transfer[:16],
            "transfer_caller": plan.transfer_caller[:20],
            "looks_up_names": plan.looks_up_names,
            "disaster_url": plan.disaster_url[:500],
            "recording": plan.recording[:32],
            "trim": plan.trim[:16],
            "is_rtp_symmetric": is_rtp_symmetric,
            "read_at": now,
        }
        trunk, _ = cls.objects.update_or_create(trunk_sid=sid, defaults=known)
        return trunk

    def keep_targets(self, found: Iterable[tuple[str, dict[str, Any]]]) -> None:
        """Write down its addresses, as (id, fields); those that are not among them are gone."""
        rows = dict(found)
        with transaction.atomic():
            self.targets.exclude(target_sid__in=rows).delete()
            for sid, fields in rows.items():
                OriginationTarget.objects.update_or_create(target_sid=sid, defaults={"trunk": self, **fields})

    def keep_access(self, list_sids: Iterable[str]) -> None:
        """Write down which lists may call out through it."""
        self.access_lists.set(SipAccessList.objects.filter(list_sid__in=[*list_sids]))

    @classmethod
    def forget_others(cls, known: Iterable[str]) -> None:
        """Those that the carrier does not have any more are gone."""
        cls.objects.exclude(trunk_sid__in=[*known]).delete()

    def forget(self) -> None:
        """It was deleted at the carrier."""
        self.delete()

    # Queries

    def in_order(self) -> list["OriginationTarget"]:
        """Its addresses in the order in which they are tried; those that are off come last."""
        rows = {row.target_sid: row for row in self.targets.all()}
        ranked = failover.order((sid, row.priority, row.weight) for sid, row in rows.items() if row.is_on)
        for place in ranked:
            rows[place.ref].share = place.share
        off = sorted((row for row in rows.values() if not row.is_on), key=lambda row: (row.priority, row.pk))
        return [rows[place.ref] for place in ranked] + off


class OriginationTarget(models.Model):
    """An address of ours that a trunk's calls go to."""

    trunk = models.ForeignKey(Trunk, on_delete=models.CASCADE, related_name="targets")
    target_sid = models.CharField("Twilio's id", max_length=64, unique=True)
    name = models.CharField(max_length=64, blank=True)
    uri = models.CharField("SIP address", max_length=255)
    priority = models.PositiveIntegerField(default=10)
    weight = models.PositiveIntegerField(default=10)
    is_on = models.BooleanField("on", default=True)

    share: int | None = None  # percent of the calls that reach its priority; set where addresses are put in order

    def __str__(self) -> str:
        return self.uri

    @property
    def is_encrypted(self) -> bool:
        """True when its signalling is; one that we cannot read counts as not."""
        try:
            return read_target(self.uri).is_encrypted
        except ValueError:
            return False
