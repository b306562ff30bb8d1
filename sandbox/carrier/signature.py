"""How the carrier proves that a request is its own: the `X-Twilio-Signature` header.

https://www.twilio.com/docs/usage/webhooks/webhooks-security: base64 of HMAC-SHA1, keyed with the account's Auth
Token, over the exact URL followed by every form parameter (name and value, names in byte order, several values of one
name sorted and each once). A WebSocket upgrade and a GET sign the URL alone. The URL fragment is never signed.
"""

import base64
import hashlib
import hmac
from collections.abc import Iterable

Params = Iterable[tuple[str, str]]


def sign(*, auth_token: str, url: str, params: Params = ()) -> str:
    """The signature of a request to `url` that carries `params` as its form body (none for GET and WebSocket)."""
    pairs = sorted(set(params))
    text = url.partition("#")[0] + "".join(name + value for name, value in pairs)
    return base64.b64encode(hmac.new(auth_token.encode(), text.encode(), hashlib.sha1).digest()).decode()


def forge(signature: str) -> str:
    """The same signature with one bit turned: well-formed and wrong."""
    raw = bytearray(base64.b64decode(signature))
    raw[0] ^= 1
    return base64.b64encode(raw).decode()
