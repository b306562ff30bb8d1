"""How campaigns, contacts and attempts are told to people: filters every template has, and the words behind them."""

from decimal import Decimal
from typing import Any

from django import template

from calls.campaigns.dry_run import HOURS, HOURS_SENTENCE
from calls.lifecycle.campaign import AttemptOutcome, CampaignState, ContactState
from calls.models import CampaignEvent
from compliance.verdict import SENTENCES, Code, Outcome, Refusal

register = template.Library()

CAMPAIGN_STATES = {
    CampaignState.DRAFT: "Draft",
    CampaignState.WAITING: "Waiting for approval",
    CampaignState.APPROVED: "Approved",
    CampaignState.RUNNING: "Running",
    CampaignState.PAUSED: "Paused",
    CampaignState.STOPPED: "Stopped",
    CampaignState.FINISHED: "Finished",
}

CONTACT_STATES = {
    ContactState.DUE: "Waiting",
    ContactState.CLAIMED: "About to be dialled",
    ContactState.DIALLED: "On the line",
    ContactState.REACHED: "Reached",
    ContactState.REFUSED: "Never: the rules say no",
    ContactState.GIVEN_UP: "Given up",
    ContactState.STOPPED: "Never: stopped",
}

OUTCOMES = {
    AttemptOutcome.OPEN: "under way",
    AttemptOutcome.HUMAN: "answered, talked to",
    AttemptOutcome.ABANDONED: "answered, heard us too late",
    AttemptOutcome.MACHINE_MESSAGE: "machine, message left",
    AttemptOutcome.MACHINE_HUNG_UP: "machine, hung up",
    AttemptOutcome.NO_ANSWER: "no answer",
    AttemptOutcome.BUSY: "busy",
    AttemptOutcome.FAILED: "not connected",
    AttemptOutcome.CANCELED: "cancelled",
    AttemptOutcome.OPTED_OUT: "asked not to be called",
    AttemptOutcome.REFUSED: "refused by the rules",
    AttemptOutcome.DEFERRED: "put off by the rules",
    AttemptOutcome.NOT_DIALLED: "not dialled",
}

PURPOSES = {
    "telemarketing": "sales call",
    "informational": "service call",
    "healthcare": "healthcare call",
    "emergency": "emergency call",
    "staff": "call to our own people",
    "transfer": "transfer outside",
}

# What campaigns may be for.
CAMPAIGN_PURPOSES = ("telemarketing", "informational", "healthcare")

VOICES = {
    "ai": "the assistant speaks",
    "human_manual": "a person dials and speaks",
    "human_dialer": "we dial, a person speaks",
}

# The gate's own reasons, and the campaign's hours, which narrow them.
REASONS = {code.value: sentence for code, sentence in SENTENCES.items()} | {HOURS: HOURS_SENTENCE}
KNOWN_CODES = frozenset(REASONS)
# What can be done about a reason: it passes by itself, somebody can put it right, or nobody is to try again.
WAIT, FIX, NEVER = "wait", "fix", "never"
_NEVER = frozenset(
    {
        *("NUMBER_TYPE_BLOCKED", "COUNTRY_NOT_ALLOWED", "PROTECTED_LINE", "INTERNAL_DNC", "CONSENT_REVOKED"),
        *("NATIONAL_DNC", "NUMBER_REASSIGNED", "CHANNEL_UNSUPPORTED", "ALREADY_DIALLED"),
    }
)
# Put off, and no clock alone changes it.
_FIX = frozenset(
    {
        *("KILL_SWITCH", "CLOCK_DOUBTFUL", "STATE_DISABLED", "DNC_SCRUB_STALE", "RND_CHECK_REQUIRED"),
        *("ZONE_UNKNOWN", "CAMPAIGN_ABANDON_RATE"),
    }
)

