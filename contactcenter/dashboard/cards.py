"""The context of every fragment: the same function feeds the page, the button's answer and the push."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.utils import timezone

from agents.models import SecureField
from calls.lifecycle import MAY_LIFT, PauseReason, Phase, RecordingStatus
from calls.models import (
    Call,
    FactsDelivery,
    Number,
    Recording,
    SecureCapture,
    Supervision,
    ToolApproval,
    TranscriptTurn,
)
from calls.models.recording import LIVE
from contactcenter.dashboard import disclosed, people, sealed, supervisors, tapes, timeline
from contactcenter.dashboard.costs import figures as costs
from contactcenter.dashboard.live_words import live_words
from contactcenter.dashboard.persons import whatsapp_standing

# An ended call stays on the floor for this long.
LINGER = timedelta(seconds=30)
_ON_FLOOR = 500


def page(request: HttpRequest) -> dict[str, Any]:
    """What every page shows: the banner, and nothing that costs a query."""
    return {"banner": settings.BANNER}


def _calls() -> QuerySet[Call]:
    return Call.objects.select_related("number", "assistant__department", "prompt_version")


@dataclass(frozen=True, slots=True)
class Said:
    """The last words on a call, as far as they are known."""

    party: str
    text: str
    is_now: bool


def _rows(calls: list[Call]) -> list[dict[str, Any]]:
    """Rows of the floor; the last words of all of them by two queries, who is there and what waits by one each."""
    turns = TranscriptTurn.objects.filter(call__in=calls, is_final=True).exclude(text="")
    last = {turn.call_id: turn for turn in turns.order_by("call_id", "-started_ms", "-pk").distinct("call_id")}
    now, there, waiting = _being_said(calls), Supervision.now(calls), ToolApproval.open_of(calls)
    queued, spent = people.waits(calls), costs.of_calls(calls)
    return [
        {
            "call": call,
            "said": now.get(call.pk) or _said(last.get(call.pk)),
            "watchers": there.get(call.pk, []),
            "waiting": [supervisors.waiting(approval) for approval in waiting.get(call.pk, [])],
            "wait": queued.get(call.pk),
            "usd": spent.get(call.pk),
        }
        for call in calls
    ]


def _being_said(calls: list[Call]) -> dict[int, Said]:
    """What is being said at this moment, by call; words that are stored by now were said a moment ago."""
    heard = {call.pk: live_words.both(call.pk) for call in calls if call.is_live}
    items = [words.item_id for both in heard.values() for words in both]
    if not items:
        return {}
    stored = TranscriptTurn.finished(calls=list(heard), items=items)
    return {
        call_id: Said(words.party, words.text, is_now=True)
        for call_id, both in heard.items()
        for words in both  # oldest first: the newest stays
        if (call_id, words.item_id) not in stored
    }


def _said(turn: TranscriptTurn | None) -> Said | None:
    return Said(turn.party, turn.text, is_now=False) if turn is not None else None


def floor() -> dict[str, Any]:
    """The live floor: calls in progress, newest last, and those that ended a moment ago."""
    live = list(_calls().exclude(phase=Phase.CLOSED).order_by("started_at")[:_ON_FLOOR])
    ended = list(_calls().filter(phase=Phase.CLOSED, ended_at__gt=timezone.now() - LINGER).order_by("started_at")[:50])
    rows = _rows(live)
    can_ring = Number.objects.filter(is_active=True).select_related("assistant").order_by("e164")[:20]
    return (
        {
            "needy_rows": [row for row in rows if row["waiting"]],
            "waiting_rows": [row for row in rows if row["wait"] and not row["waiting"]],
            "live_rows": [row for row in rows if not row["waiting"] and not row["wait"]],
            "ended_rows": _rows(ended),
            "numbers": can_ring,
        }
        | counts()
        | people.agents()
    )


def counts() -> dict[str, Any]:
    """The figures at the head of the floor."""
    live = Call.objects.exclude(phase=Phase.CLOSED)
    by_phase = dict(live.order_by().values_list("phase").annotate(n=Count("pk")))
    return {
        "live_count": sum(by_phase.values()),
        "ringing_count": by_phase.get(Phase.RINGING, 0),
        "waiting_count": by_phase.get(Phase.QUEUED, 0),
    }


def call_rows(call_ids: Iterable[int]) -> dict[str, Any]:
    """Some rows of the floor, oldest call first, and the figures at its head."""
    return {"rows": _rows(list(_calls().filter(pk__in=call_ids).order_by("started_at", "pk")))} | counts()


def call_head(call_id: int) -> dict[str, Any] | None:
    """Who is calling whom, in what state, the buttons; and what is known of the call, with all that happened."""
    call = _calls().filter(pk=call_id).first()
    if call is None:
        return None
    recording = Recording.running(call)
    events = timeline.in_order(call)
    return (
        {
            "call": call,
            "recording": recording,
            **whatsapp_standing.of_call(call, now=timezone.now()),
            "tape": _tape(call, recording),
            "secrets": _secrets(call),
            "events": events,
            "watchers": Supervision.now([call]).get(call.pk, []),
            "waiting": [supervisors.waiting(approval) for approval in ToolApproval.open_of([call]).get(call.pk, [])],
            "supervised": call.supervisions.order_by("pk"),
            "figures": figures(call),
            "legs": call.legs.order_by("pk"),
            "consents": call.consents.order_by("pk"),
            "disclosed": disclosed.block(call),
            "is_by_text": any(str(event.data.get("stream_sid", "")).startswith("VX") for event in events),
            "intake": next((event.data.get("why", "") for event in events if event.kind == "call_received"), ""),
            "voicemails": call.voicemails.select_related("recording").order_by("pk"),
            "callbacks": call.callbacks.order_by("pk"),
            "rung": people.ladder(call),
            "collected": call.facts.order_by("pk"),
            "delivery": FactsDelivery.of(call),
            "result": people.result_of_assistant(call),
        }
        | people.strip(call)
        | people.may(call)
    )


def _tape(call: Call, recording: Recording | None) -> dict[str, bool]:
    if recording is None or not call.is_live or recording.status not in LIVE:
        return {"may_pause": False, "may_resume": False, "may_stop": False}
    is_paused = recording.status == RecordingStatus.PAUSED
    pauses = [PauseReason(name) for name in recording.pauses] if is_paused else []
    may_lift = not pauses or any(name in MAY_LIFT[PauseReason.SUPERVISOR] for name in pauses)
    return {
        "may_pause": not is_paused or (bool(pauses) and PauseReason.SUPERVISOR not in pauses),
        "may_resume": is_paused and may_lift,
        "may_stop": True,
    }


def _secrets(call: Call) -> list[SecureField]:
    """What the caller may be sent to key in at this moment."""
    if call.is_test or call.assistant is None or not SecureCapture.may_begin_in(call.phase):
        return []
    return [secret for secret in SecureField.active_of(call.assistant) if settings.PAY_CONNECTOR or not secret.is_card]


def _playable(call_id: int) -> list[Recording]:
    """The recordings that can be played: the carrier's first, in their order."""
    placed = Recording.objects.filter(call_id=call_id, offset_ms__isnull=False).order_by("-source", "offset_ms", "pk")
    return [recording for recording in placed if recording.is_playable]


