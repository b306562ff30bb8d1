"""How messages and callbacks are told to people: filters every template has, and the words behind them."""

from datetime import datetime

from django import template
from django.contrib.auth.models import User

from calls.lifecycle.callback import CallbackState, Origin
from compliance import local_time
from contactcenter.dashboard import colleagues

register = template.Library()

CALLBACK_STATES = {
    CallbackState.ASKED: "As soon as possible",
    CallbackState.SCHEDULED: "At an agreed time",
    CallbackState.DONE: "Done",
    CallbackState.REFUSED: "Not wanted any more",
    CallbackState.CANCELLED: "Cancelled",
}

CALLBACK_ORIGINS = {
    Origin.SPOKEN: "Asked the assistant",
    Origin.KEY: "Pressed the key for it",
    Origin.FAULT: "A fault ended the call",
}


@register.filter
def callback_words(state: str) -> str:
    """Where a callback stands."""
    return CALLBACK_STATES[CallbackState(state)]


@register.filter
def origin_words(origin: str) -> str:
    """Why there is a callback."""
    return CALLBACK_ORIGINS[Origin(origin)]


@register.filter
def there(at: datetime | None, zone: str) -> str:
    """A moment as the clock of a person shows it; empty where either is not known."""
    known = local_time.zone_named(zone) if zone else None
    return "" if at is None or known is None else f"{local_time.reading(at, known):%a %-d %b %H:%M}"


@register.filter
def person(user: User) -> str:
    """Somebody who signs in, by name."""
    return colleagues.name_of(user)
