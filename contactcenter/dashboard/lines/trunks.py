"""Trunks: the list, and one with its addresses, its numbers and whom it lets call out."""

from collections.abc import AsyncIterator
from typing import Any

import django_filters
from django.contrib import messages
from django.db.models import Count, Q, QuerySet
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from calls.line_rules import failover
from calls.models import Number, OriginationTarget, SipAccessList, Trunk
from calls.provisioning import access_lists, disaster, mirroring
from calls.provisioning import trunks as provisioning
from calls.provisioning.problems import UnableTo
from contactcenter.dashboard import access, spreadsheet
from contactcenter.dashboard.lines.acting import done, unknown
from contactcenter.dashboard.lines.forms import TargetForm, TrunkForm
from contactcenter.dashboard.question import Question
from contactcenter.dashboard.request import HttpRequest

PAGE_SIZE = 50


class TrunkFilter(Question):
    """What a person asks of the trunks."""

    q = django_filters.CharFilter(method="search", label="Name, domain or address")

    class Meta:
        model = Trunk
        fields: list[str] = []

    def search(self, trunks: QuerySet[Trunk], _: str, text: str) -> QuerySet[Trunk]:
        """Trunks with these words."""
        words = text.strip()[:100]
        stands = Q(name__icontains=words) | Q(domain__icontains=words)
        return trunks.filter(stands | Q(pk__in=OriginationTarget.objects.filter(uri__icontains=words).values("trunk")))


def _trunks() -> QuerySet[Any]:
    counted = {"number_count": Count("numbers", distinct=True), "target_count": Count("targets", distinct=True)}
    return Trunk.objects.annotate(**counted).order_by("name", "pk")


@require_GET
@never_cache
@access.needs(access.READ_TRUNKS)
def trunks(request: HttpRequest) -> HttpResponse:
    """The list."""
    found = TrunkFilter(request.GET, queryset=_trunks())
    context: dict[str, Any] = found.page(request.GET.get("page"), size=PAGE_SIZE)
    context |= {"address": reverse("trunks"), "export_url": reverse("trunks-export")}
    context["rows"] = [{"trunk": one, "advice": provisioning.advice(one)} for one in context["page"]]
    template = "dashboard/lines/_trunks.html" if request.htmx else "dashboard/lines/trunks.html"
    return render(request, template, context)


@require_GET
@access.needs(access.READ_TRUNKS)
def export(request: HttpRequest) -> StreamingHttpResponse:
    """The addresses of the filtered trunks as CSV."""
    found = TrunkFilter(request.GET, queryset=_trunks()).qs
    targets = OriginationTarget.objects.filter(trunk__in=found.values("pk")).select_related("trunk")
    heads = ("trunk", "domain", "encrypted", "address", "priority", "weight", "on")
    return spreadsheet.download("trunks", heads, _rows(targets.order_by("trunk__name", "priority", "-weight", "pk")))


async def _rows(targets: QuerySet[OriginationTarget]) -> AsyncIterator[tuple[str, ...]]:
    async for target in targets.aiterator(chunk_size=500):
        trunk = target.trunk
        yield (
            trunk.name,
            trunk.domain,
            "yes" if trunk.is_secure else "no",
            target.uri.partition("?")[0],
            str(target.priority),
            str(target.weight),
            "yes" if target.is_on else "no",
        )


@require_POST
@access.needs(access.PROVISION)
def read(request: HttpRequest) -> HttpResponse:
    """Read everything at the carrier once more."""

    def act() -> str:
        found = mirroring.read_everything(now=timezone.now())
        return f"Read: {found.trunks} trunks, {found.lists} lists, {found.domains} SIP domains."

    return done(request, act, then="trunks")


@require_http_methods(["GET", "POST"])
@never_cache
@access.needs(access.PROVISION)
def new(request: HttpRequest) -> HttpResponse:
    """Make a trunk."""
    form = TrunkForm(request.POST or None, initial={"disaster_url": disaster.our_url()})
    if request.method == "POST" and form.is_valid():
        try:
            made = provisioning.create(plan=form.plan(), by=request.user.email, now=timezone.now())
        except UnableTo as problem:
            form.add_error(None, str(problem))
        else:
            messages.success(request, "The trunk is made. Give it an address of your telephone system, then a number.")
            return redirect("trunk", trunk_id=made.pk)
    return render(request, "dashboard/lines/trunk_new.html", {"form": form})


@require_GET
@never_cache
@access.needs(access.READ_TRUNKS)
def trunk(request: HttpRequest, trunk_id: int) -> HttpResponse:
    """One trunk."""
    return _page(request, get_object_or_404(Trunk, pk=trunk_id))


