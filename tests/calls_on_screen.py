"""Calls as the screens show them: with talk, keys, tools and a recording that really sounds."""

import io
import json
from datetime import datetime, timedelta

import numpy as np
import soundfile
from django.core.files.base import ContentFile
from django.utils import timezone

from agents.models import SecureField
from calls.lifecycle import CallFact, CopyState, Phase, RecordingStatus
from calls.models import (
    Call,
    Callback,
    CallEvent,
    ModelWebhook,
    Recording,
    SecureCapture,
    Sideband,
    SidebandWorker,
    Stream,
    ToolApproval,
    ToolRun,
    TranscriptTurn,
    Voicemail,
)
from calls.voice import waveform
from tests import given

RATE = 8000
# Times are those of the call's clock; the recording of `a_tape` begins at OFFSET_MS of it.
OFFSET_MS = 500
TALK = (
    ("assistant", 600, "Thank you for calling. This call is recorded."),
    ("customer", 4000, "I was charged twice."),
    ("assistant", 7000, "I see both charges."),
    ("customer", 10_000, "I want the second one back."),
)
TURN_MS = 2500


def a_live_call(*, now: datetime | None = None, from_: str = given.CAROL) -> Call:
    """A call in conversation with the assistant."""
    at = now or timezone.now()
    call = given.a_call(now=at, from_=from_)
    call.advance(CallFact.STREAM_OPENED, at=at, source="carrier")
    return call


def held(call: Call, *, bridge: str = "") -> Call:
    """The call's stream is open, and held by this bridge; empty: by a process that is none."""
    stream = Stream.objects.get(call=call)
    claimed = Stream.claim(
        nonce=stream.nonce,
        leg_sid=call.customer_leg().leg_sid,
        stream_sid=given.a_sid("MZ"),
        now=timezone.now(),
        bridge=bridge,
    )
    assert claimed is not None
    return call


def end(call: Call, *, now: datetime | None = None) -> Call:
    """The carrier reports that the customer's line is down."""
    call.customer_leg().report("completed", at=now or timezone.now(), source="carrier", duration_s=20)
    call.refresh_from_db()
    return call


def a_past_call(*, now: datetime | None = None, from_: str = given.CAROL) -> Call:
    """A call that ended some time ago, long enough not to be on the floor."""
    at = (now or timezone.now()) - timedelta(minutes=10)
    call = a_live_call(now=at, from_=from_)
    a_talk(call)
    return end(call, now=at + timedelta(seconds=20))


def a_talk(call: Call, *lines: tuple[str, int, str]) -> None:
    """Turns of a call: who, from which millisecond, what."""
    TranscriptTurn.keep_all(
        [
            TranscriptTurn(
                call=call,
                item_id=f"item_{at_ms}",
                party=party,
                started_ms=at_ms,
                ended_ms=at_ms + TURN_MS,
                text=text,
                response_ms=640 if party == "assistant" and at_ms > 5000 else None,
            )
            for party, at_ms, text in lines or TALK
        ]
    )


def an_event(call: Call, kind: str, at_ms: int, **data: object) -> CallEvent:
    """Something that happened, on the call's clock."""
    at = call.started_at + timedelta(milliseconds=at_ms)
    return CallEvent.objects.create(call=call, kind=kind, at=at, at_ms=at_ms, source="model", data=data)


def an_approval(call: Call, *, patience_s: int = 60, now: datetime | None = None, **arguments: str) -> ToolApproval:
    """A tool of this call that waits for a supervisor."""
    at = now or timezone.now()
    wanted = arguments or {"reason": "caller_done"}
    run = ToolRun.objects.create(
        call=call, ref=given.a_sid("call_"), tool="end_call", arguments=json.dumps(wanted), epoch=1, started_at=at
    )
    return ToolApproval.ask(run=run, call=call, arguments=wanted, now=at, patience=timedelta(seconds=patience_s))


