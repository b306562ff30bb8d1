"""Erasing a person, step by step, over every store; safe to repeat from any step, and certified at the end.

Steps look the person up by their number, so the number itself goes last: out of the calls one by one, and out of the
erasure when the certificate is written.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import structlog
from django.db import transaction
from django.utils import timezone

from calls.control import erasing
from calls.control.forgetting import UnableToForget
from compliance import audit, privacy
from compliance.encrypted import Unreadable, keyed_hash
from compliance.models import ErasedNumber, Erasure, LegalHold
from contactcenter.privacy import certificates, searching

_BATCH = 200
# What a certificate says was kept, and why.
KEPT = (
    "Skeletons of calls: that there was one, when, for how long, how it ended; no number, sound, word or name.",
    "Decisions of the gate under a pseudonym, and their chain, for five years: 16 CFR 310.5; GDPR art. 17(3)(b), (e).",
    "Consents and opt-outs under a pseudonym: kind, dates and the text agreed to; no name, signature or address.",
    "A keyed hash of the number, so that they are not called again: GDPR art. 21(3).",
    "Copies of registries that others keep (national and state do-not-call lists): numbers without a name.",
    "Backups, until they are overwritten; after one is restored, the erasure is done again by this certificate.",
    "What the provider of the model was sent, as long as the agreement with it says; nothing there is found by number.",
)

log = structlog.get_logger(__name__)


class UnableToErase(Exception):
    """It cannot be done; `str()` says why, for a person."""


class _NotYet(Exception):
    """Something has to happen first; `str()` says what."""


def ask(*, number: str, why: str, by: str, now: datetime) -> Erasure:
    """The first of two steps. Raises UnableToErase."""
    _check_hold(number)
    open_one = Erasure.objects.filter(number_hash=keyed_hash(number)).exclude(state__in=("done", "cancelled"))
    if (known := open_one.first()) is not None:
        return known
    with transaction.atomic():
        erasure = Erasure.ask(number=number, why=why, by=by, now=now)
        audit.note(act="ask_erasure", subject=f"erasure:{erasure.pk}", by=by, now=now)
    return erasure


def confirm(*, erasure: Erasure, typed: str, by: str, now: datetime) -> None:
    """The second: the number is typed once more. Raises UnableToErase."""
    if typed != erasure.number or not erasure.number:
        raise UnableToErase("This is not the number that is to be erased. Nothing was deleted.")
    _check_hold(erasure.number)
    with transaction.atomic():
        if not erasure.confirm(by=by, now=now):
            raise UnableToErase("This was confirmed or called off already.")
        # From this moment on nobody rings them, whatever the rest takes.
        ErasedNumber.keep(number_hash=erasure.number_hash, bars_everything=True, now=now)
        audit.note(act="confirm_erasure", subject=f"erasure:{erasure.pk}", by=by, now=now)


def cancel(*, erasure: Erasure, by: str, now: datetime) -> None:
    """Nothing is to be erased after all. Raises UnableToErase."""
    with transaction.atomic():
        if not erasure.cancel(now=now):
            raise UnableToErase("It has begun already and cannot be called off.")
        audit.note(act="cancel_erasure", subject=f"erasure:{erasure.pk}", by=by, now=now)


def _check_hold(number: str) -> None:
    if (hold := LegalHold.on_number(number)) is not None:
        raise UnableToErase(f"A legal hold is on this number ({hold.why}). It must be lifted first.")


def go_on(*, erasure: Erasure, now: datetime) -> bool:
    """Do what is left to do; False when somebody else is at it. What it waits for stands in the erasure."""
    if not erasure.claim(now=now):
        return False
    try:
        if isinstance(erasure.number, Unreadable):
            raise _NotYet("The number is encrypted with a key that is not here (FIELD_KEYS).")
        _check_hold(erasure.number)
        for name, step in STEPS:
            if name in erasure.steps:
                continue
            erasure.begin_step(name, now=timezone.now())
            facts = step(erasure)
            erasure.end_step(name, facts, now=timezone.now())
    except (UnableToErase, UnableToForget, _NotYet) as problem:
        erasure.wait(str(problem), now=timezone.now())
        return True
    except Exception as error:  # whatever it is, what is owed is tried again
        log.exception("an erasure stopped, and goes on later", erasure=erasure.pk, step=erasure.at_step)
        erasure.wait(f"A fault of ours ({type(error).__name__}); it is tried again.", now=timezone.now())
        return True
    certificates.issue(erasure=erasure, kept=KEPT, now=timezone.now())
    return True


# --- the steps, each in its store ----------------------------------------------------------------------------------


def _campaigns(erasure: Erasure) -> dict[str, Any]:
    return {"contacts closed": erasing.close_contacts(number=erasure.number, now=timezone.now())}


def _quiet(erasure: Erasure) -> dict[str, Any]:
    """Nothing is taken from under a call that is going on."""
    if erasing.is_live(erasure.number) or erasing.has_open_contacts(erasure.number):
        raise _NotYet("They are on a call, or one to them is out.")
    if privacy.is_being_rung(erasure.number):
        raise _NotYet("It is not known yet what became of a call to them.")
    return {}


def _calls(erasure: Erasure) -> dict[str, Any]:
    total = dict.fromkeys(("calls", "recordings", "turns", "events", "legs", "at_carrier"), 0)
    done_before = erasure.steps.get("calls so far", {})
    total |= {name: done_before.get(name, 0) for name in total}
    privacy.erase_permits(number=erasure.number, pseudonym=erasure.pseudonym)  # legs lean on what these name
    privacy.remember_calls(erasure, [call.pk for call in erasing.calls_of(erasure.number)])
    while (call := erasing.calls_of(erasure.number).first()) is not None:
        if call.is_live:
            raise _NotYet("They are on a call.")
        done = erasing.erase_call(call=call, pseudonym=erasure.pseudonym, now=timezone.now())
        total = {name: total[name] + done[name] for name in total}
        erasure.end_step("calls so far", total, now=timezone.now())
    total["legs"] += erasing.erase_legs(number=erasure.number, pseudonym=erasure.pseudonym)
    return total


def _callbacks(erasure: Erasure) -> dict[str, Any]:
    who = {"number": erasure.number, "pseudonym": erasure.pseudonym}
    found, messages = {"callbacks": erasing.erase_callbacks(**who)}, erasing.erase_messages(**who)
    return found | ({"whatsapp_messages": messages} if messages else {})


def _contacts(erasure: Erasure) -> dict[str, Any]:
    return erasing.erase_contacts(number=erasure.number, pseudonym=erasure.pseudonym)


def _blocks(erasure: Erasure) -> dict[str, Any]:
    return {"entries": erasing.erase_block(erasure.number)}


def _decisions(erasure: Erasure) -> dict[str, Any]:
    total = 0
    while done := privacy.erase_decisions(
        number=erasure.number, pseudonym=erasure.pseudonym, now=timezone.now(), limit=_BATCH
    ):
        total += done
    return {"decisions": total, "kept": "that it was decided, when, by which rules and why, under a pseudonym"}


def _standing(erasure: Erasure) -> dict[str, Any]:
    return privacy.erase_standing(number=erasure.number, pseudonym=erasure.pseudonym)


def _person(erasure: Erasure) -> dict[str, Any]:
    return {"people": privacy.erase_person(erasure.number)}


def _packets(erasure: Erasure) -> dict[str, Any]:
    return {"packets": certificates.forget_packets(erasure.number)}


def _audit_log(erasure: Erasure) -> dict[str, Any]:
    return {"entries": privacy.erase_audit(erasure.number)}


def _journal(erasure: Erasure) -> dict[str, Any]:
    """What processes of this machine have not written down yet, or have and not thrown away."""
    calls = erasure.steps.get("their calls", {}).get("ids", [])
    if files := erasing.spooled(number=erasure.number, calls=calls):
        raise _NotYet(f"A process still holds words of theirs on disk ({files[0]}); it lets go within seconds.")
    return {"files": 0}


def _valkey(erasure: Erasure) -> dict[str, Any]:
    if keys := searching.in_valkey(erasure.number):
        raise _NotYet(f"The message broker still holds their number ({keys[0]}).")
    return {"keys": 0}


def _everywhere(erasure: Erasure) -> dict[str, Any]:
    """The last look: the number is in no column of any table of ours."""
    own = {("compliance_listednumber", "number")}
    if places := searching.in_tables(erasure.number, leave_out=own):
        privacy.begin_again(erasure)
        raise _NotYet(f"The number still stands in {', '.join(places[:3])}.")
    return {"tables": searching.tables(), "found": 0}


# In this order: nobody rings them, no call goes on, then what leans on a number before what the number is found by.
STEPS: tuple[tuple[str, Callable[[Erasure], dict[str, Any]]], ...] = (
    ("campaigns", _campaigns),
    ("quiet", _quiet),
    ("calls", _calls),
    ("callbacks", _callbacks),
    ("contacts", _contacts),
    ("blocked callers", _blocks),
    ("decisions", _decisions),
    ("consents and lists", _standing),
    ("person", _person),
    ("packets", _packets),
    ("audit log", _audit_log),
    ("journal", _journal),
    ("message broker", _valkey),
    ("everywhere", _everywhere),
)
