"""A recording: the tape at the carrier, our copy of it, and how it lies on the call's clock."""

from datetime import datetime, timedelta
from typing import Any

from django.core.files.storage import Storage, storages
from django.db import models, transaction

from agents import floor
from calls import lifecycle
from calls.lifecycle import CopyFact, CopyState, RecordingFact, RecordingStatus
from calls.models.call import Call, choices_of
from calls.models.call_event import CallEvent

# How long to wait before the next try to copy, by tries so far; then it counts as lost.
RETRY_AFTER = tuple(timedelta(seconds=s) for s in (2, 5, 10, 30, 60, 300, 900, 3600, 3600 * 4, 3600 * 12))


def recordings_storage() -> Storage:
    """Where copies are kept: disk or S3, as RECORDINGS_URL says."""
    return storages["recordings"]


class Recording(models.Model):
    """One recording of a call. Its own clock begins at its first sample; `offset_ms` puts it on the call's clock."""

    call = models.ForeignKey(Call, on_delete=models.CASCADE, related_name="recordings")
    is_message = models.BooleanField(
        default=False, help_text="A message the caller left: one voice, and no opening words in it."
    )
    recording_sid = models.CharField(max_length=64, blank=True)
    status = models.CharField(max_length=12, choices=choices_of(RecordingStatus), default=RecordingStatus.REQUESTED)
    requested_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True, blank=True, help_text="The carrier's word, to the second.")
    channels = models.PositiveSmallIntegerField(default=2)
    assistant_channel = models.PositiveSmallIntegerField(
        default=1, help_text="Which channel holds our side, found by listening for what we know we played."
    )
    duration_ms = models.PositiveIntegerField(null=True, blank=True)
    offset_ms = models.IntegerField(null=True, blank=True, help_text="Where the recording begins on the call's clock.")
    notice_version = models.CharField(max_length=20, blank=True)
    notice_started_ms = models.PositiveIntegerField(
        null=True, blank=True, help_text="Where the opening words begin in the recording; empty: they are not in it."
    )
    notice_ended_ms = models.PositiveIntegerField(null=True, blank=True)
    paused_spans = models.JSONField(
        default=list, blank=True, help_text="[from, to] in call milliseconds; to may be null."
    )
    copy_state = models.CharField(max_length=8, choices=choices_of(CopyState), default=CopyState.NONE)
    copy_attempts = models.PositiveSmallIntegerField(default=0)
    next_copy_at = models.DateTimeField(null=True, blank=True, db_index=True)
    copy_error = models.CharField(max_length=200, blank=True)
    audio = models.FileField(storage=recordings_storage, max_length=200, blank=True)
    peaks = models.FileField(storage=recordings_storage, max_length=200, blank=True)
    size_bytes = models.PositiveBigIntegerField(null=True, blank=True)
    sha256 = models.CharField(max_length=64, blank=True)
    copied_at = models.DateTimeField(null=True, blank=True)
    removed_at = models.DateTimeField(null=True, blank=True, help_text="When it was deleted at the carrier.")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["recording_sid"], condition=~models.Q(recording_sid=""), name="recording_sid_once"
            )
        ]
        permissions = [
            ("hear_recording", "Can play recordings"),
            ("control_recording", "Can pause, resume and stop recordings"),
        ]

    def __str__(self) -> str:
        return self.recording_sid or f"recording of call {self.call_id}"

    @property
    def is_playable(self) -> bool:
        """True when our copy may be played: it is here, and the notice is inside it unless it was spoken before."""
        return bool(self.audio) and (self.is_message or self.notice_started_ms is not None)

    # Factories

    @classmethod
    def request(cls, *, call: Call, notice_version: str, now: datetime, is_first: bool = False) -> None:
        """Note that our answer asks the carrier to record; once per call. `is_first`: there can be none yet."""
        if is_first or not cls.objects.filter(call=call).exists():
            cls.objects.create(call=call, requested_at=now, notice_version=notice_version)

    @classmethod
    def named(cls, *, call: Call, recording_sid: str, now: datetime) -> "Recording":
        """The recording with this id of the carrier's: known, the one we asked for and had no id of, or one more."""
        with transaction.atomic():
            Call.objects.select_for_update().get(pk=call.pk)  # two first callbacks at once must not both take it
            known = cls.objects.filter(call=call, recording_sid=recording_sid).first()
            asked = cls.objects.filter(call=call, recording_sid="").first()
            if known is None and asked is not None:
                asked.name_sid(recording_sid)
                return asked
            return known or cls.objects.create(call=call, recording_sid=recording_sid, requested_at=now)

    @classmethod
    def of_message(cls, *, call: Call, recording_sid: str, now: datetime) -> "Recording":
        """The recording of a message the caller left, by the carrier's id."""
        recording, _ = cls.objects.get_or_create(
            recording_sid=recording_sid,
            defaults={"call": call, "is_message": True, "channels": 1, "requested_at": now},
        )
        return recording

    # Mutators

    def name_sid(self, recording_sid: str) -> None:
        """Learn the carrier's id of this recording."""
        Recording.objects.filter(pk=self.pk, recording_sid="").update(recording_sid=recording_sid)
        self.recording_sid = recording_sid

    def advance(
        self, fact: RecordingFact, *, at: datetime, source: str, key: str = "", at_ms: int | None = None, **known: Any
    ) -> bool:
        """Keep what happened to the tape, with what it taught us (`known` are fields). False when known already."""
        with transaction.atomic():
            if not CallEvent.keep(
                call=self.call, kind=fact, at=at, source=source, key=key, data={"sid": self.recording_sid}
            ):
                return False
            fresh = Recording.objects.select_for_update().get(pk=self.pk)
            fresh.status = lifecycle.recording_after(RecordingStatus(fresh.status), fact)
            for name, value in known.items():
                if value is not None:
                    setattr(fresh, name, value)
            if fact is RecordingFact.PAUSED:
                fresh.paused_spans = [*fresh.paused_spans, [at_ms, None]]
            elif fresh.paused_spans and fresh.paused_spans[-1][1] is None and fact is not RecordingFact.STARTED:
                fresh.paused_spans = [*fresh.paused_spans[:-1], [fresh.paused_spans[-1][0], at_ms]]
            fresh.save()
            if fact is RecordingFact.COMPLETED:
                fresh._copy(CopyFact.MEDIA_READY, next_copy_at=at)
        self.refresh_from_db()
        floor.changed("recording", self.call_id)
        return True

    def _copy(self, fact: CopyFact, **changes: Any) -> bool:
        """Move the copy's state by conditional update, with `changes`; False when the fact does not move it."""
        state = lifecycle.copy_after(CopyState(self.copy_state), fact)
        if state == self.copy_state:
            return False
        won = Recording.objects.filter(pk=self.pk, copy_state=self.copy_state).update(copy_state=state, **changes)
        if won:
            self.refresh_from_db()
            floor.changed("recording", self.call_id)
        return bool(won)

    def claim_copy(self, *, now: datetime) -> bool:
        """Take the right to try a copy now; another worker cannot take it before this try must be over."""
        return bool(
            Recording.objects.filter(pk=self.pk, copy_state=CopyState.DUE, next_copy_at__lte=now).update(
                next_copy_at=now + timedelta(minutes=5), copy_attempts=models.F("copy_attempts") + 1
            )
        )

    def copied(self, *, now: datetime, **facts: Any) -> bool:
        """Our copy is stored; `facts` are its name, size, checksum and place. The carrier's own is due to go."""
        return self._copy(CopyFact.COPIED, copy_error="", copied_at=now, next_copy_at=now, **facts)

    def copy_failed(self, *, error: str, now: datetime) -> None:
        """A try failed: plan the next, or give up and say so."""
        self.refresh_from_db()
        if self.copy_attempts > len(RETRY_AFTER):
            self._copy(CopyFact.GAVE_UP, copy_error=error[:200], next_copy_at=None)
            return
        Recording.objects.filter(pk=self.pk, copy_state=CopyState.DUE).update(
            copy_error=error[:200], next_copy_at=now + RETRY_AFTER[max(self.copy_attempts - 1, 0)]
        )
        floor.changed("recording", self.call_id)

    def order_retry(self, *, now: datetime) -> bool:
        """A person wants another try at a lost copy."""
        return self._copy(CopyFact.RETRY_ORDERED, next_copy_at=now, copy_attempts=0)

    def removed_at_carrier(self, *, now: datetime) -> None:
        """The carrier has deleted its own."""
        if not self._copy(CopyFact.REMOVED_AT_CARRIER, removed_at=now, next_copy_at=None, copy_error=""):
            Recording.objects.filter(pk=self.pk).update(removed_at=now, next_copy_at=None, copy_error="")
            floor.changed("recording", self.call_id)

    def removal_failed(self, *, error: str, now: datetime) -> None:
        """The carrier did not delete its own yet: ask again later."""
        Recording.objects.filter(pk=self.pk).update(copy_error=error[:200], next_copy_at=now + timedelta(minutes=1))

    def refused_by_caller(self, *, now: datetime) -> bool:
        """The caller did not want it: it will never be copied, and is deleted at the carrier."""
        return self._copy(CopyFact.REFUSED_BY_CALLER, next_copy_at=now + timedelta(seconds=20))

    # Queries

    @classmethod
    def due_ids(cls, *, now: datetime, limit: int) -> "list[int]":
        """Recordings with something to do now: to copy, or to delete at the carrier."""
        due = models.Q(copy_state=CopyState.DUE) | models.Q(
            copy_state__in=[CopyState.STORED, CopyState.REFUSED], removed_at=None
        )
        return list(
            cls.objects.filter(due, next_copy_at__lte=now).order_by("next_copy_at").values_list("pk", flat=True)[:limit]
        )

    @classmethod
    def unheard_of(cls, *, before: datetime, limit: int) -> "list[Recording]":
        """Recordings of calls that ended before this and whose last callback has not come."""
        return list(
            cls.objects.select_related("call")
            .filter(call__phase="closed", call__ended_at__lt=before)
            .exclude(status__in=[RecordingStatus.COMPLETED, RecordingStatus.ABSENT, RecordingStatus.FAILED])
            .order_by("pk")[:limit]
        )
