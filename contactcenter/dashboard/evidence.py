"""The file that proves a consent, to those who may open it; each opening is kept."""

import mimetypes

import structlog
from django.http import FileResponse, Http404, HttpResponseBase
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
def evidence(request: HttpRequest, consent_id: int) -> HttpResponseBase:
    """The file, to be saved: never shown inside our own pages, whatever is in it."""
    record = get_object_or_404(ConsentRecord, pk=consent_id)
    if not record.evidence:
        raise Http404
    try:
        file = record.evidence.open("rb")
    except OSError:
        log.exception("a file of evidence is not in the storage", consent=record.pk)
        raise Http404 from None
    audit.note(act="open_evidence", subject=f"consent:{record.pk}", by=request.user.email, now=timezone.now())
    name = (record.evidence.name or "").rpartition("/")[2]
    kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
    response = FileResponse(file, as_attachment=True, filename=f"consent-{record.pk}-{name[-20:]}", content_type=kind)
    response["Cache-Control"] = "private, no-store"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response
