"""Somebody does not want to be called any more: kept, and in force, in one transaction.

By whatever way the wish came (47 CFR 64.1200(a)(10): any reasonable one), it is written down as a revocation, the
number goes on our own list, and permits of the number that nobody has used yet are worth nothing any more. All of it
holds the number's turn, so that whoever decides about the number meanwhile decides after this.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import structlog
from django.db import transaction

from compliance import audit
from compliance.metrics import OPT_OUTS, OPT_OUTS_LATE
from compliance.models import DialPermit, Revocation, SuppressionEntry
from compliance.numbers import parse_e164

_LONGEST_SAID = 500
log = structlog.get_logger(__name__)
# What bars a number: a wish about one topic bars no number, it ends the consent for that topic.
_BARS = {
    Revocation.Scope.ALL: SuppressionEntry.Scope.ALL,
    Revocation.Scope.MARKETING: SuppressionEntry.Scope.MARKETING,
}


class UnableToRevoke(Exception):
    """Nothing could be kept; `str()` says why, for a person."""


@dataclass(frozen=True, slots=True)
class Revoked:
    """What was kept. `is_new` False: it was known already from the same call or message.

    `voided`: permits that had been given out for this number and can no longer be used.
    """

    revocation: Revocation
    is_new: bool
    voided: int


def revoke(
    *,
    number: str,
    route: str,
    by: str,
    now: datetime,
    scope: str = Revocation.Scope.ALL,
    said: str = "",
    subject_ref: str = "",
    topic: str = "",
    channels: Sequence[str] = (),
    person_name: str = "",
    seller: str = "",
    product: str = "",
    received_at: datetime | None = None,
    needs_review: bool = False,
    region: str = "US",
) -> Revoked:
    """Keep that whoever has this number wants no more calls; effective when the transaction commits.

    `number` in any spelling; `said` are their words, or the key; `subject_ref` the call or message, as kind:id: the
    same wish by the same route of the same call is kept once. `received_at` when it is older than `now`.
    Raises UnableToRevoke when the number is none, as of a caller who withholds it.
    """
    e164 = parse_e164(number, region=region)
    if not e164:
        raise UnableToRevoke("This is not a complete telephone number.")
    if scope not in Revocation.Scope.values or route not in Revocation.Route.values:
        raise ValueError(f"no such scope or route: {scope}, {route}")
    words = " ".join(said.replace("\0", "").split())[:_LONGEST_SAID]
    with transaction.atomic():
        DialPermit.take_turn(e164)
        revocation, is_new = Revocation.take(
            number=e164,
            scope=scope,
            route=route,
            subject_ref=subject_ref,
            received_at=received_at or now,
            by=by,
            now=now,
            said=words,
            topic=topic[:120],
            channels=[*channels],
            person_name=person_name[:120],
            seller=seller[:120],
            needs_review=needs_review,
        )
        if needs_review and not revocation.needs_review:
            revocation.wants_review()
        if not is_new:
            return Revoked(revocation, is_new=False, voided=0)
        if (bars := _BARS.get(Revocation.Scope(scope))) is not None:
            SuppressionEntry.list(
                number=e164,
                scope=bars,
                source=route,
                by=by,
                now=now,
                reason=words[:300],
                person_name=person_name[:120],
                seller=seller[:120],
                product=product[:120],
                subject_ref=subject_ref[:100],
            )
        voided = DialPermit.void_unspent(e164, "they asked not to be called")
        audit.note(
            act="opt_out",
            subject=f"revocation:{revocation.pk}",
            by=by,
            now=now,
            route=route,
            scope=scope,
            voided_permits=voided,
            **({"from": subject_ref} if subject_ref else {}),
        )
        transaction.on_commit(OPT_OUTS.labels(route, scope).inc)
        if revocation.is_late:
            transaction.on_commit(OPT_OUTS_LATE.inc)
            log.error("a wish not to be called was entered too late", revocation=revocation.pk)
    return Revoked(revocation, is_new=True, voided=voided)


def suppress(
    *,
    number: str,
    scope: str,
    source: str,
    by: str,
    now: datetime,
    reason: str = "",
    person_name: str = "",
    seller: str = "",
    product: str = "",
) -> SuppressionEntry:
    """Put a number (E.164) on our own list because a person of ours says so; nobody there has asked for it.

    The entry that is there already, when it is.
    """
    with transaction.atomic():
        DialPermit.take_turn(number)
        entry, is_new = SuppressionEntry.list(
            number=number,
            scope=scope,
            source=source,
            by=by,
            now=now,
            reason=reason,
            person_name=person_name,
            seller=seller,
            product=product,
        )
        if is_new:
            DialPermit.void_unspent(number, "put on our own list")
            audit.note(act="suppress", subject=f"suppression:{entry.pk}", by=by, now=now, scope=scope)
    return entry


def lift(*, entry: SuppressionEntry, why: str, by: str, now: datetime) -> bool:
    """Take a number off our list again, because a person says so and why; False when it was off already."""
    with transaction.atomic():
        DialPermit.take_turn(entry.number)
        is_lifted = entry.lift(why=why, by=by, now=now)
        if is_lifted:
            audit.note(act="lift_suppression", subject=f"suppression:{entry.pk}", by=by, now=now, why=why[:300])
    return is_lifted