def _page(
    request: HttpRequest, found: Trunk, form: TrunkForm | None = None, target: TargetForm | None = None
) -> HttpResponse:
    plan = found.plan
    let_in = list(found.access_lists.order_by("kind", "name"))
    numbers = list(found.numbers.order_by("e164"))
    context = {
        "trunk": found,
        "advice": provisioning.advice(found),
        "targets": found.in_order(),
        "numbers": numbers,
        "free_numbers": Number.objects.filter(trunk=None, released_at=None)
        .exclude(phone_number_sid="")
        .order_by("e164"),
        "let_in": let_in,
        "other_lists": SipAccessList.objects.exclude(pk__in=[one.pk for one in let_in]).order_by("kind", "name"),
        "form": form or TrunkForm(initial={name: getattr(plan, name) for name in plan.__dataclass_fields__}),
        "target_form": target or TargetForm(),
        "final": failover.FINAL.items(),
        "patience_s": failover.PATIENCE_S,
        "most_targets": failover.MOST_TARGETS,
        "our_disaster_url": disaster.our_url(),
        "disaster_warnings": disaster.warnings(),
        "what_stays": provisioning.what_stays_of(len(numbers)),
    }
    return render(request, "dashboard/lines/trunk.html", context)


@require_POST
@access.needs(access.PROVISION)
def change(request: HttpRequest, trunk_id: int) -> HttpResponse:
    """Set it to another plan."""
    found = get_object_or_404(Trunk, pk=trunk_id)
    form = TrunkForm(request.POST)
    if form.is_valid():
        try:
            provisioning.change(trunk=found, plan=form.plan(), by=request.user.email, now=timezone.now())
        except UnableTo as problem:
            form.add_error(None, str(problem))
        else:
            messages.success(request, "Changed at the carrier.")
            return redirect("trunk", trunk_id=found.pk)
    return _page(request, found, form=form)


@require_POST
@access.needs(access.PROVISION)
def add_target(request: HttpRequest, trunk_id: int) -> HttpResponse:
    """Give it another address."""
    found = get_object_or_404(Trunk, pk=trunk_id)
    form = TargetForm(request.POST)
    if form.is_valid():
        try:
            provisioning.set_target(trunk=found, **form.cleaned_data, by=request.user.email, now=timezone.now())
        except UnableTo as problem:
            form.add_error("uri", str(problem))
        else:
            messages.success(request, "The address is on the trunk.")
            return redirect("trunk", trunk_id=found.pk)
    return _page(request, found, target=form)


@require_POST
@access.needs(access.PROVISION)
def change_target(request: HttpRequest, target_id: int, verb: str) -> HttpResponse:
    """Switch an address on or off, put it elsewhere in the order, or take it away."""
    target = get_object_or_404(OriginationTarget.objects.select_related("trunk"), pk=target_id)
    back: dict[str, Any] = {"then": "trunk", "trunk_id": target.trunk_id}
    if verb not in ("on", "off", "set", "drop"):
        return unknown(request, **back)

    def act() -> str:
        said: dict[str, Any] = {"by": request.user.email, "now": timezone.now()}
        if verb == "drop":
            provisioning.drop_target(target=target, **said)
            return "The address is off the trunk."
        given: dict[str, Any] = {
            "uri": target.uri,
            "name": target.name,
            "priority": target.priority,
            "weight": target.weight,
        }
        if verb == "set":
            form = TargetForm({**given, **request.POST.dict()})
            if not form.is_valid():
                raise UnableTo("Write whole numbers: a priority from 0, a weight from 1.")
            given |= {name: form.cleaned_data[name] for name in ("priority", "weight")}
        is_on = target.is_on if verb == "set" else verb == "on"
        provisioning.set_target(trunk=target.trunk, target=target, **given, is_on=is_on, **said)
        return "Changed at the carrier."

    return done(request, act, **back)


@require_POST
@access.needs(access.PROVISION)
def let_in(request: HttpRequest, trunk_id: int, verb: str) -> HttpResponse:
    """Let whoever stands on a list call out through it, or not any more."""
    found = get_object_or_404(Trunk, pk=trunk_id)
    chosen = request.POST.get("list", "")
    of = SipAccessList.objects.filter(pk=int(chosen)).first() if chosen.isdecimal() and len(chosen) < 18 else None
    if of is None or verb not in ("let-in", "shut-out"):
        return unknown(request, then="trunk", trunk_id=found.pk)

    def act() -> str:
        is_let_in = verb == "let-in"
        access_lists.let_in(of=of, at=found, is_let_in=is_let_in, by=request.user.email, now=timezone.now())
        return f"{of} may call out through it." if is_let_in else f"{of} may not call out through it any more."

    return done(request, act, then="trunk", trunk_id=found.pk)


@require_POST
@access.needs(access.PROVISION)
def delete(request: HttpRequest, trunk_id: int) -> HttpResponse:
    """Take it away for good; whoever does it has written its name."""
    found = get_object_or_404(Trunk, pk=trunk_id)
    try:
        said = provisioning.delete(
            trunk=found, typed=request.POST.get("typed", ""), by=request.user.email, now=timezone.now()
        )
    except UnableTo as problem:
        messages.error(request, str(problem))
        return redirect("trunk", trunk_id=trunk_id)
    messages.success(request, f"The trunk is deleted. {said}")
    return redirect("trunks")


@require_GET
@access.needs(access.READ_TRUNKS)
def disaster_file(request: HttpRequest) -> HttpResponse:
    """The document for disasters, to be put on another host."""
    response = HttpResponse(disaster.document(), content_type="text/xml; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="disaster.xml"'
    return response
