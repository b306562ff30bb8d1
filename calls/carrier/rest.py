"""Change or look up a live call, and its recordings, at the carrier. Synchronous, bounded in time; CarrierError only.

Source: https://www.twilio.com/docs/voice/api/call-resource, /recording.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import IO
from urllib.parse import urljoin, urlsplit

import requests
from django.conf import settings
from twilio.base.exceptions import TwilioException
from twilio.rest.api.v2010.account.call import CallInstance

from calls.carrier.client import api_origin, credentials, get_client, translated
from calls.carrier.errors import CarrierError
from calls.carrier.twiml import public_url
from calls.reconciliation import CarriersLeg

CALL_NOT_IN_PROGRESS = 21220
NOT_FOUND = 20404
_LIVE = ("queued", "ringing", "in-progress")
_MOST_LEGS = 5000  # of each status; a sweep that cannot see all of them still sees the newest
DOWNLOAD_TIMEOUT_S = 20
_CHUNK = 256 * 1024
_REDIRECTS = 3


@dataclass(frozen=True, slots=True)
class LegFound:
    """A leg as the carrier knows it."""

    leg_sid: str
    status: str
    duration_s: int | None
    price: Decimal | None = None  # what we owe; None until the carrier has priced the leg, some time after its end
    currency: str = ""


@dataclass(frozen=True, slots=True)
class RecordingFound:
    """A recording as the carrier knows it; `is_message` of one that a caller left on voicemail."""

    recording_sid: str
    status: str
    duration_s: int | None
    channels: int | None
    started_at: datetime | None
    is_message: bool = False


@contextmanager
def asking() -> Iterator[None]:
    """While inside, whatever the vendor's client raises comes out as a CarrierError."""
    try:
        yield
    except (TwilioException, requests.RequestException) as error:
        raise translated(error) from error


def hang_up(leg_sid: str) -> bool:
    """End a live leg. False when the carrier says that it is not live any more."""
    try:
        with asking():
            get_client().calls(leg_sid).update(status="completed")
    except CarrierError as error:
        if error.code == CALL_NOT_IN_PROGRESS:
            return False
        raise
    return True


def end_leg(leg_sid: str, *, is_answered: bool) -> bool:
    """End a leg of ours, whether it still rings or is answered. False when the carrier says that it is over."""
    if is_answered:
        return hang_up(leg_sid)
    try:
        with asking():
            get_client().calls(leg_sid).update(status="canceled")
    except CarrierError as error:
        if error.code == CALL_NOT_IN_PROGRESS:
            return hang_up(leg_sid)
        raise
    return True


def redirect(leg_sid: str, path: str) -> bool:
    """Have the carrier leave what a live leg is doing and ask this address of ours. False when it is not live."""
    try:
        with asking():
            get_client().calls(leg_sid).update(url=public_url(path), method="POST")
    except CarrierError as error:
        if error.code == CALL_NOT_IN_PROGRESS:
            return False
        raise
    return True


def live_legs() -> list[CarriersLeg]:
    """Every leg that is ringing or in progress in the account."""
    with asking():
        found = [
            leg for status in _LIVE for leg in get_client().calls.stream(status=status, limit=_MOST_LEGS, page_size=500)
        ]
    return [_as_listed(leg) for leg in found]


def dialled_legs(*, to: str, from_: str) -> list[CarriersLeg]:
    """The newest legs that went out from this number of ours to this address, over or not."""
    with asking():
        found = get_client().calls.list(to=to, from_=from_, limit=20)
    return [leg for leg in map(_as_listed, found) if not leg.is_inbound and not leg.parent_sid]


def _as_listed(leg: CallInstance) -> CarriersLeg:
    return CarriersLeg(
        leg_sid=str(leg.sid),
        parent_sid=leg.parent_call_sid or "",
        is_inbound=leg.direction == "inbound",
        from_address=leg._from or "",
        to_address=leg.to or "",
        began_at=leg.date_created,
    )


