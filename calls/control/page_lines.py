"""The line of a page at the carrier: how whoever holds a test call comes into the room where a person is.

A test call begins without a carrier. When somebody is to be put through, its page is rung through the door as a
softphone of that call's own; once it has answered, this line is the caller's, and everything from there on is as with
any call, the way back to the assistant too. Until then the page keeps the line it has, and no person is rung: when the
page is not reached, the assistant simply goes on.
"""

from contextlib import suppress
from datetime import datetime, timedelta

from django.db import transaction

from agents.models import Assistant
from calls.carrier import rest, tokens
from calls.carrier.errors import CarrierError
from calls.control import dialing, dialled, door_facts
from calls.lifecycle import LEG_ENDED, CallFact, LegRole, LegStatus
from calls.lifecycle.transfer import Outcome
from calls.models import Call, Leg, Transfer
from compliance.models import DialPermit
from compliance.verdict import StaffEntry

# A page answers by itself, or it cannot. The assistant waits with the caller for no longer than this.
PATIENCE = timedelta(seconds=5)
_RING_S = 5
# A page that somebody has left open costs money.
_LONGEST_S = 30 * 60
NO_ACCOUNT = "Nobody can be put through here: there is no telephone network"
NO_NUMBER = "Nobody can be put through here: we have no telephone number that the people who are rung could see."
NOT_REACHED = "Nobody was put through: this page could not be connected to the telephone network."


def why_nobody(call: Call) -> str:
    """Why nobody can be put through to this test call, for a person; empty when somebody can."""
    return why_nobody_ever(call.assistant) if call.is_on_page() else ""  # else it is on a line of the carrier's by now


def why_nobody_ever(assistant: Assistant | None) -> str:
    """The same before there is a call: of a test call with this assistant."""
    return tokens.what_is_missing(NO_ACCOUNT) or ("" if door_facts.shown_in_tests(assistant) else NO_NUMBER)


def identity_of(call: Call) -> str:
    """The name of this test call's page at the carrier, which takes letters, digits and underscores."""
    return f"test_call_{call.pk}"


def errand_of(transfer_id: int) -> str:
    """What the door calls the ringing of a page."""
    return f"page:{transfer_id}"


def bring(transfer: Transfer, *, now: datetime) -> None:
    """Have the page come to the carrier, once; when it does not come, the wish is taken back."""
    if transfer.claim_sending(now=now, again_before=transfer.requested_at):
        _ring(transfer, now=now)
    elif (why := _why_lost(transfer, now=now)) is not None:
        not_reached(transfer, why=why, now=now)


def _ring(transfer: Transfer, *, now: datetime) -> None:
    call = transfer.call
    address = f"client:{identity_of(call)}"
    try:
        dialing.dial_staff(
            call=call,
            to=address,
            # The directory of a test call has one line: its own page, for which a token was given to its person alone.
            directory=StaffEntry(address=address, label=f"page-{call.pk}"),
            errand=errand_of(transfer.pk),
            url=f"/twilio/page-line/{transfer.pk}/",
            status_callback=f"/twilio/page-line/{transfer.pk}/status/",
            ring_s=_RING_S,
            time_limit_s=_LONGEST_S,
            by=transfer.requested_by_ref,
            now=now,
        )
    except dialing.Refused as refused:
        not_reached(transfer, why=str(refused), now=now)
    except dialing.UnableToDial as failed:
        if not failed.may_ring:
            not_reached(transfer, why=str(failed), now=now)


def _why_lost(transfer: Transfer, *, now: datetime) -> str | None:
    if now >= transfer.waits_until:
        return "it was taken back"
    leg = _leg_of(transfer)
    if leg is not None and leg.status in LEG_ENDED:
        return "its page did not answer"
    is_late = transfer.send_claimed_at is None or now - transfer.send_claimed_at >= PATIENCE
    return "its page was not reached in time" if is_late else None


def _leg_of(transfer: Transfer) -> Leg | None:
    permit = DialPermit.of_errand(errand_of(transfer.pk))
    return None if permit is None else Leg.objects.filter(permit=permit).first()


def not_reached(transfer: Transfer, *, why: str, now: datetime) -> None:
    """The page does not come: the assistant has the call as before. Nothing happens to one that has come meanwhile."""
    with transaction.atomic():
        fresh = Transfer.objects.select_for_update(of=("self",)).select_related("call").get(pk=transfer.pk)
        if fresh.sent_at is not None or fresh.state != Transfer.State.OPEN:
            return
        fresh.move(Transfer.State.ENDED, ended_at=now, outcome=Outcome.FAILED)
        fresh.call.advance(CallFact.GIVEN_BACK, at=now, source="system", key=f"given_back:{fresh.pk}", why=why[:200])
    leg = _leg_of(transfer)
    if leg is not None and leg.status not in LEG_ENDED:
        with suppress(CarrierError):  # it rings out by itself, and whoever answers is let go
            rest.end_leg(leg.leg_sid, is_answered=False)


def take(*, transfer_id: int, leg_sid: str, now: datetime) -> bool:
    """The page has answered at the carrier: this line is the caller's from here on, and told again it still is.

    False for any other line: one that was rung for another transfer, comes when the transfer has its caller or is over,
    or after the call.
    """
    known = dialled.heard_of(errand=errand_of(transfer_id), leg_sid=leg_sid, status=LegStatus.IN_PROGRESS, now=now)
    if known is None:
        return False
    with transaction.atomic():
        transfer = Transfer.objects.select_for_update().filter(pk=transfer_id, call=known.call_id).first()
        # Whatever is reported of either line meanwhile waits, and finds whose it is.
        lines = list(Leg.objects.select_for_update().filter(call=known.call_id, parent_sid="").order_by("pk"))
        leg = next(line for line in lines if line.pk == known.pk)
        call = Call.objects.get(pk=known.call_id)
        if transfer is None or not call.is_live or leg.status in LEG_ENDED:
            return False
        if leg.role != LegRole.CUSTOMER:
            if transfer.sent_at is not None or transfer.state != Transfer.State.OPEN or not call.is_on_page():
                return False
            call.moved_to(leg)
            transfer.note(sent_at=now)
            call.note("page_on_line", at=now, source="carrier", key=f"page_on_line:{leg.leg_sid}")
    known.refresh_from_db()
    known.report(LegStatus.IN_PROGRESS, at=now, source="carrier")
    return True
