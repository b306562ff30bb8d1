"""Every setting we have changed at a vendor: who, when, what was there before; so that it can be taken back."""

from collections.abc import Iterable
from datetime import datetime

from django.db import models

from calls.golive.findings import Change, shown
from compliance.encrypted import EncryptedField, Unreadable


class SettingChange(models.Model):
    """One setting of one thing at a vendor, changed once. Written before the vendor is asked, settled after it."""

    class State(models.TextChoices):
        """What became of it."""

        PLANNED = "planned", "under way"
        MADE = "made"
        FAILED = "failed", "not made"
        UNDONE = "undone", "taken back"
        LEFT = "left", "left: changed by somebody else since"

    run = models.CharField(max_length=32, db_index=True, help_text="What was changed in one go has the same.")
    account = models.CharField(max_length=64, help_text="The account at the vendor.")
    what = models.CharField(max_length=20, help_text="The kind of thing: number, country, service, route, webhook.")
    ref = models.CharField(max_length=64, help_text="The vendor's id of the thing.")
    label = models.CharField("thing", max_length=120, help_text="The same for people.")
    name = models.CharField("setting", max_length=64)
    before = EncryptedField(max_length=4000, blank=True, help_text="Encrypted: an address may hold a password.")
    after = EncryptedField(max_length=4000, blank=True)
    state = models.CharField(max_length=8, choices=State, default=State.PLANNED)
    problem = models.CharField(max_length=300, blank=True, help_text="Why it was not made, or not taken back.")
    at = models.DateTimeField("changed", db_index=True)
    by_ref = models.CharField("by", max_length=150)
    undone_at = models.DateTimeField("taken back", null=True, blank=True)
    undone_by_ref = models.CharField("taken back by", max_length=150, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["account", "what", "ref", "name"], name="setting_changes_of_one"),
        ]
        permissions = [("change_vendor_settings", "Can check, change and take back settings at Twilio and OpenAI")]

    def __str__(self) -> str:
        return f"{self.label} {self.name}"

    @property
    def before_shown(self) -> str:
        """What was there, without passwords."""
        return shown(self.before)

    @property
    def after_shown(self) -> str:
        """What was put there, without passwords."""
        return shown(self.after)

    @property
    def can_be_restored(self) -> bool:
        """False when what was there was encrypted with a key that is not here any more."""
        return not isinstance(self.before, Unreadable)

    # Factories

    @classmethod
    def plan(
        cls, changes: Iterable[Change], *, run: str, account: str, by: str, now: datetime
    ) -> "list[SettingChange]":
        """Write down what is about to be changed, with what is there before; commit it before the vendor is asked."""
        return [
            cls.objects.create(
                run=run,
                account=account,
                what=change.what,
                ref=change.ref,
                label=change.label[:120],
                name=change.name,
                before=change.before,
                after=change.after,
                at=now,
                by_ref=by[:150],
            )
            for change in changes
        ]

    # Mutators

    @classmethod
    def settle(cls, rows: "Iterable[SettingChange]", state: State, *, problem: str = "") -> None:
        """What became of changes that were under way; the first word counts."""
        under_way = cls.objects.filter(pk__in=[row.pk for row in rows], state=cls.State.PLANNED)
        under_way.update(state=state, problem=problem[:300])

    @classmethod
    def undo(cls, rows: "Iterable[SettingChange]", state: State, *, by: str, now: datetime, problem: str = "") -> None:
        """They were taken back, or left because somebody else has changed the setting since."""
        made = cls.objects.filter(pk__in=[row.pk for row in rows], state=cls.State.MADE)
        made.update(state=state, undone_at=now, undone_by_ref=by[:150], problem=problem[:300])

    # Queries

    @classmethod
    def under_way(cls, *, account: str) -> "list[SettingChange]":
        """Changes of which it is not known whether they were made: whoever made them was stopped."""
        return list(cls.objects.filter(account=account, state=cls.State.PLANNED).order_by("pk"))

    @classmethod
    def standing(cls, *, account: str, run: str = "") -> "list[SettingChange]":
        """Changes that were made and not taken back, oldest first; of one go, or all."""
        made = cls.objects.filter(account=account, state=cls.State.MADE).order_by("pk")
        return list(made.filter(run=run) if run else made)

    @classmethod
    def has_later(cls, row: "SettingChange", *, among: "Iterable[SettingChange]") -> bool:
        """Whether the same setting was changed after this, by a change that stands and is not one of these."""
        later = cls.objects.filter(
            account=row.account, what=row.what, ref=row.ref, name=row.name, state=cls.State.MADE, pk__gt=row.pk
        )
        return later.exclude(pk__in=[one.pk for one in among]).exists()
