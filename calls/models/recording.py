"""A recording: the tape at the carrier, our copy of it, and how it lies on the call's clock."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.core.files.storage import Storage, storages
from django.db import IntegrityError, models, transaction

from agents import floor
from calls import lifecycle
from calls.lifecycle import CopyFact, CopyState, PauseReason, RecordingFact, RecordingStatus
from calls.models.call import Call
from calls.models.call_event import CallEvent
from calls.models.choices import choices_of
from compliance.statements import insert

# How long to wait before the next try to copy, by tries so far; then it counts as lost.
RETRY_AFTER = tuple(timedelta(seconds=s) for s in (2, 5, 10, 30, 60, 300, 900, 3600, 3600 * 4, 3600 * 12))
# A tape in one of these takes sound, or will.
LIVE = (RecordingStatus.REQUESTED, RecordingStatus.IN_PROGRESS, RecordingStatus.PAUSED)


def recordings_storage() -> Storage:
    """Where copies are kept: disk or S3, as RECORDINGS_URL says."""
    return storages["recordings"]


class Recording(models.Model):
    """One recording of a call. Its own clock begins at its first sample; `offset_ms` puts it on the call's clock."""

    class Source(models.TextChoices):
        """Who made it."""

        CARRIER = "carrier", "the carrier"
        BRIDGE = "bridge", "our bridge"

    source = models.CharField(max_length=8, choices=Source, default=Source.CARRIER)
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
    pauses = models.JSONField(
        default=list, blank=True, help_text="Who wants it paused now; it goes on when nobody does any more."
    )
    paused_spans = models.JSONField(
        default=list, blank=True, help_text="[from, to] in call milliseconds; to may be null: to its end."
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
            ),
            models.UniqueConstraint(
                fields=["call"], condition=models.Q(source="bridge"), name="one_recording_of_the_bridge_per_call"
            ),
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
        if is_first or not cls.objects.filter(call=call, source=cls.Source.CARRIER, is_message=False).exists():
            insert(cls(call=call, requested_at=now, notice_version=notice_version))

    @classmethod
    def named(cls, *, call: Call, recording_sid: str, now: datetime) -> "Recording":
        """The recording with this id of the carrier's: known, the one we asked for and had no id of, or one more."""
        with transaction.atomic():
            Call.objects.select_for_update().get(pk=call.pk)  # two first callbacks at once must not both take it
            theirs = cls.objects.filter(call=call, source=cls.Source.CARRIER, is_message=False)
            known = theirs.filter(recording_sid=recording_sid).first()
            asked = theirs.filter(recording_sid="").first()
            if known is None and asked is not None:
                asked.name_sid(recording_sid)
                return asked
            if known is None:
                known = cls.objects.create(call=call, recording_sid=recording_sid, requested_at=now)
                if not call.are_words_kept:
                    known.refused_by_caller(now=now)
            return known

    @classmethod
    def of_bridge(cls, *, call: Call, now: datetime, **facts: Any) -> bool:
        """What our own bridge has recorded, as it lies in our storage; False when the call has one already."""
        own = cls(
            call=call,
            source=cls.Source.BRIDGE,
            status=RecordingStatus.COMPLETED,
            copy_state=CopyState.REMOVED,  # there is nothing of it at the carrier
            requested_at=call.started_at,
            copied_at=now,
            removed_at=now,
            **facts,
        )
        try:
            with transaction.atomic():
                own.save(force_insert=True)
        except IntegrityError:
            return False
        floor.changed("recording", call.pk)
        return True

    @classmethod
    def of_message(cls, *, call: Call, recording_sid: str, now: datetime) -> "Recording":
        """The recording of a message the caller left, by the carrier's id."""
        recording, _ = cls.objects.get_or_create(
            recording_sid=recording_sid,
            defaults={
                "call": call,
                "is_message": True,
                "channels": 1,
                "status": RecordingStatus.STOPPED,
                "requested_at": now,
            },
        )
        return recording

    # Mutators

    def name_sid(self, recording_sid: str) -> None:
        """Learn the carrier's id of this recording."""
        Recording.objects.filter(pk=self.pk, recording_sid="").update(recording_sid=recording_sid)
        self.recording_sid = recording_sid

    def advance(
        self,
        fact: RecordingFact,
        *,
        at: datetime,
        source: str,
        key: str = "",
        at_ms: int | None = None,
        why: str = "",
        **known: Any,
    ) -> bool:
        """Keep what happened to the tape, with what it taught us (`known` are fields). False when known already."""
        with transaction.atomic():
            data = {"sid": self.recording_sid, "reason": why}
            if not CallEvent.keep(call=self.call, kind=fact, at=at, source=source, key=key, data=data):
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
            if fact is RecordingFact.STOPPED:
                fresh.paused_spans = [*fresh.paused_spans, [at_ms, None]]
            fresh.save()
            if fact is RecordingFact.COMPLETED:
                fresh._copy(CopyFact.MEDIA_READY, next_copy_at=at)
            elif fact in (RecordingFact.ABSENT, RecordingFact.FAILED) and fresh.copy_state == CopyState.REFUSED:
                Recording.objects.filter(pk=self.pk).update(next_copy_at=at)
        self.refresh_from_db()
        floor.changed("recording", self.call_id)
        return True

    def pause_for(self, reason: PauseReason) -> bool:
        """Keep that somebody wants silence; True when nobody wanted it before."""
        with transaction.atomic():
            fresh = Recording.objects.select_for_update().get(pk=self.pk)
            before, self.pauses = fresh.pauses, sorted({*fresh.pauses, reason.value})
            Recording.objects.filter(pk=self.pk).update(pauses=self.pauses)
        return not before

    def lift(self, reasons: Iterable[PauseReason]) -> bool:
        """These want no silence any more; True when nobody does now, and somebody did."""
        with transaction.atomic():
            fresh = Recording.objects.select_for_update().get(pk=self.pk)
            before, self.pauses = fresh.pauses, sorted(set(fresh.pauses) - {reason.value for reason in reasons})
            Recording.objects.filter(pk=self.pk).update(pauses=self.pauses)
        return bool(before) and not self.pauses

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
        """The caller did not want it: it is never copied, and is deleted at the carrier, and here if it is here.

        False when that was known already.
        """
        while True:  # somebody may move it at the same moment
            self.refresh_from_db(fields=["copy_state"])
            if self.copy_state == CopyState.REFUSED:
                return False
            if self._copy(CopyFact.REFUSED_BY_CALLER, next_copy_at=now):
                return True

    def erased(self) -> None:
        """Our own files of a refused recording are gone."""
        Recording.objects.filter(pk=self.pk).update(audio="", peaks="", size_bytes=None, sha256="", copied_at=None)
        self.refresh_from_db()

    def forgotten(self, *, now: datetime) -> None:
        """There is no sound of it any more, here or at the carrier: its time was over."""
        Recording.objects.filter(pk=self.pk).exclude(copy_state=CopyState.REFUSED).update(
            copy_state=CopyState.REMOVED, next_copy_at=None, copy_error=""
        )
        Recording.objects.filter(pk=self.pk, removed_at=None).update(removed_at=now)
        self.erased()
        floor.changed("recording", self.call_id)

    # Queries

    @classmethod
    def running(cls, call: Call) -> "Recording | None":
        """The carrier's tape that a button acts on: the one that runs or is paused, else the newest if any."""
        tapes = cls.objects.filter(call=call, source=cls.Source.CARRIER).order_by("-pk")
        return tapes.filter(status__in=LIVE).first() or tapes.first()

    @classmethod
    def is_wanted(cls, call: Call) -> bool:
        """True when the call is to be recorded, and its caller has not refused."""
        tapes = cls.objects.filter(call=call, source=cls.Source.CARRIER).exclude(copy_state=CopyState.REFUSED)
        return tapes.exists()

    @classmethod
    def due_ids(cls, *, now: datetime, limit: int) -> "list[int]":
        """Recordings with something to do now: to copy, or to delete at the carrier or here."""
        to_delete = models.Q(copy_state__in=[CopyState.STORED, CopyState.REFUSED], removed_at=None)
        to_erase = models.Q(copy_state=CopyState.REFUSED) & ~models.Q(audio="")
        due = models.Q(copy_state=CopyState.DUE) | to_delete | to_erase
        return list(
            cls.objects.filter(due, next_copy_at__lte=now).order_by("next_copy_at").values_list("pk", flat=True)[:limit]
        )

    @classmethod
    def unheard_of(cls, *, before: datetime, limit: int) -> "list[Recording]":
        """Recordings of calls that ended before this and whose last callback has not come."""
        return list(
            cls.objects.select_related("call")
            .filter(call__phase="closed", call__ended_at__lt=before, source=cls.Source.CARRIER)
            .exclude(status__in=[RecordingStatus.COMPLETED, RecordingStatus.ABSENT, RecordingStatus.FAILED])
            .order_by("pk")[:limit]
        )
