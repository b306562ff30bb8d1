"""Every night: what is older than it should be is counted, and deleted, kind after kind, unless a hold is on it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog
from django.db.models import Model, Q, QuerySet
from django.utils import timezone

from calls.control import forgetting
from calls.control.forgetting import Held, UnableToForget
from compliance import audit, retention
from compliance.keeping import DEFAULTS, DataClass
from compliance.models import DisputePacket, LegalHold, RetentionRule, RetentionRun, Revocation
from compliance.models.retention import UnableToRead
from contactcenter.privacy import packets

_BATCH = 200
# Whoever was at it and has not been heard of for this long is gone.
_GONE_AFTER = timedelta(minutes=10)

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _Kind:
    """How one kind of data is found and deleted. `held` tells rows that a hold is on."""

    old: Callable[[datetime], QuerySet[Any]]
    held: Callable[[Held], Q]
    forget: Callable[[list[Any], datetime], int]


def _one_by_one(verb: Callable[[Any, datetime], None]) -> Callable[[list[Any], datetime], int]:
    def forget(rows: list[Model], now: datetime) -> int:
        done = 0
        for row in rows:
            try:
                verb(row, now)
            except UnableToForget as problem:
                log.warning(
                    "not deleted, and tried again tomorrow", row=f"{row._meta.label}:{row.pk}", why=str(problem)
                )
            else:
                done += 1
        return done

    return forget


def _by_number(held: Held) -> Q:
    return Q(number__in=held.numbers)


_NOBODY = Q(pk__in=())
_KINDS: dict[DataClass, _Kind] = {
    DataClass.AUDIO: _Kind(
        forgetting.old_tapes,
        lambda held: held.of_calls("call__"),
        _one_by_one(lambda tape, now: forgetting.forget_tape(recording=tape, now=now)),
    ),
    DataClass.TRANSCRIPT: _Kind(
        forgetting.old_words, lambda held: held.of_calls(), lambda rows, now: _all(rows, forgetting.forget_words(rows))
    ),
    DataClass.CONTACT_FILES: _Kind(
        forgetting.old_files,
        lambda held: Q(campaign__in=held.campaigns),
        _one_by_one(lambda file, now: forgetting.forget_file(file)),
    ),
    DataClass.PACKETS: _Kind(
        lambda before: DisputePacket.objects.filter(finished_at__lt=before).exclude(file=""),
        lambda held: _NOBODY,
        _one_by_one(lambda packet, now: packets.forget(packet)),
    ),
    DataClass.CALL_DETAIL: _Kind(
        forgetting.old_calls, lambda held: held.of_calls(), lambda rows, now: forgetting.forget_calls(rows)
    ),
    DataClass.CONTACTS: _Kind(
        forgetting.old_contacts,
        lambda held: _by_number(held) | Q(campaign__in=held.campaigns),
        lambda rows, now: _all(rows, type(rows[0]).objects.filter(pk__in=[row.pk for row in rows]).delete()[0]),
    ),
    DataClass.CONSENTS: _Kind(retention.old_consents, _by_number, lambda rows, now: retention.forget_consents(rows)),
    DataClass.REVOCATIONS_VA: _Kind(
        lambda before: retention.old_revocations(before, of_virginia=True),
        _by_number,
        lambda rows, now: Revocation.objects.filter(pk__in=[row.pk for row in rows]).delete()[0],
    ),
    DataClass.REVOCATIONS: _Kind(
        lambda before: retention.old_revocations(before, of_virginia=False),
        _by_number,
        lambda rows, now: Revocation.objects.filter(pk__in=[row.pk for row in rows]).delete()[0],
    ),
    DataClass.WHATSAPP: _Kind(
        retention.old_whatsapp,
        lambda held: Q(person__in=held.numbers),
        lambda rows, now: forgetting.forget_whatsapp(rows),
    ),
    DataClass.DECISIONS: _Kind(
        retention.old_decisions, _by_number, lambda rows, now: retention.forget_decisions(rows, now=now)
    ),
    DataClass.AUDIT: _Kind(
        retention.old_audit,
        lambda held: _NOBODY,
        lambda rows, now: retention.old_audit(now).filter(pk__in=[row.pk for row in rows]).delete()[0],
    ),
}


def _all(rows: list[Any], _: int) -> int:
    return len(rows)


def held_now() -> Held:
    """What a hold is on."""
    held = LegalHold.in_force()
    return Held(
        numbers=frozenset(held["number"]),
        calls=frozenset(int(ref) for ref in held["call"] if ref.isdigit()),
        campaigns=frozenset(int(ref) for ref in held["campaign"] if ref.isdigit()),
    )


def is_under_way(*, now: datetime) -> bool:
    """True while somebody is at it."""
    return RetentionRun.objects.filter(is_dry=False, finished_at=None, heard_of_at__gt=now - _GONE_AFTER).exists()


def run(*, is_dry: bool, by: str, now: datetime) -> RetentionRun:
    """Go through every kind; what is due is counted, and deleted unless it is a dry run."""
    this = RetentionRun.objects.create(is_dry=is_dry, started_at=now, heard_of_at=now, by_ref=by)
    counts: dict[str, dict[str, int]] = {}
    problem = ""
    for data_class, days in RetentionRule.all_days().items():
        if days is None or (kind := _KINDS.get(data_class)) is None:
            continue
        before = now - timedelta(days=max(days, DEFAULTS[data_class].least))
        try:
            counts[data_class] = _clear(this, data_class, kind, before, counts, now=now)
        except UnableToRead as error:
            problem = f"{error} Nothing more is deleted."
            break
        except Exception as error:  # one kind that cannot be cleared must not keep the others
            log.exception("old data could not be deleted", data_class=data_class)
            problem += f"{DEFAULTS[data_class].words}: {type(error).__name__}. "
    this.finish(counts=counts, problem=problem, now=timezone.now())
    if not is_dry:
        audit.note(act="clear_old_data", subject=f"retention:{this.pk}", by=by, now=now, counts=counts, problem=problem)
    return this


def _clear(
    this: RetentionRun,
    data_class: DataClass,
    kind: _Kind,
    before: datetime,
    counts: dict[str, dict[str, int]],
    *,
    now: datetime,
) -> dict[str, int]:
    held = held_now()
    old, on_hold = kind.old(before), kind.held(held)
    is_held = old.filter(on_hold).values("pk")
    due = old.exclude(pk__in=is_held)
    count = {"due": due.count(), "held": old.filter(on_hold).distinct().count(), "deleted": 0}
    if this.is_dry:
        return count
    after = 0
    while rows := list(due.filter(pk__gt=after).order_by("pk")[:_BATCH]):
        after = rows[-1].pk
        count["deleted"] += kind.forget(rows, now)
        this.report(doing=data_class, counts=counts | {data_class.value: count}, now=timezone.now())
    return count
