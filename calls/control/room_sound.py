"""Hearing a call that is with people: the carrier copies both sides of the customer's leg to us while somebody listens.

The assistant's bridge has a call's sound anyway; the carrier's room has it not, and is asked for it. The copy ends when
its socket is closed: who takes it does so once nobody listens any more.
"""

import secrets
from datetime import datetime

import structlog
from django.core import signing

from calls.carrier import listening
from calls.carrier.errors import CarrierError
from calls.control.bridges import Place
from calls.lifecycle import IN_ROOM
from calls.models import Call, RoomSound

_SALT = "room sound ticket"

log = structlog.get_logger(__name__)


def ask(*, call: Call, now: datetime, is_lost: bool = False) -> None:
    """Have the carrier copy the call's sound, if the caller is with people and it does not already. Never raises.

    `is_lost`: nothing comes of the copy there is, if there is one.
    """
    leg = call.customer_leg()
    if call.phase not in IN_ROOM or leg is None:
        return
    if is_lost:
        RoomSound.give_up(call=call, now=now)
    asked = RoomSound.ask(call=call, nonce=secrets.token_urlsafe(24), now=now)
    if asked is None:
        return
    try:
        asked.named(listening.start(leg.leg_sid, ticket=signing.dumps(asked.nonce, salt=_SALT)))
    except CarrierError as error:
        log.warning("call not copied", call=call.pk, error=str(error))
        asked.close(now=now)


def hush(*, call: Call, now: datetime) -> None:
    """What comes now is for nobody's ears: end the copy before it begins. Raises CarrierError when it goes on."""
    copy, leg = RoomSound.of(call), call.customer_leg()
    if copy is None or leg is None:
        return
    try:
        if copy.stream_sid:
            listening.stop(leg.leg_sid, copy.stream_sid)
    except CarrierError as error:
        if not error.is_permanent:  # else it has ended already
            raise
    copy.close(now=now)


def holding(call: Call) -> Place | None:
    """Who takes the copy of a call's sound; None when nobody does."""
    copy = RoomSound.of(call)
    return None if copy is None or copy.opened_at is None else Place(copy.bridge)


def open_ticket(ticket: str) -> str:
    """The nonce of a ticket we signed; empty when we did not."""
    try:
        nonce = signing.loads(ticket, salt=_SALT, max_age=600)
    except signing.BadSignature:
        return ""
    return nonce if isinstance(nonce, str) else ""
