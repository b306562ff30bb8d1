"""The carrier's account: may it work at all, can we trust its signatures and clock, and does it tell us of errors."""

from collections.abc import Iterator

from calls.golive import error_words
from calls.golive.findings import Finding, Severity
from calls.golive.snapshot import AccountThere, Snapshot, Unread, read

_LOW = 10.0
_SKEW_S, _MUCH_SKEW_S = 2.0, 30.0
_ABOUT = "Twilio account"


def token(snapshot: Snapshot) -> Iterator[Finding]:
    """The account can be asked with the token that signs its requests to us."""
    if not snapshot.ours.account_sid or not snapshot.ours.has_auth_token:
        yield Finding(
            "account.missing",
            Severity.BLOCKER,
            _ABOUT,
            "No Twilio account is configured, or its auth token is missing.",
            "Without the account nothing can be read, and without the token no request of Twilio's can be told from a "
            "forged one.",
            "Every call is refused.",
            by_hand="Set TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN and start again.",
        )
    elif isinstance(snapshot.account, Unread):
        is_refused = snapshot.account.is_refused
        yield Finding(
            "account.token" if is_refused else "account.unreachable",
            Severity.BLOCKER,
            _ABOUT,
            "Twilio does not take the auth token."
            if is_refused
            else f"Twilio could not be asked: {snapshot.account.why}.",
            "The same token proves that a request comes from Twilio: with a wrong one we refuse Twilio itself."
            if is_refused
            else "What cannot be asked cannot be compared.",
            "Callers hear an error of the network and the call ends." if is_refused else "Unknown.",
            by_hand="Copy the primary auth token from the console into TWILIO_AUTH_TOKEN and start again."
            if is_refused
            else "Look at status.twilio.com, and whether this machine may reach the internet.",
        )


def api_key(snapshot: Snapshot) -> Iterator[Finding]:
    """The key that controls calls is taken, and there is one where browsers need it."""
    is_refused = isinstance(snapshot.numbers, Unread) and snapshot.numbers.is_refused
    if is_refused and isinstance(snapshot.account, AccountThere):
        yield Finding(
            "account.api_key",
            Severity.BLOCKER,
            _ABOUT,
            "Twilio does not take the API key.",
            "Calls are hung up, transferred and placed with it.",
            "They can talk to the assistant, and to nobody else.",
            by_hand="Make a new standard key in the console and set TWILIO_API_KEY and TWILIO_API_SECRET.",
        )
    elif snapshot.ours.browser_seats and not snapshot.ours.has_api_key:
        yield Finding(
            "account.no_api_key",
            Severity.SERIOUS,
            _ABOUT,
            f"Colleagues who take calls in their browser: {snapshot.ours.browser_seats}; and there is no API key.",
            "A browser's softphone signs in with a token that only an API key can make.",
            "They wait in line although somebody is at the desk.",
            by_hand="Make a standard key in the console and set TWILIO_API_KEY and TWILIO_API_SECRET.",
        )


def status(snapshot: Snapshot) -> Iterator[Finding]:
    """The account is active."""
    account = snapshot.account
    if isinstance(account, AccountThere) and account.status != "active":
        yield Finding(
            "account.status",
            Severity.BLOCKER,
            _ABOUT,
            f"The account is {account.status}.",
            "Twilio neither announces calls nor places any for it.",
            "Callers hear that the number is not in service.",
            by_hand="Open the console: it says why, most often an unpaid bill or a question of Twilio's.",
        )


def trial(snapshot: Snapshot) -> Iterator[Finding]:
    """The account is not on trial."""
    account = snapshot.account
    if isinstance(account, AccountThere) and account.kind.lower() == "trial":
        yield Finding(
            "account.trial",
            Severity.SERIOUS,
            _ABOUT,
            "The account is a trial account.",
            "Only verified numbers can be called, calls are cut off after ten minutes, and Twilio speaks first.",
            "Whoever calls hears an advertisement before our opening words.",
            by_hand="Upgrade the account in the console.",
        )


def balance(snapshot: Snapshot) -> Iterator[Finding]:
    """There is money on it."""
    account = snapshot.account
    if isinstance(account, AccountThere) and account.balance is not None and account.balance < _LOW:
        is_empty = account.balance <= 0
        yield Finding(
            "account.balance",
            Severity.BLOCKER if is_empty else Severity.SERIOUS,
            _ABOUT,
            f"The balance is {account.balance:.2f} {account.currency}.".replace(" .", "."),
            "At zero Twilio suspends the account, numbers and all.",
            "Callers hear that the number is not in service." if is_empty else "Nothing yet.",
            by_hand="Add money in the console, and switch auto-recharge on.",
        )


def clock(snapshot: Snapshot) -> Iterator[Finding]:
    """Our clock is the carrier's."""
    ahead_s = snapshot.clock_ahead_s
    if isinstance(ahead_s, Unread) or abs(ahead_s) <= _SKEW_S:
        return
    way = "ahead of" if ahead_s > 0 else "behind"
    yield Finding(
        "clock",
        Severity.BLOCKER if abs(ahead_s) > _MUCH_SKEW_S else Severity.SERIOUS,
        "Clock",
        f"This machine's clock is {abs(ahead_s):.0f} s {way} Twilio's.",
        "Tickets of a minute, the model's signatures of five, and the hours in which people may be called go by it.",
        "Outgoing calls stop, and with a larger error incoming ones lose their assistant.",
        by_hand="Let the machine keep its time by NTP.",
    )


def recordings(snapshot: Snapshot) -> Iterator[Finding]:
    """A recording's sound is given to nobody without a password."""
    if snapshot.has_media_password is False:
        yield Finding(
            "account.media",
            Severity.SERIOUS,
            "Recordings",
            "Twilio gives recordings to anybody who has their address, without a password.",
            "An address that leaks out of a log is then the recording itself.",
            "Their words may be heard by strangers.",
            by_hand="Console, Voice, Settings, General: enforce HTTP authentication on media URLs.",
        )


def errors_told(snapshot: Snapshot) -> Iterator[Finding]:
    """The carrier tells us of its errors."""
    if read(snapshot.alerts, ()) and not snapshot.ours.hears_errors:
        yield Finding(
            "account.debugger",
            Severity.HINT,
            "Errors",
            "Twilio had errors in the last day and told us of none by itself.",
            "We read its list of them every half minute; told by itself, an alarm comes at once.",
            "Nothing.",
            by_hand=f"Console, Monitor, Error logs, webhook: {snapshot.ours.public_url}/twilio/debugger/ by POST.",
        )


def recent_errors(snapshot: Snapshot) -> Iterator[Finding]:
    """What the carrier noted as errors in the last day."""
    for alert in read(snapshot.alerts, ()):
        words = error_words.of(alert.code)
        times = "once" if alert.count == 1 else f"{alert.count} times"
        yield Finding(
            f"alert:{alert.code}",
            Severity.HINT,
            "Errors",
            f"Twilio noted error {alert.code} {times} in the last day, last at {alert.last_at:%H:%M} UTC: {words.said}",
            "An error in the last day is the likeliest one of the next.",
            words.caller,
            by_hand=words.do,
        )
