"""A recording's sound and shape, to those who may hear it, with byte ranges so that a player can seek.

Byte ranges: RFC 9110, section 14.
"""

import re
from collections.abc import AsyncIterator

import structlog
from asgiref.sync import sync_to_async
from django.db.models.fields.files import FieldFile
from django.http import Http404, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.views.decorators.http import require_GET

from calls.models import Recording
from compliance import audit
from contactcenter.dashboard import access
from contactcenter.dashboard.request import HttpRequest

log = structlog.get_logger(__name__)

_CHUNK = 256 * 1024
_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")


def _size(file: FieldFile) -> int:
    try:
        return int(file.size)
    except OSError:
        log.exception("a stored recording is not in the storage", name=file.name)
        raise Http404 from None


@require_GET
@access.needs(access.HEAR)
def sound(request: HttpRequest, recording_id: int) -> HttpResponseBase:
    """The sound of a recording."""
    recording = get_object_or_404(Recording, pk=recording_id)
    return played(request, recording, act="hear_recording", subject=f"recording:{recording.pk}")


def played(request: HttpRequest, recording: Recording, *, act: str, subject: str) -> HttpResponseBase:
    """The sound: whole, or the range asked for. Each listening is kept once, when it begins, as `act` on `subject`.

    You must have seen to it that this person may hear it.
    """
    if not recording.is_playable:
        raise Http404
    size = _size(recording.audio)
    span = _span(request.headers.get("Range", ""), size)
    if span is None:
        return HttpResponse(status=416, headers={"Content-Range": f"bytes */{size}"})
    first, last = span
    if first == 0:
        audit.note(act=act, subject=subject, by=request.user.email, now=timezone.now())
    is_partial = "Range" in request.headers
    response = StreamingHttpResponse(
        pieces(recording.audio, first, last), status=206 if is_partial else 200, content_type="audio/wav"
    )
    if is_partial:
        response["Content-Range"] = f"bytes {first}-{last}/{size}"
    response["Content-Length"] = str(last - first + 1)
    response["Accept-Ranges"] = "bytes"
    response["Cache-Control"] = "private, no-store"
    return response


def _span(header: str, size: int) -> tuple[int, int] | None:
    """The first and last byte to send; None when the range cannot be satisfied. A range we do not read means all."""
    match = _RANGE.fullmatch(header.strip())
    if match is None or match.groups() == ("", ""):
        return 0, max(size - 1, 0)
    first, last = match.groups()
    if not first:
        first_byte, last_byte = max(size - int(last), 0), size - 1
    else:
        first_byte, last_byte = int(first), min(int(last) if last else size - 1, size - 1)
    return (first_byte, last_byte) if first_byte <= last_byte and first_byte < size else None


async def pieces(stored: FieldFile, first: int, last: int) -> AsyncIterator[bytes]:
    """The bytes of a file between two positions, read in a thread; opened only when somebody listens."""
    file = await sync_to_async(stored.storage.open, thread_sensitive=False)(stored.name or "", "rb")
    read = sync_to_async(file.read, thread_sensitive=False)
    try:
        file.seek(first)
        left = last - first + 1
        while left and (piece := await read(min(left, _CHUNK))):
            left -= len(piece)
            yield piece
    finally:
        file.close()


@require_GET
@access.needs(access.HEAR)
def peaks(request: HttpRequest, recording_id: int) -> HttpResponseBase:
    """The loudness of each channel over time, as JSON."""
    return drawn(get_object_or_404(Recording, pk=recording_id))


def drawn(recording: Recording) -> HttpResponseBase:
    """The loudness of each channel over time. You must have seen to it that this person may hear the sound."""
    if not recording.is_playable:
        raise Http404
    shape = recording.peaks
    _size(shape)
    with shape.open("rb") as file:
        response = HttpResponse(file.read(), content_type="application/json")
    response["Cache-Control"] = "private, no-store"
    return response
