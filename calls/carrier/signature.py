"""Is a request really Twilio's? Its signature over the exact public URL, with the primary or the secondary token.

The URL is rebuilt from the configured public origin, never from the request's own Host or X-Forwarded headers.
Source: https://www.twilio.com/docs/usage/webhooks/webhooks-security.
"""

from collections.abc import Mapping

from django.conf import settings
from twilio.request_validator import RequestValidator, get_signature_algorithm


def _validators() -> list[RequestValidator]:
    tokens = (settings.TWILIO_AUTH_TOKEN, settings.TWILIO_AUTH_TOKEN_SECONDARY)
    return [RequestValidator(token) for token in tokens if token]


def is_genuine_post(*, path: str, query: str, form: Mapping[str, str], signature: str, settings_header: str) -> bool:
    """Check a form post. `path` and `query` are as on the request line, still percent-encoded."""
    if not signature:
        return False
    url = settings.PUBLIC_URL + path + (f"?{query}" if query else "")
    algorithm = get_signature_algorithm(settings_header)
    return any(validator.validate(url, form, signature, algorithm) for validator in _validators())


def is_genuine_handshake(*, url: str, signature: str) -> bool:
    """Check the upgrade request of a stream socket; `url` is the one written in the TwiML.

    Some deployments sign the address with or without a slash at the end, or with the port spelled out.
    """
    if not signature:
        return False
    bare = url.rstrip("/")
    spellings = {url, bare, bare + "/"}
    scheme, _, rest = bare.partition("://")
    host, _, path = rest.partition("/")
    if scheme == "wss" and ":" not in host:
        spellings |= {f"wss://{host}:443/{path}", f"wss://{host}:443/{path}/"}
    return any(validator.validate(spelling, {}, signature) for validator in _validators() for spelling in spellings)
