"""The files that contacts come from, and the rows that were not taken."""

from django.db import models

from calls.models.campaign import Campaign


class ContactImport(models.Model):
    """One file of contacts: uploaded, mapped, read in pieces by a worker that may die and go on."""

    class State(models.TextChoices):
        """Where the import stands."""

        UPLOADED = "uploaded", "its columns are to be mapped"
        READING = "reading"
        DONE = "done"
        FAILED = "failed"
        CANCELLED = "cancelled"

    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="imports")
    state = models.CharField(max_length=10, choices=State, default=State.UPLOADED)
    file = models.FileField(upload_to="imports/%Y/%m/")
    file_name = models.CharField(max_length=200)
    size_bytes = models.BigIntegerField()
    sha256 = models.CharField(max_length=64, blank=True)
    encoding = models.CharField(max_length=20, blank=True)
    columns = models.JSONField(default=list, help_text="The headers, in order.")
    mapping = models.JSONField(default=dict, help_text="Our field for each column's place.")
    rows_expected = models.PositiveIntegerField(default=0, help_text="A guess by size.")
    rows_read = models.PositiveIntegerField(default=0)
    rows_taken = models.PositiveIntegerField(default=0)
    rows_doubled = models.PositiveIntegerField(default=0)
    rows_refused = models.PositiveIntegerField(default=0)
    problem = models.CharField(max_length=300, blank=True, help_text="Why it failed, for a person.")
    created_at = models.DateTimeField()
    created_by_ref = models.CharField(max_length=200)
    heard_of_at = models.DateTimeField(null=True, blank=True, help_text="When a worker last said it was at it.")
    finished_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return self.file_name


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
