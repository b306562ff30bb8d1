"""A file of numbers on its way into the books: read in pieces by a worker that may die, and go on."""

from datetime import date, datetime
from typing import Any

from django.core.files import File
from django.db import models, transaction
from django.db.models import F, Q
from django.db.models.functions import Coalesce

from compliance.models.number_list import NumberList, NumberListCopy
from compliance.models.suppression import SuppressionEntry

PROBLEMS_KEPT = 1000


class ListImport(models.Model):
    """One file, and how far it has come. Its checkpoint moves in the transaction that takes the numbers."""

    class Into(models.TextChoices):
        """Which book the file goes into."""

        LIST = "list", "a list that others keep, whole"
        CHANGES = "changes", "changes to a list that others keep"
        OWN = "own", "our own list"
        ANSWERS = "answers", "answers about reassigned numbers"

    class State(models.TextChoices):
        """Where it stands. A copy joins the table, and only then comes into force."""

        WAITING = "waiting", "waits for a worker"
        READING = "reading", "is being read"
        READ = "read", "is being put in order"
        ORDERED = "ordered", "is about to come into force"
        JOINED = "joined", "comes into force"
        DONE = "done"
        FAILED = "failed"
        CANCELLED = "cancelled"

    OPEN = (State.WAITING, State.READING, State.READ, State.ORDERED, State.JOINED)

    into = models.CharField(max_length=8, choices=Into)
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    of = models.ForeignKey(NumberList, null=True, blank=True, on_delete=models.PROTECT, related_name="imports")
    copy = models.OneToOneField(
        NumberListCopy, null=True, blank=True, on_delete=models.PROTECT, related_name="of_import"
    )
    base = models.ForeignKey(
        NumberListCopy,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text="The copy that changes are changes of.",
    )
    scope = models.CharField(max_length=10, choices=SuppressionEntry.Scope, default=SuppressionEntry.Scope.ALL)
    may_shrink = models.BooleanField(default=False, help_text="It may have far fewer numbers than the one before.")
    file = models.FileField(upload_to="lists/%Y/%m/", blank=True, help_text="Kept until the import is over.")
    file_name = models.CharField(max_length=200)
    size_bytes = models.BigIntegerField()
    sha256 = models.CharField(max_length=64)
    layout = models.JSONField(default=dict, blank=True, help_text="How the file is written.")
    bytes_read = models.BigIntegerField(default=0, help_text="Of the file as it lies there.")
    text_read = models.BigIntegerField(default=0, help_text="Of what is in it, unpacked: where to go on.")
    rows_read = models.PositiveBigIntegerField(default=0)
    rows_taken = models.PositiveBigIntegerField(default=0)
    rows_refused = models.PositiveBigIntegerField(default=0)
    restarts = models.PositiveSmallIntegerField(default=0, help_text="Read anew because the database lost a part.")
    problem = models.CharField(max_length=400, blank=True, help_text="Why it failed, for a person.")
    created_at = models.DateTimeField()
    created_by_ref = models.CharField(max_length=200)
    heard_of_at = models.DateTimeField(null=True, blank=True, help_text="When a worker last did something for it.")
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = "import of numbers"
        verbose_name_plural = "imports of numbers"
        permissions = [("import_numbers", "Can import lists of numbers and cancel imports")]
        constraints = [
            models.UniqueConstraint(
                fields=["of"],
                condition=Q(state__in=("waiting", "reading", "read", "ordered", "joined")),
                name="one_open_import_per_list",
            )
        ]

    def __str__(self) -> str:
        return self.file_name

    # Factories

    @classmethod
    def open(cls, *, file: File, version_date: date | None, now: datetime, by: str, **fields: Any) -> "ListImport":
        """Keep a file that is to be read; of a list, with the copy that will come of it. In your transaction."""
        made = cls(created_at=now, created_by_ref=by, **fields)
        if made.of is not None and version_date is not None:
            made.copy = NumberListCopy.objects.create(
                of=made.of, version_date=version_date, retrieved_at=now, created_by_ref=by
            )
        made.file.save(made.file_name, file, save=False)
        made.save()
        return made

    # Mutators

    def take_piece(
        self,
        *,
        text_read: int,
        bytes_read: int,
        rows: int,
        taken: int,
        problems: list["ListImportProblem"],
        now: datetime,
    ) -> bool:
        """Move the checkpoint on from where this row has it; False when somebody else has moved it, or stopped it."""
        kept = problems[: max(0, PROBLEMS_KEPT - self.rows_refused)]
        moved = self._here().update(
            state=self.State.READING,
            layout=self.layout,
            text_read=text_read,
            bytes_read=bytes_read,
            rows_read=F("rows_read") + rows,
            rows_taken=F("rows_taken") + taken,
            rows_refused=F("rows_refused") + len(problems),
            heard_of_at=now,
        )
        if moved:
            ListImportProblem.objects.bulk_create(kept)
        return moved == 1

    def move(self, state: "ListImport.State", *, now: datetime, **fields: Any) -> bool:
        """Go on to the next state from the one this row has."""
        return self._here().update(state=state, heard_of_at=now, **fields) == 1

    def restart(self, *, now: datetime) -> bool:
        """Begin again: what had been loaded is not all there any more."""
        self.problems.all().delete()
        zero = {"text_read": 0, "bytes_read": 0, "rows_read": 0, "rows_taken": 0, "rows_refused": 0}
        return self.move(self.State.WAITING, now=now, restarts=F("restarts") + 1, **zero)

    def end(self, state: "ListImport.State", *, now: datetime, problem: str = "") -> bool:
        """It is over, by this state, unless it was over already. The file goes; what was loaded is never in force."""
        open_ = ListImport.objects.filter(pk=self.pk, state__in=self.OPEN)
        if not open_.update(state=state, problem=problem[:400], finished_at=now, heard_of_at=now, file=""):
            return False
        if self.copy is not None and state != self.State.DONE:
            self.copy.fail()
        storage, name = self.file.storage, self.file.name
        if name:
            transaction.on_commit(lambda: storage.delete(name))
        return True

    def _here(self) -> models.QuerySet["ListImport"]:
        return ListImport.objects.filter(pk=self.pk, state=self.state, text_read=self.text_read)

    # Queries

    @property
    def is_open(self) -> bool:
        """True until it is over."""
        return self.state in self.OPEN

    @property
    def may_be_cancelled(self) -> bool:
        """True until it begins to count."""
        return self.is_open and self.state != self.State.JOINED

    @property
    def percent(self) -> int:
        """How much of the file has been read, as a share of a hundred."""
        return min(100, 100 * self.bytes_read // max(1, self.size_bytes))

    @classmethod
    def forgotten_ids(cls, *, since: datetime) -> list[int]:
        """Every import that is not over and for which nobody has done anything since, the oldest first."""
        quiet = cls.objects.alias(heard=Coalesce("heard_of_at", "created_at")).filter(heard__lte=since)
        return list(quiet.filter(state__in=cls.OPEN).order_by("pk").values_list("pk", flat=True))


class ListImportProblem(models.Model):
    """One line of a file that was not taken, and why. The first thousand are kept."""

    of = models.ForeignKey(ListImport, on_delete=models.CASCADE, related_name="problems")
    row = models.PositiveBigIntegerField()
    text = models.CharField(max_length=200, help_text="The line as it stood in the file.")
    sentence = models.CharField(max_length=200)

    class Meta:
        verbose_name = "line that was not taken"
        verbose_name_plural = "lines that were not taken"
        constraints = [models.UniqueConstraint(fields=["of", "row"], name="one_problem_per_line_of_a_list")]

    def __str__(self) -> str:
        return f"line {self.row} of import {self.of_id}"
