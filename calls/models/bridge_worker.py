"""The bridge processes: who is there, how busy, and who is about to stop.

When one was heard of last is told by the database's clock alone: those of two machines may differ.
"""

from collections.abc import Collection
from datetime import timedelta
from typing import Any

from django.db import models
from django.db.models.functions import Now

# A bridge that has not been heard of for this long gets no new calls.
SILENT_AFTER = timedelta(seconds=3)


class BridgeWorker(models.Model):
    """One process that holds streams. It says every second that it is there."""

    name = models.CharField(max_length=40, unique=True)
    machine = models.CharField(max_length=100, blank=True)
    pid = models.PositiveIntegerField(default=0)
    started_at = models.DateTimeField()
    heard_at = models.DateTimeField(db_index=True)
    calls = models.PositiveIntegerField(default=0, help_text="Streams open in it.")
    capacity = models.PositiveIntegerField(help_text="How many it may hold.")
    is_draining = models.BooleanField(default=False, help_text="Takes no new calls and is about to stop.")
    model_share_left = models.FloatField(default=1.0, help_text="What the model says is left of its tightest limit.")

    journal_depth = models.PositiveIntegerField(default=0, help_text="Entries not in the database yet.")

    def __str__(self) -> str:
        return self.name

    # Mutators

    @classmethod
    def report(cls, *, name: str, **how_it_is: Any) -> None:
        """A bridge says how it is: values of its other fields."""
        cls.objects.update_or_create(name=name, defaults={"heard_at": Now(), **how_it_is})

    @classmethod
    def leave(cls, *, name: str) -> None:
        """A bridge has stopped."""
        cls.objects.filter(name=name).delete()

    @classmethod
    def take_away(cls, names: Collection[str], *, silent_for: timedelta) -> list[str]:
        """Remove those of these bridges that are silent still; answers the names of those that this caller removed."""
        is_silent = models.Q(heard_at__lt=Now() - silent_for)
        return [name for name in names if cls.objects.filter(is_silent, name=name).delete()[0]]

    # Queries

    @classmethod
    def heard_lately(cls) -> "list[BridgeWorker]":
        """The bridges that are there, least busy first."""
        return list(cls.lately())

    @classmethod
    def lately(cls) -> "models.QuerySet[BridgeWorker]":
        """The query for them."""
        return cls.objects.filter(heard_at__gt=Now() - SILENT_AFTER).order_by("calls", "name")

    @classmethod
    def silent(cls, *, silent_for: timedelta) -> set[str]:
        """The names of those that were not heard of for so long."""
        return set(cls.objects.filter(heard_at__lt=Now() - silent_for).values_list("name", flat=True))
