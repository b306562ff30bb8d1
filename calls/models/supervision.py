"""Who watches a call, listens to it, or takes part in it unseen by the caller."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import models
from django.db.models.functions import Now

from agents import floor
from calls.lifecycle import Phase
from calls.models.call import Call

# A browser says so often that it is still there; who has not for this long is gone without a word.
SEEN_EVERY = timedelta(seconds=20)
GONE_AFTER = timedelta(seconds=70)


class Supervision(models.Model):
    """One person at one call in one way, from the opened socket to the closed one."""

    class Mode(models.TextChoices):
        """What the person does; each says who can hear whom. The least first."""

        WATCHING = "watching"
        LISTENING = "listening"
        COACHING = "coaching"
        BARGING = "barging", "in the call"
        TAKING_OVER = "taking_over", "taking over"

    call = models.ForeignKey(Call, on_delete=models.CASCADE, related_name="supervisions")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="supervisions")
    name = models.CharField(max_length=150, help_text="As colleagues see it.")
    mode = models.CharField(max_length=12, choices=Mode)
    began_at = models.DateTimeField()
    seen_at = models.DateTimeField(help_text="When the browser was last known to be there, by the database's clock.")
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["call"], condition=models.Q(ended_at=None), name="supervisions_now")]
        permissions = [
            ("listen_call", "Can listen to live calls"),
            ("coach_call", "Can tell the assistant what to do"),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.mode} call {self.call_id}"

    # Factories

    @classmethod
    def begin(cls, *, call: Call, user_id: int, name: str, mode: Mode, now: datetime) -> "Supervision":
        """Somebody begins to watch, or more."""
        begun = cls.objects.create(call=call, user_id=user_id, name=name[:150], mode=mode, began_at=now, seen_at=Now())
        floor.changed("call", call.pk)
        return begun

    # Mutators

    @classmethod
    def seen(cls, pk: int) -> bool:
        """The person is still there. False when this was ended meanwhile."""
        return bool(cls.objects.filter(pk=pk, ended_at=None).update(seen_at=Now()))

    @classmethod
    def end(cls, pk: int, *, now: datetime) -> bool:
        """The person has left; the first word counts."""
        call_id = cls.objects.filter(pk=pk).values_list("call", flat=True).first()
        has_ended = bool(cls.objects.filter(pk=pk, ended_at=None).update(ended_at=now))
        if has_ended and call_id is not None:
            floor.changed("call", call_id)
        return has_ended

    @classmethod
    def end_those_gone(cls, *, now: datetime) -> int:
        """End those whose browser, or the process that served it, has gone without a word; how many."""
        gone = cls.objects.filter(ended_at=None, seen_at__lt=Now() - GONE_AFTER)
        return sum(cls.end(pk, now=now) for pk in gone.values_list("pk", flat=True))

    # Queries

    @classmethod
    def now(cls, calls: "models.QuerySet[Call] | list[Call]") -> "dict[int, list[Supervision]]":
        """Who is at which of these calls now: each person once, as what they do most."""
        order = {mode: place for place, mode in enumerate(cls.Mode.values)}
        found: dict[int, dict[int, Supervision]] = {}
        there = cls.objects.filter(call__in=calls, ended_at=None).exclude(call__phase=Phase.CLOSED).order_by("pk")
        for one in there:
            people = found.setdefault(one.call_id, {})
            known = people.get(one.user_id)
            if known is None or order[known.mode] < order[one.mode]:
                people[one.user_id] = one
        return {call_id: list(people.values()) for call_id, people in found.items()}
