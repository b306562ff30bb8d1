"""Calls that we place: where they may go, whose number they show, and where callers are handed over to."""

from collections.abc import Iterator

from calls.golive.checks.numbers import ours_there
from calls.golive.findings import Change, Finding, Severity
from calls.golive.snapshot import Snapshot, Unread, read


def countries(snapshot: Snapshot) -> Iterator[Finding]:
    """Calls to the countries we call are allowed."""
    for country in read(snapshot.countries, ()):
        if not country.is_open:
            yield Finding(
                f"country:{country.iso}",
                Severity.BLOCKER,
                country.name or country.iso,
                f"Twilio does not call ordinary numbers of {country.name or country.iso}.",
                "The settings here allow calls to it (DIAL_REGIONS); Twilio refuses each with 21215.",
                "Nobody there is rung, customers and colleagues alike.",
                changes=(
                    Change(
                        "country", country.iso, country.name or country.iso, "low_risk_numbers_enabled", "false", "true"
                    ),
                ),
            )


def caller_ids(snapshot: Snapshot) -> Iterator[Finding]:
    """A number that is not in the account is at least verified, or calls cannot show it."""
    if isinstance(snapshot.caller_ids, Unread) or isinstance(snapshot.numbers, Unread):
        return
    owned = {number.e164 for number in ours_there(snapshot)}
    for number in snapshot.ours.numbers:
        if not number.is_sender and number.e164 not in owned and number.e164 not in snapshot.caller_ids:
            yield Finding(
                f"caller_id:{number.e164}",
                Severity.SERIOUS,
                number.e164,
                "It is neither in the account nor a verified caller id.",
                "Twilio places no call that shows a number whose owner it does not know (21210).",
                "Nobody is rung from this number.",
                by_hand="Console, Phone numbers, Verified caller IDs: add it.",
            )


def workflow(snapshot: Snapshot) -> Iterator[Finding]:
    """The workflow that callers are handed over to is there."""
    wants = snapshot.ours.workflow_sid
    if wants and isinstance(snapshot.workflows, frozenset) and wants not in snapshot.workflows:
        yield Finding(
            "workflow",
            Severity.SERIOUS,
            "TaskRouter",
            f"The workflow {wants} is not in this account.",
            "Callers that are handed over to TaskRouter are put into its line.",
            "They hear that nobody can take the call.",
            by_hand="Correct TASKROUTER_WORKFLOW_SID, or clear it.",
        )


def fallback_number(snapshot: Snapshot) -> Iterator[Finding]:
    """There is somebody to fall back to, and it is not ourselves."""
    number = snapshot.ours.fallback_number
    if not number:
        yield Finding(
            "fallback.none",
            Severity.HINT,
            "Fallback",
            "No fallback number is set.",
            "When our stores are away, callers can be connected to a person without them.",
            "On a bad day they hear an apology, and the call ends.",
            by_hand="Set FALLBACK_NUMBER to a telephone that somebody answers.",
        )
    elif number in {ours.e164 for ours in snapshot.ours.numbers}:
        yield Finding(
            "fallback.loop",
            Severity.SERIOUS,
            "Fallback",
            f"The fallback number {number} is one of ours.",
            "It is dialled when we cannot answer, and leads back to us.",
            "On a bad day they go round in circles.",
            by_hand="Set FALLBACK_NUMBER to a telephone outside.",
        )
