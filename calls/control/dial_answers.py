"""What the door answers when nobody is rung: the gate's refusal, or what kept the carrier from ringing."""

from datetime import datetime

import structlog
from django.db import DatabaseError

from calls import metrics
from calls.carrier.errors import CarrierError
from compliance import whatsapp_permission
from compliance.models import DialPermit
from compliance.verdict import Code, Outcome, Refusal

log = structlog.get_logger(__name__)
# What the carrier says of a number it will not ring: https://www.twilio.com/docs/api/errors.
_CARRIERS_REASONS = {
    21211: "The telephone network says that this is no number.",
    21214: "The telephone network cannot reach this number.",
    21215: "The telephone network's account may not call this country.",
    21216: "The telephone network's account may not call this number.",
    21217: "The telephone network says that this is no number.",
    21210: "The telephone network does not let us show our number.",
    21212: "The telephone network does not let us show our number.",
    37000: "They have not allowed us to call them by WhatsApp, or do not allow it any more.",
    37001: "WhatsApp calls cannot go out in the region of our Twilio account.",
    37004: "WhatsApp allows no more calls from this number at the moment. Try again in an hour.",
    37008: "The number shown is no WhatsApp sender of our Twilio account.",
    20429: "The telephone network is asked too often at the moment. Try again in a few seconds.",
}
# Said of the number alone: no other time and no other campaign changes that.
_OF_THIS_NUMBER = frozenset({21211, 21214, 21215, 21216, 21217})


class Refused(Exception):
    """The gate said no, or not now; `str()` is the first reason's sentence, for a person."""

    def __init__(self, reasons: tuple[Refusal, ...], *, until: datetime | None = None) -> None:
        super().__init__(reasons[0].sentence)
        self.reasons = reasons
        self.until = until

    @property
    def code(self) -> Code:
        """The first reason."""
        return self.reasons[0].code

    @property
    def is_deferred(self) -> bool:
        """True when it may be allowed later, without anybody changing what is asked."""
        return self.reasons[0].outcome is Outcome.DEFER


class UnableToDial(Exception):
    """It was permitted and did not come about; `str()` says why, for a person.

    `may_ring`: the carrier may have begun to ring all the same. What became of it is found out within a minute; until
    then nobody dials that number again, and you must not take it for over. `is_permanent`: the carrier was asked, and
    will not ring this number however often it is asked.
    """

    def __init__(self, sentence: str, *, may_ring: bool, is_permanent: bool = False) -> None:
        super().__init__(sentence)
        self.may_ring = may_ring
        self.is_permanent = is_permanent


def of_carrier(error: CarrierError) -> UnableToDial:
    """What the carrier's failure means for whoever wanted to dial."""
    if error.may_be_done:
        return UnableToDial("The telephone network did not answer. It may ring all the same.", may_ring=True)
    sentence = _CARRIERS_REASONS.get(error.code, "The telephone network did not take the call. Try again.")
    return UnableToDial(sentence, may_ring=False, is_permanent=error.code in _OF_THIS_NUMBER)


def failed(permit: DialPermit, error: CarrierError, *, now: datetime) -> UnableToDial:
    """The carrier did not dial: the permit knows, and whoever wanted it is told so."""
    metrics.DIALS.labels("unknown" if error.may_be_done else "refused").inc()
    log.warning("the carrier did not dial", permit=permit.pk, may_ring=error.may_be_done, error=str(error))
    try:
        if error.may_be_done:
            permit.lose(str(error))
        else:
            permit.void(str(error))
            whatsapp_permission.not_placed(permit, code=error.code, now=now)
    except DatabaseError:  # it stays as it was sent, and is found out about like one whose process died
        log.error("what became of a permit could not be written", permit=permit.pk)
    return of_carrier(error)
