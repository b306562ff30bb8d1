"""A call's phase: what the customer is living through.

Facts move it, never wishes: a button that asks for a hang-up records that it was asked; the phase moves when the leg
has ended. That somebody *decided* where the customer goes next (to a person, into a capture, back to the assistant) is
a fact as well: from then on the address that the carrier asks for what comes next answers accordingly.

Only the end of the customer's leg closes a call, from every phase. A stream that is heard of late moves nothing once
the customer is on the way to somebody else.
"""

from enum import StrEnum


class Phase(StrEnum):
    """What the customer is living through right now."""

    RINGING = "ringing"
    WITH_ASSISTANT = "with_assistant"
    TRANSFERRING = "transferring"  # parked while a person is rung, briefed and joined
    QUEUED = "queued"  # parked, and nobody is free yet
    WITH_AGENT = "with_agent"
    ON_HOLD = "on_hold"
    CAPTURING = "capturing"  # keys go from the customer to the carrier and nobody else
    VOICEMAIL = "voicemail"
    CLOSED = "closed"


# In these the customer sits in the call's conference.
IN_ROOM = frozenset({Phase.TRANSFERRING, Phase.QUEUED, Phase.WITH_AGENT, Phase.ON_HOLD})


class CallFact(StrEnum):
    """Something that happened to a call and may move its phase. Stored as a call event of the same name."""

    CALL_RECEIVED = "call_received"
    CALL_ADOPTED = "call_adopted"  # first heard of by a callback, because our own answer had failed
    NOT_DIALLED = "not_dialled"  # a call of ours was begun, and nobody was rung
    STREAM_OPENED = "stream_opened"
    STREAM_CLOSED = "stream_closed"
    RESUMED = "resumed"  # the stream was lost and the conversation is taken up by another process
    TRANSFER_REQUESTED = "transfer_requested"
    QUEUED = "queued"  # nobody is free: the caller waits
    OFFERED = "offered"  # a person is rung
    AGENT_JOINED = "agent_joined"  # the customer and a person are in one room
    AGENT_LEFT = "agent_left"  # the person is gone and the customer is not
    GIVEN_BACK = "given_back"  # to the assistant
    HOLD_REQUESTED = "hold_requested"  # of a caller who talks to the assistant
    HELD = "held"
    UNHELD = "unheld"
    CAPTURE_BEGAN = "capture_began"
    CAPTURE_ENDED = "capture_ended"  # the customer goes back to the person they were with
    VOICEMAIL_BEGAN = "voicemail_began"
    VOICEMAIL_LEFT = "voicemail_left"  # there is a message on the tape
    RECORDING_REFUSED = "recording_refused"
    HANG_UP_REQUESTED = "hang_up_requested"
    HANG_UP_ACCEPTED = "hang_up_accepted"
    FALLBACK_DIALLED = "fallback_dialled"
    APOLOGISED = "apologised"
    LEG_ENDED = "leg_ended"
    OUTGOING_SETTLED = "outgoing_settled"  # what came of a call that we placed


CALL_MOVES: dict[tuple[Phase, CallFact], Phase] = {
    (Phase.RINGING, CallFact.NOT_DIALLED): Phase.CLOSED,
    (Phase.RINGING, CallFact.STREAM_OPENED): Phase.WITH_ASSISTANT,
    (Phase.RINGING, CallFact.AGENT_JOINED): Phase.WITH_AGENT,  # a call that one of us has placed
    (Phase.RINGING, CallFact.TRANSFER_REQUESTED): Phase.TRANSFERRING,
    (Phase.RINGING, CallFact.VOICEMAIL_BEGAN): Phase.VOICEMAIL,
    (Phase.RINGING, CallFact.FALLBACK_DIALLED): Phase.TRANSFERRING,
    (Phase.WITH_ASSISTANT, CallFact.TRANSFER_REQUESTED): Phase.TRANSFERRING,
    (Phase.WITH_ASSISTANT, CallFact.HOLD_REQUESTED): Phase.ON_HOLD,
    (Phase.WITH_ASSISTANT, CallFact.CAPTURE_BEGAN): Phase.CAPTURING,
    (Phase.WITH_ASSISTANT, CallFact.VOICEMAIL_BEGAN): Phase.VOICEMAIL,
    (Phase.WITH_ASSISTANT, CallFact.FALLBACK_DIALLED): Phase.TRANSFERRING,
    (Phase.TRANSFERRING, CallFact.QUEUED): Phase.QUEUED,
    (Phase.TRANSFERRING, CallFact.AGENT_JOINED): Phase.WITH_AGENT,
    (Phase.TRANSFERRING, CallFact.GIVEN_BACK): Phase.WITH_ASSISTANT,
    (Phase.TRANSFERRING, CallFact.VOICEMAIL_BEGAN): Phase.VOICEMAIL,
    (Phase.QUEUED, CallFact.OFFERED): Phase.TRANSFERRING,
    (Phase.QUEUED, CallFact.AGENT_JOINED): Phase.WITH_AGENT,
    (Phase.QUEUED, CallFact.GIVEN_BACK): Phase.WITH_ASSISTANT,
    (Phase.QUEUED, CallFact.VOICEMAIL_BEGAN): Phase.VOICEMAIL,
    (Phase.WITH_AGENT, CallFact.HELD): Phase.ON_HOLD,
    (Phase.WITH_AGENT, CallFact.AGENT_LEFT): Phase.TRANSFERRING,
    (Phase.WITH_AGENT, CallFact.TRANSFER_REQUESTED): Phase.TRANSFERRING,
    (Phase.WITH_AGENT, CallFact.GIVEN_BACK): Phase.WITH_ASSISTANT,
    (Phase.WITH_AGENT, CallFact.CAPTURE_BEGAN): Phase.CAPTURING,
    (Phase.WITH_AGENT, CallFact.VOICEMAIL_BEGAN): Phase.VOICEMAIL,
    (Phase.ON_HOLD, CallFact.UNHELD): Phase.WITH_AGENT,
    (Phase.ON_HOLD, CallFact.AGENT_JOINED): Phase.WITH_AGENT,
    (Phase.ON_HOLD, CallFact.AGENT_LEFT): Phase.TRANSFERRING,
    (Phase.ON_HOLD, CallFact.TRANSFER_REQUESTED): Phase.TRANSFERRING,
    (Phase.ON_HOLD, CallFact.GIVEN_BACK): Phase.WITH_ASSISTANT,
    (Phase.CAPTURING, CallFact.CAPTURE_ENDED): Phase.WITH_AGENT,
    (Phase.CAPTURING, CallFact.GIVEN_BACK): Phase.WITH_ASSISTANT,
    (Phase.CAPTURING, CallFact.TRANSFER_REQUESTED): Phase.TRANSFERRING,
    (Phase.CAPTURING, CallFact.AGENT_LEFT): Phase.TRANSFERRING,
    (Phase.CAPTURING, CallFact.FALLBACK_DIALLED): Phase.TRANSFERRING,
} | {(phase, CallFact.LEG_ENDED): Phase.CLOSED for phase in Phase if phase is not Phase.CLOSED}


def phase_after(phase: Phase, fact: CallFact) -> Phase:
    """The call's phase once `fact` is known; the same phase when the fact does not move it."""
    return CALL_MOVES.get((phase, fact), phase)
