"""What a call has found out, on its way to the business: a row for each call, none of its words in it."""

from datetime import datetime, timedelta

from django.db import models

from agents import floor
from agents.models import FactsWebhook
from calls.lifecycle import Phase
from calls.lifecycle.delivery import DELIVERY_MOVES, DeliveryFact, DeliveryState, pause_s
from calls.models.call import Call
from calls.models.choices import choices_of
from compliance.encrypted import keyed_hash

# A tool that was at work when the caller hung up has ended by then.
_SETTLES = timedelta(seconds=10)
# Calls that ended while nobody looked, or while the address was switched off, are sent for so long.
_LOOK_BACK = timedelta(days=3)
# Longer than any try takes: then whoever had it is gone, and somebody else may try.
_A_TRY = timedelta(minutes=2)


class FactsDelivery(models.Model):
    """The way of one call's facts to the address of its assistant.

    Their text is made for each try of what is kept then, and kept nowhere a second time.
    """

    call = models.OneToOneField(Call, on_delete=models.CASCADE, related_name="facts_delivery")
    key = models.CharField(max_length=40, unique=True, help_text="By which the receiver knows it again.")
    state = models.CharField(max_length=10, choices=choices_of(DeliveryState), default=DeliveryState.DUE)
    tries = models.PositiveSmallIntegerField(default=0, help_text="Since it was ordered last.")
    next_at = models.DateTimeField(null=True, blank=True, db_index=True)
    problem = models.CharField(max_length=200, blank=True, help_text="Why the last try failed, for people.")
    began_at = models.DateTimeField()
    delivered_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name_plural = "facts deliveries"
        permissions = [("send_facts", "Can send facts of a call again")]

    def __str__(self) -> str:
        return f"facts of call {self.call_id}: {self.state}"

    # Factories

    @classmethod
    def begin_all(cls, *, now: datetime, limit: int) -> None:
        """Every call that is over, was with an assistant and whose facts somebody wants: once, whoever asks it."""
        if not FactsWebhook.objects.filter(is_active=True).exists():
            return
        over = Call.objects.filter(
            phase=Phase.CLOSED,
            channel__in=Call.REAL,
            facts_delivery=None,
            answered_at__isnull=False,
            started_at__gt=now - _LOOK_BACK,
            ended_at__lte=now - _SETTLES,
            ended_at__gte=models.F("assistant__facts_webhook__since"),
            assistant__facts_webhook__is_active=True,
        )
        ids = over.order_by("pk").values_list("pk", flat=True)[:limit]
        made = [FactsDelivery(call_id=pk, key=_key_of(pk), next_at=now, began_at=now) for pk in ids]
        FactsDelivery.objects.bulk_create(made, ignore_conflicts=True)

    # Mutators

    def claim(self, *, now: datetime) -> bool:
        """Take the right to try now; nobody else has it before this try must be over."""
        mine = FactsDelivery.objects.filter(pk=self.pk, state=DeliveryState.DUE, next_at__lte=now)
        if not mine.update(next_at=now + _A_TRY, tries=models.F("tries") + 1):
            return False
        self.refresh_from_db()
        return True

    def arrived(self, *, now: datetime) -> None:
        """The receiver has it."""
        self._move(DeliveryFact.ARRIVED, delivered_at=now, next_at=None, problem="")

    def not_arrived(self, problem: str, *, now: datetime, is_final: bool = False) -> None:
        """The try that was claimed failed: plan the next, or give up when there is none, or `is_final`."""
        pause = None if is_final else pause_s(self.tries)
        if pause is None:
            self._move(DeliveryFact.GAVE_UP, next_at=None, problem=problem[:200])
            return
        same = FactsDelivery.objects.filter(pk=self.pk, state=DeliveryState.DUE, tries=self.tries)
        if same.update(next_at=now + timedelta(seconds=pause), problem=problem[:200]):
            self.refresh_from_db()
            floor.changed("call", self.call_id)

    def order(self, *, now: datetime) -> None:
        """A person wants it sent now, from the beginning of its tries."""
        self._move(DeliveryFact.ORDERED, next_at=now, tries=0, problem="", delivered_at=None)

    def _move(self, fact: DeliveryFact, **changes: object) -> None:
        """Move the state by conditional update, with `changes`; somebody else's move in between counts."""
        after = DELIVERY_MOVES.get((DeliveryState(self.state), fact))
        mine = FactsDelivery.objects.filter(pk=self.pk, state=self.state, tries=self.tries)
        if after is not None and mine.update(state=after, **changes):
            floor.changed("call", self.call_id)
        self.refresh_from_db()

    # Queries

    @classmethod
    def due_ids(cls, *, now: datetime, limit: int) -> list[int]:
        """Those that are to be tried now, the longest due first."""
        due = cls.objects.filter(state=DeliveryState.DUE, next_at__lte=now).order_by("next_at")
        return list(due.values_list("pk", flat=True)[:limit])

    @classmethod
    def of(cls, call: Call) -> "FactsDelivery | None":
        """How this call's facts are on their way; None when nobody wants them, or it is not over."""
        return cls.objects.filter(call=call).first()


def _key_of(call_id: int) -> str:
    return f"msg_{keyed_hash(str(call_id), use='facts delivery')[:32]}"
