"""Media streams: the ticket that admits one socket, and what became of it."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import IntegrityError, models, transaction
from django.db.models.functions import Now

from calls.lifecycle import LegRole, Phase
from calls.models.bridge_worker import BridgeWorker
from calls.models.call import Call
from calls.models.leg import Leg
from compliance.redaction import PAGE
from compliance.statements import EXAMPLE_KEY, EXAMPLE_TIME, Change, Question, insert

TICKET_LIFE = timedelta(seconds=60)


class Stream(models.Model):
    """One media stream of a call, from the ticket in our answer to the closed socket. A ticket admits once."""

    class Door(models.TextChoices):
        """What kind of line it is."""

        STREAM = "stream", "sound (Media Streams)"
        RELAY = "relay", "text (ConversationRelay)"
        PAGE = "page", "sound, to a page of ours (test calls)"

    call = models.ForeignKey(Call, on_delete=models.CASCADE, related_name="streams")
    nonce = models.CharField(max_length=64, unique=True, help_text="What the ticket names; opens one socket, once.")
    issued_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    stream_sid = models.CharField(max_length=64, blank=True, db_index=True)
    epoch = models.PositiveIntegerField(default=0, help_text="The call's epoch in which it was opened.")
    bridge = models.CharField(
        max_length=40, blank=True, help_text="The bridge process that holds it; until it is opened, the one it is for."
    )
    door = models.CharField(
        max_length=8,
        choices=Door,
        default=Door.STREAM,
        help_text="A stream of sound, or a line of text on which the carrier listens and speaks. A page's costs no "
        "carrier.",
    )
    is_resumption = models.BooleanField(default=False, help_text="Takes up a conversation that lost its stream.")
    opened_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    close_reason = models.CharField(max_length=40, blank=True)
    rescue_asked_at = models.DateTimeField(
        null=True, blank=True, help_text="When the carrier was last asked to leave it, because its bridge is gone."
    )
    session_status = models.CharField(
        max_length=20, blank=True, help_text="How a line of text ended, as the carrier says: completed, ended, failed."
    )
    session_s = models.PositiveIntegerField(null=True, blank=True, help_text="How long it lasted, as the carrier says.")
    carrier_error = models.CharField(max_length=300, blank=True, help_text="What the carrier reported of this stream.")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["call"],
                condition=models.Q(opened_at__isnull=False, closed_at=None),
                name="one_open_stream_per_call",
            )
        ]
        indexes = [
            models.Index(fields=["expires_at"], condition=models.Q(opened_at=None), name="tickets_not_spent"),
        ]

    def __str__(self) -> str:
        return self.stream_sid or f"ticket of call {self.call_id}"

    # Factories

    @classmethod
    def issue(
        cls,
        *,
        call: Call,
        nonce: str,
        now: datetime,
        bridge: str = "",
        is_resumption: bool = False,
        is_first: bool = False,
        door: str = Door.STREAM,
    ) -> "Stream":
        """A ticket for the call; asked again for a call's first, the same is given while it is good.

        `is_first`: the call is being written at this moment, so there can be none.
        """
        unused = None if is_resumption or is_first else cls.unused(call=call, now=now)
        if unused is not None and not unused.is_resumption and unused.door == door:
            return unused
        ticket = cls(
            call=call,
            nonce=nonce,
            issued_at=now,
            expires_at=now + TICKET_LIFE,
            bridge=bridge,
            is_resumption=is_resumption,
            door=door,
        )
        insert(ticket)
        return ticket

    @classmethod
    def unused(cls, *, call: Call, now: datetime) -> "Stream | None":
        """The call's newest ticket, if nobody has come with it yet and it is good for long enough."""
        newest = cls.objects.filter(call=call).order_by("-issued_at", "-pk").first()
        if newest is None or newest.opened_at is not None or newest.closed_at is not None:
            return None
        return newest if newest.expires_at > now + TICKET_LIFE / 2 else None

    # Mutators

    @classmethod
    def claim(
        cls, *, nonce: str, leg_sid: str, stream_sid: str, now: datetime, bridge: str = "", door: str = Door.STREAM
    ) -> "Stream | None":
        """Spend a ticket: None when it is unknown, used, expired, of another leg, or the call has a stream open.

        `bridge` is who holds the stream from here: the front may have sent it to another than it was meant for.
        """
        stream = _TICKET.first(nonce=nonce, leg_sid=leg_sid, door=str(door))
        if stream is None:
            return None
        try:
            with transaction.atomic():
                if not _SPENT.make(pk=stream.pk, now=now, stream_sid=stream_sid, bridge=bridge or stream.bridge):
                    return None
                stream.epoch = stream.call.fence(now=now)
                _FENCED.make(pk=stream.pk, epoch=stream.epoch)
        except IntegrityError:  # the call has a stream open
            return None
        stream.opened_at, stream.stream_sid, stream.bridge = now, stream_sid, bridge or stream.bridge
        return stream

    def close(self, *, reason: str, now: datetime) -> bool:
        """Note that the socket is gone; the first note counts."""
        return bool(Stream.objects.filter(pk=self.pk, closed_at=None).update(closed_at=now, close_reason=reason))

    @classmethod
    def close_all(cls, *, call: Call, reason: str, now: datetime) -> str:
        """The carrier has left the stream: whatever we still hold open is over. Answers the bridge it was held at."""
        last = _LAST_HELD_AT.first(call=call.pk)
        _LEFT.make(call=call.pk, now=now, reason=reason)
        return last or ""

    @classmethod
    def claim_rescue(cls, pk: int, *, again_after: timedelta) -> bool:
        """Spend the right to bring this stream's call back; after a while it may be tried again."""
        is_free = models.Q(rescue_asked_at=None) | models.Q(rescue_asked_at__lt=Now() - again_after)
        return bool(cls.objects.filter(is_free, pk=pk, closed_at=None).update(rescue_asked_at=Now()))

    @classmethod
    def note_end(cls, *, stream_sid: str, status: str, seconds: int | None, error: str) -> None:
        """Keep how the carrier says that a line of text has ended."""
        cls.objects.filter(stream_sid=stream_sid, door=cls.Door.RELAY).update(
            session_status=status[:20], session_s=seconds, carrier_error=error[:300]
        )

    @classmethod
    def note_error(cls, *, stream_sid: str, error: str) -> None:
        """Keep what the carrier reported about a stream."""
        cls.objects.filter(stream_sid=stream_sid).update(carrier_error=error[:300])

    # Queries

    @classmethod
    def with_call(cls, pk: int) -> "Stream":
        """A stream and its call. Raises DoesNotExist."""
        found = _WITH_CALL.first(pk=pk)
        if found is None:
            raise cls.DoesNotExist
        return found

    @classmethod
    def promised(cls, *, now: datetime) -> "models.QuerySet[Stream]":
        """The streams that bridges hold or have been promised: tickets that may still be spent count too."""
        is_open = models.Q(opened_at__isnull=False, closed_at=None)
        may_open = models.Q(opened_at=None, closed_at=None, expires_at__gt=now)
        return cls.objects.filter(is_open | may_open).exclude(call__phase=Phase.CLOSED)

    @classmethod
    def not_coming(cls, nonces: Sequence[str]) -> list[str]:
        """Of these tickets those with which nobody will come any more: their calls are over."""
        return list(cls.objects.filter(nonce__in=nonces, call__phase=Phase.CLOSED).values_list("nonce", flat=True))

    @classmethod
    def left_alone(cls, *, older_than: timedelta) -> "list[tuple[int, str]]":
        """Streams that are open in the books while the process that held them is gone, and their customers' legs.

        Where a bridge has the name of one that is gone, what was opened before it began is not its own.
        """
        held = BridgeWorker.objects.filter(name=models.OuterRef("bridge"), started_at__lte=models.OuterRef("opened_at"))
        found = cls.objects.filter(
            ~models.Exists(held),
            opened_at__lt=Now() - older_than,
            closed_at=None,
            call__phase__in=(Phase.RINGING, Phase.WITH_ASSISTANT),
            call__legs__in=Leg.objects.filter(role=LegRole.CUSTOMER, parent_sid="").exclude(direction=PAGE),
        )
        return list(found.exclude(bridge="").values_list("pk", "call__legs__leg_sid"))

    @property
    def is_last(self) -> bool:
        """True while the call has opened no stream after this one."""
        return not Stream.objects.filter(call=self.call_id, epoch__gt=self.epoch, opened_at__isnull=False).exists()


