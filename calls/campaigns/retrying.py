"""When somebody is tried again. Pure.

A campaign says for each outcome after how many minutes: one figure for every try, or one for each. An outcome that it
does not name is not tried again; nor is anybody more often than the campaign allows.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from calls.lifecycle.campaign import NEVER_RANG, AttemptOutcome, ContactState

# What may be tried again, as far as a campaign says so.
MAY_RETRY = (
    AttemptOutcome.BUSY,
    AttemptOutcome.NO_ANSWER,
    AttemptOutcome.MACHINE_HUNG_UP,
    AttemptOutcome.FAILED,
    AttemptOutcome.CANCELED,
)
LONGEST_WAIT = timedelta(days=30)
# Permitted, and nothing left the building, or the carrier did not want it now: no attempt at all.
SOON = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Next:
    """Where a contact goes after an attempt; `wait` is how long until it is due again."""

    state: ContactState
    wait: timedelta = timedelta(0)


_OVER = {
    AttemptOutcome.HUMAN: ContactState.REACHED,
    AttemptOutcome.MACHINE_MESSAGE: ContactState.REACHED,
    AttemptOutcome.ABANDONED: ContactState.GIVEN_UP,
    AttemptOutcome.OPTED_OUT: ContactState.STOPPED,
    AttemptOutcome.REFUSED: ContactState.REFUSED,
}


def next_of(
    outcome: AttemptOutcome, *, attempts_made: int, max_attempts: int, retries: Mapping[str, Any], is_stopped: bool
) -> Next:
    """What follows for the contact once this came of an attempt, the last of `attempts_made` that rang."""
    if outcome in _OVER:
        return Next(_OVER[outcome])
    if is_stopped:
        return Next(ContactState.STOPPED)
    if outcome in NEVER_RANG:
        return Next(ContactState.DUE, SOON)
    wait = wait_after(outcome, tries=attempts_made, retries=retries)
    if wait is None or attempts_made >= max_attempts:
        return Next(ContactState.GIVEN_UP)
    return Next(ContactState.DUE, wait)


def wait_after(outcome: AttemptOutcome, *, tries: int, retries: Mapping[str, Any]) -> timedelta | None:
    """How long to wait after this outcome of the so manieth try; None: no further try."""
    minutes = retries.get(outcome.value)
    if isinstance(minutes, list):
        minutes = minutes[tries - 1] if 0 < tries <= len(minutes) else None
    if isinstance(minutes, bool) or not isinstance(minutes, int | float) or minutes < 0:
        return None
    return min(timedelta(minutes=minutes), LONGEST_WAIT)


def problems(retries: object) -> list[str]:
    """What is wrong with a campaign's rule, as sentences."""
    if not isinstance(retries, dict):
        return ["The rule for further tries names minutes by outcome."]
    known = {outcome.value for outcome in MAY_RETRY}
    found = [f"“{str(name)[:40]}” is not an outcome that is tried again." for name in retries if name not in known]
    for name, minutes in retries.items():
        each = minutes if isinstance(minutes, list) else [minutes]
        if any(isinstance(m, bool) or not isinstance(m, int | float) or m < 0 for m in each):
            found.append(f"The wait after “{str(name)[:40]}” is not a number of minutes.")
        elif any(timedelta(minutes=m) > LONGEST_WAIT for m in each):
            found.append(f"The wait after “{str(name)[:40]}” is longer than {LONGEST_WAIT.days} days.")
    return found
