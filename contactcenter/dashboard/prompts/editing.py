"""A draft is written, looked over while it is written, and put into use; or a version is tried, and taken back."""

import secrets
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from agents import prompt_lint, prompt_sections, prompt_text, prompts
from agents.models import Assistant, PromptVersion
from agents.prompt_sections import Section
from calls.control import prompt_swaps
from calls.models import Call
from contactcenter.dashboard import access
from contactcenter.dashboard.prompts.forms import DraftForm, rows, sections_from
from contactcenter.dashboard.prompts.views import versions
from contactcenter.dashboard.request import HttpRequest

_VARIABLES = [*prompt_text.OF_ASSISTANT.items(), *prompt_text.OF_CALL.items()]


@require_GET
@never_cache
@access.needs(access.WRITE_PROMPTS)
def draft(request: HttpRequest, version_id: int) -> HttpResponse:
    """The editor of a draft; anything else is only read."""
    version = get_object_or_404(versions(), pk=version_id)
    if not version.is_draft:
        return redirect("prompt-version", version_id=version.pk)
    return _editor(request, version, DraftForm(instance=version), _sections(version.sections))


def _sections(data: Any) -> list[Section]:
    try:
        return prompt_sections.read(data)
    except prompt_sections.Malformed:
        return []


def _editor(request: HttpRequest, version: PromptVersion, form: DraftForm, sections: list[Section]) -> HttpResponse:
    context = {
        "version": version,
        "form": form,
        "rows": rows(sections),
        "is_plain": not sections and bool(version.instructions.strip()),
        "revision": request.POST.get("revision") or version.revision,
        "page": request.POST.get("page") or secrets.token_hex(8),
        "variables": _VARIABLES,
        "lists": DraftForm.LISTS.items(),
    }
    return render(request, "dashboard/prompts/edit.html", context | _checks(version))


def _checks(version: PromptVersion) -> dict[str, Any]:
    """What is wrong with a draft as it stands in the form, and about how long it is."""
    live = version.assistant.published_version()
    sections = _sections(version.sections)
    text = prompt_sections.compiled(sections) if sections else version.instructions
    tokens = prompt_text.estimated_tokens(text)
    findings = prompts.findings(version)
    return {
        "findings": findings,
        "errors": prompt_lint.errors(findings),
        "tokens": tokens,
        "live": live,
        "more": None if live is None else tokens - prompt_text.estimated_tokens(live.instructions),
    }


@require_POST
@access.needs(access.WRITE_PROMPTS)
def check(request: HttpRequest, version_id: int) -> HttpResponse:
    """Look over what stands in the form; nothing is saved."""
    version = get_object_or_404(versions(), pk=version_id)
    form = DraftForm(request.POST, instance=version)
    form.is_valid()  # fills in what can be read
    version.sections = sections_from(request.POST)
    return render(request, "dashboard/prompts/_checks.html", _checks(version) | {"form_errors": _said(form)})


def _said(form: DraftForm) -> list[str]:
    return [
        f"{form.fields[name].label or name}: {' '.join(str(one) for one in said)}"
        for name, said in form.errors.items()
        if name in form.fields
    ]


@require_POST
@access.needs(access.WRITE_PROMPTS)
def save(request: HttpRequest, version_id: int) -> HttpResponse:
    """Keep a draft. Words that cannot be kept come back in the form, with why."""
    version = get_object_or_404(versions(), pk=version_id)
    form = DraftForm(request.POST, instance=version)
    data = sections_from(request.POST)
    is_valid = form.is_valid()
    version.sections = data
    if is_valid:
        try:
            _write(request, version, form, data)
        except prompts.UnableToWrite as problem:
            form.add_error(None, str(problem))
        else:
            messages.success(request, f"v{version.number} is saved. Nobody hears it until it is published.")
            return redirect("prompt-draft", version_id=version.pk)
    return _editor(request, version, form, _sections(data))


def _write(request: HttpRequest, version: PromptVersion, form: DraftForm, data: list[dict[str, Any]]) -> None:
    """Keep what stands in a valid form. Raises UnableToWrite."""
    revision = request.POST.get("revision", "")
    prompts.write(
        version=version,
        revision=int(revision) if revision.isdecimal() and len(revision) < 10 else -1,
        page=request.POST.get("page", "")[:32],
        by=request.user.email,
        now=timezone.now(),
        sections=data,
        **form.cleaned_data,
    )


