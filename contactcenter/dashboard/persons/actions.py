"""What can be done about a person: a consent kept, a wish not to be called, a list, an address, a call."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.views.decorators.http import require_POST

from compliance import audit, consent_check, opt_out
from compliance.models import ConsentRecord, Person, SuppressionEntry
from contactcenter.dashboard import access
from contactcenter.dashboard.persons import subject, views
from contactcenter.dashboard.persons.forms import ConsentForm, LiftForm, PersonForm, RevokeForm
from contactcenter.dashboard.request import HttpRequest


@require_POST
@access.needs(access.RECORD_CONSENT)
def record_consent(request: HttpRequest, whom: str) -> HttpResponse:
    """Keep what they agreed to, with its proof."""
    who, now, by = subject.of(request, whom), timezone.now(), request.user.email
    form = ConsentForm(request.POST, request.FILES)
    if not form.is_valid():
        return views.page(request, who, consent_form=form, is_open="consent")
    fields = {name: value for name, value in form.cleaned_data.items() if name != "evidence"}
    evidence = form.cleaned_data.get("evidence") or None
    fields["text_sha256"] = consent_check.sha256_of(fields["text"]) if fields["text"] else ""
    consent = ConsentRecord.record(number=who.number, evidence=evidence, by=by, now=now, **fields)
    audit.note(act="record_consent", subject=f"consent:{consent.pk}", by=by, now=now, consent=consent.kind)
    messages.success(request, "The consent is kept.")
    return redirect("person", whom=whom)


@require_POST
@access.needs(access.REVOKE)
def revoke(request: HttpRequest, whom: str) -> HttpResponse:
    """They do not want to be called: in force at once, everywhere."""
    who = subject.of(request, whom)
    form = RevokeForm(request.POST)
    if not form.is_valid():
        return views.page(request, who, revoke_form=form, is_open="revoke")
    try:
        opt_out.revoke(
            number=who.number, person_name=who.name, by=request.user.email, now=timezone.now(), **form.cleaned_data
        )
    except opt_out.UnableToRevoke as problem:
        messages.error(request, str(problem))
    else:
        messages.success(request, "Kept, and in force: nobody is rung on this number against their wish.")
    return redirect("person", whom=whom)


@require_POST
@access.needs(access.LIFT_NUMBERS)
def lift(request: HttpRequest, whom: str, entry_id: int) -> HttpResponse:
    """Take the number off our own list, for a reason."""
    who = subject.of(request, whom)
    entry = get_object_or_404(SuppressionEntry, pk=entry_id, number=who.number)
    form = LiftForm(request.POST)
    if not form.is_valid():
        messages.error(request, "Say why it is taken off the list.")
    elif opt_out.lift(entry=entry, why=form.cleaned_data["why"], by=request.user.email, now=timezone.now()):
        messages.success(request, "The number is off our own list. What they took back stays taken back.")
    else:
        messages.info(request, "It was off the list already.")
    return redirect("person", whom=whom)


@require_POST
@access.needs(access.CHANGE_PEOPLE)
def change(request: HttpRequest, whom: str) -> HttpResponse:
    """Write down who they are and where they live."""
    who, now, by = subject.of(request, whom), timezone.now(), request.user.email
    form = PersonForm(request.POST, instance=who.person and Person.objects.get(pk=who.person.pk))
    if not form.is_valid():
        return views.page(request, who, person_form=form, is_open="person")
    changed = [name for name in form.changed_data if name in form.cleaned_data]
    if changed or who.person is None:
        known = Person.know(number=who.number, now=now, **form.cleaned_data)
        audit.note(act="change_person", subject=f"person:{known.pk}", by=by, now=now, fields=sorted(changed))
    messages.success(request, "Kept.")
    return redirect("person", whom=whom)
