"""Callbacks as they come about: asked for in words, by a key, or owed because a fault of ours ended a call.

Whoever asks to be called back agrees to it: what they said or pressed is kept with the words they were asked in, and as
soon as it is, as a consent that the gate knows.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef

from calls.control import callback_consents
from calls.lifecycle import Phase
from calls.lifecycle.callback import CALLBACKS_OPEN, CallbackState, Origin
from calls.models import Call, Callback, CallEvent, ResumeDocument, TranscriptTurn
from compliance import callback_times, local_time
from compliance.callback_times import Due
from compliance.numbers import time_zones_of

SCOPE = "one call back about this matter"
# Raised whenever the words change; kept with every consent.
OFFER_VERSION = "2026-11"
OFFER = (
    "All our colleagues are still busy. Press 1, and we call you back on the number you are calling from. Press 2 to "
    "leave a message. Or stay on the line."
)
OFFER_LANGUAGE = "en-US"
CALL_BACK_KEY, MESSAGE_KEY = "1", "2"
OFFERED = "callback_offered"
_ANSWERED = "callback_offer_answered"
# How much of what the caller said last counts as what they asked in.
_LAST_TURNS = 3
_KNOWN = 2000
# How long ago a call may have been whose caller is owed a callback, or whose words are still to come.
_LOOK_BACK = timedelta(hours=24)


class UnableToCallBack(Exception):
    """There is nobody to call back, or no time to do it; `str()` says why, for a person or a model."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What a caller asked for: `reading` is the time they named, by their own clock; None is as soon as may be."""

    reason: str
    reading: datetime | None = None
    zone: str = ""  # where the caller says they are


def ask(*, call: Call, wish: Wish, now: datetime) -> Callback:
    """The caller asked the assistant to be called back; asked again, the same is changed. Raises UnableToCallBack."""
    due = _due(call, wish, now=now)
    state = CallbackState.ASKED if wish.reading is None else CallbackState.SCHEDULED
    fields = {"due_at": due.at, "zone": due.zone, "doubt": due.doubt, "reason": wish.reason[:500], "state": state}
    evidence = _words(call)
    with transaction.atomic():
        Call.objects.select_for_update().get(pk=call.pk)
        known = call.callbacks.filter(state__in=CALLBACKS_OPEN).exclude(origin=Origin.FAULT).first()
        if known is not None:
            known.change(**fields, **evidence)
            callback_consents.keep(known, now=now)
            call.note("callback_changed", at=now, source="assistant")
            return known
        made = Callback.objects.create(
            call=call,
            customer_e164=call.customer_e164,
            origin=Origin.SPOKEN,
            asked_at=now,
            consent_scope=SCOPE,
            consent_wording="Asked for in conversation with the assistant; the words are in the transcript.",
            consented_at=now,
            **fields,
            **evidence,
        )
        call.note("callback_asked", at=now, source="assistant", key=f"callback:{made.pk}", origin=Origin.SPOKEN)
        callback_consents.keep(made, now=now)
    return made


def _due(call: Call, wish: Wish, *, now: datetime) -> Due:
    if call.is_by_whatsapp:
        raise UnableToCallBack(
            "They are on WhatsApp, and nobody calls them back by telephone. Offer to take a message, or that they call "
            "again; a colleague may ask them in the chat whether they may be called."
        )
    if not call.customer_e164:
        raise UnableToCallBack("The caller's number is not known, so nobody can call back.")
    if wish.zone and not local_time.is_zone(wish.zone):
        raise UnableToCallBack(f"There is no time zone {wish.zone[:60]}. They look like America/New_York.")
    zones = (wish.zone,) if wish.zone else time_zones_of(call.customer_e164)
    if wish.reading is None:
        return callback_times.soonest(zones=zones, now=now)
    due = callback_times.named(wish.reading, zones=zones, now=now)
    if due.at is None:
        raise UnableToCallBack(due.doubt)
    return due


def _words(call: Call, *, until_ms: int | None = None) -> dict[str, object]:
    """What the caller said last, until a moment on the call's clock; nothing, where it is still being written down."""
    spoken = call.turns.filter(party=TranscriptTurn.Party.CUSTOMER, is_final=True).exclude(text="")
    if until_ms is not None:
        spoken = spoken.filter(started_ms__lte=until_ms)
    last = list(reversed(spoken.order_by("-started_ms")[:_LAST_TURNS]))
    if not last:
        return {}
    return {
        "evidence_kind": Callback.Evidence.WORDS,
        "evidence_text": "\n".join(turn.text for turn in last),
        "evidence_at_ms": last[0].started_ms,
    }


