"""Who may send calls, where telephone systems call in, and whose numbers we may show. Passwords are never shown."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_GET, require_POST

from calls.models import CallerId, Number, SipAccessEntry, SipAccessList, SipDomain
from calls.provisioning import access_lists, caller_ids, mirroring
from calls.provisioning.problems import UnableTo
from contactcenter.dashboard import access
from contactcenter.dashboard.lines.acting import done, unknown
from contactcenter.dashboard.lines.forms import CallerIdForm, DomainForm, ListForm
from contactcenter.dashboard.request import HttpRequest

_CODE = "Its telephone is ringing. Whoever answers keys in {code}; then read what the carrier has."


def _page(
    request: HttpRequest,
    *,
    form: ListForm | None = None,
    domain: DomainForm | None = None,
    caller: CallerIdForm | None = None,
    code: str = "",
) -> HttpResponse:
    context = {
        "lists": SipAccessList.objects.prefetch_related("entries", "trunks", "domains").order_by("kind", "name"),
        "domains": SipDomain.objects.select_related("number").prefetch_related("access_lists").order_by("domain"),
        "caller_ids": CallerId.objects.order_by("e164"),
        "numbers": Number.objects.filter(is_active=True).order_by("e164"),
        "form": form or ListForm(),
        "domain_form": domain or DomainForm(),
        "caller_form": caller or CallerIdForm(),
        "code": code,
        "may_see": request.user.has_perm(access.SEE_NUMBERS),
    }
    return render(request, "dashboard/lines/sending.html", context)


@require_GET
@never_cache
@access.needs(access.READ_TRUNKS)
def sending(request: HttpRequest) -> HttpResponse:
    """Lists, SIP domains, numbers of others."""
    return _page(request)


def _number(request: HttpRequest, name: str) -> int:
    """The row that was chosen; 0, which is no row, for anything else."""
    text = request.POST.get(name, "")
    return int(text) if text.isdecimal() and len(text) < 18 else 0


@require_POST
@access.needs(access.PROVISION)
def new_list(request: HttpRequest) -> HttpResponse:
    """An empty list."""
    form = ListForm(request.POST)
    if not form.is_valid():
        return _page(request, form=form)
    are_credentials = form.cleaned_data["kind"] == SipAccessList.Kind.CREDENTIALS

    def act() -> str:
        name = form.cleaned_data["name"]
        access_lists.make_list(name=name, are_credentials=are_credentials, by=request.user.email, now=timezone.now())
        return "The list is made. Put somebody on it, then let it in at a trunk or a domain."

    return done(request, act, then="sending")


@sensitive_post_parameters("password")
@sensitive_variables("password")
@require_POST
@access.needs(access.PROVISION)
def change_list(request: HttpRequest, list_id: int, verb: str) -> HttpResponse:
    """Put a user or a network on a list, or take the list away."""
    of = get_object_or_404(SipAccessList, pk=list_id)
    given = request.POST

    def act() -> str:
        said: dict[str, Any] = {"by": request.user.email, "now": timezone.now()}
        match verb:
            case "user":
                password = given.get("password", "")
                access_lists.set_credential(of=of, user_name=given.get("user", ""), password=password, **said)
                return "The user is on the list. The password is kept nowhere here."
            case "network":
                written, name = given.get("network", ""), given.get("name", "")
                warning = access_lists.add_network(of=of, written=written, name=name, **said)
                return f"The address is let in. {warning}".strip()
        access_lists.drop_list(of=of, **said)
        return "The list is gone."

    if verb not in ("user", "network", "drop"):
        return unknown(request, then="sending")
    return done(request, act, then="sending")


@require_POST
@access.needs(access.PROVISION)
def drop_entry(request: HttpRequest, line_id: int) -> HttpResponse:
    """Take a line off a list."""
    entry = get_object_or_404(SipAccessEntry.objects.select_related("of"), pk=line_id)

    def act() -> str:
        access_lists.drop_entry(entry=entry, by=request.user.email, now=timezone.now())
        return f"{entry} is off the list."

    return done(request, act, then="sending")


@require_POST
@access.needs(access.PROVISION)
def new_domain(request: HttpRequest) -> HttpResponse:
    """A SIP domain where a telephone system calls in."""
    form = DomainForm(request.POST)
    if not form.is_valid():
        return _page(request, domain=form)
    try:
        access_lists.make_domain(**form.cleaned_data, by=request.user.email, now=timezone.now())
    except UnableTo as problem:
        form.add_error("domain", str(problem))
        return _page(request, domain=form)
    return done(request, lambda: "The domain is made. Nobody may call there before a list is let in.", then="sending")


@require_POST
@access.needs(access.PROVISION)
def change_domain(request: HttpRequest, domain_id: int, verb: str) -> HttpResponse:
    """Say whose rules answer, let a list in or out, or take the domain away."""
    domain = get_object_or_404(SipDomain, pk=domain_id)
    of = SipAccessList.objects.filter(pk=_number(request, "list")).first()

    def act() -> str:
        said: dict[str, Any] = {"by": request.user.email, "now": timezone.now()}
        match verb:
            case "answer":
                number = Number.objects.filter(pk=_number(request, "number")).first()
                access_lists.answer_as(domain=domain, number=number, **said)
                return "Kept."
            case "drop":
                access_lists.drop_domain(domain=domain, **said)
                return "The domain is gone."
        if of is None:
            raise UnableTo("Choose a list.")
        access_lists.let_in(of=of, at=domain, is_let_in=verb == "let-in", **said)
        return "Changed at the carrier."

    if verb not in ("answer", "drop", "let-in", "shut-out"):
        return unknown(request, then="sending")
    return done(request, act, then="sending")


@require_POST
@never_cache
@access.needs(access.PROVISION)
def ask_caller_id(request: HttpRequest) -> HttpResponse:
    """Have a number of somebody else's rung, so that we may show it. The code is shown once."""
    form = CallerIdForm(request.POST)
    if not form.is_valid():
        return _page(request, caller=form)
    given = form.cleaned_data
    try:
        code = caller_ids.ask(written=given["number"], name=given["name"], by=request.user.email, now=timezone.now())
    except UnableTo as problem:
        form.add_error("number", str(problem))
        return _page(request, caller=form)
    return _page(request, code=_CODE.format(code=code))


@require_POST
@access.needs(access.PROVISION)
def change_caller_id(request: HttpRequest, caller_id_id: int, verb: str) -> HttpResponse:
    """Give one up, or look whether its code was keyed in."""
    caller_id = get_object_or_404(CallerId, pk=caller_id_id)

    def act() -> str:
        if verb == "drop":
            caller_ids.give_up(caller_id=caller_id, by=request.user.email, now=timezone.now())
            return "We do not show this number any more."
        mirroring.read_caller_ids(now=timezone.now())
        return "Read at the carrier."

    if verb not in ("drop", "read"):
        return unknown(request, then="sending")
    return done(request, act, then="sending")
