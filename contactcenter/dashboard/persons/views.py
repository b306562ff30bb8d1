"""The page of a person: may we call, what they agreed to, which lists they stand on, what we had to do with them."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from agents.models import Agent
from calls.models import Campaign
from compliance import audit
from contactcenter.dashboard import access
from contactcenter.dashboard.persons import may_call, sections, subject, whatsapp_form
from contactcenter.dashboard.persons.forms import CallForm, ConsentForm, PersonForm, RevokeForm
from contactcenter.dashboard.persons.subject import Subject
from contactcenter.dashboard.request import HttpRequest


@require_GET
@never_cache
@access.needs(access.READ_PEOPLE)
def person(request: HttpRequest, whom: str) -> HttpResponse:
    """Everything we know of the owner of a number, and what may be done about it."""
    return page(request, subject.of(request, whom))


def page(request: HttpRequest, who: Subject, *, status: int = 200, **forms: Any) -> HttpResponse:
    """The page; `forms` in place of empty ones, with what was wrong in them."""
    now = timezone.now()
    topic = request.GET["topic"].replace("\0", "") if "topic" in request.GET else None
    on = may_call.behalf(who.number, seller=request.GET.get("seller", ""), topic=topic)
    answers = may_call.ask(who.number, on, by=request.user.email, now=now)
    context = {
        "who": who,
        "now": now,
        "on": on,
        "sellers": may_call.sellers(),
        "topics": sorted(set(Campaign.objects.values_list("topic", flat=True)[:200])),
        "answers": answers,
        "in_short": may_call.in_short(answers),
        "consent_form": ConsentForm(initial={"person_name": who.name}),
        "revoke_form": RevokeForm(),
        "person_form": PersonForm(instance=who.person),
        "call_form": CallForm(initial={"seller": on.seller, "topic": on.topic}),
        "seat": Agent.objects.filter(user=request.user, is_active=True).first(),
        **sections.place(who),
        **sections.consents(who, seller=on.seller),
        **sections.lists(who),
        **sections.history(who, now=now),
        **whatsapp_form.of_person(who, seller=on.seller, topic=on.topic, now=now),
    }
    return render(request, "dashboard/persons/person.html", context | forms, status=status)


@require_POST
@access.needs(access.SEE_NUMBERS)
def reveal(request: HttpRequest, whom: str) -> HttpResponse:
    """Show the whole number, once, and keep who looked."""
    who = subject.of(request, whom)
    audit.note(act="reveal_numbers", subject=f"person:{whom}"[:100], by=request.user.email, now=timezone.now())
    if request.htmx:
        return render(request, "dashboard/persons/_number.html", {"who": who})
    messages.info(request, who.number)
    return redirect("person", whom=whom)