def offer(*, call: Call, now: datetime) -> None:
    """The caller is to be offered to be called back; where they are, they stay, unless they press a key.

    You must have the carrier ask what comes next: the next time it does so, the caller is asked for the key.
    """
    call.note(OFFERED, at=now, source="system", wording=OFFER_VERSION)


def is_offered(call: Call) -> bool:
    """True from an offer until it is answered, by a key or by none: asked again, the caller is asked again."""
    answered = call.events.filter(kind=_ANSWERED).count()
    return call.events.filter(kind=OFFERED).count() > answered


def close_offer(*, call: Call, now: datetime) -> None:
    """The caller has answered the newest offer, by a key or by none."""
    offers = call.events.filter(kind=OFFERED).count()
    if offers:
        call.note(_ANSWERED, at=now, source="caller", key=f"{_ANSWERED}:{offers}")


def take_offer(*, call: Call, key: str, now: datetime) -> Callback | None:
    """The caller pressed the key for it; pressed again, or without a number to call, it is one callback or none."""
    if not call.customer_e164 or call.is_by_whatsapp:
        return None
    due = callback_times.soonest(zones=time_zones_of(call.customer_e164), now=now)
    try:
        with transaction.atomic():
            made = Callback.objects.create(
                call=call,
                customer_e164=call.customer_e164,
                origin=Origin.KEY,
                asked_at=now,
                due_at=due.at,
                zone=due.zone,
                doubt=due.doubt,
                reason="Nobody was free to take the call.",
                known=_summary(call),
                consent_scope=SCOPE,
                consent_wording=f"{OFFER} (version {OFFER_VERSION})",
                consented_at=now,
                evidence_kind=Callback.Evidence.KEY,
                evidence_text=key[:10],
                evidence_at_ms=int((now - call.started_at).total_seconds() * 1000),
            )
            call.note("callback_asked", at=now, source="carrier", key=f"callback:{made.pk}", origin=Origin.KEY)
            callback_consents.keep(made, now=now)
    except IntegrityError:
        return call.callbacks.filter(state__in=CALLBACKS_OPEN).exclude(origin=Origin.FAULT).first()
    return made


# --- owed -------------------------------------------------------------------------------------------------------------

_OWED = "callback_owed"


def open_for_faults(*, now: datetime) -> int:
    """Open a callback for every caller whose call a fault ended, once; how many were opened."""
    owed = (
        Call.objects.filter(
            ~Exists(CallEvent.objects.filter(call=OuterRef("pk"), key=_OWED)),
            direction=Call.Direction.INBOUND,
            channel=Call.Channel.TELEPHONE,
            phase=Phase.CLOSED,
            started_at__gt=now - _LOOK_BACK,
        )
        .exclude(failure_class="")
        .exclude(customer_e164="")
    )
    return sum(_open_for_fault(call, now=now) for call in owed.order_by("pk"))


def _open_for_fault(call: Call, *, now: datetime) -> bool:
    """Open one, unless this person is to be called back anyway."""
    due = callback_times.soonest(zones=time_zones_of(call.customer_e164), now=now)
    with transaction.atomic():
        known = Callback.open_for(call.customer_e164)
        if not call.note(_OWED, at=now, source="system", key=_OWED, known_as=None if known is None else known.pk):
            return False
        if known is not None:
            return False
        Callback.objects.create(
            call=call,
            customer_e164=call.customer_e164,
            origin=Origin.FAULT,
            asked_at=now,
            due_at=due.at,
            zone=due.zone,
            doubt=due.doubt,
            known=_summary(call),
        )
    return True


def _summary(call: Call) -> str:
    """What was known of the conversation beyond its last turns, which are in the transcript."""
    document = ResumeDocument.of(call) or {}
    summary = document.get("summary")
    return summary[:_KNOWN] if isinstance(summary, str) else ""


def complete_evidence(*, now: datetime) -> int:
    """Keep the words of callers who asked before their words were written down; how many."""
    waiting = Callback.objects.select_related("call").filter(
        origin=Origin.SPOKEN, evidence_kind=Callback.Evidence.NONE, asked_at__gt=now - _LOOK_BACK
    )
    found = 0
    for callback in waiting:
        words = _words(callback.call, until_ms=_asked_ms(callback))
        if words:
            with transaction.atomic():
                callback.change(**words)
                callback_consents.keep(callback, now=now)
            found += 1
    return found


def _asked_ms(callback: Callback) -> int:
    """When on the call's clock the assistant noted it: as the conversation has it, else as the clock on the wall."""
    call = callback.call
    noted = (
        call.events.filter(kind="tool_called", data__name="callback", at_ms__isnull=False).order_by("-at_ms").first()
    )
    on_wall = int((callback.asked_at - call.started_at).total_seconds() * 1000)
    return on_wall if noted is None or noted.at_ms is None else noted.at_ms
