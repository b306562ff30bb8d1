"""People who are to be called back: the list, one of them, and what is done about it."""

from collections.abc import AsyncIterator
from datetime import datetime
from zoneinfo import available_timezones

from django.contrib import messages
from django.db.models import Case, F, IntegerField, QuerySet, Value, When
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from agents.models import Agent
from calls.control import callback_work
from calls.lifecycle.callback import CALLBACKS_OPEN, CallbackFact
from calls.models import Callback
from compliance import audit
from compliance.redaction import mask_address
from contactcenter.dashboard import access, colleagues, follow_up_words, spreadsheet
from contactcenter.dashboard.filters import CallbackFilter
from contactcenter.dashboard.request import HttpRequest

PAGE_SIZE = 50
_LAST_TURNS = 8
_NOTE = 2000
_OWN_FIRST = "Your own telephone rings first. When you answer, they are rung."
# What can be said to have come of it.
OUTCOMES = {
    CallbackFact.REACHED: "Called back",
    CallbackFact.DECLINED: "They did not want it any more",
    CallbackFact.CALLED_OFF: "Cancelled by us",
}


def _callbacks() -> QuerySet[Callback]:
    """What is to be done first, the earliest due before the others; then what is over, the newest first."""
    is_over = Case(When(state__in=CALLBACKS_OPEN, then=Value(0)), default=Value(1), output_field=IntegerField())
    order = (is_over, F("closed_at").desc(nulls_first=True), F("due_at").asc(nulls_first=True), "pk")
    return Callback.objects.select_related("call__number", "assigned_to").order_by(*order)


@require_GET
@never_cache
@access.needs(access.READ_CALLBACKS)
def todo(request: HttpRequest) -> HttpResponse:
    """The callbacks, due first, with search and filters in the address."""
    found = CallbackFilter(request.GET, queryset=_callbacks())
    context = found.page(request.GET.get("page"), size=PAGE_SIZE)
    context |= {"address": reverse("callbacks"), "export_url": reverse("callbacks-export"), "now": timezone.now()}
    template = "dashboard/_callbacks.html" if request.htmx else "dashboard/callbacks.html"
    return render(request, template, context)


@require_GET
@access.needs(access.READ_CALLBACKS)
def export(request: HttpRequest) -> StreamingHttpResponse:
    """The filtered callbacks as CSV; numbers masked for those who may not see them."""
    found = CallbackFilter(request.GET, queryset=_callbacks()).qs
    rows = _rows(found, is_masked=not request.user.has_perm(access.SEE_NUMBERS))
    return spreadsheet.download("callbacks", _HEADS, rows)


_HEADS = ("callback", "call", "asked (UTC)", "due (UTC)", "due there", "time zone", "person", "why", "about", "state",
          "looked after by", "said", "note")  # fmt: skip


async def _rows(found: QuerySet[Callback], *, is_masked: bool) -> AsyncIterator[tuple[str, ...]]:
    async for callback in found.aiterator(chunk_size=500):
        yield (
            str(callback.pk),
            str(callback.call_id),
            _utc(callback.asked_at),
            _utc(callback.due_at),
            follow_up_words.there(callback.due_at, callback.zone),
            callback.zone,
            mask_address(callback.customer_e164) if is_masked else callback.customer_e164,
            follow_up_words.origin_words(callback.origin),
            callback.reason,
            follow_up_words.callback_words(callback.state),
            "" if callback.assigned_to is None else colleagues.name_of(callback.assigned_to),
            callback.evidence_text,
            callback.note,
        )


def _utc(at: datetime | None) -> str:
    return "" if at is None else f"{at:%Y-%m-%d %H:%M:%S}"


@require_GET
@never_cache
@access.needs(access.READ_CALLBACKS)
def callback(request: HttpRequest, callback_id: int) -> HttpResponse:
    """One callback: who, when, why, by what words; and what was said last."""
    found = get_object_or_404(Callback.objects.select_related("call__number", "assigned_to"), pk=callback_id)
    last = found.call.turns.filter(is_final=True).exclude(text="").order_by("-started_ms")[:_LAST_TURNS]
    context = {
        "callback": found,
        "last_turns": reversed(last),
        "people": colleagues.who_follow_up(),
        "zones": sorted(available_timezones()),
        "outcomes": [(fact.value, said) for fact, said in OUTCOMES.items()],
        "now": timezone.now(),
    }
    return render(request, "dashboard/callback.html", context)


@require_POST
@access.needs(access.HANDLE_CALLBACKS)
def assign(request: HttpRequest, callback_id: int) -> HttpResponse:
    """Somebody, or nobody, looks after it."""
    found = get_object_or_404(Callback, pk=callback_id)
    person, is_known = colleagues.chosen(request.POST.get("person", ""))
    if not is_known:
        messages.error(request, "This person does not look after callbacks.")
    else:
        found.change(assigned_to=person)
        by, to = request.user.email, "" if person is None else person.email
        audit.note(act="assign_callback", subject=f"callback:{found.pk}", by=by, now=timezone.now(), to=to)
    return redirect("callback", callback_id=found.pk)


@require_POST
@access.needs(access.HANDLE_CALLBACKS)
def put_off(request: HttpRequest, callback_id: int) -> HttpResponse:
    """Agree on another time, by the person's clock."""
    found = get_object_or_404(Callback.objects.select_related("call"), pk=callback_id)
    try:
        reading = datetime.fromisoformat(request.POST.get("when", "")).replace(tzinfo=None)
    except ValueError:
        messages.error(request, "Say on which day and at what time.")
        return redirect("callback", callback_id=found.pk)
    try:
        callback_work.put_off(
            callback=found,
            reading=reading,
            zone=request.POST.get("zone", ""),
            by=request.user.email,
            now=timezone.now(),
        )
    except callback_work.UnableToChangeCallback as problem:
        messages.error(request, str(problem))
    return redirect("callback", callback_id=found.pk)


@require_POST
@access.needs(access.HANDLE_CALLBACKS)
def finish(request: HttpRequest, callback_id: int) -> HttpResponse:
    """Say what came of it, or that it is not over after all."""
    found = get_object_or_404(Callback.objects.select_related("call"), pk=callback_id)
    outcome, by, now = request.POST.get("outcome", ""), request.user.email, timezone.now()
    try:
        if outcome == CallbackFact.REOPENED:
            callback_work.reopen(callback=found, by=by, now=now)
        elif outcome in OUTCOMES:
            note = request.POST.get("note", "").strip()[:_NOTE]
            callback_work.finish(callback=found, fact=CallbackFact(outcome), note=note, by=by, now=now)
        else:
            messages.error(request, "Say what came of it.")
    except callback_work.UnableToChangeCallback as problem:
        messages.error(request, str(problem))
    return redirect("callback", callback_id=found.pk)


@require_POST
@access.needs(access.HANDLE_CALLBACKS)
def call_now(request: HttpRequest, callback_id: int) -> HttpResponse:
    """Have this person rung, if that may be."""
    found = get_object_or_404(Callback.objects.select_related("call__number"), pk=callback_id)
    agent = Agent.objects.filter(user=request.user, is_active=True).first()  # else the assistant calls them
    try:
        callback_work.call_now(callback=found, agent=agent, by=request.user.email, now=timezone.now())
    except callback_work.UnableToChangeCallback as problem:
        messages.error(request, str(problem))
    else:
        messages.success(request, _OWN_FIRST if agent is not None else "The assistant is calling them.")
    return redirect("callback", callback_id=found.pk)
