"""Copies of a call's sound that the carrier sends while the caller is with people, for somebody who listens."""

from datetime import datetime, timedelta

from django.db import IntegrityError, models, transaction

from calls.models.call import Call

# What was asked for and has not come by then does not come.
COMES_WITHIN = timedelta(seconds=10)


class RoomSound(models.Model):
    """One copy, from the wish to the closed socket. A call has one at a time."""

    call = models.ForeignKey(Call, on_delete=models.CASCADE, related_name="room_sounds")
    nonce = models.CharField(max_length=64, unique=True, help_text="What the ticket names; opens one socket, once.")
    asked_at = models.DateTimeField()
    stream_sid = models.CharField(max_length=64, blank=True)
    bridge = models.CharField(max_length=40, blank=True, help_text="The process that takes it.")
    opened_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["call"], condition=models.Q(closed_at=None), name="one_room_sound_per_call")
        ]

    def __str__(self) -> str:
        return self.stream_sid or f"copy of call {self.call_id}"

    # Factories

    @classmethod
    def ask(cls, *, call: Call, nonce: str, now: datetime) -> "RoomSound | None":
        """The wish for a copy; None while there is one, or one is on its way."""
        late = cls.objects.filter(call=call, opened_at=None, closed_at=None, asked_at__lte=now - COMES_WITHIN)
        late.update(closed_at=now)
        if cls.of(call) is not None:
            return None
        try:
            with transaction.atomic():
                return cls.objects.create(call=call, nonce=nonce, asked_at=now)
        except IntegrityError:
            return None

    # Mutators

    @classmethod
    def claim(cls, *, nonce: str, leg_sid: str, stream_sid: str, now: datetime, bridge: str = "") -> "RoomSound | None":
        """Spend a ticket: None when it is unknown, used, too old, or of another leg."""
        found = cls.objects.select_related("call").filter(nonce=nonce, call__legs__leg_sid=leg_sid).first()
        mine = cls.objects.filter(nonce=nonce, opened_at=None, closed_at=None, asked_at__gt=now - COMES_WITHIN)
        if found is None or not mine.update(opened_at=now, stream_sid=stream_sid, bridge=bridge):
            return None
        found.opened_at, found.stream_sid, found.bridge = now, stream_sid, bridge
        return found

    def named(self, stream_sid: str) -> None:
        """The carrier has given it an id."""
        RoomSound.objects.filter(pk=self.pk).update(stream_sid=stream_sid)

    @classmethod
    def give_up(cls, *, call: Call, now: datetime) -> None:
        """Whatever has been open for a while brings nothing: the process that took it is gone."""
        cls.objects.filter(call=call, opened_at__lte=now - COMES_WITHIN, closed_at=None).update(closed_at=now)

    def close(self, *, now: datetime) -> None:
        """It is over."""
        RoomSound.objects.filter(pk=self.pk, closed_at=None).update(closed_at=now)

    # Queries

    @classmethod
    def of(cls, call: Call) -> "RoomSound | None":
        """The one there is, or that is on its way."""
        return cls.objects.filter(call=call, closed_at=None).first()
