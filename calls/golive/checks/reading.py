"""What could not be read at all."""

from collections.abc import Iterator

from calls.golive.findings import Finding, Severity
from calls.golive.snapshot import Snapshot, Unread

# What is read -> its name for people, and what is not known without it.
_PARTS = {
    "numbers": ("the numbers", "whether calls to them reach us"),
    "caller_ids": ("the verified caller ids", "whether our numbers may be shown to people we call"),
    "countries": ("the voice permissions", "whether calls to the countries of our campaigns go out"),
    "services": ("the messaging services", "whether a written STOP reaches us"),
    "workflows": ("the TaskRouter workflows", "whether callers can be handed over to one"),
    "alerts": ("the errors of the last day", "what went wrong lately"),
    "has_media_password": ("the recordings", "whether their sound is given to anybody who has the address"),
    "senders": ("the WhatsApp senders", "whether calls by WhatsApp reach us"),
    "webhooks": ("OpenAI's webhooks", "whether we are told of SIP calls"),
}


def unread(snapshot: Snapshot) -> Iterator[Finding]:
    """Each part that was not given to us, or did not come."""
    # Both are found by themselves, and explain the rest.
    is_key_refused = isinstance(snapshot.numbers, Unread) and snapshot.numbers.is_refused
    is_carrier_away = is_key_refused or isinstance(snapshot.account, Unread)
    for part, (name, unknown) in _PARTS.items():
        value = getattr(snapshot, part)
        if isinstance(value, Unread) and (part == "webhooks" or not is_carrier_away):
            yield Finding(
                key=f"unread:{part}",
                severity=Severity.SERIOUS,
                about="Reading",
                said=f"Could not read {name}: {value.why}.",
                why=f"It is not known {unknown}.",
                caller="Unknown, until it can be read.",
                by_hand="Let the key that reads have the right to, or look in the vendor's console."
                if value.is_refused
                else "Check again in a minute.",
            )
