"""The report on context: what versions of prompts have their model hear again and again, and what was saved of it."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import Count, F, Sum

from agents.models import PromptVersion
from calls.costs import economy
from calls.costs.bill import NOTHING
from calls.costs.rates import MILLION, RateBook
from calls.costs.tokens import Tokens
from calls.models import CallCost, CallEvent, RateCard, UsageRecord

# So many calls in which old sound was replaced are reckoned, the newest.
_RECKONED = 300


@dataclass(frozen=True, slots=True)
class Row:
    """One version of a prompt. Shares from 0 to 1; `replaced` counts, its `saved` may be negative or not known."""

    version: PromptVersion
    said: str
    answers: int
    heard_each: int
    cached_share: float
    cache_saved: Decimal
    replaced: int
    replaced_tokens: int
    replaced_saved: Decimal | None


def rows(*, start: datetime) -> list[Row]:
    """Every version that answered since then, the most talkative first."""
    went_in, cached = (
        F("input_text_tokens") + F("input_audio_tokens"),
        F("cached_text_tokens") + F("cached_audio_tokens"),
    )
    answers: Any = UsageRecord.objects.filter(
        kind=UsageRecord.Kind.RESPONSE, call__started_at__gte=start, call__prompt_version__isnull=False
    ).order_by()
    counted = answers.values("call__prompt_version").annotate(n=Count("pk"), heard=Sum(went_in), again=Sum(cached))
    found = list(counted.order_by("-heard")[:50])
    versions = PromptVersion.objects.select_related("assistant").in_bulk([row["call__prompt_version"] for row in found])
    saved = _cache_saved(start)
    replaced = _replaced(start, RateCard.book())
    return [
        Row(
            version=versions[row["call__prompt_version"]],
            said=_said(versions[row["call__prompt_version"]]),
            answers=row["n"],
            heard_each=round(row["heard"] / row["n"]),
            cached_share=row["again"] / row["heard"] if row["heard"] else 0.0,
            cache_saved=saved.get(row["call__prompt_version"], NOTHING),
            replaced=done.times,
            replaced_tokens=done.tokens,
            replaced_saved=None if done.micros is None else done.micros / MILLION,
        )
        for row in found
        for done in [replaced.get(row["call__prompt_version"], economy.Replaced(0, 0, NOTHING))]
    ]


def _said(version: PromptVersion) -> str:
    """How a version keeps its context, for a person."""
    if version.truncation == PromptVersion.Truncation.RETENTION_RATIO:
        limit = f" of {version.context_tokens:,} tokens" if version.context_tokens else ""
        said = f"keeps {version.retention_ratio:.0%}{limit} when full"
    else:
        said = "forgets nothing" if version.truncation == PromptVersion.Truncation.DISABLED else "as the vendor does"
    return f"{said}, old sound as text" if version.is_old_sound_replaced else said


def _cache_saved(start: datetime) -> dict[int, Decimal]:
    sums = CallCost.objects.filter(call__started_at__gte=start, call__prompt_version__isnull=False).order_by()
    by_version = sums.values_list("call__prompt_version").annotate(all=Sum("saved_micros"))
    return {key: (micros or NOTHING) / MILLION for key, micros in by_version if key is not None}


def _replaced(start: datetime, book: RateBook) -> dict[int, economy.Replaced]:
    events = CallEvent.objects.filter(kind="old_sound_replaced", call__started_at__gte=start)
    moments: dict[int, list[datetime]] = defaultdict(list)
    version_of: dict[int, int] = {}
    for call_id, version_id, at in events.order_by("-call", "at").values_list("call", "call__prompt_version", "at"):
        if version_id is not None and (call_id in moments or len(moments) < _RECKONED):
            moments[call_id].append(at)
            version_of[call_id] = version_id
    answers: dict[int, list[economy.Answer]] = defaultdict(list)
    heard = UsageRecord.objects.filter(call__in=moments, kind=UsageRecord.Kind.RESPONSE).order_by("at", "pk")
    for used in heard:
        tokens = Tokens(
            used.model, used.at.date(),
            text_in=used.input_text_tokens, audio_in=used.input_audio_tokens,
            text_cached=used.cached_text_tokens, audio_cached=used.cached_audio_tokens,
        )  # fmt: skip
        answers[used.call_id].append(economy.Answer(used.at, tokens))
    found: dict[int, economy.Replaced] = {}
    for call_id, version_id in version_of.items():
        one = economy.of_replacing(answers[call_id], moments[call_id], book)
        so_far = found.get(version_id, economy.Replaced(0, 0, NOTHING))
        micros = None if one.micros is None or so_far.micros is None else one.micros + so_far.micros
        found[version_id] = economy.Replaced(one.times + so_far.times, one.tokens + so_far.tokens, micros)
    return found