FIELDS = {
    "name": "Name",
    "purpose": "Purpose",
    "topic": "Topic",
    "seller": "Seller",
    "assistant": "Assistant",
    "voice": "Who speaks",
    "queue": "Queue",
    "numbers": "Numbers to show",
    "starts_at": "Begins",
    "ends_at": "Ends",
    "window_from": "Not before",
    "window_to": "Not after",
    "weekdays": "Weekdays",
    "pacing": "Pacing",
    "calls_per_second": "Calls per second",
    "max_concurrent": "Calls at the same time",
    "ring_s": "Ring for, in seconds",
    "max_attempts": "Tries",
    "retries": "Tried again after",
    "voicemail": "When a machine answers",
    "voicemail_words": "Words of the message",
    "abandoned_goal_pct": "Abandoned at most",
}

EVENTS = {
    "drafted": "Written",
    "submitted": "Submitted for approval",
    "sent_back": "Sent back",
    "approved": "Approved",
    "changed": "Changed",
    "started": "Started",
    "paused": "Paused",
    "resumed": "Resumed",
    "stopped": "Stopped",
    "ran_out": "Nobody is left to ring",
    "refilled": "Contacts added",
    "imported": "Contacts imported",
}


@register.filter
def campaign_words(state: str) -> str:
    """Where a campaign stands."""
    return CAMPAIGN_STATES[CampaignState(state)]


@register.filter
def contact_words(state: str) -> str:
    """Where a contact stands."""
    return CONTACT_STATES[ContactState(state)]


@register.filter
def attempt_words(outcome: str) -> str:
    """What came of an attempt."""
    return OUTCOMES[AttemptOutcome(outcome)]


@register.filter
def purpose_words(purpose: str) -> str:
    """What a call is for."""
    return PURPOSES.get(purpose, purpose)


@register.filter
def voice_words(voice: str) -> str:
    """Who speaks on it."""
    return VOICES.get(voice, voice)


@register.filter
def code_words(code: str) -> str:
    """A reason of the gate, as a sentence; a code that is not known any more as it stands."""
    return REASONS.get(code, code)


@register.filter
def code_kind(code: str) -> str:
    """What can be done about a reason: wait, fix, never."""
    if code in _NEVER:
        return NEVER
    if code == HOURS:
        return WAIT
    if code in _FIX or code not in Code.__members__:
        return FIX
    return WAIT if Refusal(Code(code), "").outcome is Outcome.DEFER else FIX


@register.filter
def happening(event: CampaignEvent) -> str:
    """What happened to a campaign."""
    return EVENTS.get(event.kind, event.kind.replace("_", " ").capitalize())


@register.filter
def happening_details(event: CampaignEvent) -> str:
    """What is known of it beyond its kind."""
    return ", ".join(_detail(name, value) for name, value in event.detail.items() if value not in ("", None, [], {}))


def _detail(name: str, value: Any) -> str:
    if name == "fields" and isinstance(value, dict):
        return "; ".join(f"{FIELDS.get(field, field)}: {' → '.join(map(str, pair))}" for field, pair in value.items())
    said = ", ".join(str(part) for part in value) if isinstance(value, list) else str(value)
    return said if name == "why" else f"{name.replace('_', ' ')}: {said}"


WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


@register.filter
def weekday_words(days: list[int]) -> str:
    """Days of the week, as people say them."""
    if not days:
        return "every day the law allows"
    return ", ".join(WEEKDAYS[day] for day in sorted(days) if 0 <= day < len(WEEKDAYS))


@register.filter
def percentage(value: float | None) -> str:
    """A share of a hundred as `31 %`; a dash while nobody can say."""
    if value is None:
        return "–"
    return f"{value:.1f} %" if 0 < value < 10 else f"{value:.0f} %"


@register.filter
def money(amount: Decimal, currency: str) -> str:
    """An amount as `$12.34`, or `12.34 EUR`; of less than a unit also the tenths of cents, which is what lines cost."""
    said = f"{amount:,.2f}" if abs(amount) >= 1 else f"{amount:.3f}"
    return f"${said}" if currency == "USD" else f"{said} {currency}"
