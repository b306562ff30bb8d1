"""Periodic reconciliation: the database says what is due, whatever messages were lost."""

import time
from datetime import timedelta
from typing import Any

import structlog
from celery import shared_task
from django.conf import settings
from django.utils import timezone

from calls import reactions, tasks
from calls.campaigns import runner
from calls.carrier.errors import CarrierError
from calls.control import (
    approvals,
    bridge_tapes,
    budgets,
    callbacks,
    capture,
    carrier_reports,
    charges,
    click_to_call,
    copies,
    costing,
    dialled,
    machines,
    outgoing,
    reconciling,
    rescue,
    test_calls,
    transfer_driver,
    voicemail,
)
from calls.control.whatsapp import templates as whatsapp_templates
from calls.lifecycle import Phase
from calls.models import ModelWebhook, OutgoingCall, Recording, ResumeDocument, Sideband, Supervision, TranscriptTurn
from calls.provisioning import buying
from calls.tools.mcp import reading

# Nobody goes on with a call that ended this long ago.
_DOCUMENTS_KEPT = timedelta(days=1)
# A webhook that was not taken is sent again for three days.
_WEBHOOKS_KEPT = timedelta(days=4)
# A recording whose call ended this long ago should have been heard of.
_QUIET = timedelta(seconds=60)
_BATCH = 200

log = structlog.get_logger(__name__)


@shared_task
def copy_due_recordings(**_: Any) -> None:
    """Try every copy, and every deletion at the carrier, that is due now."""
    for recording_id in Recording.due_ids(now=timezone.now(), limit=_BATCH):
        tasks.copy_recording.delay(recording_id=recording_id)


@shared_task
def collect_tapes(**_: Any) -> None:
    """Bring in, or delete, what the bridges of this machine have recorded."""
    bridge_tapes.collect(now=timezone.now())


@shared_task
def settle_number_orders(**_: Any) -> None:
    """Ask the carrier about numbers that somebody wanted to buy, where its answer was lost."""
    buying.find_out_all(now=timezone.now())


@shared_task
def find_missing_recordings(**_: Any) -> None:
    """Ask the carrier about recordings of ended calls whose last callback never came."""
    now = timezone.now()
    for recording in Recording.unheard_of(before=now - _QUIET, limit=_BATCH):
        copies.find(recording=recording, now=now)


@shared_task
def reconcile_live_calls(**_: Any) -> None:
    """Compare the carrier's live calls with ours: close, adopt or end what one side does not know of."""
    try:
        settle_dials()  # a leg whose answer was lost is ours, and not to be ended
        reconciling.reconcile(now=timezone.now())
    except CarrierError as error:
        log.warning("carrier not asked for its live calls", error=str(error))


@shared_task
def settle_dials(**_: Any) -> None:
    """Find out what became of dials whose answer was lost: until then their numbers are not rung."""
    now = timezone.now()
    for dial in dialled.settle(now=now):
        transfer_driver.settled(dial, now=now)
        runner.settled(dial, now=now)


@shared_task
def settle_outgoing(**_: Any) -> None:
    """Say what came of calls that we placed and that are over, whose last report never came; nothing of machines."""
    now = timezone.now()
    outgoing.close_never_dialled(now=now)
    for ours in OutgoingCall.not_settled(limit=_BATCH):
        reactions.after_outgoing(ours.call)
    machines.forget_greetings(now=now)
    for call_id in click_to_call.stuck():
        tasks.drive_click.delay(call_id=call_id)


@shared_task
def ask_what_calls_cost(**_: Any) -> None:
    """Ask the carrier for the prices of lines that it had not priced yet."""
    charges.ask(now=timezone.now())


@shared_task
def count_costs(**_: Any) -> None:
    """Count what calls cost, then see how far budgets are used up by it."""
    now = timezone.now()
    costing.count_due(now=now)
    budgets.judge_all(now=now)


@shared_task
def read_errors_of_carrier(**_: Any) -> None:
    """Read what went wrong at the carrier before it reached us, where nobody has told its debugger of us."""
    if settings.TWILIO_ACCOUNT_SID:
        carrier_reports.collect(now=timezone.now())


@shared_task
def rescue_calls(**_: Any) -> None:
    """Take over calls of bridges that fell silent, should no other bridge have done it."""
    rescue.look_on_and_rescue(wait=time.sleep)


@shared_task
def close_test_calls(**_: Any) -> None:
    """Close test calls whose page, or whose bridge, went without a word."""
    test_calls.close_lost(now=timezone.now())


@shared_task
def finish_turns(**_: Any) -> None:
    """Turns of ended calls that a dead process left growing stay as they were heard; unwanted ones do not stay."""
    TranscriptTurn.broken_off(call__phase=Phase.CLOSED)
    TranscriptTurn.not_to_be_kept()


@shared_task
def forget_conversations(**_: Any) -> None:
    """Delete what others would have needed to go on with calls that are over, and what is not sent again."""
    now = timezone.now()
    ResumeDocument.forget(ended_before=now - _DOCUMENTS_KEPT)
    Sideband.expire(now=now)
    ModelWebhook.forget(before=now - _WEBHOOKS_KEPT)


@shared_task
def bring_to_voicemail(**_: Any) -> None:
    """Fetch callers again who were sent to voicemail and have not arrived there."""
    voicemail.bring_who_has_not_arrived(now=timezone.now())


@shared_task
def find_lost_messages(**_: Any) -> None:
    """Ask the carrier for messages of which no word has come."""
    voicemail.find_lost(now=timezone.now())


@shared_task
def open_callbacks(**_: Any) -> None:
    """Callers whose call a fault ended are to be called back; and what those who asked for it said is kept."""
    now = timezone.now()
    callbacks.open_for_faults(now=now)
    callbacks.complete_evidence(now=now)


@shared_task
def drive_transfers(**_: Any) -> None:
    """Do what is due for transfers whose next report never came."""
    transfer_driver.drive_all(now=timezone.now())


@shared_task
def drive_captures(**_: Any) -> None:
    """Bring on captures that are not where they should be, and let tapes go on that were paused for one."""
    capture.drive_all(now=timezone.now())


@shared_task
def end_supervisions(**_: Any) -> None:
    """Whoever's browser went without a word is not shown at a call any more."""
    Supervision.end_those_gone(now=timezone.now())


@shared_task
def expire_approvals(**_: Any) -> None:
    """Refuse what no supervisor has decided in time, should whoever holds the call not have done it."""
    approvals.expire_overdue(now=timezone.now())


@shared_task
def follow_whatsapp_templates(**_: Any) -> None:
    """Ask where templates stand that WhatsApp has not decided about."""
    whatsapp_templates.follow(now=timezone.now())


@shared_task
def read_mcp_servers(**_: Any) -> None:
    """Read what MCP servers offer: a tool that is not as it was approved is not used from now on."""
    reading.read_all(now=timezone.now())
