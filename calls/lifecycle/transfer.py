"""A transfer to a person: what is known of it, and the one step that follows.

Nothing here is moved by the order in which reports arrive. An offer is a set of facts that can only grow, and its
outcome is read off the set; a transfer's next step is read off the call, its open offer and the clock. Whoever drives a
transfer does one step after the other until there is nothing to do but wait, and may be driven at any time, by anybody,
again.
"""

from dataclasses import dataclass
from enum import StrEnum

from calls.lifecycle.leg import LEG_ENDED, LegStatus


class Outcome(StrEnum):
    """What came of ringing somebody, or of a transfer as a whole."""

    NONE = ""
    ACCEPTED = "accepted"
    DECLINED = "declined"
    BUSY = "busy"
    NO_ANSWER = "no_answer"
    VOICEMAIL = "voicemail"  # a machine answered
    FAILED = "failed"
    CALLER_LEFT = "caller_left"
    DROPPED = "dropped"  # accepted, and lost before a word could be said
    WITHDRAWN = "withdrawn"  # we took the offer back
    NOBODY = "nobody"  # of a transfer: everybody was tried, or the wait was too long


# After these the person is taken to be away from the telephone.
MISSED = frozenset({Outcome.NO_ANSWER, Outcome.VOICEMAIL, Outcome.FAILED})
# Who leaves the room so soon after joining was lost; later, the conversation was over.
DROP_MS = 8_000


@dataclass(frozen=True, slots=True)
class OfferFacts:
    """All that is known of ringing one person. Facts are only ever added."""

    leg: LegStatus | None = None  # None: not dialled yet
    was_refused: bool = False  # the door or the carrier would not dial
    is_accepted: bool = False
    is_declined: bool = False
    is_machine: bool = False
    has_joined: bool = False
    stayed_ms: int | None = None  # from joining to leaving; None: has not left
    has_finished: bool = False  # the person said that the call is over
    is_withdrawn: bool = False
    is_late: bool = False  # rung or briefed for longer than allowed


def outcome(facts: OfferFacts) -> Outcome:
    """What came of an offer, as far as is known; NONE while it is open. Accepted offers stay accepted when over."""
    if facts.has_joined:
        if facts.stayed_ms is None or facts.stayed_ms >= DROP_MS or facts.has_finished:
            return Outcome.ACCEPTED
        return Outcome.DROPPED
    if facts.is_declined:
        return Outcome.DECLINED
    if facts.is_machine:
        return Outcome.VOICEMAIL
    if facts.was_refused:
        return Outcome.FAILED
    if facts.leg in LEG_ENDED:
        return _of_ended_leg(facts)
    if facts.is_withdrawn:
        return Outcome.WITHDRAWN
    return Outcome.NO_ANSWER if facts.is_late else Outcome.NONE


def _of_ended_leg(facts: OfferFacts) -> Outcome:
    if facts.is_withdrawn:
        return Outcome.WITHDRAWN
    match facts.leg:
        case LegStatus.BUSY:
            return Outcome.BUSY
        case LegStatus.FAILED:
            return Outcome.FAILED
        case LegStatus.COMPLETED if facts.is_accepted:
            return Outcome.DROPPED
        case LegStatus.COMPLETED:  # answered, and hung up on the brief
            return Outcome.DECLINED
        case _:
            return Outcome.NO_ANSWER


def is_over(facts: OfferFacts) -> bool:
    """True when this person is no part of the call any more."""
    if facts.has_joined:
        return facts.stayed_ms is not None or facts.leg in LEG_ENDED
    return outcome(facts) is not Outcome.NONE


class Step(StrEnum):
    """What follows."""

    WAIT = "wait"
    SEND_CALLER = "send_caller"  # have the carrier park the caller
    MAKE_OFFER = "make_offer"
    CLOSE_OFFER = "close_offer"
    LEAVE_TO_OTHERS = "leave_to_others"  # the person is done, and somebody else is still with the caller
    QUEUE = "queue"  # tell that nobody is free
    CONNECT = "connect"  # caller and person are in one room
    REJOIN = "rejoin"  # the person was lost: look for another
    FINISH = "finish"  # the conversation with the person is over
    GIVE_UP = "give_up"  # nobody comes: do what was agreed for that
    ABANDON = "abandon"  # the caller is gone


@dataclass(frozen=True, slots=True)
class Standing:
    """A transfer at this moment."""

    is_caller_live: bool
    is_caller_sent: bool
    is_caller_in_room: bool
    is_connected: bool  # was, when last looked at
    is_told_to_wait: bool
    offer: OfferFacts | None  # the one that is not closed
    may_offer: bool  # somebody suitable is free
    may_still_wait: bool  # somebody suitable may become free, and there is time
    has_company: bool = False  # somebody beside the person of the offer is in the room with the caller


def next_step(now: Standing) -> Step:
    """The one thing to do next."""
    if not now.is_caller_live:
        return Step.ABANDON
    if now.is_connected:
        return _with_person(now)
    if not now.is_caller_sent:
        return Step.SEND_CALLER
    if now.offer is not None:
        if is_over(now.offer):
            return Step.CLOSE_OFFER
        return Step.CONNECT if now.offer.has_joined and now.is_caller_in_room else Step.WAIT
    if now.may_offer:
        return Step.MAKE_OFFER
    if not now.may_still_wait:
        return Step.GIVE_UP
    return Step.WAIT if now.is_told_to_wait else Step.QUEUE


def _with_person(now: Standing) -> Step:
    if now.offer is None:
        return Step.WAIT if now.has_company else Step.FINISH
    if not is_over(now.offer):
        return Step.WAIT
    if now.has_company:
        return Step.LEAVE_TO_OTHERS
    return Step.REJOIN if outcome(now.offer) is Outcome.DROPPED else Step.FINISH
