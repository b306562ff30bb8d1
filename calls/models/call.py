"""A call, and everything that happened to it.

`Call.advance` is the only writer of a call's state. It keeps the fact first: one that is known already changes nothing,
one that is older than what is known is kept and changes nothing.
"""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from django.db import connection, models, transaction

from agents import floor
from agents.models import PromptVersion
from calls import lifecycle
from calls.lifecycle import CallFact, EndedReason, FailureClass, LegRole, LegStatus, Phase
from calls.metrics import CALLS_ENDED
from calls.models.call_event import CallEvent
from calls.models.choices import choices_of
from calls.models.leg import Leg
from compliance.models import DialPermit
from compliance.statements import insert

# The key of the fact that we have heard of a call.
RECEIVED = "received"
# Every call is moved several times while somebody waits; what is null stays as it is.
_MOVE = """
    UPDATE calls_call
    SET phase = coalesce(%s, phase), ended_at = coalesce(%s, ended_at), ended_reason = coalesce(%s, ended_reason),
        failure_class = coalesce(%s, failure_class), answered_at = coalesce(%s, answered_at)
    WHERE id = %s AND phase = %s AND ended_reason = %s AND answered_at IS NOT DISTINCT FROM %s
"""
_STANDING = "SELECT phase, ended_reason, answered_at, ended_at FROM calls_call WHERE id = %s"
_HELD = "SELECT id, epoch, fenced_at, are_words_kept FROM calls_call WHERE id = ANY(%s)"
_COUNT = """
    UPDATE calls_call
    SET cuts = calls_call.cuts + more.cuts,
        transcription_failures = calls_call.transcription_failures + more.failures
    FROM unnest(%s::bigint[], %s::integer[], %s::integer[]) AS more (id, cuts, failures)
    WHERE calls_call.id = more.id
"""


