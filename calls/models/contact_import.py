"""The files that contacts come from, and the rows that were not taken."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from agents import floor
from calls.models.campaign import Campaign

# Whoever reads says so with every piece; after this silence another goes on.
_SILENT_AFTER = timedelta(seconds=30)


class ContactImport(models.Model):
    """One file of contacts: uploaded, mapped, read in pieces by a worker that may die and go on."""

    class State(models.TextChoices):
        """Where the import stands."""

        UPLOADED = "uploaded", "its columns are to be mapped"
        READING = "reading"
        DONE = "done"
        FAILED = "failed"
        CANCELLED = "cancelled"

    class Doubles(models.TextChoices):
        """What is done with people who are in another campaign that is under way."""

        SKIP = "skip", "leave them out"
        KEEP = "keep", "take them all the same"

    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="imports")
    state = models.CharField(max_length=10, choices=State, default=State.UPLOADED)
    file = models.FileField(upload_to="imports/%Y/%m/")
    file_name = models.CharField(max_length=200)
    size_bytes = models.BigIntegerField()
    sha256 = models.CharField(max_length=64, blank=True)
    encoding = models.CharField(max_length=20, blank=True)
    delimiter = models.CharField(max_length=1, default=",")
    columns = models.JSONField(default=list, help_text="The headers, in order.")
    mapping = models.JSONField(default=dict, help_text="Our field for each column's place.")
    doubles = models.CharField(max_length=4, choices=Doubles, default=Doubles.SKIP)
    rows_expected = models.PositiveIntegerField(default=0, help_text="A guess by size.")
    rows_read = models.PositiveIntegerField(default=0)
    rows_taken = models.PositiveIntegerField(default=0)
    rows_doubled = models.PositiveIntegerField(default=0)
    rows_refused = models.PositiveIntegerField(default=0)
    problem = models.CharField(max_length=300, blank=True, help_text="Why it failed, for a person.")
    created_at = models.DateTimeField()
    created_by_ref = models.CharField(max_length=200)
    read_by = models.CharField(max_length=40, blank=True, help_text="The worker that is at it.")
    heard_of_at = models.DateTimeField(null=True, blank=True, help_text="When a worker last said it was at it.")
    finished_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return self.file_name

    @property
    def percent(self) -> int:
        """How far the reading has come, as far as anybody can say."""
        if self.state == self.State.DONE:
            return 100
        return min(99, 100 * self.rows_read // self.rows_expected) if self.rows_expected else 0

    # Factories

    @classmethod
    def begin(cls, *, by: str, now: datetime, **fields: Any) -> "ContactImport":
        """A file that has just been sent."""
        return cls.objects.create(created_at=now, created_by_ref=by[:200], **fields)

    # Mutators

    def start(self, *, mapping: dict[str, str], doubles: str, now: datetime) -> bool:
        """It is to be read like this. False when that was said before."""
        return self._move((self.State.UPLOADED,), state=self.State.READING, mapping=mapping, doubles=doubles)

    @classmethod
    def take(cls, pk: int, *, by: str, now: datetime) -> "ContactImport | None":
        """Be the one who reads it. None when another is at it, or there is nothing to read."""
        is_free = Q(heard_of_at=None) | Q(heard_of_at__lt=Now() - _SILENT_AFTER)
        mine = cls.objects.filter(is_free, pk=pk, state=cls.State.READING)
        if not mine.update(read_by=by, heard_of_at=Now()):
            return None
        return cls.objects.select_related("campaign").get(pk=pk)

    def hold(self) -> bool:
        """True while it is still read, and by whoever holds this; its row is held until the transaction ends."""
        mine = ContactImport.objects.select_for_update().filter(
            pk=self.pk, state=self.State.READING, read_by=self.read_by
        )
        return mine.values_list("pk", flat=True).first() is not None

    def advance(self, *, read: int, taken: int, doubled: int, refused: int, now: datetime) -> None:
        """A piece was read, in the transaction that writes it."""
        ContactImport.objects.filter(pk=self.pk).update(
            rows_read=F("rows_read") + read,
            rows_taken=F("rows_taken") + taken,
            rows_doubled=F("rows_doubled") + doubled,
            rows_refused=F("rows_refused") + refused,
            heard_of_at=Now(),
        )
        self.rows_read += read
        floor.changed("import", self.pk)

    def let_go(self) -> None:
        """Another task goes on with it."""
        ContactImport.objects.filter(pk=self.pk, read_by=self.read_by).update(heard_of_at=None, read_by="")

    def finish(self, *, now: datetime) -> bool:
        """Everything was read."""
        return self._move((self.State.READING,), state=self.State.DONE, finished_at=now, rows_expected=F("rows_read"))

    def fail(self, why: str, *, now: datetime) -> bool:
        """It cannot be read on."""
        return self._move((self.State.READING,), state=self.State.FAILED, finished_at=now, problem=why[:300])

    def cancel(self, *, now: datetime) -> bool:
        """Somebody does not want it any more."""
        return self._move((self.State.UPLOADED, self.State.READING), state=self.State.CANCELLED, finished_at=now)

    def _move(self, of: tuple[str, ...], **changes: Any) -> bool:
        if not ContactImport.objects.filter(pk=self.pk, state__in=of).update(**changes):
            return False
        self.refresh_from_db()
        floor.changed("import", self.pk)
        return True

    # Queries

    @classmethod
    def left_lying(cls) -> list[int]:
        """Those that are to be read and nobody is at."""
        is_free = Q(heard_of_at=None) | Q(heard_of_at__lt=Now() - _SILENT_AFTER)
        return list(cls.objects.filter(is_free, state=cls.State.READING).values_list("pk", flat=True))

    def problem_of(self, *, row: int, column: str, sentence: str, values: Sequence[str]) -> "ImportProblem":
        """A row that is not taken; kept with the others of its piece."""
        kept = [value[:200].replace("\0", "") for value in values[:100]]
        return ImportProblem(of=self, row=row, column=column[:120], sentence=sentence[:300], values=kept)


class ImportProblem(models.Model):
    """One row of a file that was not taken, and why."""

    of = models.ForeignKey(ContactImport, on_delete=models.CASCADE, related_name="problems")
    row = models.PositiveIntegerField()
    column = models.CharField(max_length=120, blank=True)
    sentence = models.CharField(max_length=300)
    values = models.JSONField(default=list, help_text="The row as it stood in the file.")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["of", "row"], name="one_problem_per_row")]

    def __str__(self) -> str:
        return f"row {self.row} of import {self.of_id}"

    # Factories

    @classmethod
    def keep(cls, problems: "Sequence[ImportProblem]") -> None:
        """Write down a piece's problems."""
        ImportProblem.objects.bulk_create(problems, batch_size=1000)