def find_leg(leg_sid: str) -> LegFound:
    """A leg's present status."""
    with asking():
        found = get_client().calls(leg_sid).fetch()
    price = _owed(found.price)
    currency = "" if price is None else str(found.price_unit or "").upper()[:3]
    return LegFound(leg_sid, str(found.status), _seconds(found.duration), price=price, currency=currency)


def _owed(price: str | None) -> Decimal | None:
    """The carrier writes a charge as a negative number."""
    try:
        owed = None if price is None else -Decimal(price)
    except InvalidOperation:
        return None
    return owed if owed is None or owed.is_finite() else None


def change_recording(leg_sid: str, recording_sid: str, status: str) -> str:
    """Pause (`paused`), resume (`in-progress`) or stop (`stopped`) a recording; returns the status it now has.

    A pause leaves silence on the tape, so that the tape keeps the call's time.
    """
    with asking():
        recording = get_client().calls(leg_sid).recordings(recording_sid or "Twilio.CURRENT")
        if status == "paused":
            return str(recording.update(status=status, pause_behavior="silence").status)
        return str(recording.update(status=status).status)


def find_recordings(leg_sid: str) -> list[RecordingFound]:
    """The recordings the carrier has of a leg."""
    with asking():
        found = get_client().recordings.list(call_sid=leg_sid, limit=20)
    return [
        RecordingFound(
            recording_sid=str(r.sid),
            status=str(r.status),
            duration_s=_seconds(r.duration),
            channels=int(r.channels or 0) or None,
            started_at=r.start_time,
            is_message=str(r.source) == "RecordVerb",
        )
        for r in found
    ]


def delete_recording(recording_sid: str) -> None:
    """Delete a recording at the carrier; one that is gone already is fine."""
    try:
        with asking():
            get_client().recordings(recording_sid).delete()
    except CarrierError as error:
        if error.code != NOT_FOUND:
            raise


def delete_leg(leg_sid: str) -> None:
    """Delete the carrier's record of a leg that is over; one that is gone already is fine."""
    try:
        with asking():
            get_client().calls(leg_sid).delete()
    except CarrierError as error:
        if error.code != NOT_FOUND:
            raise


def has_recording(recording_sid: str) -> bool:
    """Whether the carrier still has the sound of a recording."""
    try:
        with asking():
            found = get_client().recordings(recording_sid).fetch()
    except CarrierError as error:
        if error.code == NOT_FOUND:
            return False
        raise
    return str(found.status) != "deleted"


def download_recording(recording_sid: str, into: IO[bytes], *, channels: int = 2) -> int:
    """Fetch a recording with its channels as WAV; returns the number of bytes.

    Redirects are followed by hand: the account's password is not shown to another host.
    """
    path = f"/2010-04-01/Accounts/{settings.TWILIO_ACCOUNT_SID}/Recordings/{recording_sid}.wav"
    url = f"{api_origin()}{path}" + (f"?RequestedChannels={channels}" if channels > 1 else "")
    home = urlsplit(url).netloc
    with asking():
        for _ in range(_REDIRECTS + 1):
            auth = credentials() if urlsplit(url).netloc == home else None
            with requests.get(
                url, auth=auth, stream=True, timeout=DOWNLOAD_TIMEOUT_S, allow_redirects=False
            ) as response:
                if response.is_redirect:
                    url = urljoin(url, response.headers["Location"])
                    continue
                if response.status_code != 200:
                    # 404 is the answer until the carrier has finished processing: worth another try.
                    raise CarrierError(f"recording not served: {response.status_code}", is_permanent=False)
                return _copy(response, into)
    raise CarrierError("recording redirected too often", is_permanent=False)


def _copy(response: requests.Response, into: IO[bytes]) -> int:
    size = 0
    for chunk in response.iter_content(_CHUNK):
        size += into.write(chunk)
    promised = response.headers.get("Content-Length")
    if promised is not None and promised.isdigit() and int(promised) != size:
        raise CarrierError("recording cut short", is_permanent=False)
    return size


def _seconds(value: object) -> int | None:
    text = str(value or "")
    return int(text) if text.isdigit() else None