class Call(models.Model):
    """One customer contact by voice, from the first ring until it is closed."""

    class Direction(models.TextChoices):
        """Who called whom."""

        INBOUND = "inbound"
        OUTBOUND = "outbound"

    class Door(models.TextChoices):
        """How the call reached an assistant."""

        MEDIA_STREAM = "media_stream", "media stream"
        OPENAI_SIP = "openai_sip", "OpenAI SIP"

    class Channel(models.TextChoices):
        """What the customer speaks into."""

        TELEPHONE = "telephone"
        WHATSAPP = "whatsapp", "WhatsApp"
        BROWSER = "browser", "browser (test call)"

    REAL = (Channel.TELEPHONE, Channel.WHATSAPP)  # somebody calls, or is called; the others are tried out
    direction = models.CharField(max_length=8, choices=Direction, default=Direction.INBOUND)
    channel = models.CharField(max_length=12, choices=Channel, default=Channel.TELEPHONE)
    door = models.CharField(max_length=16, choices=Door, default=Door.MEDIA_STREAM)
    number = models.ForeignKey("calls.Number", null=True, on_delete=models.PROTECT, related_name="calls")
    assistant = models.ForeignKey("agents.Assistant", null=True, on_delete=models.PROTECT, related_name="calls")
    prompt_version = models.ForeignKey("agents.PromptVersion", null=True, on_delete=models.PROTECT)
    cheaper_model = models.CharField(
        max_length=80, blank=True, help_text="Begun with this model instead of its prompt's: a budget had stepped down."
    )
    is_by_text_line = models.BooleanField(
        default=False, help_text="Begun by its assistant's line of text instead of sound: a budget had stepped down."
    )
    customer_address = models.CharField(max_length=255, help_text="As the carrier gave it; may be hidden or no number.")
    customer_e164 = models.CharField(max_length=16, blank=True, db_index=True)
    our_address = models.CharField(max_length=255)
    verstat = models.CharField(max_length=60, blank=True, help_text="The carrier's word on the caller's number.")
    phase = models.CharField(max_length=20, choices=choices_of(Phase), default=Phase.RINGING)
    started_at = models.DateTimeField(db_index=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_reason = models.CharField(max_length=24, choices=choices_of(EndedReason), default=EndedReason.UNKNOWN)
    failure_class = models.CharField(
        max_length=8, choices=choices_of(FailureClass), default=FailureClass.NONE, blank=True
    )
    transfer_reason = models.CharField(max_length=40, blank=True)
    transcription_failures = models.PositiveIntegerField(default=0)
    cuts = models.PositiveIntegerField(default=0, help_text="How often the caller interrupted the assistant.")
    are_words_kept = models.BooleanField(
        default=True,
        help_text="No once the caller has refused to be recorded: nothing of what is said is written down.",
    )
    epoch = models.PositiveIntegerField(default=0, help_text="Rises whenever another process takes the call over.")
    fenced_at = models.DateTimeField(null=True, blank=True, help_text="Since when earlier epochs may not act.")

    class Meta:
        indexes = [
            models.Index(fields=["-started_at", "-id"], name="calls_newest_first"),
            models.Index(fields=["phase"], condition=~models.Q(phase="closed"), name="calls_live"),
            models.Index(fields=["started_at"], condition=~models.Q(failure_class=""), name="calls_failed"),
        ]
        permissions = [
            ("watch_floor", "Can watch the live floor"),
            ("end_call", "Can end a live call"),
            ("see_numbers", "Can see whole telephone numbers"),
            ("hold_test_call", "Can talk to an assistant in a test call"),
        ]

    def __str__(self) -> str:
        return f"call {self.pk}"

    @property
    def is_live(self) -> bool:
        """True until the call is closed."""
        return self.phase != Phase.CLOSED

    @property
    def is_test(self) -> bool:
        """True for a test call: one of us talks to an assistant from a page, and no customer to anybody."""
        return self.channel == Call.Channel.BROWSER

    @property
    def is_by_whatsapp(self) -> bool:
        """True when the customer is on WhatsApp: then nobody on the telephone network is brought to them."""
        return self.channel == self.Channel.WHATSAPP

    # Factories

    @classmethod
    def arrived(
        cls, fact: CallFact, *, now: datetime, reason: EndedReason, known: dict[str, str], **fields: Any
    ) -> "Call":
        """A call that we hear of now, with the fact of it; `known` is what was decided, `fields` are the call's.

        You must be in a transaction, and write its leg in it.
        """
        call = cls(started_at=now, ended_reason=reason, failure_class=lifecycle.failure_class(reason), **fields)
        insert(call)
        insert(CallEvent(call=call, kind=fact, at=now, source="carrier", key=RECEIVED, data=known))
        floor.changed("call", call.pk)
        return call

    @classmethod
    def placed(cls, *, by: str, now: datetime, **fields: Any) -> "Call":
        """A call of ours that is about to be placed; its leg is written when the carrier has taken it."""
        call = cls.objects.create(direction=cls.Direction.OUTBOUND, started_at=now, **fields)
        call.note("placed", at=now, source="system", key="placed", by=by)
        return call

    # Mutators

    def advance(
        self,
        fact: CallFact,
        *,
        at: datetime,
        source: str,
        key: str = "",
        reason: EndedReason = EndedReason.UNKNOWN,
        **data: Any,
    ) -> bool:
        """Keep a fact and let it move the call. Returns False when the fact was known already.

        `key` names the fact where it can arrive twice; `reason` is what it says about why the call ends.
        """
        with transaction.atomic(savepoint=False):
            if not CallEvent.keep(call=self, kind=fact, at=at, source=source, key=key, data=data):
                return False
            self._move(fact, at=at, reason=reason)
        floor.changed("call", self.pk)
        return True

    def _move(self, fact: CallFact, *, at: datetime, reason: EndedReason) -> None:
        is_fresh = False  # what was read a moment ago is nearly always true still; if not, the update finds out
        while True:
            phase = lifecycle.phase_after(Phase(self.phase), fact)
            ended_reason = lifecycle.reason_after(EndedReason(self.ended_reason), reason)
            if fact is CallFact.STREAM_OPENED and phase is not Phase.CLOSED:
                ended_reason = EndedReason.UNKNOWN  # whatever was suggested, the call goes on
            changes: dict[str, Any] = {}
            if phase != self.phase:
                changes["phase"] = phase
                if phase is Phase.CLOSED:
                    changes["ended_at"] = at
            if ended_reason != self.ended_reason:
                changes |= {"ended_reason": ended_reason, "failure_class": lifecycle.failure_class(ended_reason)}
            if fact is CallFact.STREAM_OPENED and self.answered_at is None:
                changes["answered_at"] = at
            if changes and self._is_moved(changes):
                self._adopt(changes)
                return
            if is_fresh and not changes:
                return
            self._look_again()
            is_fresh = True

    def _look_again(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute(_STANDING, [self.pk])
            standing = cursor.fetchone()
        if standing is None:
            raise Call.DoesNotExist
        self.phase, self.ended_reason, self.answered_at, self.ended_at = standing

    def _is_moved(self, changes: dict[str, Any]) -> bool:
        """Write changes to a row that is as it was read; False when it is not any more."""
        wanted = [changes.get(name) for name in ("phase", "ended_at", "ended_reason", "failure_class", "answered_at")]
        with connection.cursor() as cursor:
            cursor.execute(_MOVE, [*wanted, self.pk, self.phase, self.ended_reason, self.answered_at])
            return cursor.rowcount == 1

    def _adopt(self, changes: dict[str, Any]) -> None:
        for name, value in changes.items():
            setattr(self, name, value)
        if changes.get("phase") is Phase.CLOSED and not self.is_test:
            CALLS_ENDED.labels(self.ended_reason).inc()

    def note(self, kind: str, *, at: datetime, source: str, key: str = "", **data: Any) -> bool:
        """Keep something that happened and moves nothing. Returns False when it was known already."""
        kept = CallEvent.keep(call=self, kind=kind, at=at, source=source, key=key, data=data)
        if kept:
            floor.changed("call", self.pk)
        return kept

    def dialled(self, *, permit: DialPermit, leg_sid: str, role: LegRole, status: str, now: datetime) -> Leg:
        """The leg that came of a spent permit; told twice, it is the same.

        One whose end is the first we hear of it is not over yet: its report ends it, and the call with it.
        """
        known = status if status in set(LegStatus) and status not in lifecycle.LEG_ENDED else LegStatus.QUEUED
        leg, is_new = Leg.objects.get_or_create(
            leg_sid=leg_sid,
            defaults={
                "call": self,
                "role": role,
                "label": permit.label,
                "permit": permit,
                "direction": "outbound-api",
                "from_address": permit.from_address,
                "to_address": permit.to_address,
                "status": known,
                "created_at": now,
            },
        )
        if is_new:
            self.note("dialled", at=now, source="system", key=f"dialled:{leg_sid}", label=permit.label, role=role)
        return leg

    def moved_to(self, leg: Leg) -> None:
        """The customer has left the line they were on for this one: from here on its end is the call's.

        You must be in a transaction that holds both lines.
        """
        self.legs.filter(role=LegRole.CUSTOMER, parent_sid="").exclude(pk=leg.pk).update(role=LegRole.LEFT)
        Leg.objects.filter(pk=leg.pk).update(role=LegRole.CUSTOMER)

    def came_by(self, door: str) -> None:
        """Keep through which door the assistant has the call now."""
        if self.door != door:
            Call.objects.filter(pk=self.pk).update(door=door)
            self.door = door

    def pin_prompt(self, version: PromptVersion) -> None:
        """Keep the prompt version the call begins with; a later publication does not touch it."""
        if self.prompt_version_id is None:
            Call.objects.filter(pk=self.pk, prompt_version=None).update(prompt_version=version)
            self.prompt_version = version

    def swap_prompt(self, version: PromptVersion, *, by: str, now: datetime) -> bool:
        """Give a live call another version from here on; False when it has that one, or is over."""
        live = Call.objects.filter(pk=self.pk).exclude(phase=Phase.CLOSED).exclude(prompt_version=version)
        before = self.prompt_version.number if self.prompt_version is not None else None
        with transaction.atomic():
            if not live.update(prompt_version=version):
                return False
            self.prompt_version = version
            return self.note("prompt_swapped", at=now, source="supervisor", by=by, before=before, now=version.number)

    def hold(self) -> None:
        """Keep everybody else from taking the call up until the end of the transaction."""
        Call.objects.select_for_update().filter(pk=self.pk).values_list("pk", flat=True).first()

    def fence(self, *, now: datetime) -> int:
        """From now on whoever held the call may neither act for it nor write of it; answers the new epoch."""
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE calls_call SET epoch = epoch + 1, fenced_at = %s WHERE id = %s RETURNING epoch", [now, self.pk]
            )
            (self.epoch,) = cursor.fetchone()
        self.fenced_at = now
        return self.epoch

    def is_held_by(self, epoch: int) -> bool:
        """True while no other process has taken the call over since this epoch."""
        return Call.objects.filter(pk=self.pk, epoch=epoch).exists()

    def transferred(self, reason: str) -> None:
        """Keep why the call is being handed over."""
        Call.objects.filter(pk=self.pk).update(transfer_reason=reason)
        self.transfer_reason = reason

    @classmethod
    def count_all(cls, *, cuts: Mapping[int, int], transcription_failures: Mapping[int, int]) -> None:
        """Add to the counters of these calls."""
        calls = sorted(cuts.keys() | transcription_failures.keys())
        more = [[counted.get(call, 0) for call in calls] for counted in (cuts, transcription_failures)]
        with connection.cursor() as cursor:
            cursor.execute(_COUNT, [calls, *more])

    # Queries

    @classmethod
    def held(cls, calls: Collection[int]) -> list[tuple[int, int, datetime | None, bool]]:
        """Of these calls, those that are there: (id, epoch, fenced_at, are_words_kept)."""
        with connection.cursor() as cursor:
            cursor.execute(_HELD, [list(calls)])
            return list(cursor.fetchall())

    def customer_leg(self) -> Leg | None:
        """The leg the customer is on."""
        leg = Leg.of_customer(self.pk)
        if leg is not None:
            leg.call = self
        return leg

    def is_on_page(self) -> bool:
        """True while the customer's line is one to a page: the carrier knows nothing of it."""
        leg = self.customer_leg()
        return leg is not None and lifecycle.is_of_page(leg.leg_sid)

    def customer_leg_is_on_trunk(self) -> bool:
        """True when the carrier does not let us steer the customer's line."""
        return self.door == self.Door.OPENAI_SIP and self.legs.filter(direction="trunk").exists()
