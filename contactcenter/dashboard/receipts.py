"""Receipts: the decisions of the gate, searched, read one by one, and taken along as a packet."""

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any

import django_filters
from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import Http404, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from compliance import audit, replay
from compliance.models import DialDecision, DisputePacket, ReceiptEntry
from compliance.numbers import parse_e164
from compliance.redaction import mask_address
from compliance.verdict import SENTENCES, Code, Outcome, Purpose
from contactcenter.dashboard import access, audio, spreadsheet
from contactcenter.dashboard.question import Question
from contactcenter.dashboard.request import HttpRequest
from contactcenter.privacy import afterwards, packets, tasks
from contactcenter.privacy.packets import UnableToMakePacket

PAGE_SIZE = 50
OUTCOMES = {Outcome.ALLOW: "Allowed", Outcome.DEFER: "Put off", Outcome.DENY: "Refused"}
_DATE = forms.DateInput(attrs={"type": "date"})


class ReceiptFilter(Question):
    """What a person asks of the receipts."""

    q = django_filters.CharFilter(method="search", label="Number or what it was for")
    since = django_filters.DateFilter(field_name="at", lookup_expr="date__gte", label="From", widget=_DATE)
    until = django_filters.DateFilter(field_name="at", lookup_expr="date__lte", label="To", widget=_DATE)
    outcome = django_filters.ChoiceFilter(
        label="Answer", choices=[(o.value, said) for o, said in OUTCOMES.items()], empty_label="Any answer"
    )
    code = django_filters.ChoiceFilter(
        label="First reason", choices=[(c.value, c.value) for c in Code], empty_label="Any reason"
    )
    purpose = django_filters.ChoiceFilter(
        label="Purpose", choices=[(p.value, p.value) for p in Purpose], empty_label="Any purpose"
    )

    class Meta:
        model = DialDecision
        fields: list[str] = []

    def search(self, decisions: QuerySet[DialDecision], _: str, text: str) -> QuerySet[DialDecision]:
        """Decisions about a number, or about a call, an attempt, an offer, by its reference; or one by its number."""
        words = text.strip()[:100].replace("\0", "")
        digits = "".join(filter(str.isdigit, words))
        match = Q(subject_ref=words) | Q(errand_ref=words) | Q(to_address=words)
        if number := parse_e164(words):
            match |= Q(number=number)
        elif len(digits) >= 3:
            match |= Q(number__contains=digits)
        if words.startswith("#") and words[1:].isdigit() and len(words) < 19:
            match |= Q(pk=int(words[1:]))
        return decisions.filter(match)


def _decisions() -> QuerySet[DialDecision]:
    return DialDecision.objects.order_by("-pk")


@require_GET
@never_cache
@access.needs(access.READ_RECEIPTS)
def receipts(request: HttpRequest) -> HttpResponse:
    """The decisions, newest first, with search and filters in the address."""
    found = ReceiptFilter(request.GET, queryset=_decisions())
    context = found.page(request.GET.get("page"), size=PAGE_SIZE)
    context |= {"address": reverse("receipts"), "export_url": reverse("receipts-export"), "outcomes": OUTCOMES}
    template = "dashboard/privacy/_receipts.html" if request.htmx else "dashboard/privacy/receipts.html"
    return render(request, template, context)


_HEADS = (
    *("decision", "at (UTC)", "purpose", "number", "shown", "for", "errand", "asked by", "answer", "first reason"),
    *("all reasons", "not before (UTC)", "rules", "software", "time zones", "numbers read by"),
)


@require_GET
@access.needs(access.READ_RECEIPTS)
def export(request: HttpRequest) -> StreamingHttpResponse:
    """The filtered decisions as CSV; numbers masked for those who may not see them."""
    found = ReceiptFilter(request.GET, queryset=_decisions()).qs
    rows = _rows(found, is_masked=not request.user.has_perm(access.SEE_NUMBERS))
    return spreadsheet.download("receipts", _HEADS, rows)


async def _rows(found: QuerySet[DialDecision], *, is_masked: bool) -> AsyncIterator[tuple[str, ...]]:
    async for one in found.aiterator(chunk_size=500):
        number = one.number or one.to_address
        yield (
            str(one.pk),
            _utc(one.at),
            one.purpose,
            mask_address(number) if is_masked else number,
            one.caller_id,
            one.subject_ref,
            one.errand_ref,
            one.actor_ref,
            one.outcome,
            one.code,
            " ".join(str(reason.get("code", "")) for reason in one.reasons),
            _utc(one.until),
            one.ruleset,
            one.software,
            one.tzdata,
            one.library,
        )


def _utc(at: datetime | None) -> str:
    return "" if at is None else f"{at:%Y-%m-%d %H:%M:%S}"


@require_GET
@never_cache
@access.needs(access.READ_RECEIPTS)
def receipt(request: HttpRequest, decision_id: int) -> HttpResponse:
    """One decision as a receipt: what was asked, known and answered, what came of it, and the proof."""
    decision = get_object_or_404(DialDecision, pk=decision_id)
    again = replay.again(decision)
    context = {
        "decision": decision,
        "answer": OUTCOMES[Outcome(decision.outcome)],
        "clocks": list(decision.local_times.items()),
        "checks": [(code, said, _sentence(code)) for code, said in decision.checks.items() if said != "clear"],
        "clear": [code for code, said in decision.checks.items() if said == "clear"],
        "after": afterwards.of(decision),
        "entry": ReceiptEntry.latest_of(decision),
        "again": again,
        "asked": _readable(decision.request),
        "known": _readable(decision.facts),
        "packets": DisputePacket.objects.filter(subject_ref=f"decision:{decision.pk}").order_by("-pk")[:5],
    }
    return render(request, "dashboard/privacy/receipt.html", context)


