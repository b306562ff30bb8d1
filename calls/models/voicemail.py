"""Messages that callers left: whose they are, who looks after them, and whether that is done."""

from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import Q

from agents import floor
from calls.models.call import Call
from calls.models.recording import Recording
from calls.models.transcript import TranscriptTurn


class Voicemail(models.Model):
    """A message somebody left. Its sound is a recording, its words are turns of the call."""

    call = models.ForeignKey(Call, on_delete=models.CASCADE, related_name="voicemails")
    box = models.CharField(max_length=80, help_text="Whose it is: a department, a queue.")
    recording = models.OneToOneField(Recording, on_delete=models.CASCADE, related_name="voicemail")
    began_ms = models.IntegerField(help_text="Where on the call's clock it begins.")
    left_at = models.DateTimeField()
    is_silent = models.BooleanField(null=True, blank=True, help_text="Nothing is heard in it; known once it is copied.")
    assigned_to = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="voicemails"
    )
    done_at = models.DateTimeField(null=True, blank=True)
    done_by_ref = models.CharField(max_length=200, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["-left_at", "-id"], name="voicemail_newest_first"),
            models.Index(fields=["left_at"], condition=Q(done_at=None), name="voicemail_open"),
        ]
        permissions = [
            ("hear_voicemail", "Can play messages that callers left"),
            ("handle_voicemail", "Can assign messages and say that they are done"),
        ]

    def __str__(self) -> str:
        return f"message {self.pk} of call {self.call_id}"

    # Factories

    @classmethod
    def left(cls, *, recording: Recording, box: str, began_ms: int, now: datetime) -> bool:
        """There is a message on this recording; False when that was known."""
        of = {"call": recording.call, "box": box[:80], "began_ms": began_ms, "left_at": now}
        _, is_new = cls.objects.get_or_create(recording=recording, defaults=of)
        return is_new

    # Mutators

    def begins(self, at_ms: int) -> None:
        """Where the recording begins on the call's clock: what was said before is no part of the message."""
        Voicemail.objects.filter(pk=self.pk).update(began_ms=at_ms)
        self.began_ms = at_ms

    def heard_through(self, *, is_silent: bool) -> None:
        """Our copy was looked at."""
        Voicemail.objects.filter(pk=self.pk).update(is_silent=is_silent)
        self.is_silent = is_silent
        floor.changed("voicemail", self.pk)

    def assign(self, person_id: int | None) -> None:
        """Somebody, or nobody, looks after it."""
        Voicemail.objects.filter(pk=self.pk).update(assigned_to=person_id)
        floor.changed("voicemail", self.pk)

    def finish(self, *, by: str, now: datetime) -> bool:
        """It is done; False when it was."""
        is_news = bool(Voicemail.objects.filter(pk=self.pk, done_at=None).update(done_at=now, done_by_ref=by))
        floor.changed("voicemail", self.pk)
        return is_news

    def reopen(self) -> bool:
        """It is not done after all; False when it was not."""
        is_news = bool(Voicemail.objects.filter(pk=self.pk, done_at__isnull=False).update(done_at=None, done_by_ref=""))
        floor.changed("voicemail", self.pk)
        return is_news

    # Queries

    def turns(self) -> list[TranscriptTurn]:
        """What was said in it, in order, as far as it is written down; of a call's turns that are at hand, those."""
        known: list[TranscriptTurn] | None = getattr(self.call, "customer_turns", None)
        if known is None:
            spoken = self.call.turns.filter(party=TranscriptTurn.Party.CUSTOMER).exclude(text="")
            known = list(spoken.order_by("started_ms", "pk"))
        return [turn for turn in known if turn.ended_ms is not None and turn.ended_ms > self.began_ms]

    def words(self) -> str:
        """What was said in it, in one piece."""
        return " ".join(turn.text for turn in self.turns())
