"""Erasing a person: asked for, confirmed, done step by step in every store, and certified."""

from datetime import datetime, timedelta
from typing import Any

from django.db import models
from django.db.models import Q

from compliance.encrypted import EncryptedField, keyed_hash

GONE_AFTER = timedelta(minutes=5)


class Erasure(models.Model):
    """One person's data, deleted everywhere. Goes on where it stopped, whatever dies; ends with a certificate."""

    class State(models.TextChoices):
        """Asked for, confirmed by typing the number again, under way, and done; or not done."""

        ASKED = "asked", "to be confirmed"
        CONFIRMED = "confirmed", "waits for a worker"
        RUNNING = "running", "under way"
        WAITING = "waiting", "waits for something, and goes on by itself"
        DONE = "done"
        CANCELLED = "cancelled"

    number = EncryptedField(max_length=16, blank=True, help_text="Empty once it is done.")
    number_hash = models.CharField(max_length=64, db_index=True, help_text="By which they are known afterwards.")
    state = models.CharField(max_length=10, choices=State, default=State.ASKED)
    asked_why = models.CharField(max_length=300, blank=True, help_text="How the person asked for it.")
    asked_at = models.DateTimeField(db_index=True)
    asked_by_ref = models.CharField(max_length=200)
    confirmed_at = models.DateTimeField(null=True, blank=True)
    confirmed_by_ref = models.CharField(max_length=200, blank=True)
    heard_of_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    at_step = models.CharField(max_length=30, blank=True)
    steps = models.JSONField(default=dict, blank=True, help_text="What was done in each store.")
    waits_for = models.CharField(max_length=300, blank=True)
    certificate = models.JSONField(null=True, blank=True)
    signature = models.CharField(max_length=128, blank=True)
    public_key = models.CharField(max_length=64, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["number_hash"],
                condition=Q(state__in=["asked", "confirmed", "running", "waiting"]),
                name="erased_once_at_a_time",
            )
        ]

    def __str__(self) -> str:
        return f"erasure {self.pk}"

    @property
    def is_open(self) -> bool:
        """True until it is done, or not wanted."""
        return self.state not in (self.State.DONE, self.State.CANCELLED)

    @property
    def pseudonym(self) -> str:
        """What stands where the number stood: found again by who has the number and the key."""
        return pseudonym_of(self.number_hash)

    # Factories

    @classmethod
    def ask(cls, *, number: str, why: str, by: str, now: datetime) -> "Erasure":
        """The first of two steps."""
        return Erasure.objects.create(
            number=number, number_hash=keyed_hash(number), asked_why=why[:300], asked_at=now, asked_by_ref=by[:200]
        )

    # Mutators

    def confirm(self, *, by: str, now: datetime) -> bool:
        """The second; from here on it is done. False when it was confirmed or called off already."""
        return self._move((self.State.ASKED,), self.State.CONFIRMED, confirmed_at=now, confirmed_by_ref=by[:200])

    def cancel(self, *, now: datetime) -> bool:
        """It is not wanted after all, and nothing was deleted yet."""
        return self._move((self.State.ASKED,), self.State.CANCELLED, finished_at=now, number="")

    def claim(self, *, now: datetime) -> bool:
        """Be the one who does it; also when whoever was at it has died."""
        waits = Q(state__in=(self.State.CONFIRMED, self.State.WAITING))
        left = Q(state=self.State.RUNNING, heard_of_at__lt=now - GONE_AFTER)
        won = Erasure.objects.filter(waits | left, pk=self.pk).update(
            state=self.State.RUNNING, heard_of_at=now, waits_for=""
        )
        self.refresh_from_db()
        return bool(won)

    def begin_step(self, name: str, *, now: datetime) -> None:
        """It is at this store now."""
        Erasure.objects.filter(pk=self.pk).update(at_step=name, heard_of_at=now)

    def end_step(self, name: str, facts: dict[str, Any], *, now: datetime) -> None:
        """What was done there."""
        self.steps = self.steps | {name: facts | {"at": now.isoformat()}}
        Erasure.objects.filter(pk=self.pk).update(steps=self.steps, at_step="", heard_of_at=now)

    def wait(self, why: str, *, now: datetime) -> None:
        """It cannot go on now; it is tried again."""
        Erasure.objects.filter(pk=self.pk).update(state=self.State.WAITING, waits_for=why[:300], heard_of_at=now)
        self.refresh_from_db()

    def finish(self, *, certificate: dict[str, Any], signature: str, public_key: str, now: datetime) -> None:
        """It is done and certified; the number itself is forgotten here too."""
        Erasure.objects.filter(pk=self.pk).update(
            state=self.State.DONE,
            finished_at=now,
            number="",
            at_step="",
            asked_why="",
            certificate=certificate,
            signature=signature,
            public_key=public_key,
        )
        self.refresh_from_db()

    def _move(self, of: tuple[State, ...], state: State, **fields: Any) -> bool:
        won = Erasure.objects.filter(pk=self.pk, state__in=of).update(state=state, **fields)
        self.refresh_from_db()
        return bool(won)

    # Queries

    @classmethod
    def due_ids(cls, *, now: datetime) -> list[int]:
        """Those somebody ought to be at."""
        waits = Q(state__in=(cls.State.CONFIRMED, cls.State.WAITING))
        left = Q(state=cls.State.RUNNING, heard_of_at__lt=now - GONE_AFTER)
        return list(cls.objects.filter(waits | left).order_by("pk").values_list("pk", flat=True))


def pseudonym_of(number_hash: str) -> str:
    """What stands where a number stood: as long as a number may be, and none."""
    return f"x{number_hash[:15]}"


class ErasedNumber(models.Model):
    """Of an erased person who must not be called: a keyed hash of the number, and what is barred."""

    number_hash = models.CharField(max_length=64, unique=True)
    bars_everything = models.BooleanField(default=True, help_text="Off: only sales calls are barred.")
    since = models.DateTimeField()

    class Meta:
        verbose_name = "erased number that is not called"
        verbose_name_plural = "erased numbers that are not called"

    def __str__(self) -> str:
        return f"erased number {self.pk}"

    # Factories

    @classmethod
    def keep(cls, *, number_hash: str, bars_everything: bool, now: datetime) -> None:
        """Have the number barred although nobody here knows it any more. What bars more stays."""
        of = {"bars_everything": bars_everything, "since": now}
        row, is_new = cls.objects.get_or_create(number_hash=number_hash, defaults=of)
        if not is_new and bars_everything and not row.bars_everything:
            cls.objects.filter(pk=row.pk).update(bars_everything=True)

    # Queries

    @classmethod
    def bars(cls, number: str) -> bool:
        """True when nobody may call this number (+E.164) for whatever purpose; in clear it is known nowhere here."""
        return cls.objects.filter(number_hash=keyed_hash(number), bars_everything=True).exists()
