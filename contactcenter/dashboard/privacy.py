"""What people can ask of us about their data: export, restriction, erasure; begun here, or on a person's page."""

import json
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from compliance import audit
from compliance.models import Erasure, LegalHold, Person, RetentionRun
from compliance.numbers import parse_e164
from contactcenter.dashboard import access
from contactcenter.dashboard.request import HttpRequest
from contactcenter.privacy import certificates, erasing, gathering, tasks
from contactcenter.privacy.erasing import UnableToErase

_SHOWN = 20


@require_http_methods(["GET", "POST"])
@never_cache
@access.needs(access.ERASE_PERSON)
def privacy(request: HttpRequest) -> HttpResponse:
    """Somebody's data by their number, which is never in an address: what there is, and what can be done about it."""
    asked = request.POST.get("number", "").strip()
    number = parse_e164(asked)
    if asked and not number:
        messages.error(request, "This is not a telephone number. Write it with its country code, as in +14155552671.")
    context: dict[str, Any] = {
        "erasures": Erasure.objects.order_by("-pk")[:_SHOWN],
        "runs": RetentionRun.objects.order_by("-pk")[:5],
        "holds": LegalHold.objects.filter(lifted_at=None).order_by("-pk")[:_SHOWN],
        "number": number,
        "asked": asked,
    }
    if number:
        context |= {
            "counts": gathering.counts_of(number),
            "person": Person.objects.filter(number=number).first(),
            "hold": LegalHold.on_number(number),
        }
    return render(request, "dashboard/privacy/privacy.html", context)


@require_POST
@access.needs(access.ERASE_PERSON)
def restrict(request: HttpRequest) -> HttpResponse:
    """Nothing more is done with somebody's data but keep it (GDPR art. 18), or it is again."""
    number, now = parse_e164(request.POST.get("number", "")), timezone.now()
    if not number:
        messages.error(request, "Say whose data it is about.")
        return redirect("privacy")
    is_on = request.POST.get("restricted") == "yes"
    person = Person.know(number=number, now=now, is_restricted=is_on)
    act = "restrict_person" if is_on else "unrestrict_person"
    audit.note(act=act, subject=f"person:{person.pk}", by=request.user.email, now=now)
    said = "Nobody calls them any more, and nothing is done with their data but keep it."
    messages.success(request, said if is_on else "Their data may be used again.")
    return redirect("privacy")


@require_POST
@access.needs(access.ERASE_PERSON)
def ask_erasure(request: HttpRequest) -> HttpResponse:
    """The first of two steps: nothing is deleted yet."""
    number = parse_e164(request.POST.get("number", ""))
    why = request.POST.get("why", "").strip()
    if not number or not why:
        messages.error(request, "Give the number, and say how the person asked for it.")
        return redirect("privacy")
    try:
        erasure = erasing.ask(number=number, why=why, by=request.user.email, now=timezone.now())
    except UnableToErase as problem:
        messages.error(request, str(problem))
        return redirect("privacy")
    return redirect("erasure", erasure_id=erasure.pk)


@require_GET
@never_cache
@access.needs(access.ERASE_PERSON)
def erasure(request: HttpRequest, erasure_id: int) -> HttpResponse:
    """How far an erasure is, the question before it, and the certificate after it."""
    found = get_object_or_404(Erasure, pk=erasure_id)
    context = {
        "erasure": found,
        "steps": [(name, name in found.steps, _said(found.steps.get(name, {}))) for name, _ in erasing.STEPS],
        "kept": erasing.KEPT,
        "counts": gathering.counts_of(found.number) if found.state == Erasure.State.ASKED else [],
    }
    template = "dashboard/privacy/_erasure.html" if request.htmx else "dashboard/privacy/erasure.html"
    return render(request, template, context)


def _said(facts: dict[str, object]) -> str:
    return ", ".join(f"{count} {name.replace('_', ' ')}" for name, count in facts.items() if isinstance(count, int))


@require_POST
@access.needs(access.ERASE_PERSON)
def confirm_erasure(request: HttpRequest, erasure_id: int) -> HttpResponse:
    """The second step: the number is typed once more, and it begins."""
    found = get_object_or_404(Erasure, pk=erasure_id)
    typed = parse_e164(request.POST.get("number", ""))
    try:
        erasing.confirm(erasure=found, typed=typed, by=request.user.email, now=timezone.now())
    except UnableToErase as problem:
        messages.error(request, str(problem))
    else:
        tasks.erase.delay(erasure_id=found.pk)
    return redirect("erasure", erasure_id=found.pk)


@require_POST
@access.needs(access.ERASE_PERSON)
def cancel_erasure(request: HttpRequest, erasure_id: int) -> HttpResponse:
    """Nothing is erased after all."""
    found = get_object_or_404(Erasure, pk=erasure_id)
    try:
        erasing.cancel(erasure=found, by=request.user.email, now=timezone.now())
    except UnableToErase as problem:
        messages.error(request, str(problem))
    return redirect("erasure", erasure_id=found.pk)


@require_GET
@access.needs(access.ERASE_PERSON)
def certificate(request: HttpRequest, erasure_id: int) -> HttpResponse:
    """The signed certificate, as a file."""
    found = get_object_or_404(Erasure, pk=erasure_id)
    if found.certificate is None:
        raise Http404
    content = json.dumps(certificates.document(found), indent=1, sort_keys=True, ensure_ascii=False)
    response = HttpResponse(content, content_type="application/json")
    response["Content-Disposition"] = f'attachment; filename="erasure-{found.pk}.json"'
    return response
