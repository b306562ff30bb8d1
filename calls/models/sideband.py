"""Connections of calls to the model by SIP, and who looks after them.

A connection is leased to one process for a moment at a time: a process that dies stops renewing, and another takes its
place. Whose turn it is, is told by the database's clock alone.
"""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from django.db import models, transaction
from django.db.models.functions import Now

from calls.lifecycle.sideband import OVER, SESSION_LIFE_S, TO_BE_HELD, SidebandState, may_move
from calls.models.call import Call
from calls.models.choices import choices_of
from compliance.statements import EXAMPLE_KEY, EXAMPLE_TIME, Change

# Renewed twice as often at the least; without that, somebody else looks after the call.
LEASE = timedelta(seconds=1.5)
# The carrier has this long to bring the caller to the model, and the model to tell of it.
TOKEN_LIFE = timedelta(seconds=90)
# Who was nobody's call is remembered for so long.
STRANGERS_KEPT = timedelta(days=4)
# A process that was not heard of for this long gets no new calls.
SILENT_AFTER = timedelta(seconds=4)


class Sideband(models.Model):
    """One line of a call to the model, from the token in our answer to its end."""

    class Via(models.TextChoices):
        """How it comes to the model."""

        DIAL = "dial", "our document"
        TRUNK = "trunk", "a trunk of the number's own"
        UNKNOWN = "unknown", "nobody knows"

    call = models.ForeignKey(Call, null=True, blank=True, on_delete=models.CASCADE, related_name="sidebands")
    via = models.CharField(max_length=8, choices=Via, default=Via.DIAL)
    token = models.CharField(
        max_length=64, unique=True, null=True, blank=True, help_text="What the line brings along; good once."
    )
    state = models.CharField(max_length=10, choices=choices_of(SidebandState), default=SidebandState.OFFERED)
    verdict = models.CharField(max_length=12, blank=True, help_text="Why it is to be turned away.")
    model_call_id = models.CharField(max_length=160, unique=True, null=True, blank=True)
    is_resumption = models.BooleanField(default=False, help_text="Goes on with a conversation that has begun.")
    issued_at = models.DateTimeField()
    incoming_at = models.DateTimeField(null=True, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    attached_at = models.DateTimeField(null=True, blank=True, help_text="When we first had its control socket.")
    attachments = models.PositiveIntegerField(default=0, help_text="How many processes have looked after it.")
    ended_at = models.DateTimeField(null=True, blank=True)
    close_reason = models.CharField(max_length=60, blank=True)
    dial_status = models.CharField(max_length=12, blank=True, help_text="The carrier's word on the line.")
    sip_code = models.PositiveIntegerField(null=True, blank=True)
    lasted_s = models.PositiveIntegerField(null=True, blank=True)
    held_by = models.CharField(max_length=60, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["lease_until"],
                condition=models.Q(state__in=sorted(TO_BE_HELD)),
                name="sidebands_to_be_held",
            )
        ]

    def __str__(self) -> str:
        return self.model_call_id or f"line to the model of call {self.call_id}"

    # Factories

    @classmethod
    def issue(cls, *, call: Call, token: str, now: datetime, is_resumption: bool, is_first: bool = False) -> "Sideband":
        """A token for the call; asked again for a call's first, the same is given while nobody has used it.

        `is_first`: the call is being written at this moment, so there can be none.
        """
        unused = cls.objects.filter(
            call=call, state=SidebandState.OFFERED, issued_at__gt=now - TOKEN_LIFE / 2, is_resumption=False
        )
        return (None if is_resumption or is_first else unused.first()) or cls.objects.create(
            call=call, token=token, issued_at=now, is_resumption=is_resumption
        )

    # Mutators

    @classmethod
    def arrived(cls, *, token: str, model_call_id: str, now: datetime) -> "Sideband | None":
        """The line with this token has come to the model; None when nobody waits for one, or it was used before."""
        waiting = cls.objects.filter(token=token, state=SidebandState.OFFERED, issued_at__gt=now - TOKEN_LIFE)
        if not token or not waiting.update(state=SidebandState.INCOMING, model_call_id=model_call_id, incoming_at=now):
            return None
        return cls.objects.select_related("call").get(token=token)

    def move(self, to: SidebandState, *, of: Collection[SidebandState], **changes: Any) -> bool:
        """Move it on if it is in one of these states; True when it was."""
        possible = [state for state in of if may_move(state, to)]
        if not Sideband.objects.filter(pk=self.pk, state__in=possible).update(state=to, **changes):
            return False
        self.state = to
        for name, value in changes.items():
            setattr(self, name, value)
        return True

    def end(self, *, reason: str, now: datetime) -> bool:
        """Its line is over; the first word counts."""
        live = set(SidebandState) - OVER
        return self.move(SidebandState.ENDED, of=live, ended_at=now, close_reason=reason[:60])

    @classmethod
    def close_all(cls, *, call: Call, reason: str, now: datetime) -> None:
        """The carrier has taken the caller elsewhere: whatever line to the model was open is over."""
        _LEFT.make(call=call.pk, now=now, reason=reason[:60])

    @classmethod
    def expire(cls, *, now: datetime) -> int:
        """Lines that were offered and never came to the model are over; how many."""
        cls.objects.filter(call=None, issued_at__lt=now - STRANGERS_KEPT).delete()
        never = cls.objects.filter(state=SidebandState.OFFERED, issued_at__lt=now - TOKEN_LIFE)
        return never.update(state=SidebandState.ENDED, ended_at=now, close_reason="never came")

    def attached(self, *, now: datetime) -> None:
        """A process of ours has its control socket."""
        Sideband.objects.filter(pk=self.pk, attached_at=None).update(attached_at=now)
        Sideband.objects.filter(pk=self.pk).update(attachments=models.F("attachments") + 1)

    # --- who looks after it ---

    @classmethod
    def claim(cls, *, holder: str, most: int) -> "list[Sideband]":
        """Lines that nobody looks after, the longest waiting first: now this holder does."""
        is_free = models.Q(lease_until=None) | models.Q(lease_until__lt=Now())
        with transaction.atomic():
            free = cls.objects.filter(is_free, state__in=TO_BE_HELD).select_for_update(skip_locked=True, of=("self",))
            found: list[Sideband] = list(free.order_by("incoming_at").select_related("call")[:most])
            if found:
                mine = cls.objects.filter(pk__in=[one.pk for one in found])
                mine.update(held_by=holder, lease_until=Now() + LEASE)
        return found

    @classmethod
    def renew(cls, *, holder: str) -> set[int]:
        """Go on looking after what this holder has; answers what that is."""
        mine = cls.objects.filter(held_by=holder, state__in=TO_BE_HELD)
        mine.update(lease_until=Now() + LEASE)
        return set(mine.values_list("pk", flat=True))

    @classmethod
    def leave(cls, *, holder: str) -> None:
        """This holder goes: somebody else may have its lines at once."""
        cls.objects.filter(held_by=holder).update(lease_until=None, held_by="")

    # Queries

    @classmethod
    def newest(cls, call: Call) -> "Sideband | None":
        """The line that was begun last."""
        return cls.objects.filter(call=call).order_by("-pk").first()

    @classmethod
    def lost_lately(cls, call: Call, *, since: datetime, but_not: int) -> int:
        """How many lines the carrier has told the end of since then; those that lived their hour do not count."""
        told = cls.objects.filter(call=call, ended_at__gt=since, dial_status__gt="").exclude(pk=but_not)
        return told.filter(lasted_s__lt=SESSION_LIFE_S - 60).count()

    @classmethod
    def holder_of(cls, call: Call) -> str:
        """Who looks after the call's line now; empty when nobody does."""
        held = cls.objects.filter(call=call, state=SidebandState.ACCEPTED, lease_until__gt=Now())
        return held.order_by("-pk").values_list("held_by", flat=True).first() or ""


