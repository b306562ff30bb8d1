"""How what supervisors do is said to people: filters every template has."""

from django import template

from calls.models import CallEvent

register = template.Library()

DECISIONS = {
    "approved": "approved",
    "edited": "approved with changes",
    "refused": "refused",
    "expired": "not decided in time, so not done",
}

# Who can hear whom is a part of it.
MODES = {
    "watching": "watches",
    "listening": "listens, unheard",
    "coaching": "speaks to the agent alone",
    "barging": "speaks to both",
    "taking_over": "takes over",
}


@register.filter
def decision_words(event: CallEvent) -> str:
    """What became of a tool that had to be approved: `end_call refused by sam@example.com`."""
    tool, decision, by = (str(event.data.get(name, "")) for name in ("tool", "decision", "by"))
    if not decision:
        return f"{tool} waits for a supervisor"
    said = DECISIONS.get(decision, decision)
    return f"{tool} {said} by {by}" if by else f"{tool} {said}"


@register.filter
def mode_words(mode: str) -> str:
    """What a person does at a call, with who can hear them."""
    return MODES.get(mode, mode)
