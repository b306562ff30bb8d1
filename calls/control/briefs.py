"""What a person is told of a caller before they speak with them: on the screen, and by voice."""

from typing import Any

from calls.models import Call, CallEvent, CollectedFact, Offer, TranscriptTurn
from compliance.redaction import mask_address

_LAST_WORDS = 6
_MOST_FACTS = 16
_SPOKEN_FACTS = 4
_LONGEST = 600
_SPOKEN = 700


def of(call: Call, *, added: dict[str, Any]) -> dict[str, Any]:
    """The brief of a call as it is now: what the asker said of it, and the last words spoken."""
    turns = list(TranscriptTurn.objects.filter(call=call).exclude(text="").order_by("-started_ms", "-pk")[:_LAST_WORDS])
    return {
        "summary": _text(added.get("summary")),
        "promised": _text(added.get("promised")),
        "facts": [_text(fact) for fact in (*known(call), *added.get("facts", [])) if _text(fact)][:_MOST_FACTS],
        "last_words": [{"party": turn.party, "text": turn.text[-_LONGEST:]} for turn in reversed(turns)],
    }


def known(call: Call) -> list[str]:
    """What the assistant has found out and noted, a line each."""
    return [*CollectedFact.lines_of(call), *(f"Note: {text}" for text in notes(call))]


def notes(call: Call) -> list[str]:
    """What the assistant has written down for colleagues, oldest first."""
    noted = CallEvent.objects.filter(call=call, kind="note_taken").order_by("pk").values_list("data__text", flat=True)
    return [text for text in noted if text]


def spoken(offer: Offer) -> str:
    """The brief as a person hears it who is rung: who calls, why, what was done and promised."""
    transfer = offer.transfer
    call, brief = transfer.call, transfer.brief
    business = call.assistant.business_name if call.assistant else "us"
    parts = [f"A call for you from {business}.", f"The caller's number is {_heard(call.customer_address)}."]
    if call.is_test:
        parts = [f"A test call from {business}: a colleague tries out the assistant."]
    if transfer.reason:
        parts.append(f"Reason: {_sentence(transfer.reason)}")
    if facts := brief.get("facts"):
        parts.append(f"Known: {_sentence('; '.join(facts[:_SPOKEN_FACTS]))}")
    if brief.get("summary"):
        parts.append(_sentence(brief["summary"]))
    if brief.get("promised"):
        parts.append(f"Promised: {_sentence(brief['promised'])}")
    if not transfer.reason and not brief.get("summary") and (words := _last_said(brief)):
        parts.append(f"The caller said last: {_sentence(words)}")
    return " ".join(parts)[:_SPOKEN]


def _heard(address: str) -> str:
    digits = [sign for sign in mask_address(address) if sign.isdigit()]
    return f"ends with {' '.join(digits[-4:])}" if digits else "withheld"


def _last_said(brief: dict[str, Any]) -> str:
    said = [turn["text"] for turn in brief.get("last_words", []) if turn.get("party") == "customer"]
    return said[-1][-200:] if said else ""


def _sentence(text: str) -> str:
    text = " ".join(str(text).split())[:300]
    return text if text.endswith((".", "!", "?")) else f"{text}."


def _text(value: Any) -> str:
    return " ".join(value.split())[:_LONGEST] if isinstance(value, str) else ""
