"""Is a WhatsApp sender ready for calls: what is found, in words, and who can do something about it.

Sources: https://www.twilio.com/docs/voice/whatsapp-business-calling, /docs/whatsapp/api/senders.
"""

import re
from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """How much a finding matters."""

    GOOD = "good"
    WARNING = "warning"  # calls work, something else does not
    PROBLEM = "problem"  # calls do not work


class Whose(StrEnum):
    """Who can put it right."""

    NOBODY = ""  # there is nothing to put right, or nothing anybody could do
    OURS = "ours"  # `manage.py whatsapp set_up` does it
    ADMIN = "admin"  # somebody in the admin
    OWNER = "owner"  # only whoever owns the Meta account, or Twilio's console


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at. `code` names it; `what` is a sentence for a person."""

    code: str
    level: Level
    what: str
    whose: Whose = Whose.NOBODY


@dataclass(frozen=True, slots=True)
class Seen:
    """A sender as we and the carrier have it. `application_differs`: settings that do not point at us; None: it is
    not there, or was not asked. `approved`: languages of approved permission requests.
    """

    e164: str
    is_on: bool
    country: str
    status: str
    application_sid: str
    known_application_sid: str
    application_differs: tuple[str, ...] | None
    callback_url: str
    wanted_callback: str
    messaging_limit: str
    quality: str
    offline_reasons: tuple[str, ...]
    is_number_active: bool
    has_seat: bool
    has_fallback: bool
    is_in_region: bool  # no TWILIO_REGION is set
    barred_senders: frozenset[str]
    barred_everywhere: frozenset[str]
    least_messaging_limit: int
    approved: tuple[str, ...]


# What no API of Twilio's shows and only the owner of the Meta account can look up or change.
OWNER_ONLY = (
    Finding("verified", Level.WARNING, "Whether the business is verified, only its owner can see.", Whose.OWNER),
    Finding(
        "display_name", Level.WARNING, "Whether the display name is approved, only its owner can see.", Whose.OWNER
    ),
    Finding(
        "calling_setting",
        Level.WARNING,
        "Calls, call hours and whether a call of theirs allows one of ours are switched in the WhatsApp Manager.",
        Whose.OWNER,
    ),
)


def findings(seen: Seen) -> list[Finding]:
    """Everything worth saying about a sender, problems first."""
    found = [*_at_carrier(seen), *_calls_in(seen), *_calls_out(seen), *OWNER_ONLY]
    order = [Level.PROBLEM, Level.WARNING, Level.GOOD]
    return sorted(found, key=lambda one: order.index(one.level))


def _at_carrier(seen: Seen) -> list[Finding]:
    if not seen.status:
        return [Finding("sender", Level.PROBLEM, "This Twilio account has no such sender.", Whose.OWNER)]
    if not seen.status.startswith("ONLINE"):
        why = "; ".join(seen.offline_reasons) or "no reason is given"
        return [Finding("sender", Level.PROBLEM, f"The sender is {seen.status}: {why}.", Whose.OWNER)]
    return [Finding("sender", Level.GOOD, f"The sender is {seen.status}.")]


def _calls_in(seen: Seen) -> list[Finding]:
    found = []
    if not seen.is_on:
        found.append(Finding("switch", Level.WARNING, "The sender is switched off for calls here.", Whose.ADMIN))
    if not seen.application_sid:
        what = "No voice application is set on the sender: callers reach nobody (error 37009)."
        found.append(Finding("application", Level.PROBLEM if seen.is_on else Level.GOOD, what, Whose.OURS))
    elif not seen.is_on:
        what = "It is switched off here, and Twilio still sends its calls to us."
        found.append(Finding("application", Level.WARNING, what, Whose.OURS))
    elif seen.known_application_sid != seen.application_sid:
        what = "Another voice application answers this sender than the one we have set up."
        found.append(Finding("application", Level.PROBLEM, what, Whose.OURS))
    elif seen.application_differs is None:
        what = "The sender's voice application is not to be found."
        found.append(Finding("application", Level.PROBLEM, what, Whose.OURS))
    elif seen.application_differs:
        what = f"The voice application does not point at us: {', '.join(seen.application_differs)}."
        found.append(Finding("application", Level.PROBLEM, what, Whose.OURS))
    else:
        found.append(Finding("application", Level.GOOD, "Its calls are announced to us."))
    if not seen.is_number_active:
        what = "The number is not in service here: callers hear so."
        found.append(Finding("number", Level.PROBLEM, what, Whose.ADMIN))
    if not seen.has_seat:
        what = "Everybody who takes calls is rung at a telephone number: no WhatsApp caller can reach a person."
        found.append(Finding("seats", Level.WARNING, what, Whose.ADMIN))
    if not seen.has_fallback:
        what = "WHATSAPP_FALLBACK is not set: when our own answer fails, callers hear an apology."
        found.append(Finding("fallback", Level.WARNING, what, Whose.ADMIN))
    return found


def _calls_out(seen: Seen) -> list[Finding]:
    found = []
    if seen.country in seen.barred_senders | seen.barred_everywhere:
        what = f"WhatsApp lets nobody place calls from a number of {seen.country}: calls that come in work."
        found.append(Finding("country", Level.WARNING, what))
    elif not seen.country:
        what = "Nobody can say to which country the sender belongs, so it places no calls: set its country."
        found.append(Finding("country", Level.WARNING, what, Whose.ADMIN))
    if not seen.is_in_region:
        what = "A TWILIO_REGION is set: not every region of Twilio's has WhatsApp calls (error 37001)."
        found.append(Finding("region", Level.WARNING, what, Whose.ADMIN))
    limit = users_a_day(seen.messaging_limit)
    if limit is None:
        what = "The messaging limit of the sender is not known: look it up in the WhatsApp Manager."
        found.append(Finding("messaging_limit", Level.WARNING, what, Whose.OWNER))
    elif limit < seen.least_messaging_limit:
        what = (
            f"The messaging limit is {limit} users a day; calls need {seen.least_messaging_limit}, or 1000 by another "
            "page of Twilio's."
        )
        found.append(Finding("messaging_limit", Level.WARNING, what, Whose.OWNER))
    else:
        found.append(Finding("messaging_limit", Level.GOOD, "The messaging limit is high enough."))
    if seen.quality.upper() in ("LOW", "RED"):
        what = "The quality rating is low: WhatsApp may lower its limits."
        found.append(Finding("quality", Level.WARNING, what, Whose.OWNER))
    if seen.callback_url != seen.wanted_callback:
        what = "Messages to the sender are not announced to us: no answer to a permission request arrives."
        found.append(Finding("messages", Level.PROBLEM, what, Whose.OURS))
    if not seen.approved:
        what = "No permission request is approved: people can be asked only within 24 hours of writing to us."
        found.append(Finding("template", Level.WARNING, what, Whose.ADMIN))
    else:
        found.append(Finding("template", Level.GOOD, f"Permission is asked for in: {', '.join(seen.approved)}."))
    return found


def users_a_day(limit: str) -> int | None:
    """Meta's words for a messaging limit as a number: `2K Customers/24hr`, `TIER_10K`, `UNLIMITED`; None: unknown."""
    if "UNLIMITED" in limit.upper():
        return 10**9
    match = re.search(r"(\d+)\s*(K?)", limit.upper())
    return None if match is None else int(match[1]) * (1000 if match[2] else 1)
