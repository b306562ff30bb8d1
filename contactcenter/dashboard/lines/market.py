"""Numbers that are for sale: looked for, looked at once more with their price, bought."""

import secrets
from typing import Any

from django.contrib import messages
from django.core import signing
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from calls.line_rules.searching import KINDS
from calls.models import Number, NumberOrder
from calls.provisioning import buying
from calls.provisioning.problems import UnableTo
from compliance.numbers import country_of
from contactcenter.dashboard import access
from contactcenter.dashboard.lines.acting import done
from contactcenter.dashboard.lines.forms import BuyForm, SearchForm
from contactcenter.dashboard.lines.words import COUNTRIES, ORDERS
from contactcenter.dashboard.request import HttpRequest

_SALT = "a number to buy"
_OFFER_GOOD_S = 3600


@require_GET
@never_cache
@access.needs(access.PROVISION)
def search(request: HttpRequest) -> HttpResponse:
    """Look for numbers; without a question, the form alone."""
    form = SearchForm(request.GET if "country" in request.GET else None)
    context: dict[str, Any] = {"form": form, "countries": COUNTRIES}
    if form.is_bound and form.is_valid():
        try:
            context["offered"] = buying.look(form.search())
            context["kind"] = form.cleaned_data["kind"]
        except UnableTo as problem:
            context["problem"] = str(problem)
    return render(request, "dashboard/lines/search.html", context)


@require_http_methods(["GET", "POST"])
@never_cache
@access.needs(access.PROVISION)
def buy(request: HttpRequest) -> HttpResponse:
    """Look at a number once more, with its price; then buy it."""
    return _bought(request) if request.method == "POST" else _confirm(request)


def _confirm(request: HttpRequest) -> HttpResponse:
    e164, kind = request.GET.get("number", "")[:20].strip(), request.GET.get("kind", "")
    e164 = e164 if e164.startswith("+") else f"+{e164.lstrip()}"  # a + in an address is a space
    kind = kind if kind in set(KINDS) else "local"
    if not country_of(e164):
        messages.error(request, "Choose a number first.")
        return redirect("number-search")
    price = buying.price_of(country=country_of(e164), kind=kind)
    return _asked(request, {"ref": secrets.token_urlsafe(16), "e164": e164, "kind": kind, "price": price}, BuyForm())


def _asked(request: HttpRequest, offer: dict[str, str], form: BuyForm) -> HttpResponse:
    context = {"offer": offer, "form": form, "sealed": signing.dumps(offer, salt=_SALT)}
    return render(request, "dashboard/lines/buy.html", context)


def _bought(request: HttpRequest) -> HttpResponse:
    try:
        offer = signing.loads(request.POST.get("offer", ""), salt=_SALT, max_age=_OFFER_GOOD_S)
    except signing.BadSignature:
        messages.error(request, "This page was open for too long. Look for the number once more.")
        return redirect("number-search")
    form = BuyForm(request.POST)
    if not form.is_valid():
        return _asked(request, offer, form)
    try:
        order = buying.buy(**offer, **form.cleaned_data, by=request.user.email, now=timezone.now())
    except UnableTo as problem:
        messages.error(request, str(problem))
        return redirect("number-search")
    return redirect("number-order", order_id=order.pk)


@require_GET
@never_cache
@access.needs(access.PROVISION)
def order(request: HttpRequest, order_id: int) -> HttpResponse:
    """What came of a wish to buy a number."""
    found = get_object_or_404(NumberOrder, pk=order_id)
    number = Number.objects.filter(e164=found.e164).first()
    context = {"order": found, "said": ORDERS[NumberOrder.State(found.state)], "number": number}
    return render(request, "dashboard/lines/order.html", context)


@require_POST
@access.needs(access.PROVISION)
def look_again(request: HttpRequest, order_id: int) -> HttpResponse:
    """Find out what became of an order whose answer was lost."""
    found = get_object_or_404(NumberOrder, pk=order_id)

    def act() -> str:
        buying.find_out(found, now=timezone.now())
        found.refresh_from_db()
        return ORDERS[NumberOrder.State(found.state)]

    return done(request, act, then="number-order", order_id=found.pk)
