"""Every check, in the order in which their findings are shown within one severity."""

from collections.abc import Callable, Iterable

from calls.golive.checks import account, model, numbers, outgoing, reach, reading, whatsapp
from calls.golive.findings import Finding, Severity
from calls.golive.snapshot import Snapshot

Check = Callable[[Snapshot], Iterable[Finding]]

CHECKS: tuple[Check, ...] = (
    reading.unread,
    account.token,
    account.api_key,
    account.status,
    account.trial,
    account.balance,
    account.clock,
    reach.address,
    reach.connection,
    reach.certificate,
    reach.signature,
    reach.socket,
    numbers.missing,
    numbers.voice,
    numbers.taken_elsewhere,
    numbers.methods,
    numbers.fallback,
    numbers.status,
    numbers.messages,
    numbers.message_services,
    numbers.overrides,
    numbers.region,
    whatsapp.senders,
    outgoing.countries,
    outgoing.caller_ids,
    outgoing.workflow,
    outgoing.fallback_number,
    account.recordings,
    account.errors_told,
    account.recent_errors,
    model.key,
    model.models,
    model.webhook,
    model.limits,
)
_ORDER = list(Severity)


def examine(snapshot: Snapshot, checks: Iterable[Check] = CHECKS) -> list[Finding]:
    """Everything that is not as it must be, the worst first."""
    found = [finding for check in checks for finding in check(snapshot)]
    return sorted(found, key=lambda finding: _ORDER.index(finding.severity))
