"""Whom a campaign calls: its contacts."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from django.db import connection, models
from django.db.models import Q

from calls.lifecycle.campaign import CONTACT_OPEN, AttemptOutcome, ContactState
from calls.models.campaign import Campaign
from calls.models.choices import choices_of
from calls.models.contact_import import ContactImport
from compliance.encrypted import EncryptedField, EncryptedMappingField

# Asked of some thousand numbers at a time.
_OF_CAMPAIGN = "SELECT number, row, of_import_id FROM calls_contact WHERE campaign_id = %s AND number = ANY(%s)"
_UNDER_WAY = """
SELECT contact.number, campaign.name
FROM calls_contact contact JOIN calls_campaign campaign ON campaign.id = contact.campaign_id
WHERE contact.number = ANY(%s) AND contact.state IN ('due', 'claimed', 'dialled')
AND contact.campaign_id <> %s AND campaign.state IN ('approved', 'running', 'paused')
"""


class Contact(models.Model):
    """One person of one campaign."""

    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="contacts")
    number = models.CharField(max_length=16, db_index=True)
    name = EncryptedField(max_length=120, blank=True, is_searchable=True)
    address_state = models.CharField(max_length=2, blank=True)
    address_zone = models.CharField(max_length=64, blank=True)
    fields = EncryptedMappingField(default=dict, blank=True, help_text="Further columns, for the prompt.")
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
            models.Index(fields=["claimed_at"], condition=Q(state="claimed"), name="contacts_claimed"),
            models.Index(fields=["number"], condition=Q(state__in=("due", "claimed", "dialled")), name="contacts_open"),
        ]

    def __str__(self) -> str:
        return f"contact {self.pk}"

    @property
    def is_open(self) -> bool:
        """True until nothing more is to be tried."""
        return self.state in CONTACT_OPEN

    # Factories

    @classmethod
    def take_in(cls, contacts: "Collection[Contact]") -> int:
        """New contacts from a file; how many. A number that somebody has just put into the campaign is left out."""
        if not contacts:
            return 0
        # What all of them share is said once, the rest in arrays: the statement is short however many they are.
        shared: list[tuple[str, str, Any]] = []
        arrays: list[tuple[str, str, Any]] = []
        for field in cls._meta.concrete_fields:
            values = [getattr(contact, field.attname) for contact in contacts]
            column, kind = connection.ops.quote_name(str(field.column)), field.db_type(connection)
            if field.name == "number" or values.count(values[0]) < len(values):
                told = [field.get_db_prep_save(value, connection) for value in values]
                arrays.append((column, f"%s::{kind}[]", told))
            elif not field.primary_key:
                shared.append((column, f"%s::{kind}", field.get_db_prep_save(values[0], connection)))
        columns = ", ".join(column for column, _, _ in (*shared, *arrays))
        once, each = (", ".join(place for _, place, _ in some) for some in (shared, arrays))
        with connection.cursor() as cursor:
            cursor.execute(
                f"INSERT INTO calls_contact ({columns}) SELECT {once}, each.* FROM unnest({each}) AS each"  # noqa: S608
                " ON CONFLICT DO NOTHING",
                [value for _, _, value in (*shared, *arrays)],
            )
            return int(cursor.rowcount)

    # Mutators

    @classmethod
    def put_off(cls, contacts: "Collection[Contact]", *, until: datetime, code: str = "") -> None:
        """Not before then. Only of those that nobody has claimed; you hold their rows."""
        ids = [contact.pk for contact in contacts]
        cls.objects.filter(pk__in=ids, state=ContactState.DUE).update(due_at=until, code=code)

    @classmethod
    def put_off_alike(
        cls, campaign: Campaign, prefix: str, *, until: datetime, code: str, now: datetime, limit: int
    ) -> int:
        """The same for all who are due, have a number that begins so, and are not known to live elsewhere."""
        alike = cls.objects.select_for_update(skip_locked=True).filter(
            campaign=campaign, state=ContactState.DUE, due_at__lte=now, number__startswith=prefix, address_zone=""
        )
        some = alike.order_by("due_at", "pk").values("pk")[:limit]
        return cls.objects.filter(pk__in=some).update(due_at=until, code=code)

    @classmethod
    def claim(cls, contacts: "Collection[Contact]", *, now: datetime) -> int:
        """These are about to be dialled. You hold their rows."""
        ids = [contact.pk for contact in contacts]
        return cls.objects.filter(pk__in=ids, state=ContactState.DUE).update(
            state=ContactState.CLAIMED, claimed_at=now, code=""
        )

    def dialled(self) -> bool:
        """A permit is being spent on this contact: from now on a call is out, or may be."""
        return self._move((ContactState.CLAIMED,), state=ContactState.DIALLED)

    def due_again(self, *, at: datetime, outcome: AttemptOutcome, code: str = "") -> bool:
        """To be tried again from then on."""
        return self._move(
            CONTACT_OPEN, state=ContactState.DUE, due_at=at, claimed_at=None, outcome=outcome, code=code[:40]
        )

    def close(self, state: ContactState, *, outcome: AttemptOutcome, code: str = "", now: datetime) -> bool:
        """Nothing more is tried. What is over can still turn out to be something else that is over."""
        return self._move(
            tuple(ContactState), state=state, outcome=outcome, code=code[:40], closed_at=now, claimed_at=None
        )

    def count_attempt(self, by: int) -> None:
        """One more has rung, or one less."""
        Contact.objects.filter(pk=self.pk).update(attempts_made=models.F("attempts_made") + by)
        self.attempts_made += by

    def _move(self, of: "Collection[ContactState]", **changes: object) -> bool:
        if not Contact.objects.filter(pk=self.pk, state__in=of).update(**changes):
            return False
        for name, value in changes.items():
            setattr(self, name, value)
        return True

    @classmethod
    def stop_all(cls, campaign: Campaign, *, now: datetime) -> int:
        """The campaign was stopped: whoever was still to be tried is not."""
        waiting = cls.objects.filter(campaign=campaign, state=ContactState.DUE)
        return waiting.update(state=ContactState.STOPPED, closed_at=now)

    # Queries

    @classmethod
    def of_campaign(cls, campaign_id: int, numbers: "Collection[str]") -> "list[tuple[str, int | None, int | None]]":
        """Those of these numbers that are in a campaign, each with its row and the import that it came with."""
        with connection.cursor() as cursor:
            cursor.execute(_OF_CAMPAIGN, [campaign_id, list(numbers)])
            return cursor.fetchall()

    @classmethod
    def under_way(cls, numbers: "Collection[str]", *, but_not: int) -> "list[tuple[str, str]]":
        """Those of these numbers that another campaign is still to ring, each with that campaign's name."""
        with connection.cursor() as cursor:
            cursor.execute(_UNDER_WAY, [list(numbers), but_not])
            return cursor.fetchall()

    @classmethod
    def due(cls, campaign: Campaign, *, now: datetime, limit: int) -> "list[Contact]":
        """Whose time has come, the longest due first. Their rows are held until the transaction ends; those that
        somebody else holds are left out.
        """
        waiting = cls.objects.select_for_update(skip_locked=True).filter(
            campaign=campaign, state=ContactState.DUE, due_at__lte=now
        )
        return list(waiting.order_by("due_at", "pk")[:limit])
