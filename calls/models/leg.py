"""The lines of a call.

`Leg.report` is the only writer of a leg's state. It keeps the fact first: one that is known already changes nothing,
one that is older than what is known is kept and changes nothing.
"""

from collections import Counter
from collections.abc import Collection
from datetime import datetime

from django.db import connection, models, transaction

from agents import floor
from calls import lifecycle
from calls.lifecycle import CallFact, LegRole, LegStatus
from calls.models.call_event import CallEvent
from calls.models.choices import choices_of
from compliance import whatsapp_permission
from compliance.models import DialPermit
from compliance.numbers import by_whatsapp
from compliance.statements import EXAMPLE_KEY, Question

# The customer may have come to this line, or left it, since it was read.
_MOVE = """
    UPDATE calls_leg
    SET status = %s, ended_at = coalesce(%s, ended_at), duration_s = coalesce(%s, duration_s),
        sip_response_code = coalesce(%s, sip_response_code)
    WHERE id = %s AND status = %s
    RETURNING role
"""


class Leg(models.Model):
    """One line of the carrier's (one Twilio Call SID). One that goes out has a spent permit, or is unexplained."""

    call = models.ForeignKey("calls.Call", on_delete=models.CASCADE, related_name="legs")
    role = models.CharField(max_length=10, choices=choices_of(LegRole), default=LegRole.CUSTOMER)
    label = models.CharField(max_length=128, blank=True, help_text="What the party is called in a conference.")
    permit = models.OneToOneField(DialPermit, null=True, blank=True, on_delete=models.PROTECT, related_name="leg")
    is_unexplained = models.BooleanField(
        default=False, help_text="Goes out from a number of ours, and nobody here has dialled it."
    )
    leg_sid = models.CharField(max_length=64, unique=True)
    parent_sid = models.CharField(max_length=64, blank=True)
    direction = models.CharField(max_length=16)
    from_address = models.CharField(max_length=255)
    to_address = models.CharField(max_length=255)
    status = models.CharField(max_length=12, choices=choices_of(LegStatus), default=LegStatus.RINGING)
    sip_response_code = models.CharField(max_length=8, blank=True)
    duration_s = models.PositiveIntegerField(null=True, blank=True)
    created_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(direction__startswith="outbound")
                | ~models.Q(parent_sid="")
                | models.Q(permit__isnull=False)
                | models.Q(is_unexplained=True),
                name="leg_that_goes_out_has_a_permit",
            )
        ]
        indexes = [
            models.Index(fields=["to_address"], condition=models.Q(ended_at=None), name="legs_live_by_address"),
        ]

    def __str__(self) -> str:
        return self.leg_sid

    # Mutators

    def report(
        self,
        status: str,
        *,
        at: datetime,
        source: str,
        sequence: int | None = None,
        duration_s: int | None = None,
        sip_response_code: str = "",
    ) -> bool:
        """Keep what the carrier says of this leg; the customer's end is the call's. False when known already."""
        try:
            reported = LegStatus(status)
        except ValueError:
            return False
        with transaction.atomic(savepoint=False):
            key = f"leg:{self.leg_sid}:{reported}"
            if not CallEvent.keep(
                call=self.call,
                kind="leg_status",
                at=at,
                source=source,
                key=key,
                data={"status": reported, "n": sequence},
            ):
                return False
            has_ended = self._move(reported, at=at, duration_s=duration_s, sip_response_code=sip_response_code)
            whatsapp_permission.reported(self.permit, role=self.role, status=reported, at=at)
            if has_ended and self.role == LegRole.CUSTOMER and not self.parent_sid:
                self.call.advance(
                    CallFact.LEG_ENDED,
                    at=at,
                    source=source,
                    key=f"ended:{self.leg_sid}",
                    reason=lifecycle.reason_of_leg(reported),
                    status=reported,
                )
        floor.changed("call", self.call_id)
        return True

    def _move(self, reported: LegStatus, *, at: datetime, duration_s: int | None, sip_response_code: str) -> bool:
        """Move the leg's status forward if this is further along; True when this report ended it."""
        is_fresh = False  # as in a call's
        while True:
            status = lifecycle.leg_after(LegStatus(self.status), reported)
            if status == self.status:
                if is_fresh:
                    return False
                self.refresh_from_db(fields=["status"])
                is_fresh = True
                continue
            ended = (at, duration_s, sip_response_code[:8]) if status in lifecycle.LEG_ENDED else (None, None, None)
            with connection.cursor() as cursor:
                cursor.execute(_MOVE, [status, *ended, self.pk, self.status])
                moved = cursor.fetchone()
            if moved is not None:
                self.status, self.role = status, moved[0]
                return status in lifecycle.LEG_ENDED
            self.refresh_from_db(fields=["status"])
            is_fresh = True

    # Queries

    @classmethod
    def known(cls, leg_sid: str) -> "Leg | None":
        """The leg with this id of the carrier's, and its call."""
        return _KNOWN.first(leg_sid=leg_sid)

    @classmethod
    def of_customer(cls, call_id: int) -> "Leg | None":
        """The leg that the customer of a call is on."""
        return _OF_CUSTOMER.first(call=call_id)

    @classmethod
    def live_to_each(cls, addresses: Collection[str]) -> Counter[str]:
        """How many legs are out to each of these addresses now; to a number, by telephone and WhatsApp together."""
        behind = {written: address for address in addresses for written in (address, by_whatsapp(address))}
        live = cls.objects.filter(to_address__in=behind, direction__startswith="outbound", ended_at=None)
        return Counter(behind[to] for to in live.values_list("to_address", flat=True))


_KNOWN = Question(lambda leg_sid: Leg.objects.select_related("call").filter(leg_sid=leg_sid)[:1], leg_sid="CA")


_OF_CUSTOMER = Question(
    lambda call: Leg.objects.filter(call=call, role=LegRole.CUSTOMER, parent_sid="").order_by("pk")[:1],
    call=EXAMPLE_KEY,
)
