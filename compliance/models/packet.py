"""Dispute packets and exports: asked for by a person, put together by a worker, gone after some days."""

from datetime import datetime, timedelta
from typing import Any

from django.core.files.storage import Storage, storages
from django.db import models

from compliance.encrypted import EncryptedField

# Whoever was at it and has not been heard of for this long is gone: somebody else begins again.
GONE_AFTER = timedelta(minutes=5)
KEPT_FOR = timedelta(days=7)


def private_storage() -> Storage:
    """Where recordings are: every machine reaches it, and no browser without us."""
    return storages["recordings"]


class DisputePacket(models.Model):
    """One file with everything about a decision, a call or a person, and the proof that nothing of it was changed."""

    class About(models.TextChoices):
        """What it is about."""

        DECISION = "decision", "one decision"
        CALL = "call", "one call"
        PERSON = "person", "everything about a number"

    class State(models.TextChoices):
        """It waits for a worker, is made, and is there."""

        WAITING = "waiting"
        MAKING = "making", "being made"
        READY = "ready"
        FAILED = "failed"

    about = models.CharField(max_length=10, choices=About)
    subject_ref = models.CharField(max_length=100, db_index=True, help_text="decision:1, call:1, person: by its hash.")
    number = EncryptedField(max_length=255, blank=True, help_text="Whose it is.")
    state = models.CharField(max_length=8, choices=State, default=State.WAITING)
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    doing = models.CharField(max_length=80, blank=True, help_text="What is being put in.")
    problem = models.CharField(max_length=300, blank=True)
    file = models.FileField(storage=private_storage, upload_to="packets/%Y/%m/", blank=True)
    size_bytes = models.BigIntegerField(default=0)
    sha256 = models.CharField(max_length=64, blank=True)
    receipt = models.BigIntegerField(null=True, blank=True, help_text="The entry of the chain that vouches for it.")
    asked_at = models.DateTimeField(db_index=True)
    asked_by_ref = models.CharField(max_length=200)
    heard_of_at = models.DateTimeField(null=True, blank=True, help_text="When a worker last said it was at it.")
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        permissions = [("take_packet", "Can have dispute packets made and download them")]

    def __str__(self) -> str:
        return f"packet {self.pk}: {self.about}"

    @property
    def is_under_way(self) -> bool:
        """True until it is there or has failed."""
        return self.state in (self.State.WAITING, self.State.MAKING)

    # Mutators

    def claim(self, *, now: datetime) -> bool:
        """Be the one who makes it; also when whoever was at it has died."""
        waits = models.Q(state=self.State.WAITING)
        left = models.Q(state=self.State.MAKING, heard_of_at__lt=now - GONE_AFTER)
        won = DisputePacket.objects.filter(waits | left, pk=self.pk).update(
            state=self.State.MAKING, heard_of_at=now, done=0, problem=""
        )
        self.refresh_from_db()
        return bool(won)

    def progress(self, *, done: int, total: int, doing: str, now: datetime) -> None:
        """So much of it is in."""
        DisputePacket.objects.filter(pk=self.pk).update(done=done, total=total, doing=doing[:80], heard_of_at=now)

    def finish(self, *, now: datetime, **facts: Any) -> None:
        """It is there."""
        DisputePacket.objects.filter(pk=self.pk).update(
            state=self.State.READY, finished_at=now, heard_of_at=now, doing="", done=models.F("total"), **facts
        )
        self.refresh_from_db()

    def fail(self, problem: str, *, now: datetime) -> None:
        """It could not be made; why, for a person."""
        DisputePacket.objects.filter(pk=self.pk).update(
            state=self.State.FAILED, finished_at=now, problem=problem[:300], doing=""
        )
        self.refresh_from_db()

    # Queries

    @classmethod
    def due_ids(cls, *, now: datetime) -> list[int]:
        """Those that nobody is making."""
        left = models.Q(state=cls.State.MAKING, heard_of_at__lt=now - GONE_AFTER)
        due = cls.objects.filter(models.Q(state=cls.State.WAITING) | left)
        return list(due.order_by("pk").values_list("pk", flat=True))

    @classmethod
    def over(cls, *, now: datetime, kept_for: timedelta = KEPT_FOR) -> "models.QuerySet[DisputePacket]":
        """Those whose file has been there for long enough."""
        return DisputePacket.objects.filter(finished_at__lt=now - kept_for)
