"""The few queries the rules need, frozen into one value."""

from compliance.models import DialPermit, OutboundSwitch
from compliance.numbers import read_address
from compliance.verdict import DialFacts, DialRequest, DoorFacts


def gather(request: DialRequest, door: DoorFacts) -> DialFacts:
    """What our own books say about this request, beside what the door has read."""
    number = read_address(request.to, region=door.default_region).value
    return DialFacts(
        door=door,
        is_paused=OutboundSwitch.is_paused(),
        has_open_permit=DialPermit.is_open_for(number),
        is_errand_done=DialPermit.is_done(request.errand),
    )
