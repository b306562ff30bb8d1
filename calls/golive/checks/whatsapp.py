"""WhatsApp senders: do their calls reach us, and may we call? What only their owner can see is said as a hint."""

from collections.abc import Iterator

from calls.golive.findings import Finding, Severity
from calls.golive.snapshot import Snapshot, read
from calls.golive.whatsapp_readiness import Level, Whose

_DO = {
    Whose.OURS: "manage.py whatsapp set_up {number}",
    Whose.ADMIN: "In the admin: WhatsApp senders, templates, agents.",
    Whose.OWNER: "Whoever owns the Meta account: the WhatsApp Manager, or Twilio's console.",
    Whose.NOBODY: "There is nothing to be done about it; switch the sender off if it is not to be.",
}


def senders(snapshot: Snapshot) -> Iterator[Finding]:
    """Everything that is not good about a sender."""
    for sender in read(snapshot.senders, ()):
        for one in sender.found:
            if one.level is not Level.GOOD:
                is_problem = one.level is Level.PROBLEM
                yield Finding(
                    f"whatsapp.{one.code}:{sender.e164}",
                    Severity.BLOCKER if is_problem else Severity.HINT,
                    f"WhatsApp {sender.e164}",
                    one.what,
                    "WhatsApp and Twilio let a sender be called, and call, only when all of this is so.",
                    "They cannot call by WhatsApp." if is_problem else "Nothing, as far as can be seen from here.",
                    by_hand=_DO[one.whose].format(number=sender.e164),
                )
