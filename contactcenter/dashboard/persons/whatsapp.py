"""WhatsApp on a person's page: asking them, calling them there, and ending a permission."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_POST

from agents.models import Agent, Assistant
from calls.control import click_to_call
from calls.control.whatsapp import asking, calling
from calls.models import WhatsAppSender, WhatsAppTemplate
from compliance import whatsapp_permission
from compliance.numbers import by_whatsapp
from compliance.verdict import Purpose
from compliance.whatsapp_permission import UnableToAsk
from compliance.whatsapp_terms import UnableToApply
from contactcenter.dashboard import access
from contactcenter.dashboard.persons import subject, views
from contactcenter.dashboard.persons.whatsapp_form import WhatsAppCallForm
from contactcenter.dashboard.request import HttpRequest


@require_POST
@access.needs(access.ASK_WHATSAPP)
def ask(request: HttpRequest, whom: str) -> HttpResponse:
    """Ask them in the chat whether we may call; or, by another template, send them a button to call us."""
    who = subject.of(request, whom)
    sender = _chosen(WhatsAppSender.objects.select_related("number"), request.POST.get("sender", ""))
    template = _chosen(WhatsAppTemplate.objects.all(), request.POST.get("template", ""))
    if sender is None or template is None:
        messages.error(request, "Choose a sender of ours and a template.")
        return redirect("person", whom=whom)
    is_button = template.kind == WhatsAppTemplate.Kind.CALL_BUTTON
    send = asking.invite if is_button else asking.ask
    try:
        send(sender=sender, template=template, person=who.number, by=request.user.email, now=timezone.now())
    except UnableToAsk as why:
        messages.error(request, f"Not sent: {why}")
    else:
        done = (
            "They have a button to call us." if is_button else "They are asked. When they answer, it is written here."
        )
        messages.success(request, done)
    return redirect("person", whom=whom)


@require_POST
@access.needs(access.TAKE_CALLS)
def call(request: HttpRequest, whom: str) -> HttpResponse:
    """Call them by WhatsApp; a refusal tells every reason."""
    who, by, now = subject.of(request, whom), request.user.email, timezone.now()
    form = WhatsAppCallForm(request.POST)
    if not form.is_valid():
        return views.page(request, who, whatsapp_form=form, is_open="whatsapp")
    said = form.cleaned_data
    about = {"purpose": Purpose(said["purpose"]), "seller": said["seller"], "topic": said["topic"]}
    try:
        if said["speaker"] == "me":
            begun = click_to_call.place(
                agent=_seat(request), to=by_whatsapp(who.number), number=said["sender"].number, by=by, now=now, **about
            )
        else:
            assistant = Assistant.objects.get(pk=said["speaker"])
            begun = calling.by_assistant(
                assistant=assistant, sender=said["sender"], person=who.number, by=by, now=now, **about
            )
    except click_to_call.UnableToPlace as problem:
        return views.page(request, who, whatsapp_form=form, is_open="whatsapp", whatsapp_refusals=problem.reasons)
    messages.success(request, "They are being called by WhatsApp.")
    return redirect("call", call_id=begun.pk)


@require_POST
@access.needs(access.REVOKE)
def end(request: HttpRequest, whom: str) -> HttpResponse:
    """They said that they do not want calls by WhatsApp any more."""
    who = subject.of(request, whom)
    sender = _chosen(WhatsAppSender.objects.select_related("number"), request.POST.get("sender", ""))
    if sender is None:
        messages.error(request, "Choose a sender of ours.")
        return redirect("person", whom=whom)
    why = request.POST.get("why", "").replace("\0", "").strip()[:200] or "They said so."
    whatsapp_permission.take_away(
        sender=sender.number.e164, person=who.number, why=why, by=request.user.email, now=timezone.now()
    )
    messages.success(request, "Kept, and in force: they are not called by WhatsApp from this number.")
    return redirect("person", whom=whom)


@require_POST
@access.needs(access.KEEP_WHATSAPP_RULES)
def last(request: HttpRequest, whom: str) -> HttpResponse:
    """Somebody has seen in the owner's Meta account that they have allowed it for good."""
    who = subject.of(request, whom)
    sender = _chosen(WhatsAppSender.objects.select_related("number"), request.POST.get("sender", ""))
    if sender is None:
        messages.error(request, "Choose a sender of ours.")
        return redirect("person", whom=whom)
    try:
        whatsapp_permission.allowed_for_good(
            sender=sender.number.e164, person=who.number, by=request.user.email, now=timezone.now()
        )
    except (UnableToAsk, UnableToApply) as why:
        messages.error(request, str(why))
    else:
        messages.success(request, "Kept: their permission has no end until they take it back.")
    return redirect("person", whom=whom)


def _seat(request: HttpRequest) -> Agent:
    seat = Agent.objects.filter(user=request.user, is_active=True).first()
    if seat is None:
        raise click_to_call.UnableToPlace("You have no desk, so there is no telephone of yours to ring.")
    if seat.seat == Agent.Seat.PHONE:
        raise click_to_call.UnableToPlace(
            "Your desk is rung at a telephone number, and a WhatsApp call reaches browsers and SIP telephones only."
        )
    return seat


def _chosen(rows: Any, key: str) -> Any:
    return rows.filter(pk=int(key)).first() if key.isascii() and key.isdecimal() and len(key) < 18 else None
