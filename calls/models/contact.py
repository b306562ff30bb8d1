"""Whom a campaign calls: its contacts, each attempt to reach them, and the files they came from."""

from django.db import models
from django.db.models import Q

from calls.lifecycle.campaign import CONTACT_OPEN, AttemptOutcome, ContactState
from calls.models.call import Call, choices_of
from calls.models.campaign import Campaign
from compliance.encrypted import EncryptedField
from compliance.models import DialDecision, DialPermit


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


class Contact(models.Model):
    """One person of one campaign."""

    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="contacts")
    number = models.CharField(max_length=16, db_index=True)
    name = EncryptedField(max_length=120, blank=True, is_searchable=True)
    address_state = models.CharField(max_length=2, blank=True)
    address_zone = models.CharField(max_length=64, blank=True)
    fields = models.JSONField(default=dict, blank=True, help_text="Further columns, for the prompt.")
    of_import = models.ForeignKey(
        ContactImport, null=True, blank=True, on_delete=models.SET_NULL, related_name="contacts"
    )
    row = models.PositiveIntegerField(null=True, blank=True)
    state = models.CharField(max_length=10, choices=choices_of(ContactState), default=ContactState.DUE)
    due_at = models.DateTimeField(help_text="Not before this.")
    claimed_at = models.DateTimeField(null=True, blank=True)
    attempts_made = models.PositiveSmallIntegerField(default=0, help_text="Those that rang.")
    outcome = models.CharField(max_length=16, choices=choices_of(AttemptOutcome), default=AttemptOutcome.OPEN)
    code = models.CharField(max_length=40, blank=True, help_text="The gate's first reason, when it said no or not now.")
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["campaign", "number"], name="a_number_once_per_campaign")]
        indexes = [
            models.Index(fields=["campaign", "due_at", "id"], condition=Q(state="due"), name="contacts_due"),
            models.Index(fields=["campaign", "state"], name="contacts_by_state"),
        ]

    def __str__(self) -> str:
        return f"contact {self.pk}"

    @property
    def is_open(self) -> bool:
        """True until nothing more is to be tried."""
        return self.state in CONTACT_OPEN


class ContactAttempt(models.Model):
    """One decision to dial a contact, and what came of it. `attempt:<id>` is its errand at the door."""

    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="attempts")
    slot = models.PositiveSmallIntegerField(help_text="Counts the decisions of this contact, from 1.")
    opened_at = models.DateTimeField()
    decision = models.ForeignKey(DialDecision, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    permit = models.ForeignKey(DialPermit, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    call = models.OneToOneField(Call, null=True, blank=True, on_delete=models.SET_NULL, related_name="attempt")
    outcome = models.CharField(max_length=16, choices=choices_of(AttemptOutcome), default=AttemptOutcome.OPEN)
    code = models.CharField(max_length=40, blank=True)
    answered_by = models.CharField(max_length=30, blank=True, help_text="The carrier's word: human, machine_end_beep …")
    answered_at = models.DateTimeField(null=True, blank=True)
    greeted_ms = models.IntegerField(
        null=True, blank=True, help_text="From the end of their greeting to our first word; more than 2 s is abandoned."
    )
    settled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["contact", "slot"], name="a_slot_once_per_contact")]
        indexes = [models.Index(fields=["opened_at"], condition=Q(outcome="open"), name="attempts_open")]

    def __str__(self) -> str:
        return f"attempt {self.pk}: {self.outcome}"
