"""A refusal to be recorded that the conversation itself has noticed, carried out also while the database is away."""

import asyncio
import contextlib
from datetime import datetime

import structlog
from channels.db import database_sync_to_async
from django.db import DatabaseError, InterfaceError
from django.utils import timezone

from calls import journal, metrics
from calls.control import recording_consent, recordings
from calls.models import Call, RecordingConsent
from calls.voice import effects as e
from calls.voice import messages as m

log = structlog.get_logger(__name__)


async def refuse(*, call: Call, leg_sid: str, refusal: e.RefuseRecording) -> m.RecordingRefused:
    """Stop the recording and see to it that nothing is kept; whatever cannot be done now is done again later."""
    proof = RecordingConsent.Proof.KEY if refusal.by_key else RecordingConsent.Proof.WORDS
    given = {"proof": proof.value, "said": refusal.said, "now": timezone.now()}
    metrics.RECORDINGS_REFUSED.labels(proof.value).inc()
    try:
        done = await database_sync_to_async(_refuse, thread_sensitive=False)(call_id=call.pk, **given)
    except (DatabaseError, InterfaceError) as error:
        log.error("refusal of the recording kept for later", call=call.pk, error=type(error).__name__)
        journal.soon(_refuse_later, call_id=call.pk, **given)
        with contextlib.suppress(recordings.UnableToChangeRecording):
            await asyncio.to_thread(recordings.stop_unbooked, leg_sid=leg_sid)
        return m.RecordingRefused(ends=False, by_key=refusal.by_key)
    return m.RecordingRefused(ends=done.ends, by_key=refusal.by_key)


def _refuse(*, call_id: int, proof: str, said: str, now: datetime) -> recording_consent.Refusal:
    call = Call.objects.select_related("number").get(pk=call_id)
    return recording_consent.refuse(call=call, proof=proof, said=said, source="carrier", by="caller", now=now)


@journal.job
def _refuse_later(*, call_id: int, proof: str, said: str, now: datetime) -> None:
    _refuse(call_id=call_id, proof=proof, said=said, now=now)