def _lines(call: Call) -> list[timeline.Moment]:
    turns = call.turns.filter(is_final=True).order_by("started_ms", "pk")
    events = timeline.in_order(call)
    return timeline.moments(
        turns,
        events,
        recordings=_playable(call.pk),
        captures=sealed.blocks(call, events),
        runs=call.tool_runs.all(),
    )


def transcript(call_id: int) -> dict[str, Any]:
    """The turns of a call and what happened between them, each with its place in the recording when there is one."""
    call = Call.objects.filter(pk=call_id).first()
    return {
        "call_id": call_id,
        "lines": [] if call is None else _lines(call),
        "words_unkept": call is not None and not call.are_words_kept,
    }


def words(call_id: int) -> dict[str, Any]:
    """What is being said at this moment."""
    return {"call_id": call_id, "speaking": live_words.both(call_id)}


def floor_words(call_ids: Iterable[int]) -> dict[str, Any]:
    """The words being said at this moment in some calls of the floor; asks no database."""
    heard = [(call_id, live_words.latest(call_id)) for call_id in sorted(call_ids)]
    return {
        "all_said": [
            {"call_id": call_id, "said": Said(words.party, words.text, is_now=True)}
            for call_id, words in heard
            if words is not None
        ]
    }


def recording(call_id: int) -> dict[str, Any] | None:
    """The recording box of a call page."""
    call = _calls().filter(pk=call_id).first()
    if call is None:
        return None
    lines, now = _lines(call), timezone.now()
    return {
        "call": call,
        "tapes": [
            tapes.tape(taped, call=call, lines=lines, now=now) for taped in call.recordings.order_by("-source", "pk")
        ],
    }


def call_page(call_id: int) -> dict[str, Any] | None:
    """A call, whole: head, recording, transcript, events, figures."""
    head, box = call_head(call_id), recording(call_id)
    if head is None or box is None:
        return None
    return head | box | transcript(call_id) | words(call_id)


def figures(call: Call) -> dict[str, Any]:
    """The few numbers that name a fault: how long callers waited for an answer, and what was used."""
    kinds = ("input_text", "input_audio", "cached_text", "cached_audio", "output_text", "output_audio")
    records = list(call.usage.all())
    tokens = {kind: sum(getattr(record, f"{kind}_tokens") for record in records) for kind in kinds}
    waits = sorted(wait for wait in call.turns.values_list("response_ms", flat=True) if wait is not None)
    return {
        "cost": costs.of_call(call),
        "response_median_ms": waits[len(waits) // 2] if waits else None,
        "response_worst_ms": waits[-1] if waits else None,
        "tokens": tokens if any(tokens.values()) else None,
        "tokens_in": tokens["input_text"] + tokens["input_audio"],
        "tokens_cached": tokens["cached_text"] + tokens["cached_audio"],
        "tokens_out": tokens["output_text"] + tokens["output_audio"],
    }
