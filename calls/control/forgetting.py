"""Deleting what is no longer to be kept of calls: sound, also at the carrier; words; files of contacts; whole calls.

Each verb does one thing, can be repeated, and says what it has done. When, and of whom, is decided above.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from calls.carrier import rest
from calls.carrier.errors import CarrierError
from calls.lifecycle import CopyState
from calls.models import (
    AssistantNote,
    Call,
    CallResult,
    CollectedFact,
    Contact,
    ContactImport,
    ImportProblem,
    LookUp,
    Recording,
    ResumeDocument,
    ToolApproval,
    ToolRun,
    TranscriptTurn,
    Transfer,
    WhatsAppMessage,
)
from calls.models.recording import recordings_storage
from compliance.models import WhatsAppFact


@dataclass(frozen=True, slots=True)
class Held:
    """What must not be deleted although its time is over."""

    numbers: frozenset[str] = frozenset()
    calls: frozenset[int] = frozenset()
    campaigns: frozenset[int] = frozenset()

    def of_calls(self, to_call: str = "") -> Q:
        """A condition for rows whose call is held; `to_call` leads to the call: `call__`."""
        numbers = Q(**{f"{to_call}customer_e164__in": self.numbers}) if self.numbers else Q(pk__in=())
        campaigns = (
            Q(**{f"{to_call}attempt__contact__campaign__in": self.campaigns}) if self.campaigns else Q(pk__in=())
        )
        return numbers | campaigns | (Q(**{f"{to_call}pk__in": self.calls}) if self.calls else Q(pk__in=()))


class UnableToForget(Exception):
    """It is still there; `str()` says why, for a person."""


def old_tapes(before: datetime) -> QuerySet[Recording]:
    """Recordings of calls that ended before this, and of which there is sound here or at the carrier."""
    at_carrier = Q(removed_at=None, source=Recording.Source.CARRIER) & ~Q(recording_sid="")
    return Recording.objects.filter(~Q(audio="") | at_carrier, call__phase="closed", call__ended_at__lt=before)


def old_words(before: datetime) -> QuerySet[Call]:
    """Calls that ended before this, and of which words are kept."""
    spoken = Exists(TranscriptTurn.objects.filter(call=OuterRef("pk")))
    return Call.objects.filter(spoken, phase="closed", ended_at__lt=before)


def old_calls(before: datetime) -> QuerySet[Call]:
    """Calls that ended before this."""
    return Call.objects.filter(phase="closed", ended_at__lt=before)


def old_contacts(before: datetime) -> QuerySet[Contact]:
    """Contacts that were over before this, with their attempts."""
    return Contact.objects.filter(closed_at__lt=before).exclude(attempts__call__isnull=False)


def old_files(before: datetime) -> QuerySet[ContactImport]:
    """Uploaded files whose rows were taken, or which were given up, before this."""
    over = (ContactImport.State.DONE, ContactImport.State.FAILED, ContactImport.State.CANCELLED)
    return ContactImport.objects.filter(state__in=over, created_at__lt=before).exclude(file="")


def forget_tape(*, recording: Recording, now: datetime) -> None:
    """Delete a recording at the carrier, which is asked again whether it is gone, and here. Raises UnableToForget."""
    is_theirs = recording.source == Recording.Source.CARRIER and recording.removed_at is None
    if is_theirs and recording.recording_sid:
        try:
            rest.delete_recording(recording.recording_sid)
            is_there = rest.has_recording(recording.recording_sid)
        except CarrierError as error:
            raise UnableToForget("The telephone network could not delete a recording.") from error
        if is_there:
            raise UnableToForget("The telephone network still has a recording that it was told to delete.")
    elif is_theirs and recording.call.is_live:
        raise UnableToForget("The call is still being recorded.")
    store = recordings_storage()
    try:
        for name in filter(None, (recording.audio.name, recording.peaks.name)):
            store.delete(name)
    except OSError as error:
        raise UnableToForget("Our storage could not delete a recording.") from error
    if is_theirs:
        recording.removed_at_carrier(now=now)
    recording.forgotten(now=now)


def forget_words(calls: Collection[Call]) -> int:
    """Delete what was said on calls, and what was noted of it; how many turns."""
    ids = [call.pk for call in calls]
    with transaction.atomic():
        turns = TranscriptTurn.objects.filter(call__in=ids).delete()[0]
        AssistantNote.objects.filter(call__in=ids).delete()
        ResumeDocument.objects.filter(call__in=ids).delete()
        ToolApproval.objects.filter(call__in=ids).update(arguments={}, edited_arguments=None)
        ToolRun.objects.filter(call__in=ids).update(arguments="", output="", trouble="", sources=[])
        CollectedFact.objects.filter(call__in=ids).delete()
        LookUp.objects.filter(call__in=ids).update(values="")
        CallResult.objects.filter(call__in=ids).update(note="")
        Transfer.objects.filter(call__in=ids).update(brief={})
    return turns


def forget_calls(calls: Collection[Call]) -> int:
    """Delete calls with everything that belongs to them; how many. Their sound must be gone."""
    ids = [call.pk for call in calls]
    with_sound = Recording.objects.filter(call__in=ids).exclude(audio="").values("call")
    return Call.objects.filter(pk__in=ids).exclude(pk__in=with_sound).delete()[1].get("calls.Call", 0)


def forget_whatsapp(facts: Collection[WhatsAppFact]) -> int:
    """Delete what happened by WhatsApp, with the messages of that time; how many facts."""
    if not facts:
        return 0
    people, until = {fact.person for fact in facts}, max(fact.at for fact in facts)
    with transaction.atomic():
        WhatsAppMessage.objects.filter(person__in=people, sent_at__lte=until).delete()
        return WhatsAppFact.objects.filter(pk__in=[fact.pk for fact in facts]).delete()[0]


def forget_file(of: ContactImport) -> None:
    """Delete an uploaded file, and the rows of it that were not taken."""
    if of.file:
        of.file.storage.delete(of.file.name or "")
    with transaction.atomic():
        ImportProblem.objects.filter(of=of).update(values=[])
        ContactImport.objects.filter(pk=of.pk).update(file="")


def is_forgotten(recording: Recording) -> bool:
    """True when there was sound, and it was deleted because its time was over."""
    return recording.copy_state == CopyState.REMOVED and not recording.audio
