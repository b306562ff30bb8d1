"""A campaign at work: an attempt goes through the door once, and what comes of it moves the contact.

The order in which things are written down is what keeps anybody from being rung twice: the attempt is opened with the
claim; one worker takes it to the door; the permit is spent, the call begun and the contact marked in one transaction;
only then is the carrier asked. Whatever dies in between is found in the database by `calls.campaigns.recovery`.
"""

from datetime import datetime, timedelta
from functools import partial

import structlog
from django.db import transaction

from calls.campaigns import claiming, retrying
from calls.control import dialing, outgoing
from calls.control.dialled import Settled
from calls.lifecycle.campaign import AttemptOutcome, CampaignState, ContactState
from calls.models import Call, Campaign, CampaignPace, Contact, ContactAttempt, Number
from compliance.models import DialDecision, DialPermit
from compliance.verdict import Code, Purpose, Voice

# 47 CFR 64.1200(a)(7): two seconds from the end of their greeting to our first word.
ABANDONED_AFTER_MS = 2000
# No clock alone lifts these: they are asked about again, each time after twice as long.
ASK_AGAIN, _DOUBLED_AT_MOST = timedelta(minutes=5), 5
# They keep the whole campaign from ringing, not one contact.
_OF_ALL = frozenset({"KILL_SWITCH", "BUDGET_SPENT", "CLOCK_DOUBTFUL", "CAMPAIGN_ABANDON_RATE", "NO_CAPACITY"})
_HOLD = timedelta(seconds=30)
_CARRIER = "CARRIER_BUSY"
_NOBODY_SPEAKS = "NO_ASSISTANT"

log = structlog.get_logger(__name__)


def tick(*, campaign_id: int, now: datetime) -> list[int]:
    """Ring whoever is to be rung now, one after the other; the attempts that were made for it."""
    attempts = claiming.claim(campaign_id=campaign_id, now=now)
    for attempt_id in attempts:
        ring(attempt_id=attempt_id, now=now)
    return attempts


def ring(*, attempt_id: int, now: datetime) -> None:
    """Take an attempt through the door; told twice, the second does nothing."""
    if not ContactAttempt.begin(attempt_id, now=now):
        return
    attempt = ContactAttempt.objects.select_related("contact__campaign__assistant", "contact__campaign__queue").get(
        pk=attempt_id
    )
    contact, campaign = attempt.contact, attempt.contact.campaign
    pool = list(campaign.numbers.order_by("e164"))
    number = shown_to(contact.number, pool)
    free = claiming.agents_free(campaign)
    try:
        dialing.dial_out(
            to=contact.number,
            purpose=Purpose(campaign.purpose),
            voice=Voice(campaign.voice),
            seller=campaign.seller,
            topic=campaign.topic,
            caller_id=number.e164 if number else "",
            subject=subject_of(contact),
            errand=attempt.errand,
            prepare=partial(_begin, attempt_id=attempt_id, campaign=campaign, number=number, now=now),
            campaign=campaign,
            has_room=(free is None or free > 0)
            and outgoing.may_speak(assistant=campaign.assistant, voice=Voice(campaign.voice)),
            machine_detection=campaign.voice == Voice.AI,
            leaves_message=campaign.voicemail == Campaign.Voicemail.LEAVE,
            ring_s=campaign.ring_s,
            by=campaign.state_by_ref or claiming.SYSTEM,
            now=now,
        )
    except dialing.Refused as refused:
        _refused(attempt, refused, now=now)
    except dialing.UnableToDial as problem:
        _not_placed(attempt, problem, now=now)


def subject_of(contact: Contact) -> str:
    """How compliance refers to a contact."""
    return f"contact:{contact.pk}"


def shown_to(e164: str, pool: list[Number]) -> Number | None:
    """The number of the pool that this person is shown, always the same: nobody is rung from ever new numbers."""
    return pool[int(e164.lstrip("+") or 0) % len(pool)] if pool else None


def _begin(
    permit: DialPermit, *, attempt_id: int, campaign: Campaign, number: Number | None, now: datetime
) -> Call | None:
    """In the transaction that spends the permit: the call, unless the campaign or the attempt is not open any more."""
    if number is None or not campaign.is_kept_running():
        return None
    attempt = ContactAttempt.still_open(attempt_id)
    if attempt is None or not attempt.contact.dialled():
        return None
    try:
        call = outgoing.begin(
            to=permit.number,
            number=number,
            assistant=campaign.assistant,
            errand=outgoing.errand_of(campaign),
            permit=permit,
            by=f"campaign:{campaign.pk}",
            now=now,
        )
    except outgoing.UnableToBegin as problem:
        raise dialing.UnableToDial(str(problem), may_ring=False) from problem
    attempt.spend(permit, call=call)
    return call


def _refused(attempt: ContactAttempt, refused: dialing.Refused, *, now: datetime) -> None:
    """The gate said no, or not now: the one closes the contact, the other puts it off and counts as no attempt."""
    subject = subject_of(attempt.contact)
    decisions = DialDecision.objects.filter(subject_ref=subject, errand_ref=attempt.errand)
    attempt.decided(decisions.order_by("-pk").first())
    code = refused.code.value
    is_for_now = refused.is_deferred or refused.code is Code.UNDECIDED
    wait = _HOLD if code in _OF_ALL else ASK_AGAIN * 2 ** min(attempt.slot - 1, _DOUBLED_AT_MOST)
    # What holds the campaign may be lifted by a person long before its own time is over.
    again_at = now + wait if code in _OF_ALL else refused.until or now + wait
    outcome = AttemptOutcome.DEFERRED if is_for_now else AttemptOutcome.REFUSED
    with transaction.atomic():
        settled = attempt.settle(outcome, code=code, only_without_permit=True, now=now)
        if not settled.is_news:
            return
        if is_for_now:
            _put_back(attempt, at=max(again_at, now), outcome=outcome, code=code, now=now)
        else:
            attempt.contact.close(ContactState.REFUSED, outcome=outcome, code=code, now=now)
    if code in _OF_ALL:
        CampaignPace.hold(attempt.contact.campaign, code=code, until=now + _HOLD)