_TICKET = Question(
    lambda nonce, leg_sid, door: Stream.objects.select_related("call__assistant", "call__prompt_version").filter(
        nonce=nonce, call__legs__leg_sid=leg_sid, door=door
    )[:1],
    nonce="nonce",
    leg_sid="CA",
    door="door",
)
_SPENT = Change(
    lambda pk, now, stream_sid, bridge: (
        Stream.objects.filter(pk=pk, opened_at=None, closed_at=None, expires_at__gt=now),
        {"opened_at": now, "stream_sid": stream_sid, "bridge": bridge},
    ),
    pk=EXAMPLE_KEY,
    now=EXAMPLE_TIME,
    stream_sid="MZ",
    bridge="bridge",
)
_FENCED = Change(lambda pk, epoch: (Stream.objects.filter(pk=pk), {"epoch": epoch}), pk=EXAMPLE_KEY, epoch=1)
_WITH_CALL = Question(lambda pk: Stream.objects.select_related("call").filter(pk=pk)[:1], pk=EXAMPLE_KEY)
_LAST_HELD_AT = Question(
    lambda call: (
        Stream.objects.filter(call=call, opened_at__isnull=False)
        .order_by("-opened_at")
        .values_list("bridge", flat=True)[:1]
    ),
    call=EXAMPLE_KEY,
)
_LEFT = Change(
    lambda call, now, reason: (
        Stream.objects.filter(call=call, opened_at__isnull=False, closed_at=None),
        {"closed_at": now, "close_reason": reason},
    ),
    call=EXAMPLE_KEY,
    now=EXAMPLE_TIME,
    reason="reason",
)
