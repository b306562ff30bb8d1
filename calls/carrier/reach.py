"""The way to us, tried as the carrier comes: over the public address, signed with our own token.

It proves address, certificate, proxy and signatures, not that the carrier itself can come: a test call proves that.
Standard library only, because a socket's handshake is asked for by hand.
"""

import http.client
import secrets
import socket
import ssl
import time
from urllib.parse import urlencode, urlsplit

from django.conf import settings
from twilio.request_validator import RequestValidator

from calls.carrier.twiml import media_url, public_url
from calls.golive.snapshot import Reach

_TIMEOUT_S = 5
_PROBE = "/twilio/probe/"
PROBE_FIELD = "Probe"
_DAY_S = 86_400


def try_the_way() -> Reach:
    """Everything in turn; what comes after a door that does not open is not tried."""
    try:
        certificate_days = _certificate_days()
        ready_status, _ = _ask("GET", "/readyz")
        return Reach(
            ready_status=ready_status,
            signed_status=_probe(is_genuine=True),
            forged_status=_probe(is_genuine=False),
            upgrade_status=_upgrade(),
            certificate_days=certificate_days,
        )
    except ssl.SSLError:
        return Reach(problem="tls")
    except socket.gaierror:
        return Reach(problem="dns")
    except TimeoutError:
        return Reach(problem="timeout")
    except (OSError, http.client.HTTPException, ValueError):
        return Reach(problem="refused")


def _connection() -> http.client.HTTPConnection:
    parts = urlsplit(settings.PUBLIC_URL)
    host = parts.hostname or ""
    if parts.scheme == "https":
        context = ssl.create_default_context()
        return http.client.HTTPSConnection(host, parts.port, timeout=_TIMEOUT_S, context=context)
    return http.client.HTTPConnection(host, parts.port, timeout=_TIMEOUT_S)


def _certificate_days() -> int | None:
    connection = _connection()
    try:
        connection.connect()
        line = connection.sock
        if not isinstance(line, ssl.SSLSocket):
            return None
        ends = str((line.getpeercert() or {}).get("notAfter", ""))
        return int((ssl.cert_time_to_seconds(ends) - time.time()) // _DAY_S) if ends else None
    finally:
        connection.close()


def _ask(method: str, path: str, *, body: str = "", headers: dict[str, str] | None = None) -> tuple[int, bytes]:
    connection = _connection()
    try:
        connection.request(method, urlsplit(public_url(path)).path, body=body or None, headers=headers or {})
        answer = connection.getresponse()
        return answer.status, b"" if answer.status == 101 else answer.read(4096)
    finally:
        connection.close()


def _probe(*, is_genuine: bool) -> int:
    """200 only when our own word comes back: another page that answers everything is not us."""
    form = {PROBE_FIELD: secrets.token_hex(8)}
    signature = _validator().compute_signature(public_url(_PROBE), form)
    headers = {
        "Content-Type": "application/x-www-form-urlencoded",
        "X-Twilio-Signature": signature if is_genuine else signature[::-1],
    }
    status, answer = _ask("POST", _PROBE, body=urlencode(form), headers=headers)
    if status == 200 and is_genuine and answer.decode("latin-1").strip() != form[PROBE_FIELD]:
        return 404
    return status


def _upgrade() -> int:
    """The handshake of a stream's socket, and no more: whoever says nothing after it is let go."""
    headers = {
        "Upgrade": "websocket",
        "Connection": "Upgrade",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
        "X-Twilio-Signature": _validator().compute_signature(media_url(), {}),
    }
    status, _ = _ask("GET", "/twilio/media/", headers=headers)
    return status


def _validator() -> RequestValidator:
    return RequestValidator(settings.TWILIO_AUTH_TOKEN)