def _not_placed(attempt: ContactAttempt, problem: dialing.UnableToDial, *, now: datetime) -> None:
    """It was permitted, and the carrier was not asked or did not take it; or nobody knows yet."""
    if problem.may_ring:
        return  # found out by its permit: until then nobody rings this number
    attempt.refresh_from_db()
    if attempt.permit_id is None:
        nothing_left(attempt, why=str(problem), now=now)
        if isinstance(problem.__cause__, outgoing.UnableToBegin):
            CampaignPace.hold(attempt.contact.campaign, code=_NOBODY_SPEAKS, until=now + _HOLD)
        return
    if problem.is_permanent:
        record_outcome(attempt=attempt, outcome=AttemptOutcome.FAILED, now=now, code="CARRIER_REFUSED")
    else:
        nothing_left(attempt, why=str(problem), code=_CARRIER, now=now)
        CampaignPace.hold(attempt.contact.campaign, code=_CARRIER, until=now + _HOLD)
    if attempt.call is not None:
        outgoing.came_to_nothing(call=attempt.call, why=str(problem), now=now)


def nothing_left(attempt: ContactAttempt, *, why: str, code: str = "", now: datetime) -> bool:
    """Nobody was rung in this attempt: the contact is due again. False when something came of it after all."""
    with transaction.atomic():
        settled = attempt.settle(
            AttemptOutcome.NOT_DIALLED, code=code, only_without_permit=not attempt.permit_id, now=now
        )
        if settled.is_news:
            wait = timedelta(0) if attempt.permit_id is None else retrying.SOON
            _put_back(attempt, at=now + wait, outcome=AttemptOutcome.NOT_DIALLED, code=code, now=now)
    if settled.is_news:
        log.info("nobody was rung in an attempt", attempt=attempt.pk, why=why[:200])
    return settled.is_news


def _put_back(attempt: ContactAttempt, *, at: datetime, outcome: AttemptOutcome, code: str, now: datetime) -> None:
    """Due again from then on, unless its campaign was stopped meanwhile."""
    contact = attempt.contact
    if not attempt.is_last:
        return
    if Campaign.objects.filter(pk=contact.campaign_id, state=CampaignState.STOPPED).exists():
        contact.close(ContactState.STOPPED, outcome=outcome, code=code, now=now)
    else:
        contact.due_again(at=at, outcome=outcome, code=code)


# --- what came of it --------------------------------------------------------------------------------------------------


def record_outcome(
    *,
    attempt: ContactAttempt,
    outcome: AttemptOutcome,
    now: datetime,
    code: str = "",
    answered_by: str = "",
    answered_at: datetime | None = None,
    greeted_ms: int | None = None,
) -> bool:
    """Keep what came of an attempt and let it move the contact. False when that is no news.

    Facts may come late, twice and out of order. `greeted_ms` is the time from the end of the person's greeting to our
    first word: whoever waited for more than two seconds was abandoned, whatever came after.
    """
    if outcome is AttemptOutcome.HUMAN and greeted_ms is not None and greeted_ms > ABANDONED_AFTER_MS:
        outcome = AttemptOutcome.ABANDONED
    with transaction.atomic():
        settled = attempt.settle(
            outcome, code=code, answered_by=answered_by, answered_at=answered_at, greeted_ms=greeted_ms, now=now
        )
        if settled.is_news:
            _move_contact(attempt, settled.after, code=code, now=now)
    return settled.is_news


def _move_contact(attempt: ContactAttempt, outcome: AttemptOutcome, *, code: str, now: datetime) -> None:
    if not attempt.is_last and outcome is not AttemptOutcome.OPTED_OUT:
        return
    contact = Contact.objects.select_related("campaign").get(pk=attempt.contact_id)
    campaign = contact.campaign
    following = retrying.next_of(
        outcome,
        attempts_made=contact.attempts_made,
        max_attempts=campaign.max_attempts,
        retries=campaign.retries,
        is_stopped=campaign.state == CampaignState.STOPPED,
    )
    if following.state is ContactState.DUE:
        contact.due_again(at=now + following.wait, outcome=outcome, code=code)
    else:
        contact.close(following.state, outcome=outcome, code=code, now=now)


def settled(dial: Settled, *, now: datetime) -> None:
    """What became of a dial whose answer was lost is known: one that came to nothing may be made again."""
    attempt = ContactAttempt.of_errand(dial.errand)
    if attempt is None or dial.leg is not None:
        return
    nothing_left(attempt, why="the carrier knows of no such call", now=now)
    if attempt.call is not None:
        outgoing.came_to_nothing(call=attempt.call, why="the carrier knows of no such call", now=now)


def call_over(over: outgoing.Settled, *, now: datetime) -> None:
    """A call that we placed is over: keep what came of it, if it was an attempt's. One without a line was none."""
    attempt = ContactAttempt.objects.select_related("contact__campaign").filter(call=over.call).first()
    if attempt is None or not over.call.legs.exists():
        return
    record_outcome(
        attempt=attempt,
        outcome=over.outcome,
        answered_by=over.answered_by,
        answered_at=over.answered_at,
        greeted_ms=over.greeted_ms,
        now=now,
    )