@require_POST
@access.needs(access.WRITE_PROMPTS)
def autosave(request: HttpRequest, version_id: int) -> HttpResponse:
    """Keep a draft while it is written: says when, or why not. The words in the form stay as they are."""
    version = get_object_or_404(versions(), pk=version_id)
    form = DraftForm(request.POST, instance=version)
    context: dict[str, Any] = {"version": version}
    if not form.is_valid():
        return render(request, "dashboard/prompts/_saved.html", context | {"problem": " ".join(_said(form))})
    try:
        _write(request, version, form, sections_from(request.POST))
    except prompts.ChangedMeanwhile:
        context["is_conflict"] = True
    except prompts.UnableToWrite as problem:
        context["problem"] = str(problem)
    else:
        context |= {"saved_at": timezone.now(), "revision": version.revision}
    return render(request, "dashboard/prompts/_saved.html", context)


@require_POST
@access.needs(access.WRITE_PROMPTS)
def save_as_new(request: HttpRequest, version_id: int) -> HttpResponse:
    """Keep the words of the form in a draft of their own: a colleague has changed the one they were written for."""
    version = get_object_or_404(versions(), pk=version_id)
    form, data = DraftForm(request.POST, instance=version), sections_from(request.POST)
    if not form.is_valid():
        version.sections = data
        return _editor(request, version, form, _sections(data))
    with transaction.atomic():
        made = prompts.copy_to_draft(version=get_object_or_404(versions(), pk=version_id))
        prompts.write(
            version=made, revision=made.revision, by=request.user.email, now=timezone.now(), sections=data,
            **form.cleaned_data,
        )  # fmt: skip
    messages.success(request, f"Your words are in v{made.number}, a draft of their own.")
    return redirect("prompt-draft", version_id=made.pk)


@require_POST
@access.needs(access.WRITE_PROMPTS)
def copy(request: HttpRequest, version_id: int) -> HttpResponse:
    """Begin a draft from any version: so an old one is restored under a new number."""
    made = prompts.copy_to_draft(version=get_object_or_404(versions(), pk=version_id))
    return redirect("prompt-draft", version_id=made.pk)


@require_POST
@access.needs(access.PUBLISH_PROMPTS)
def publish(request: HttpRequest, version_id: int) -> HttpResponse:
    """Put a version into use for the calls that come from now on; an old one too, which rolls back."""
    version = get_object_or_404(versions(), pk=version_id)
    try:
        prompts.publish(version=version, by=request.user.email, now=timezone.now())
    except prompts.UnableToPublish as problem:
        messages.error(request, f"v{version.number} is not published. {problem}")
        return redirect("prompt-version", version_id=version.pk)
    messages.success(request, f"v{version.number} answers from now on. Calls in progress keep the version they have.")
    return redirect("prompt-assistant", assistant_id=version.assistant_id)


@require_POST
@access.needs(access.PUBLISH_PROMPTS)
def begin_trial(request: HttpRequest, version_id: int) -> HttpResponse:
    """Try a version on a share of the callers, or change the share."""
    version = get_object_or_404(versions(), pk=version_id)
    asked = request.POST.get("share", "")
    share = int(asked) if asked.isdecimal() and len(asked) < 4 else 0
    try:
        prompts.begin_trial(version=version, share=share, by=request.user.email, now=timezone.now())
    except prompts.UnableToPublish as problem:
        messages.error(request, f"v{version.number} is not tried. {problem}")
        return redirect("prompt-version", version_id=version.pk)
    messages.success(
        request, f"v{version.number} answers {share} in a hundred callers; each keeps the version they had."
    )
    return redirect("prompt-assistant", assistant_id=version.assistant_id)


@require_POST
@access.needs(access.PUBLISH_PROMPTS)
def swap(request: HttpRequest, version_id: int) -> HttpResponse:
    """Let a call under way go on with this version."""
    version = get_object_or_404(versions(), pk=version_id)
    asked = request.POST.get("call", "")
    calls = Call.objects.select_related("prompt_version")
    call = calls.filter(pk=int(asked)).first() if asked.isdecimal() and len(asked) < 18 else None
    try:
        if call is None:
            raise prompt_swaps.UnableToSwap("There is no such call.")
        prompt_swaps.swap(call=call, version=version, by=request.user.email, now=timezone.now())
    except prompt_swaps.UnableToSwap as problem:
        messages.error(request, f"{problem}")
    else:
        messages.success(request, f"Call {call.pk} goes on with v{version.number} from its next answer.")
    return redirect("prompt-version", version_id=version.pk)


@require_POST
@access.needs(access.PUBLISH_PROMPTS)
def end_trial(request: HttpRequest, assistant_id: int) -> HttpResponse:
    """Everybody gets the published version again."""
    assistant = get_object_or_404(Assistant, pk=assistant_id)
    if prompts.end_trial(assistant=assistant, by=request.user.email, now=timezone.now()):
        messages.success(request, "The trial is over: every caller gets the published version.")
    else:
        messages.info(request, "Nothing was on trial.")
    return redirect("prompt-assistant", assistant_id=assistant.pk)