class SidebandWorker(models.Model):
    """One process that looks after lines to the model. It says every second that it is there."""

    name = models.CharField(max_length=60, unique=True)
    pid = models.PositiveIntegerField(default=0)
    started_at = models.DateTimeField()
    heard_at = models.DateTimeField(db_index=True)
    calls = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return self.name

    # Mutators

    @classmethod
    def report(cls, *, name: str, **how_it_is: Any) -> None:
        """A process says how it is. What has been silent for long is cleared away."""
        cls.objects.update_or_create(name=name, defaults={"heard_at": Now(), **how_it_is})
        cls.objects.filter(heard_at__lt=Now() - SILENT_AFTER * 15).delete()

    @classmethod
    def gone(cls, *, name: str) -> None:
        """A process has stopped."""
        cls.objects.filter(name=name).delete()

    # Queries

    @classmethod
    def all_there(cls) -> models.QuerySet["SidebandWorker"]:
        """Those heard of lately."""
        return cls.objects.filter(heard_at__gt=Now() - SILENT_AFTER)

    @classmethod
    def is_any_there(cls) -> bool:
        """True while somebody would look after a new line."""
        return cls.all_there().exists()

    @classmethod
    def is_there(cls, name: str) -> bool:
        """True while this one was heard of lately."""
        return cls.all_there().filter(name=name).exists()


class ModelWebhook(models.Model):
    """What the model's side has told us by webhook: each message once, however often it is sent."""

    webhook_id = models.CharField(max_length=160, unique=True)
    kind = models.CharField(max_length=80)
    model_call_id = models.CharField(max_length=160, blank=True)
    outcome = models.CharField(max_length=40, blank=True)
    received_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return self.webhook_id

    # Factories

    @classmethod
    def take(cls, *, webhook_id: str, kind: str, model_call_id: str, now: datetime) -> "ModelWebhook | None":
        """Keep that this message has come; None when it had come before."""
        kept, is_new = cls.objects.get_or_create(
            webhook_id=webhook_id[:160],
            defaults={"kind": kind[:80], "model_call_id": model_call_id[:160], "received_at": now},
        )
        return kept if is_new else None

    # Mutators

    def became(self, outcome: str) -> None:
        """Keep what came of it."""
        ModelWebhook.objects.filter(pk=self.pk).update(outcome=outcome[:40])

    @classmethod
    def forget(cls, *, before: datetime) -> int:
        """Delete what nobody sends again; how many."""
        return cls.objects.filter(received_at__lt=before).delete()[0]


_LEFT = Change(
    lambda call, now, reason: (
        Sideband.objects.filter(call=call).exclude(state__in=OVER),
        {"state": SidebandState.ENDED, "ended_at": now, "close_reason": reason},
    ),
    call=EXAMPLE_KEY,
    now=EXAMPLE_TIME,
    reason="reason",
)
