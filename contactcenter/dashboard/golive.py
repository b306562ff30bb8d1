"""The go-live page: what differs at the vendors, put right and taken back by a button, and the sound check."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from agents.models import Agent
from calls.control import readiness, sound_check, vendor_settings
from calls.golive import Severity
from calls.models import Number, ReadinessCheck, SettingChange
from contactcenter.dashboard import access
from contactcenter.dashboard.request import HttpRequest

_SHOWN = 40
_HEADS = {
    Severity.BLOCKER: "Calls fail because of this",
    Severity.SERIOUS: "Something is lost, or will be",
    Severity.HINT: "Good to know",
}


@require_GET
@never_cache
@access.needs(access.GO_LIVE)
def page(request: HttpRequest) -> HttpResponse:
    """What the last check found, what was changed, and how the last sound check went."""
    last = ReadinessCheck.last()
    found = [] if last is None else last.found()
    context = {
        "last": last,
        "groups": [
            (severity, head, [finding for finding in found if finding.severity is severity])
            for severity, head in _HEADS.items()
        ],
        "repairable": sum(finding.is_repairable for finding in found),
        "changes": SettingChange.objects.order_by("-pk")[:_SHOWN],
        "standing": _runs(),
        "sound": sound_check.newest(),
        "seat": _seat(request),
        "numbers": Number.objects.filter(is_active=True).order_by("e164"),
    }
    return render(request, "dashboard/golive/page.html", context)


def _runs() -> list[tuple[str, SettingChange, int]]:
    """Each go whose changes stand, the newest first: its name, its first change, and how many."""
    made = SettingChange.objects.filter(state=SettingChange.State.MADE).order_by("-pk")[:500]
    runs: dict[str, list[SettingChange]] = {}
    for change in made:
        runs.setdefault(change.run, []).append(change)
    return [(run, changes[-1], len(changes)) for run, changes in list(runs.items())[:10]]


def _seat(request: HttpRequest) -> Agent | None:
    return Agent.objects.filter(user=request.user, is_active=True).first()


@require_POST
@access.needs(access.GO_LIVE)
def check(request: HttpRequest) -> HttpResponse:
    """Read everything, now."""
    made = readiness.check(by=request.user.email, now=timezone.now())
    said = f"{made.blockers} that stop calls, {made.others} others." if made.findings else "Nothing differs."
    messages.info(request, f"Checked. {said}")
    return redirect("go-live")


@require_POST
@access.needs(access.GO_LIVE)
def repair(request: HttpRequest) -> HttpResponse:
    """Put one thing right, or everything that can be."""
    last = ReadinessCheck.last()
    every = {finding.key for finding in last.found()} if last is not None else set()
    keys = every if request.POST.get("all") else set(request.POST.getlist("key"))
    try:
        done, _ = readiness.repair(keys, by=request.user.email, now=timezone.now())
    except readiness.NotFound as nothing:
        messages.error(request, str(nothing))
    else:
        _say(request, done, "put right")
    return redirect("go-live")


@require_POST
@access.needs(access.GO_LIVE)
def undo(request: HttpRequest) -> HttpResponse:
    """Take back what was changed in one go."""
    run = request.POST.get("run", "")
    if not run.isalnum() or not SettingChange.objects.filter(run=run).exists():
        messages.error(request, "These changes are not known.")
        return redirect("go-live")
    now = timezone.now()
    _say(request, vendor_settings.undo(by=request.user.email, now=now, run=run), "taken back")
    readiness.check(by=request.user.email, now=timezone.now())
    return redirect("go-live")


def _say(request: HttpRequest, done: vendor_settings.Done, what: str) -> None:
    count = len(done.made)
    if count:
        messages.success(request, f"{count} {'setting was' if count == 1 else 'settings were'} {what}.")
    for problem in done.problems:
        messages.error(request, problem)
    if not count and not done.problems:
        messages.info(request, "Nothing was to be done.")


@require_POST
@access.needs(access.GO_LIVE)
def ring(request: HttpRequest) -> HttpResponse:
    """Ring whoever presses the button, at their own seat."""
    active = Number.objects.filter(is_active=True).order_by("e164")
    wanted = request.POST.get("number", "")
    number = next((one for one in active if one.e164 == wanted), None) or active.first()
    try:
        sound_check.ring(agent=_seat(request), number=number, by=request.user.email, now=timezone.now())
    except sound_check.UnableToTest as problem:
        messages.error(request, str(problem))
    else:
        messages.success(request, "Your telephone rings. Pick up, listen, and press 1.")
    return redirect("go-live")
