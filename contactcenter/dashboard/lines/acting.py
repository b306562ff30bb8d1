"""How every button here ends: it came about, or a sentence says why not."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect

from calls.provisioning.problems import UnableTo
from contactcenter.dashboard.request import HttpRequest


def done(request: HttpRequest, act: Callable[[], str], *, then: str, **where: Any) -> HttpResponse:
    """Do it and go back to a page; `act` answers what to say."""
    try:
        messages.success(request, act())
    except UnableTo as problem:
        messages.error(request, str(problem))
    return redirect(then, **where)


def unknown(request: HttpRequest, *, then: str, **where: Any) -> HttpResponse:
    """Nobody presses such a button."""
    messages.error(request, "There is no such button.")
    return redirect(then, **where)