def _sentence(code: str) -> str:
    try:
        return SENTENCES[Code(code)]
    except (ValueError, KeyError):  # a code of another version
        return ""


def _readable(stored: Any, name: str = "") -> list[tuple[str, str]]:
    """Stored values as lines, numbers masked: `door.campaign.pool` and what it was."""
    if isinstance(stored, dict):
        return [line for key, part in stored.items() for line in _readable(part, f"{name}.{key}" if name else key)]
    if isinstance(stored, list) and all(isinstance(part, str | int | float | None) for part in stored):
        return [(name, ", ".join(_masked(part) for part in stored) or "none")]
    if isinstance(stored, list):
        return [line for number, part in enumerate(stored, 1) for line in _readable(part, f"{name} {number}")]
    return [(name, _masked(stored))] if name else []


def _masked(value: Any) -> str:
    if value is None or value == "":
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    text = str(value)
    return mask_address(text) if text.startswith("+") or text.partition(":")[0] in ("sip", "client", "tel") else text


@require_http_methods(["GET", "POST"])
@access.needs(access.TAKE_PACKET)
def receipt_packet(request: HttpRequest, decision_id: int) -> HttpResponseBase:
    """POST: have a packet of this decision made. GET: the newest one that is ready, as a file."""
    if request.method == "POST":
        return _ask(request, DisputePacket.About.DECISION, str(decision_id))
    ready = DisputePacket.objects.filter(subject_ref=f"decision:{decision_id}", state=DisputePacket.State.READY)
    packet = ready.exclude(file="").order_by("-pk").first()
    if packet is None:
        raise Http404
    return _handed_out(request, packet)


@require_POST
@access.needs(access.TAKE_PACKET)
def call_packet(request: HttpRequest, call_id: int) -> HttpResponse:
    """Have a packet of this call made."""
    return _ask(request, DisputePacket.About.CALL, str(call_id))


@require_POST
@access.needs(access.TAKE_PACKET)
def ask_packet(request: HttpRequest) -> HttpResponseBase:
    """Have a packet made, about a decision, a call or a number, as the form says."""
    about = request.POST.get("about", "")
    subject = request.POST.get("subject", "").strip()[:40]
    if about == DisputePacket.About.PERSON:
        if not request.user.has_perm(access.ERASE_PERSON):
            raise PermissionDenied
        subject = parse_e164(subject)
    return _ask(request, about, subject)


def _ask(request: HttpRequest, about: str, subject: str) -> HttpResponse:
    now = timezone.now()
    try:
        if not subject or about not in DisputePacket.About.values:
            raise UnableToMakePacket("Say what the packet should be about.")
        packet = packets.ask(about=about, subject=subject, by=request.user.email, now=now)
    except UnableToMakePacket as problem:
        messages.error(request, str(problem))
        return redirect("receipts")
    if packets.is_small(packet):
        packets.make(packet=packet, now=now)
    else:
        tasks.make_packet.delay(packet_id=packet.pk)
    return redirect("packet", packet_id=packet.pk)


def _packet(request: HttpRequest, packet_id: int) -> DisputePacket:
    packet = get_object_or_404(DisputePacket, pk=packet_id)
    if packet.about == DisputePacket.About.PERSON and not request.user.has_perm(access.ERASE_PERSON):
        raise PermissionDenied
    return packet


@require_GET
@never_cache
@access.needs(access.TAKE_PACKET)
def packet(request: HttpRequest, packet_id: int) -> HttpResponse:
    """How a packet comes along, and the way to it."""
    found = _packet(request, packet_id)
    kind, _, ref = found.subject_ref.partition(":")
    context = {"packet": found, "title": packets.title_of(found), "kind": kind, "ref": ref}
    template = "dashboard/privacy/_packet.html" if request.htmx else "dashboard/privacy/packet.html"
    return render(request, template, context)


@require_GET
@access.needs(access.TAKE_PACKET)
def packet_file(request: HttpRequest, packet_id: int) -> HttpResponseBase:
    """The packet, as a file."""
    found = _packet(request, packet_id)
    if found.state != DisputePacket.State.READY or not found.file:
        raise Http404
    return _handed_out(request, found)


def _handed_out(request: HttpRequest, packet: DisputePacket) -> HttpResponseBase:
    stored, now = packet.file, timezone.now()
    if not stored.storage.exists(stored.name or ""):
        raise Http404
    audit.note(act="take_packet", subject=packet.subject_ref, by=request.user.email, now=now, packet=packet.pk)
    name = packet.subject_ref.replace(":", "-")
    content = audio.pieces(stored, 0, packet.size_bytes - 1)
    response = StreamingHttpResponse(content, content_type="application/zip")
    response["Content-Disposition"] = f'attachment; filename="packet-{name}.zip"'
    response["Content-Length"] = str(packet.size_bytes)
    response["Cache-Control"] = "private, no-store"
    return response
