"""Call somebody by hand: one's own telephone rings first, then they are dialled, if the gate says yes."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_POST

from agents.models import Agent
from calls.control import click_to_call
from compliance.verdict import Purpose
from contactcenter.dashboard import access
from contactcenter.dashboard.persons import subject, views
from contactcenter.dashboard.persons.forms import CallForm
from contactcenter.dashboard.request import HttpRequest


@require_POST
@access.needs(access.TAKE_CALLS)
def call(request: HttpRequest, whom: str) -> HttpResponse:
    """Ring the agent, and then the person; a refusal tells every reason."""
    who = subject.of(request, whom)
    agent = Agent.objects.filter(user=request.user, is_active=True).first()
    if agent is None:
        messages.error(request, "You have no desk, so there is no telephone of yours to ring.")
        return redirect("person", whom=whom)
    form = CallForm(request.POST)
    if not form.is_valid():
        return views.page(request, who, call_form=form, is_open="call")
    try:
        begun = click_to_call.place(
            agent=agent,
            to=who.number,
            number=form.cleaned_data["number"],
            purpose=Purpose(form.cleaned_data["purpose"]),
            seller=form.cleaned_data["seller"],
            topic=form.cleaned_data["topic"],
            by=request.user.email,
            now=timezone.now(),
        )
    except click_to_call.UnableToPlace as problem:
        return views.page(request, who, call_form=form, is_open="call", refusals=problem.reasons)
    messages.success(request, "Your own telephone rings first. When you answer, they are rung.")
    return redirect("call", call_id=begun.pk)
