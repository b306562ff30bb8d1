"""How a caller's way to a person is said: filters every template has, and the sentences behind them."""

from django import template

from calls.lifecycle.transfer import Outcome
from calls.models import CallEvent

register = template.Library()

OUTCOMES = {
    Outcome.NONE: "under way",
    Outcome.ACCEPTED: "took it",
    Outcome.DECLINED: "declined",
    Outcome.BUSY: "was busy",
    Outcome.NO_ANSWER: "did not answer",
    Outcome.VOICEMAIL: "was not there, a machine answered",
    Outcome.FAILED: "was not reached",
    Outcome.CALLER_LEFT: "was rung, and the caller left",
    Outcome.DROPPED: "was lost on the line",
    Outcome.WITHDRAWN: "was rung, and the offer was taken back",
    Outcome.NOBODY: "nobody came",
}

# What is known of a moment stands in the event's data, by these names.
MOMENTS = {
    "queued": "The caller waits for a person",
    "offered": "{to} is rung",
    "agent_joined": "{who} joined",
    "agent_left": "The person is gone; the caller is still there",
    "given_back": "Given back to the assistant",
    "hold_requested": "Put on hold",
    "held": "Put on hold",
    "unheld": "Taken off hold",
    "capture_began": "Something is keyed in that nobody hears",
    "capture_ended": "Nothing is keyed in any more",
    "voicemail_began": "Sent to leave a message",
    "third_rung": "A third person is rung",
    "barge": "{by} comes into the room: everybody hears them",
    "coach_person": "{by} speaks to the agent alone",
}


@register.filter
def outcome_words(outcome: str) -> str:
    """What came of ringing somebody, after their name."""
    return OUTCOMES[Outcome(outcome)]


@register.filter
def moment_words(event: CallEvent) -> str:
    """A moment on the caller's way to a person and back: `Max declined (busy)`."""
    known = {name: str(value) for name, value in event.data.items()}
    match event.kind:
        case "transfer_requested":
            return _asked(known)
        case "offer_ended":
            why = f" ({known['why'].rstrip('.')})" if known.get("why") not in (None, "", "declined") else ""
            outcome = known.get("outcome", "")
            said = OUTCOMES[Outcome(outcome)] if outcome in set(Outcome) else outcome
            return f"{known.get('who', 'Somebody')} {said}{why}"
    return MOMENTS[event.kind].format_map(_Known(known))


def _asked(known: dict[str, str]) -> str:
    to, by, why = (known.get(name, "") for name in ("to", "by", "why"))
    said = f"Transfer to {to} asked for" if to else "Transfer asked for"
    said += f" by {'the assistant' if by == 'assistant' else by}" if by else ""
    return f"{said}: {why}" if why else said


class _Known(dict[str, str]):
    """What an event tells; what it does not tell is somebody's."""

    def __missing__(self, name: str) -> str:
        return "Somebody"