def a_tape(call: Call, **fields: object) -> Recording:
    """A recording in our storage: the caller on the left, the assistant on the right, notice at its beginning."""
    length_ms = 20_000
    sound = np.zeros((RATE * length_ms // 1000, 2), dtype=np.int16)
    for turn in call.turns.all():
        start, stop = ((ms - OFFSET_MS) * RATE // 1000 for ms in (turn.started_ms, turn.ended_ms))
        tone = np.sin(np.arange(stop - start) * 2 * np.pi * 220 / RATE) * 9000
        sound[start:stop, 1 if turn.party == "assistant" else 0] = tone.astype(np.int16)
    wav = io.BytesIO()
    soundfile.write(wav, sound, RATE, format="WAV", subtype="PCM_16")
    known: dict[str, object] = {
        "call": call,
        "requested_at": call.started_at,
        "recording_sid": given.a_sid("RE"),
        "status": RecordingStatus.COMPLETED,
        "assistant_channel": 1,
        "duration_ms": length_ms,
        "offset_ms": OFFSET_MS,
        "notice_started_ms": 100,
        "notice_ended_ms": 2600,
        "copy_state": CopyState.REMOVED,
    }
    call.recordings.all().delete()
    tape = Recording(**known | fields)
    tape.audio.save(f"{tape.recording_sid}.wav", ContentFile(wav.getvalue()), save=False)
    shape = {"rate": waveform.PEAKS_PER_SECOND, "peaks": waveform.peaks(sound, RATE)}
    tape.peaks.save(f"{tape.recording_sid}.json", ContentFile(json.dumps(shape).encode()), save=False)
    tape.save()
    return tape


def a_message(call: Call, *, words: str = "Please call me back about my tent.", **fields: object) -> Voicemail:
    """A message the caller left at the end of a call, with its sound and its words."""
    tape = Recording(
        call=call,
        is_message=True,
        channels=1,
        requested_at=call.started_at,
        recording_sid=given.a_sid("RE"),
        status=RecordingStatus.COMPLETED,
        copy_state=CopyState.REMOVED,
        duration_ms=4000,
        offset_ms=14_000,
    )
    sound = (np.sin(np.arange(RATE * 4) * 2 * np.pi * 220 / RATE) * 9000).astype(np.int16).reshape(-1, 1)
    wav = io.BytesIO()
    soundfile.write(wav, sound, RATE, format="WAV", subtype="PCM_16")
    tape.audio.save(f"{tape.recording_sid}.wav", ContentFile(wav.getvalue()), save=False)
    shape = {"rate": waveform.PEAKS_PER_SECOND, "peaks": waveform.peaks(sound, RATE)}
    tape.peaks.save(f"{tape.recording_sid}.json", ContentFile(json.dumps(shape).encode()), save=False)
    tape.save()
    if words:
        a_talk(call, ("customer", 15_000, words))
    known: dict[str, object] = {"box": "Reception", "began_ms": 13_000, "left_at": call.started_at, "is_silent": False}
    return Voicemail.objects.create(call=call, recording=tape, **known | fields)


def a_callback(call: Call, **fields: object) -> Callback:
    """The caller of a call is to be called back."""
    known: dict[str, object] = {
        "customer_e164": call.customer_e164,
        "origin": "spoken",
        "state": "scheduled",
        "asked_at": call.started_at,
        "due_at": timezone.now() + timedelta(hours=2),
        "zone": "America/Los_Angeles",
        "reason": "A refund of the second charge.",
        "consent_scope": "one call back about this matter",
        "evidence_kind": "words",
        "evidence_text": "Please call me back tomorrow at three.",
        "evidence_at_ms": 10_000,
    }
    return Callback.objects.create(call=call, **known | fields)


def a_capture(call: Call, **fields: object) -> SecureCapture:
    """A card that was taken from 0:41 to 1:12, while the recording was paused."""

    def at(seconds: int):
        return call.started_at + timedelta(seconds=seconds)

    return SecureCapture.objects.create(
        **{
            "call": call,
            "ref": "ab" * 16,
            "kind": "payment",
            "label": "your card",
            "state": "taken",
            "result": "paid",
            "begun_by_ref": "assistant",
            "came_from": Phase.WITH_ASSISTANT,
            "asked_at": at(40),
            "began_at": at(41),
            "ended_at": at(72),
            "was_recorded": True,
            "paused_at": at(40),
            "resumed_at": at(73),
            "masked": "•••• 9855",
            "token_end": "77ab",
            "reference": "ch_4711",
            "amount_micros": 19_990_000,
            "currency": "usd",
        }
        | fields
    )


def secrets_of(call: Call) -> None:
    """What the call's caller may be asked to key in: a PIN, and a card."""
    assert call.assistant is not None
    SecureField.objects.create(assistant=call.assistant, name="pin", label="your PIN", kind="secret")
    SecureField.objects.create(assistant=call.assistant, name="card", label="your card", kind="payment")


def a_sip_line(call: Call) -> None:
    """A line to the model, who looks after it, and the webhook that told of it."""
    at = call.started_at
    Sideband.issue(call=call, token="tok_1", now=at, is_resumption=False)
    SidebandWorker.objects.create(name="sideband-vm-1-1", started_at=at, heard_at=at)
    ModelWebhook.take(webhook_id="wh_1", kind="realtime.call.incoming", model_call_id="rtc_1", now=at)
