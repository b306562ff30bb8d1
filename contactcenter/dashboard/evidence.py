"""The file that proves a consent, to those who may open it; each opening is kept."""

import mimetypes

import structlog
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.views.decorators.http import require_GET

from compliance import audit
from compliance.models import ConsentRecord
from contactcenter.dashboard import access
from contactcenter.dashboard.request import HttpRequest

log = structlog.get_logger(__name__)


@require_GET
@access.needs(access.SEE_EVIDENCE)
def evidence(request: HttpRequest, consent_id: int) -> HttpResponse:
    """The file, to be saved: never shown inside our own pages, whatever is in it."""
    record = get_object_or_404(ConsentRecord, pk=consent_id)
    if not record.evidence:
        raise Http404
    try:
        with record.evidence.open("rb") as file:
            content = file.read()  # no larger than the form lets in
    except OSError:
        log.exception("a file of evidence is not in the storage", consent=record.pk)
        raise Http404 from None
    audit.note(act="open_evidence", subject=f"consent:{record.pk}", by=request.user.email, now=timezone.now())
    name = (record.evidence.name or "").rpartition("/")[2]
    response = HttpResponse(content, content_type=mimetypes.guess_type(name)[0] or "application/octet-stream")
    response["Content-Disposition"] = f'attachment; filename="consent-{record.pk}.{name.rpartition(".")[2]}"'
    response["Cache-Control"] = "private, no-store"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response
