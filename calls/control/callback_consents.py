"""What a callback is as a consent: whoever asks to be called back agrees to one call about that matter, on that number.

The evidence is their own words or their key, kept outside the model; without it there is no consent, whatever an
assistant says it heard.
"""

from datetime import datetime

from calls.models import Call, Callback
from compliance.models import ConsentRecord
from compliance.verdict import Purpose

PURPOSE = Purpose.INFORMATIONAL
_METHODS = {
    Callback.Evidence.WORDS.value: "Asked for on a call, in their own words.",
    Callback.Evidence.KEY.value: "Asked for on a call, by a key they pressed.",
}


def seller_of(call: Call) -> str:
    """On whose behalf they are called back: the business they had called; where nobody named it, by its number."""
    assistants = (call.assistant, call.number.assistant if call.number else None)
    named = next((one.business_name for one in assistants if one is not None and one.business_name), "")
    return named or call.our_address


def topic_of(callback: Callback) -> str:
    """The matter: this callback and no other call."""
    return f"callback:{callback.pk}"


def keep(callback: Callback, *, now: datetime) -> ConsentRecord | None:
    """Keep the consent, once, as soon as there is something that proves it; None where there is nothing new to keep."""
    topic = topic_of(callback)
    if callback.evidence_kind not in _METHODS or callback.consented_at is None:
        return None
    if ConsentRecord.objects.filter(number=callback.customer_e164, topic=topic).exists():
        return None
    is_key = callback.evidence_kind == Callback.Evidence.KEY
    return ConsentRecord.record(
        number=callback.customer_e164,
        kind=ConsentRecord.Kind.EXPRESS if is_key else ConsentRecord.Kind.ORAL,
        by="system",
        now=now,
        channels=["voice"],
        sellers=[seller_of(callback.call)],
        purposes=[PURPOSE.value],
        topic=topic,
        captured_at=callback.consented_at,
        zone="UTC",
        signature=callback.evidence_text[:200],
        text=callback.consent_wording,
        method=_METHODS[callback.evidence_kind],
        source=f"call:{callback.call_id}",
        subject_ref=f"call:{callback.call_id}",
    )
