"""The right to ring one number once."""

from collections.abc import Iterable
from datetime import timedelta

from django.db import connection, models
from django.db.models import Q
from django.db.models.functions import Now

from compliance.models.decision import MAY_ERASE, MAY_REMOVE, DialDecision
from compliance.models.switch import OutboundSwitch
from compliance.numbers import Kind, by_whatsapp, channel_of
from compliance.verdict import OPEN_STATES, PermitState

# From the decision to the carrier's ear. The database's clock counts, for the one who issues and the one who spends.
LIFE = timedelta(seconds=5)


class DialPermit(models.Model):
    """A permit of the gate: one number, one caller ID, spent once and at once.

    The database keeps the moves (`PERMIT_MOVES`), refuses to spend an expired one, and nobody can change what it names.
    """

    decision = models.OneToOneField(DialDecision, on_delete=models.PROTECT, related_name="permit")
    number = models.CharField(max_length=255)
    caller_id = models.CharField(max_length=255)
    subject_ref = models.CharField(max_length=100, db_index=True)
    errand_ref = models.CharField(max_length=100, blank=True)
    channel = models.CharField(max_length=8, default="phone", help_text="By which they are reached: phone, whatsapp …")
    label = models.CharField(max_length=128, blank=True, help_text="Whom the number belongs to, as in the directory.")
    state = models.CharField(
        max_length=10, choices=[(s.value, s.value) for s in PermitState], default=PermitState.ISSUED
    )
    issued_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True, blank=True)
    settled_at = models.DateTimeField(null=True, blank=True)
    leg_sid = models.CharField(max_length=64, blank=True, db_index=True)
    outcome_note = models.CharField(max_length=200, blank=True, help_text="Why no leg came of it, or none is known.")

    class Meta:
        verbose_name = "dial permit"
        constraints = [
            models.UniqueConstraint(
                fields=["number"], condition=Q(state__in=OPEN_STATES), name="one_open_permit_per_number"
            ),
            models.UniqueConstraint(
                fields=["errand_ref"],
                condition=~Q(errand_ref="") & ~Q(state=PermitState.VOID),
                name="an_errand_is_dialled_once",
            ),
        ]
        indexes = [
            models.Index(fields=["sent_at"], condition=Q(state__in=("sent", "unknown")), name="permits_unsettled"),
            models.Index(fields=["number", "-sent_at"], name="permits_of_number"),
        ]

    def __str__(self) -> str:
        return f"permit {self.pk}: {self.state}"

    @property
    def is_by_whatsapp(self) -> bool:
        """True when it was asked for somebody on WhatsApp."""
        return self.channel == Kind.WHATSAPP

    @property
    def to_address(self) -> str:
        """Whom the carrier is asked to ring, as it writes them."""
        return by_whatsapp(self.number) if self.is_by_whatsapp else self.number

    @property
    def from_address(self) -> str:
        """What is shown, as the carrier writes it."""
        return by_whatsapp(self.caller_id) if self.is_by_whatsapp else self.caller_id

    # Factories

    @classmethod
    def issue(cls, *, decision: DialDecision, label: str) -> "DialPermit":
        """A fresh permit for what was decided. Raises IntegrityError when another of this number or errand is open."""
        permit = cls.objects.create(
            decision=decision,
            number=decision.number,
            caller_id=decision.caller_id,
            subject_ref=decision.subject_ref,
            errand_ref=decision.errand_ref,
            channel=channel_of(decision.to_address),
            label=label[:128],
            issued_at=Now(),
            expires_at=Now() + LIFE,
        )
        permit.refresh_from_db()
        return permit

    # Mutators

    @classmethod
    def take_turn(cls, number: str) -> None:
        """Wait for whoever is deciding or writing about this number; until the transaction ends, nobody else is."""
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"dial:{number}"])

    @classmethod
    def take_turns(cls, numbers: Iterable[str]) -> None:
        """The same for some hundred numbers, in an order in which no two can wait for each other."""
        keys = [f"dial:{number}" for number in sorted(set(numbers))]
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_advisory_xact_lock(hashtextextended(key, 0)) FROM unnest(%s::text[]) AS keys (key)", [keys]
            )

    @classmethod
    def void_unspent_of(cls, numbers: Iterable[str], why: str) -> int:
        """Nobody may use permits of these numbers any more that were not used yet; how many there were."""
        unspent = cls.objects.filter(number__in=[*numbers], state=PermitState.ISSUED)
        return unspent.update(state=PermitState.VOID, settled_at=Now(), outcome_note=why[:200])

    @classmethod
    def void_expired(cls, number: str) -> None:
        """Permits of this number that nobody spent in time are worth nothing any more."""
        cls.objects.filter(number=number, state=PermitState.ISSUED, expires_at__lte=Now()).update(
            state=PermitState.VOID, settled_at=Now(), outcome_note="not used in time"
        )

    @classmethod
    def void_unspent(cls, number: str, why: str) -> int:
        """Nobody may use a permit of this number any more that was not used yet; how many there were."""
        unspent = cls.objects.filter(number=number, state=PermitState.ISSUED)
        return unspent.update(state=PermitState.VOID, settled_at=Now(), outcome_note=why[:200])

    def spend(self) -> bool:
        """Use it up. True for exactly one caller, in time, and not if calls were switched off since it was issued.

        You must commit before the carrier is asked.
        """
        is_off = models.Exists(OutboundSwitch.objects.filter(is_off=True))
        mine = DialPermit.objects.filter(~is_off, pk=self.pk, state=PermitState.ISSUED, expires_at__gt=Now())
        if not mine.update(state=PermitState.SENT, sent_at=Now()):
            return False
        self.refresh_from_db()
        return True

    def confirm(self, leg_sid: str) -> bool:
        """A leg came of it; False when that, or another leg, was known already."""
        return self._settle(
            (PermitState.SENT, PermitState.UNKNOWN, PermitState.VOID), PermitState.CONFIRMED, leg_sid=leg_sid
        )

    def void(self, why: str) -> bool:
        """No leg came of it: the number may be rung again."""
        return self._settle((PermitState.SENT, PermitState.UNKNOWN), PermitState.VOID, outcome_note=why[:200])

    def lose(self, why: str) -> bool:
        """The carrier may have done it, and its answer was lost: the number waits until that is found out."""
        changed = DialPermit.objects.filter(pk=self.pk, state=PermitState.SENT).update(
            state=PermitState.UNKNOWN, outcome_note=why[:200]
        )
        self.refresh_from_db()
        return bool(changed)

    def _settle(self, of: tuple[PermitState, ...], state: PermitState, **fields: str) -> bool:
        mine = DialPermit.objects.filter(pk=self.pk, state__in=of, sent_at__isnull=False)
        changed = mine.update(state=state, settled_at=Now(), **fields)
        self.refresh_from_db()
        return bool(changed)

    @classmethod
    def erase(cls, *, number: str, pseudonym: str) -> int:
        """Take a number out of its permits that are over, with a pseudonym in its place; how many."""
        with connection.cursor() as cursor:
            cursor.execute(MAY_ERASE)
        return cls.objects.filter(number=number).exclude(state__in=OPEN_STATES).update(number=pseudonym)

    @classmethod
    def remove(cls, decisions: list[int]) -> int:
        """Delete the permits of decisions whose time is over; how many."""
        with connection.cursor() as cursor:
            cursor.execute(MAY_REMOVE)
        return cls.objects.filter(decision__in=decisions).delete()[0]

    # Queries

    @classmethod
    def is_open_for(cls, number: str) -> bool:
        """True while a permit of this number is not used up, or not known to have come to anything."""
        is_good = Q(state=PermitState.ISSUED, expires_at__gt=Now())
        is_under_way = Q(state__in=(PermitState.SENT, PermitState.UNKNOWN))
        return cls.objects.filter(is_good | is_under_way, number=number).exists()

    @classmethod
    def is_being_asked_for(cls, number: str) -> bool:
        """True while the carrier is being asked to ring this number."""
        recent = Q(state=PermitState.SENT, sent_at__gt=Now() - LIFE)
        return cls.objects.filter(recent, number=number).exists()

    @classmethod
    def is_done(cls, errand: str) -> bool:
        """True when something was dialled, or may have been, for this errand."""
        return bool(errand) and cls.objects.filter(errand_ref=errand).exclude(state=PermitState.VOID).exists()

    @classmethod
    def of_errand(cls, errand: str) -> "DialPermit | None":
        """The permit that was spent for an errand, newest first."""
        return cls.objects.filter(errand_ref=errand, sent_at__isnull=False).order_by("-pk").first() if errand else None

    @classmethod
    def awaiting(cls, *, number: str, caller_id: str) -> "DialPermit | None":
        """The permit with which the carrier was asked to ring this number, and which has not come to a leg yet."""
        states = (PermitState.SENT, PermitState.UNKNOWN)
        return cls.objects.filter(number=number, caller_id=caller_id, state__in=states).first()

    @classmethod
    def unsettled(cls, *, sent_for: timedelta) -> "list[DialPermit]":
        """Permits whose answer was lost, and those spent so long ago that whoever waited for the answer is gone."""
        lost = Q(state=PermitState.UNKNOWN) | Q(state=PermitState.SENT, sent_at__lt=Now() - sent_for)
        return list(cls.objects.filter(lost).order_by("sent_at"))

    def is_older_than(self, age: timedelta) -> bool:
        """True when it was spent so long ago, by the database's clock."""
        return DialPermit.objects.filter(pk=self.pk, sent_at__lt=Now() - age).exists()
