"""The Celery application: which modules hold tasks, what beat repeats, and how a worker's children take a stop."""

import os
import signal
from typing import Any

from celery import Celery
from celery.schedules import crontab
from celery.signals import worker_process_init

from contactcenter import pulse  # noqa: F401  (a worker says that it is alive)

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "contactcenter.settings")

app = Celery(
    "contactcenter",
    include=[
        *("calls.tasks", "calls.sweeps", "calls.campaigns.tasks", "compliance.tasks"),
        *("contactcenter.privacy.tasks", "contactcenter.outgoing.tasks"),
    ],
)
app.config_from_object("django.conf:settings", namespace="CELERY")
app.conf.beat_schedule = {
    "ring the contacts of campaigns": {
        "task": "calls.campaigns.tasks.tick_all",
        "schedule": 1.0,
        "options": {"expire_seconds": 5},  # the next one does the same; they must not queue up
    },
    "bring on attempts whose worker died": {"task": "calls.campaigns.tasks.recover", "schedule": 10.0},
    "go on with files and dry runs of campaigns": {"task": "calls.campaigns.tasks.read_on", "schedule": 20.0},
    "bring captures on": {"task": "calls.sweeps.drive_captures", "schedule": 5.0},
    "copy recordings that are due": {"task": "calls.sweeps.copy_due_recordings", "schedule": 20.0},
    "bring in what the bridges recorded": {"task": "calls.sweeps.collect_tapes", "schedule": 30.0},
    "ask for recordings we never heard of": {"task": "calls.sweeps.find_missing_recordings", "schedule": 60.0},
    "compare the carrier's live calls with ours": {"task": "calls.sweeps.reconcile_live_calls", "schedule": 60.0},
    "find out about numbers whose answer was lost": {"task": "calls.sweeps.settle_number_orders", "schedule": 30.0},
    "find out about dials whose answer was lost": {"task": "calls.sweeps.settle_dials", "schedule": 10.0},
    "say what came of calls that we placed": {"task": "calls.sweeps.settle_outgoing", "schedule": 15.0},
    "learn what documents mean": {
        "task": "calls.tasks.learn_documents",
        "schedule": 20.0,
        "options": {"expire_seconds": 20},
    },
    "count what calls cost, and judge budgets": {
        "task": "calls.sweeps.count_costs",
        "schedule": 10.0,
        "options": {"expire_seconds": 10},
    },
    "ask what calls have cost": {"task": "calls.sweeps.ask_what_calls_cost", "schedule": 60.0},
    "read what went wrong at the carrier": {
        "task": "calls.sweeps.read_errors_of_carrier",
        "schedule": 30.0,
        "options": {"expire_seconds": 30},
    },
    "save calls of bridges that fell silent": {"task": "calls.sweeps.rescue_calls", "schedule": 10.0},
    "close test calls that nobody holds": {"task": "calls.sweeps.close_test_calls", "schedule": 20.0},
    "do what is due for transfers": {"task": "calls.sweeps.drive_transfers", "schedule": 3.0},
    "finish turns nobody will finish": {"task": "calls.sweeps.finish_turns", "schedule": 60.0},
    "bring callers to voicemail": {"task": "calls.sweeps.bring_to_voicemail", "schedule": 10.0},
    "ask for messages we never heard of": {"task": "calls.sweeps.find_lost_messages", "schedule": 60.0},
    "ask where WhatsApp templates stand": {"task": "calls.sweeps.follow_whatsapp_templates", "schedule": 120.0},
    "open callbacks that are owed": {"task": "calls.sweeps.open_callbacks", "schedule": 30.0},
    "end supervisions of browsers that are gone": {"task": "calls.sweeps.end_supervisions", "schedule": 30.0},
    "refuse what nobody has approved": {"task": "calls.sweeps.expire_approvals", "schedule": 20.0},
    "go on with imports of numbers": {"task": "compliance.tasks.bring_imports_on", "schedule": 10.0},
    "clear copies of lists away": {"task": "compliance.tasks.clear_lists_away", "schedule": 600.0},
    "chain the receipts of decisions": {"task": "contactcenter.privacy.tasks.seal_receipts", "schedule": 10.0},
    "go on with erasures": {"task": "contactcenter.privacy.tasks.erase_all", "schedule": 60.0},
    "put packets together": {"task": "contactcenter.privacy.tasks.make_packets", "schedule": 30.0},
    "delete what is older than it should be": {
        "task": "contactcenter.privacy.tasks.clear_old_data",
        "schedule": crontab(minute=10, hour=8),  # UTC: between midnight and four on the mainland
    },
    "read what MCP servers offer": {
        "task": "calls.sweeps.read_mcp_servers",
        "schedule": 900.0,
        "options": {"expire_seconds": 900},
    },
    "send on what calls have found out": {
        "task": "contactcenter.outgoing.tasks.send_all_facts",
        "schedule": 10.0,
        "options": {"expire_seconds": 10},
    },
    "forget how ended calls could have gone on": {"task": "calls.sweeps.forget_conversations", "schedule": 3600.0},
}


@worker_process_init.connect
def _leave_the_end_to_the_worker(**_: Any) -> None:
    """A stop reaches the whole group of processes, and would tear a task in two that may be dialling.

    The worker tells its children itself, when they have done what they are at; by force they are ended with SIGKILL.
    """
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
