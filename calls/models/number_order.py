"""Numbers that somebody wanted to buy, and what came of it: a number is bought once, however often one presses."""

from datetime import datetime
from typing import Any

from django.db import IntegrityError, models, transaction


class NumberOrder(models.Model):
    """One wish to buy a number."""

    class State(models.TextChoices):
        """Where it stands."""

        ASKED = "asked", "the carrier is being asked"
        UNKNOWN = "unknown", "the carrier's answer was lost"
        BOUGHT = "bought", "bought"
        REFUSED = "refused", "not bought"

    OPEN = (State.ASKED, State.UNKNOWN)

    ref = models.CharField(max_length=40, unique=True, help_text="Of the page that asked: pressed twice, it is one.")
    e164 = models.CharField("number", max_length=16)
    kind = models.CharField(max_length=10, blank=True)
    label = models.CharField("name", max_length=80, blank=True)
    assistant = models.ForeignKey(
        "agents.Assistant",
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        help_text="Who answers it once it is ours.",
    )
    price = models.CharField("a month", max_length=40, blank=True, help_text="As the carrier said before.")
    state = models.CharField(max_length=8, choices=State, default=State.ASKED)
    said = models.CharField("what came of it", max_length=300, blank=True)
    phone_number_sid = models.CharField("Twilio's id", max_length=64, blank=True)
    by_ref = models.CharField("by", max_length=254)
    asked_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["e164"], condition=models.Q(state__in=["asked", "unknown"]), name="calls_one_order_of_a_number"
            )
        ]

    def __str__(self) -> str:
        return f"order {self.pk}"

    @property
    def is_open(self) -> bool:
        """True while nobody knows what came of it."""
        return self.state in self.OPEN

    # Mutators

    @classmethod
    def place(cls, *, ref: str, e164: str, by: str, now: datetime, **wanted: Any) -> tuple["NumberOrder | None", bool]:
        """The wish, and whether it is a new one: the same page's is found again. None: somebody else is buying it."""
        try:
            with transaction.atomic():
                made = cls.objects.create(ref=ref, e164=e164, by_ref=by, asked_at=now, **wanted)
        except IntegrityError:
            return cls.objects.filter(ref=ref).first(), False
        return made, True

    def lose(self, said: str) -> None:
        """The carrier's answer was lost: it may be ours, and it may not."""
        NumberOrder.objects.filter(pk=self.pk, state=self.State.ASKED).update(state=self.State.UNKNOWN, said=said[:300])
        self.refresh_from_db()

    def settle(self, state: State, *, said: str, now: datetime, phone_number_sid: str = "") -> bool:
        """Write down what came of it; False when that was known already."""
        changed = {"state": state, "said": said[:300], "phone_number_sid": phone_number_sid, "settled_at": now}
        won = NumberOrder.objects.filter(pk=self.pk, state__in=self.OPEN).update(**changed)
        self.refresh_from_db()
        return bool(won)
