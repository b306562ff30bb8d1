"""A number whose callers come by SIP, its webhook, and a model's side on loopback that lets them in or does not."""

import base64
import hashlib
import hmac
import itertools
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from django.http import HttpResponse
from django.test import AsyncClient
from django.utils import timezone

from calls.models import Number, SidebandWorker
from calls.models.number import NumberDoor
from tests import given

SECRET = "whsec_" + base64.b64encode(b"0123456789abcdef0123456789abcdef").decode()
_count = itertools.count(1)


def opened(settings: Any) -> None:
    """Everything that SIP needs, and somebody who looks after it."""
    settings.OPENAI_PROJECT_ID, settings.OPENAI_WEBHOOK_SECRETS = "proj_1", [SECRET]
    there(name="sideband-1")


def there(*, name: str) -> None:
    """This process looks after lines."""
    SidebandWorker.report(name=name, pid=1, started_at=timezone.now(), calls=0)


def a_number(**fields: Any) -> Number:
    """A number with the SIP door."""
    return given.a_number(**({"door": NumberDoor.OPENAI_SIP} | fields))


def incoming(call_id: str = "", **headers: str) -> dict[str, Any]:
    """What the model's side says of somebody who has come."""
    listed = [{"name": name.replace("_", "-"), "value": value} for name, value in headers.items()]
    return {
        "id": "evt_1",
        "object": "event",
        "type": "realtime.call.incoming",
        "created_at": int(time.time()),
        "data": {"call_id": call_id or f"rtc_{next(_count)}", "sip_headers": listed},
    }


async def post(event: Any, *, webhook_id: str = "", late_s: int = 0, secret: str = SECRET) -> HttpResponse:
    """Send a webhook as the model's side would."""
    body = event if isinstance(event, bytes) else json.dumps(event).encode()
    webhook_id, at = webhook_id or f"wh_{next(_count)}", str(int(time.time()) - late_s)
    key = base64.b64decode(secret.removeprefix("whsec_"))
    mac = hmac.new(key, f"{webhook_id}.{at}.".encode() + body, hashlib.sha256).digest()
    return await AsyncClient().post(
        "/openai/webhook/",
        body,
        content_type="application/json",
        headers={
            "webhook-id": webhook_id,
            "webhook-timestamp": at,
            "webhook-signature": f"v1,{base64.b64encode(mac).decode()}",
        },
    )


class Model:
    """What the model's side was asked, and how it answers: `status` 0: it hangs up instead."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, dict[str, Any]]] = []
        self.status = 200
        self.lock = threading.Lock()

    def verbs(self) -> list[str]:
        """The words that ended the addresses."""
        return [path.rpartition("/")[2] for path, _ in self.asked]


@contextmanager
def a_model(settings: Any) -> Iterator[Model]:
    """A model's side that our client talks to until the block ends."""
    model = Model()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers.get("Content-Length", 0))) or b"{}")
            with model.lock:
                model.asked.append((self.path, body))
            if not model.status:
                self.close_connection = True
                return
            error = {"message": "no", "type": "invalid_request_error", "code": "call_id_not_found", "param": None}
            text = json.dumps({"error": error}).encode() if model.status >= 400 else b""
            self.send_response(model.status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        def log_message(self, *_: object) -> None:
            """Quietly."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    settings.OPENAI_BASE_URL, settings.OPENAI_API_KEY = f"http://127.0.0.1:{server.server_port}/v1", "sk-1"
    try:
        yield model
    finally:
        server.shutdown()
        server.server_close()
