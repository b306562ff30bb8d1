"""`/stop/`: anybody can say here that they want no more calls, without an account and without a script.

The answer is the same whatever the number: nobody learns from it whom we know. A connection from which too many come is
told to wait; nothing is kept of it but a hash of its address.
"""

import hashlib
import hmac
from datetime import datetime, timedelta

from django import forms
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from calls.control import opting_out
from compliance import opt_out
from compliance.models import Revocation
from compliance.numbers import parse_e164

MOST, WITHIN = 10, timedelta(minutes=10)


class StopForm(forms.Form):
    """A number, and which calls."""

    number = forms.CharField(
        max_length=40,
        label="Your telephone number",
        widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "tel", "inputmode": "tel"}),
        error_messages={"required": "Enter your telephone number."},
    )
    scope = forms.ChoiceField(
        choices=[(Revocation.Scope.ALL.value, "All calls"), (Revocation.Scope.MARKETING.value, "Only sales calls")],
        initial=Revocation.Scope.ALL.value,
        label="Which calls should stop?",
        error_messages={"required": "Choose one.", "invalid_choice": "Choose one of the two."},
    )

    def clean_number(self) -> str:
        """The number as E.164."""
        number = parse_e164(self.cleaned_data["number"], region=settings.DEFAULT_REGION)
        if not number:
            raise forms.ValidationError("This is not a complete telephone number. Write it with its area code.")
        return number


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def stop(request: HttpRequest) -> HttpResponse:
    """The page, and what is sent from it."""
    form = StopForm(request.POST if request.method == "POST" else None)
    if request.method != "POST" or not form.is_valid():
        return render(request, "stop/form.html", {"form": form}, status=422 if form.is_bound else 200)
    now, who = timezone.now(), _who(request)
    if _is_too_much(who, now=now):
        return render(request, "stop/form.html", {"form": form, "is_too_much": True}, status=429)
    number = form.cleaned_data["number"]
    opt_out.revoke(number=number, scope=form.cleaned_data["scope"], route=Revocation.Route.WEB, by=who, now=now)
    opting_out.stop_ringing(number=number)
    return redirect("stop-done")


@require_GET
def done(request: HttpRequest) -> HttpResponse:
    """The same words for every number."""
    return render(request, "stop/done.html")


def _who(request: HttpRequest) -> str:
    address = request.META.get("REMOTE_ADDR", "")
    return "web:" + hmac.new(settings.SECRET_KEY.encode(), address.encode(), hashlib.sha256).hexdigest()[:16]


def _is_too_much(who: str, *, now: datetime) -> bool:
    came = Revocation.objects.filter(received_at__gt=now - WITHIN, route=Revocation.Route.WEB, created_by_ref=who)
    return came.count() >= MOST
