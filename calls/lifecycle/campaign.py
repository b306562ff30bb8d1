"""A campaign, one of its contacts, and one attempt to reach them: three small machines.

A campaign moves when somebody decides it, or when there is nobody left to ring. A contact moves by what came of its
attempts. An attempt is opened before the gate is asked, and settled once, by the first fact that says what came of it.
"""

from enum import StrEnum


class CampaignState(StrEnum):
    """Where a campaign stands."""

    DRAFT = "draft"
    WAITING = "waiting"  # for a second person's approval
    APPROVED = "approved"  # begins at its time
    RUNNING = "running"
    PAUSED = "paused"
    STOPPED = "stopped"  # for good
    FINISHED = "finished"  # nobody is left to ring


class CampaignFact(StrEnum):
    """Something that was decided about a campaign, or found."""

    SUBMITTED = "submitted"
    SENT_BACK = "sent_back"
    APPROVED = "approved"
    CHANGED = "changed"  # what was approved is not what stands there now
    STARTED = "started"
    PAUSED = "paused"
    RESUMED = "resumed"
    STOPPED = "stopped"
    RAN_OUT = "ran_out"
    REFILLED = "refilled"  # contacts were added, or put back


_C, _F = CampaignState, CampaignFact
CAMPAIGN_MOVES: dict[tuple[CampaignState, CampaignFact], CampaignState] = {
    (_C.DRAFT, _F.SUBMITTED): _C.WAITING,
    (_C.WAITING, _F.SENT_BACK): _C.DRAFT,
    (_C.WAITING, _F.CHANGED): _C.DRAFT,
    (_C.WAITING, _F.APPROVED): _C.APPROVED,
    (_C.APPROVED, _F.CHANGED): _C.DRAFT,
    (_C.APPROVED, _F.SENT_BACK): _C.DRAFT,
    (_C.APPROVED, _F.STARTED): _C.RUNNING,
    (_C.RUNNING, _F.PAUSED): _C.PAUSED,
    (_C.RUNNING, _F.RAN_OUT): _C.FINISHED,
    (_C.PAUSED, _F.RESUMED): _C.RUNNING,
    (_C.FINISHED, _F.REFILLED): _C.PAUSED,
} | {
    (state, _F.STOPPED): _C.STOPPED for state in (_C.DRAFT, _C.WAITING, _C.APPROVED, _C.RUNNING, _C.PAUSED, _C.FINISHED)
}


def campaign_after(state: CampaignState, fact: CampaignFact) -> CampaignState:
    """Where a campaign stands once `fact` is known; where it stood when the fact does not move it."""
    return CAMPAIGN_MOVES.get((state, fact), state)


class ContactState(StrEnum):
    """Where a contact of a campaign stands."""

    DUE = "due"  # may be tried from `due_at` on
    CLAIMED = "claimed"  # a worker is about to ask the gate
    DIALLED = "dialled"  # a call is out, or may be
    REACHED = "reached"  # spoken to, or a message was left where that is enough
    REFUSED = "refused"  # the law says no
    GIVEN_UP = "given_up"  # tried as often as may be
    STOPPED = "stopped"  # the campaign was, or they asked not to be called


CONTACT_OPEN = (ContactState.DUE, ContactState.CLAIMED, ContactState.DIALLED)


class AttemptOutcome(StrEnum):
    """What came of an attempt: the telephony's word, never the business result."""

    OPEN = "open"
    HUMAN = "human"  # a person answered and was talked to
    ABANDONED = "abandoned"  # a person answered and heard nothing of us in time
    MACHINE_MESSAGE = "machine_message"  # a message was left
    MACHINE_HUNG_UP = "machine_hung_up"
    NO_ANSWER = "no-answer"
    BUSY = "busy"
    FAILED = "failed"  # the carrier could not
    CANCELED = "canceled"
    OPTED_OUT = "opted_out"
    REFUSED = "refused"  # by the gate, for good
    DEFERRED = "deferred"  # by the gate, for now: no attempt in the sense of the law
    NOT_DIALLED = "not_dialled"  # permitted, and nothing left the building


# No carrier was asked, or it did not take the call.
NEVER_RANG = frozenset({AttemptOutcome.REFUSED, AttemptOutcome.DEFERRED, AttemptOutcome.NOT_DIALLED})
# A person answered: what the share of abandoned calls is counted of (47 CFR 64.1200(a)(7)).
ANSWERED_LIVE = frozenset({AttemptOutcome.HUMAN, AttemptOutcome.ABANDONED, AttemptOutcome.OPTED_OUT})

# Facts come late, twice and in any order: the one that says more stays. A machine that was a person after all is one;
# who heard nothing in time has been abandoned, whatever came after; who asked not to be called is not called.
_SAYS = {
    AttemptOutcome.OPEN: 0,
    AttemptOutcome.REFUSED: 1,
    AttemptOutcome.DEFERRED: 1,
    AttemptOutcome.NOT_DIALLED: 1,
    AttemptOutcome.CANCELED: 2,
    AttemptOutcome.FAILED: 2,
    AttemptOutcome.BUSY: 2,
    AttemptOutcome.NO_ANSWER: 2,
    AttemptOutcome.MACHINE_HUNG_UP: 3,
    AttemptOutcome.MACHINE_MESSAGE: 4,
    AttemptOutcome.HUMAN: 5,
    AttemptOutcome.ABANDONED: 6,
    AttemptOutcome.OPTED_OUT: 7,
}


def outcome_after(known: AttemptOutcome, reported: AttemptOutcome) -> AttemptOutcome:
    """What came of an attempt once `reported` is known too; a tie keeps what is known."""
    return reported if _SAYS[reported] > _SAYS[known] else known


def has_rung(outcome: AttemptOutcome) -> bool:
    """True for an attempt that the carrier took: it counts as one."""
    return outcome is not AttemptOutcome.OPEN and outcome not in NEVER_RANG
