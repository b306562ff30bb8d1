"""What assistants say: all of them, the versions of one, and one version with what it changes."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Prefetch, Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from agents import prompt_lint, prompt_text, prompts
from agents.models import Assistant, PromptVersion
from calls.lifecycle import Phase
from calls.models import Call
from contactcenter.dashboard import access
from contactcenter.dashboard.prompts import comparing, outcomes
from contactcenter.dashboard.request import HttpRequest

_MOST = 200
_MOST_CALLS = 20
_Status = PromptVersion.Status


@dataclass(frozen=True, slots=True)
class _Row:
    """A version, and what came of its calls."""

    version: PromptVersion
    outcome: outcomes.Outcome


def versions() -> Any:
    """Versions with what their pages say of them."""
    return PromptVersion.objects.select_related("assistant__department", "assistant__canary_version")


@require_GET
@never_cache
@access.needs(access.READ_PROMPTS)
def overview(request: HttpRequest) -> HttpResponse:
    """Every assistant: which version answers now, and whether something is being written or tried."""
    open_ones = PromptVersion.objects.filter(status__in=(_Status.PUBLISHED, _Status.DRAFT, _Status.TRIAL))
    assistants = (
        Assistant.objects.select_related("department", "canary_version")
        .prefetch_related(Prefetch("versions", open_ones.order_by("-number"), to_attr="open_versions"))
        .annotate(live_calls=Count("calls", filter=~Q(calls__phase=Phase.CLOSED)))
        .order_by("name")
    )
    rows = [
        {
            "assistant": one,
            "live": next((each for each in one.open_versions if each.status == _Status.PUBLISHED), None),
            "drafts": [each for each in one.open_versions if each.status == _Status.DRAFT],
        }
        for one in assistants[:_MOST]
    ]
    return render(request, "dashboard/prompts/index.html", {"rows": rows})


@require_GET
@never_cache
@access.needs(access.READ_PROMPTS)
def assistant(request: HttpRequest, assistant_id: int) -> HttpResponse:
    """The versions of one assistant, newest first, with what came of the calls each of them answered."""
    one = get_object_or_404(Assistant.objects.select_related("department", "canary_version"), pk=assistant_id)
    figures = outcomes.of(one)
    known = list(one.versions.order_by("-number")[:_MOST])
    rows = [_Row(each, figures.get(each.pk, outcomes.Outcome())) for each in known]
    of_now = [row for row in rows if row.version.status in (_Status.PUBLISHED, _Status.TRIAL)]
    context = {
        "assistant": one,
        "rows": rows,
        "live": next((each for each in known if each.status == _Status.PUBLISHED), None),
        "of_now": of_now if one.canary_version_id else [],
        "guardrails": one.guardrails.order_by("pk"),
    }
    return render(request, "dashboard/prompts/assistant.html", context)


@require_GET
@never_cache
@access.needs(access.READ_PROMPTS)
def version(request: HttpRequest, version_id: int) -> HttpResponse:
    """One version: what it says, what is wrong with it, and what it changes against another, or the live one."""
    one = get_object_or_404(versions(), pk=version_id)
    others = list(one.assistant.versions.exclude(pk=one.pk).order_by("-number")[:_MOST])
    asked = request.GET.get("against", "")
    against = next((each for each in others if str(each.number) == asked), None)
    if against is None:
        against = next((each for each in others if each.status == _Status.PUBLISHED), None)
    findings = prompts.findings(one)
    context = {
        "version": one,
        "against": against,
        "others": others,
        "changes": comparing.changes(against, one),
        "findings": findings,
        "errors": prompt_lint.errors(findings) if one.is_draft else [],
        "tokens": prompt_text.estimated_tokens(one.instructions),
        "elsewhere": []
        if one.is_draft
        else Call.objects.filter(prompt_version__assistant=one.assistant, phase=Phase.WITH_ASSISTANT)
        .exclude(prompt_version=one)
        .select_related("prompt_version")
        .order_by("-started_at")[:_MOST_CALLS],
        "live_calls": against.call_set.exclude(phase=Phase.CLOSED).count() if against is not None else 0,
    }
    return render(request, "dashboard/prompts/version.html", context)
