"""The browser softphone: the key it signs in with, and letting a person who decided on the screen into the room.

Two ways lead to a seat in the browser, and the answer names which: the carrier's own SDK, or a plain socket that speaks
mu-law frames (the address comes from the settings). The key is the same: an access token that the carrier checks.

Source: https://www.twilio.com/docs/iam/access-tokens.
"""

from typing import Any

import structlog
from django.conf import settings

from agents.models import Agent
from calls.carrier import rest, tokens
from calls.carrier.errors import CarrierError
from calls.control import page_lines
from calls.lifecycle import LEG_ENDED
from calls.models import Call, Offer

log = structlog.get_logger(__name__)


class NoSoftphone(Exception):
    """This agent has no softphone here; `str()` says why, for a person."""


def key_for(agent: Agent) -> dict[str, Any]:
    """What the browser needs to be reached: adapter, address, token, identity. Raises NoSoftphone."""
    if agent.seat != Agent.Seat.BROWSER:
        where = agent.phone_e164 or agent.sip_address
        raise NoSoftphone(f"Your calls ring at {where}.")
    return _key(agent.identity)


def key_for_page(call: Call) -> dict[str, Any]:
    """The same for the page of a test call, which is rung when somebody is put through. Raises NoSoftphone.

    You must give it to the person who holds the call, and to nobody else.
    """
    if why := page_lines.why_nobody(call):
        raise NoSoftphone(why)
    return _key(page_lines.identity_of(call))


def _key(identity: str) -> dict[str, Any]:
    try:
        token = tokens.softphone_token(identity)
    except CarrierError as error:
        raise NoSoftphone(f"No softphone: {error}.") from error
    if settings.SOFTPHONE_SOCKET_URL:
        return {"adapter": "socket", "url": settings.SOFTPHONE_SOCKET_URL, "token": token, "identity": identity}
    return {"adapter": "twilio", "token": token, "identity": identity, "edge": settings.TWILIO_EDGE}


def let_in(offer: Offer) -> None:
    """A person who is being briefed has decided on the screen: what they hear next is answered by that."""
    if offer.leg is None or offer.answered_at is None or offer.leg_status in LEG_ENDED:
        return
    try:
        rest.redirect(offer.leg.leg_sid, f"/twilio/offer/{offer.ref}/")
    except CarrierError as error:
        log.warning("person not let in at once", offer=offer.pk, error=str(error))


def let_go(offer: Offer) -> None:
    """The person has said that the call is over: their line is."""
    if offer.leg is None or offer.leg_status in LEG_ENDED:
        return
    try:
        rest.end_leg(offer.leg.leg_sid, is_answered=offer.answered_at is not None)
    except CarrierError as error:
        log.warning("person's leg not released", offer=offer.pk, error=str(error))
