"""After the call: what it was worth, in the words of the business, and the person's note."""

from datetime import datetime

from agents import presence
from agents.models import Disposition
from calls.models import Offer


class UnableToWrapUp(Exception):
    """The note cannot be kept; `str()` says why, for a person."""


def finish(*, offer: Offer, disposition: str, note: str, now: datetime) -> None:
    """Keep the result and the note; the person is free again. Raises UnableToWrapUp."""
    known = Disposition.objects.filter(code=disposition, is_active=True).first()
    if known is None and Disposition.objects.filter(is_active=True).exists():
        raise UnableToWrapUp("Choose what the call was about.")
    if offer.joined_at is None:
        raise UnableToWrapUp("You have not had this call.")
    offer.wrap_up(disposition=known.code if known else "", note=note.strip()[:4000], now=now)
    offer.transfer.call.note(
        "wrapped_up",
        at=now,
        source="agent",
        key=f"wrapped_up:{offer.pk}",
        by=str(offer.agent),
        disposition=known.name if known else "",
    )
    if offer.agent_id is not None:
        presence.end_wrap_up(offer.agent_id, now=now)
