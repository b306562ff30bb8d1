"""What the model thinks of a prompt, and its words taken over into a draft."""

import json
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from agents import prompt_sections, prompts
from agents.prompt_critique import LONGEST_COMPLAINT
from calls.control import prompt_critique
from contactcenter.dashboard import access
from contactcenter.dashboard.prompts import comparing
from contactcenter.dashboard.prompts.views import versions
from contactcenter.dashboard.request import HttpRequest


@require_POST
@access.needs(access.WRITE_PROMPTS)
def critique(request: HttpRequest, version_id: int) -> HttpResponse:
    """Ask the model, also how to mend what goes wrong, and show what it says. Nothing is changed."""
    version = get_object_or_404(versions(), pk=version_id)
    context: dict[str, Any] = {"version": version, "wrong": request.POST.get("wrong", "").strip()[:LONGEST_COMPLAINT]}
    try:
        found = prompt_critique.of(version, wrong=context["wrong"])
    except prompt_critique.UnableToCritique as problem:
        return render(request, "dashboard/prompts/critique.html", context | {"problem": str(problem)})
    drafts = [
        {
            "name": one.name,
            "lines": comparing.lines(version.instructions, prompt_sections.compiled(one.sections)),
            "data": json.dumps([section.as_data() for section in one.sections]),
        }
        for one in found.variants
    ]
    return render(request, "dashboard/prompts/critique.html", context | {"critique": found, "drafts": drafts})


@require_POST
@access.needs(access.WRITE_PROMPTS)
def take(request: HttpRequest, version_id: int) -> HttpResponse:
    """Begin a draft with the model's words; it is read and published like any other."""
    version = get_object_or_404(versions(), pk=version_id)
    try:
        data = json.loads(request.POST.get("sections", ""))
        sections = [one.as_data() for one in prompt_sections.read(data)]
    except (ValueError, RecursionError, prompt_sections.Malformed):
        sections = []
    if not sections:
        messages.error(request, "These are no sections: nothing was taken over.")
        return redirect("prompt-version", version_id=version.pk)
    made = prompts.copy_to_draft(version=version)
    try:
        prompts.write(version=made, revision=0, by=request.user.email, now=timezone.now(), sections=sections)
    except prompts.UnableToWrite as problem:
        messages.error(request, str(problem))
    return redirect("prompt-draft", version_id=made.pk)
